"""Does a value fit a schema? Asked of the part of the schema that the value meets, and of no other.

A validator of a whole schema holds every definition that it leads to, which may be a thousand; the values that prove
changes are small and met by few. What is left is compiled for that one value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs

from harness.contract.document import Document
from harness.contract.schema import Direction, Schema, Schemas
from harness.contract.validators import Validator
from harness.drift.schemas.flat import ANNOTATIONS

_SAME_VALUE = ("not", "if", "then", "else")
_LISTS = ("allOf", "anyOf", "oneOf")
_NEEDS_WHOLE = ("contains", "unevaluatedItems", "unevaluatedProperties", "propertyNames")
_DEEPEST = 150


class _Whole(Exception):
    """A keyword that needs the whole schema."""


class Sparing(Schemas):
    """The schemas of a document, which judge each value by what it meets of them: for values that are judged once."""

    def __init__(self, document: Document, direction: Direction) -> None:
        super().__init__(document, direction)
        self._spare()

    @classmethod
    def of(cls, schemas: Schemas) -> Schemas:
        """The same schemas, so judged; what is known of them is shared."""
        if isinstance(schemas, cls):
            return schemas
        made = cls.__new__(cls)
        made.__dict__.update(schemas.__dict__)
        made._spare()
        return made

    def _spare(self) -> None:
        whole = self.validator
        self.validator = lambda schema: _Met(self, schema, whole)


class _Met:
    """A schema that makes a validator for each value; `whole` makes one for all values."""

    def __init__(self, schemas: Schemas, schema: Schema, whole: Callable[[Schema], Validator]) -> None:
        self._schemas, self._schema, self._whole = schemas, schema, whole
        self._known: tuple[object, Validator] | None = None

    def is_valid(self, instance: Any) -> bool:
        return self._of(instance).is_valid(instance)

    def iter_errors(self, instance: Any) -> Iterator[Any]:
        return self._of(instance).iter_errors(instance)

    def _of(self, value: object) -> Validator:
        # What is refused is asked about again at once, for the errors.
        if self._known is None or self._known[0] is not value:
            self._known = value, _projected(self._schemas, self._schema, value) or self._whole(self._schema)
        return self._known[1]


def _projected(schemas: Schemas, schema: Schema, value: object) -> Validator | None:
    """A validator of what the value meets; None where it takes the whole schema."""
    try:
        met = _met(schemas, schema, value, ())
        made: Validator = jsonschema_rs.Draft202012Validator(met, validate_formats=True)
    except (_Whole, RecursionError, ValueError):
        return None
    return made


def _met(schemas: Schemas, schema: Any, value: object, keys: tuple[str, ...]) -> Any:
    """What the value meets of a schema, without references. `keys`: the definitions on the way to this very value."""
    if not isinstance(schema, dict):
        return schema
    out: Schema = {}
    left: list[Any] = []
    for word, part in schema.items():
        if word == "$ref":
            key = schemas.key_of(schema)
            # A definition that is reached again without a step into the value says nothing more of it.
            if key is not None and key not in keys:
                left.append(_met(schemas, schemas.definition(key), value, (*keys, key)))
            elif len(keys) > _DEEPEST:
                raise _Whole
        elif word in _LISTS:
            made = [_met(schemas, each, value, keys) for each in part]
            if word == "allOf":
                left += made
            else:
                out[word] = made
        elif word in _SAME_VALUE:
            out[word] = _met(schemas, part, value, keys)
        elif word == "dependentSchemas":
            out[word] = {name: _met(schemas, each, value, keys) for name, each in part.items()}
        elif word in _NEEDS_WHOLE and (isinstance(part, dict) or word == "unevaluatedItems"):
            raise _Whole
        elif word not in ANNOTATIONS and word not in _OF_MEMBERS:
            out[word] = part
    if isinstance(value, dict):
        _met_members(schemas, schema, value, out, left)
    elif isinstance(value, list):
        _met_items(schemas, schema, value, out)
    if left:
        out["allOf"] = left
    return out


_OF_MEMBERS = frozenset(("properties", "patternProperties", "additionalProperties", "items", "prefixItems"))


def _met_members(
    schemas: Schemas, schema: Schema, value: dict[str, Any], out: Schema, left: list[Any]
) -> None:
    declared, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    further = schema.get("additionalProperties", True)
    members: dict[str, Any] = {}
    for name, member in value.items():
        matching = [each for pattern, each in patterns.items() if _matches(pattern, name)]
        left += [{"properties": {name: _met(schemas, each, member, ())}} for each in matching]
        if name in declared:
            members[name] = _met(schemas, declared[name], member, ())
        elif matching:
            members[name] = True
        elif isinstance(further, dict):
            members[name] = _met(schemas, further, member, ())
    if members or further is False:
        # Beside no properties at all, the validator does not say which member it is that is shut out.
        out["properties"] = members
    if further is False:
        out["additionalProperties"] = False


def _met_items(schemas: Schemas, schema: Schema, value: list[Any], out: Schema) -> None:
    first, each = schema.get("prefixItems", []), schema.get("items", True)
    if first or each is not True:
        out["prefixItems"] = [
            _met(schemas, first[index] if index < len(first) else each, item, ())
            for index, item in enumerate(value)
        ] or [True]


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error as error:
        raise _Whole from error
