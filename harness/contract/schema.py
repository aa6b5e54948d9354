"""Schemas of a document as JSON Schema 2020-12, and their validators.

OpenAPI 3.0's own dialect (nullable, boolean bounds, lone `$ref`s) is turned into 2020-12 schema by schema, on
first use. What jsonschema-rs could not compile is left out with a warning. Each target of a `$ref` becomes one
entry of the `$defs` that all validators refer to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeAlias, TypeVar, cast

from harness.contract.document import Document, Warning
from harness.contract.enumerated import as_declared, distinct
from harness.contract.pattern import is_usable
from harness.contract.validators import Validator, Validators

T = TypeVar("T")
Schema: TypeAlias = "dict[str, Any]"
Direction = Literal["request", "response"]

BASE = "contract:/"
_PREFIX = f"{BASE}#/$defs/"

TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")
_ONE = ("not", "if", "then", "else", "contains", "additionalProperties", "propertyNames")
_ONE_MORE = ("unevaluatedProperties", "unevaluatedItems", "contentSchema")
_MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS = ("properties", "patternProperties", "dependentSchemas")
_SIZES = (
    *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
    *("minContains", "maxContains"),
)
_BOUNDS = ("minimum", "maximum")
_KEPT = (
    *("const", "default", "example", "discriminator", "readOnly", "writeOnly", "deprecated", "xml"),
    *("contentMediaType", "contentEncoding"),
)
BASE64 = r"^[A-Za-z0-9+/_\-\s]*={0,2}\s*$"
"""What `format: byte` is in a request: either alphabet of RFC 4648, padded or not, since providers take them all."""

_BESIDE_REF = frozenset(
    ("$ref", "default", "example", "examples", "readOnly", "writeOnly", "deprecated", "discriminator")
)
"""What a schema may say beside a `$ref` without saying more of what is valid."""


class Schemas:
    """The schemas of one document as they hold in one direction.

    In requests a property that is readOnly is not required, in answers one that is writeOnly is not.
    """

    base = BASE

    def __init__(self, document: Document, direction: Direction) -> None:
        self.document = document
        self.direction = direction
        self.warnings: dict[str, Warning] = {}
        self.unsent = "readOnly" if direction == "request" else "writeOnly"
        """The mark of what is not sent in this direction."""
        self._modern = document.is_modern
        self._keys: dict[str, str] = {}
        self._refs: dict[str, str] = {}
        self._defs: dict[str, Schema] = {}
        self._mentions: dict[str, set[str]] = {}
        self._met: set[str] = set()
        self.validator: Callable[[Schema], Validator] = Validators(self, self._doubt).of
        """The jsonschema-rs validator of a converted schema; one that cannot be compiled accepts anything."""
        self._facts: dict[tuple[str, int], tuple[Schema, object]] = {}
        self._patterns: dict[str, bool] = {}

    def convert(self, node: Any) -> Schema:
        """One schema of the document in 2020-12; an unusable one accepts anything."""
        if node is False:
            return {"not": {}}
        try:
            return self._convert(node) if isinstance(node, dict) else {}
        except RecursionError:
            self.warnings.setdefault(
                "deep", Warning("", "a schema is nested too deeply: its depths accept anything")
            )
            return {}

    def resolve(self, schema: Schema) -> Schema:
        """The converted schema that a converted `$ref` leads to, or the schema itself. Siblings are merged in."""
        for _ in range(32):
            key = self.key_of(schema)
            if key is None:
                break
            target = self.definition(key)
            rest = {k: v for k, v in schema.items() if k != "$ref"}
            schema = {**target, **rest} if rest else target
        return schema

    def key_of(self, schema: Schema) -> str | None:
        """The `$defs` key that a converted schema refers to, if it is a reference."""
        ref = schema.get("$ref")
        return ref[len(_PREFIX) :] if isinstance(ref, str) else None

    def name_of(self, key: str) -> str:
        """The last token of the reference behind a `$defs` key: the name that discriminators use."""
        return self._refs[key].rsplit("/", 1)[-1]

    def ref_of(self, key: str) -> str:
        """The reference of the document behind a `$defs` key."""
        return self._refs[key]

    def key_for(self, ref: str) -> str:
        """The `$defs` key that stands for a reference of the document."""
        key = self._keys.get(ref)
        if key is None:
            key = re.sub(r"[^A-Za-z0-9_.-]+", "-", ref.removeprefix("#/components/schemas/"))
            while key in self._refs:
                key += "-"
            self._keys[ref] = key
            self._refs[key] = ref
        return key

    def key_meant(self, target: str) -> str | None:
        """The `$defs` key of what a discriminator's mapping names, by reference or by name; None if it is nothing."""
        ref = target if "/" in target or "#" in target else f"#/components/schemas/{target}"
        return None if self.document.at(ref) is None else self.key_for(ref)

    def reference(self, key: str) -> Schema:
        """A converted schema that refers to a `$defs` key."""
        return {"$ref": _PREFIX + key}

    def definition(self, key: str) -> Schema:
        """The converted target of a reference."""
        schema = self._defs.get(key)
        if schema is None:
            around, self._met = self._met, set()
            schema = self._defs[key] = self.convert(self.document.at(self._refs[key]))
            self._mentions[key], self._met = self._met, around
        return schema

    def mentions(self, key: str) -> set[str]:
        """The keys that the definition of that key itself refers to."""
        self.definition(key)
        return self._mentions[key]

    def fact(self, key: str, schema: Schema, find: Callable[[], T]) -> T:
        """What `find` tells of a schema of the document, found once. Not for schemas made in passing."""
        known = self._facts.get((key, id(schema)))
        if known is None:
            known = self._facts[key, id(schema)] = (schema, find())
        return cast(T, known[1])

    def valid(self, schema: Schema, value: object) -> bool:
        """Does the value fit the converted schema?"""
        return bool(self.validator(schema).is_valid(value))

    def _doubt(self, reason: str) -> None:
        message = f"a schema cannot be compiled, so anything is accepted: {reason}"
        self.warnings.setdefault(reason, Warning("", message))

    def _convert(self, node: dict[str, Any]) -> Schema:
        out: Schema = {}
        ref = node.get("$ref")
        if isinstance(ref, str):
            # An unknown target accepts anything; the document has warned of it.
            if self.document.at(ref) is not None:
                key = self.key_for(ref)
                self._met.add(key)
                out["$ref"] = _PREFIX + key
            if not self._modern:
                # By 3.0 what stands beside a reference is ignored; those who write it there mean it.
                out |= {key: True for key in ("readOnly", "writeOnly") if out and node.get(key) is True}
                return self._nullable(out) if node.get("nullable") is True else out
        for key, value in node.items():
            made = _CONVERTERS.get(key)
            if made is not None:
                made(self, out, key, value)
        for bound in _BOUNDS:
            self._exclusive(node, out, bound)
        as_declared(out)
        self._demand_what_is_sent(node, out)
        if "$ref" in out and not out.keys() <= _BESIDE_REF:
            out["allOf"] = [{"$ref": out.pop("$ref")}, *out.get("allOf", ())]
        return self._nullable(out) if node.get("nullable") is True else out

    def _demand_what_is_sent(self, node: dict[str, Any], out: Schema) -> None:
        """Take from `required` what is not sent in this direction, whichever part of an allOf declares it."""
        parts = [part for part in out.get("allOf", ()) if isinstance(part, dict) and "$ref" not in part]
        demanding = [part for part in (out, *parts) if "required" in part]
        unsent = self._unsent_names(node, 8) if demanding else ()
        for part in demanding if unsent else ():
            kept = [name for name in part["required"] if name not in unsent]
            if kept:
                part["required"] = kept
            else:
                del part["required"]

    def _unsent_names(self, node: Any, depth: int) -> frozenset[str]:
        if not isinstance(node, dict) or not depth:
            return frozenset()
        declared, parts = node.get("properties"), node.get("allOf")
        own = declared.items() if isinstance(declared, dict) else ()
        found = frozenset(name for name, member in own if self._is_unsent(member))
        inherited = [*(parts if isinstance(parts, list) else ())]
        if "$ref" in node:
            inherited.append(self.document.follow(node))
        return found.union(*(self._unsent_names(part, depth - 1) for part in inherited))

    def _is_unsent(self, node: Any, depth: int = 8) -> bool:
        if not isinstance(node, dict):
            return False
        target = self.document.follow(node)
        if node.get(self.unsent) is True or target.get(self.unsent) is True:
            return True
        parts = target.get("allOf")
        return bool(depth) and isinstance(parts, list) and any(self._is_unsent(p, depth - 1) for p in parts)

    def _nullable(self, out: Schema) -> Schema:
        """The converted schema, or null: what 3.0's `nullable: true` means to those who write it."""
        kind = out.get("type")
        combined = any(key in out for key in ("$ref", "allOf", "anyOf", "oneOf", "not", "const"))
        if kind is not None and not combined:
            kinds = [kind] if isinstance(kind, str) else list(kind)
            out["type"] = kinds if "null" in kinds else [*kinds, "null"]
            if "enum" in out and None not in out["enum"]:
                out["enum"] = [*out["enum"], None]
            return out
        if not combined and "enum" in out:
            out["enum"] = out["enum"] if None in out["enum"] else [*out["enum"], None]
            return out
        return {"anyOf": [out, {"type": "null"}]} if out else out

    def _exclusive(self, node: dict[str, Any], out: Schema, bound: str) -> None:
        """3.0 says `exclusiveMinimum: true` beside `minimum`; 2020-12 has the number itself."""
        name = "exclusive" + bound.capitalize()
        value = node.get(name)
        if value is True and bound in out:
            out[name] = out.pop(bound)
        elif _is_number(value):
            out[name] = value

    def usable_pattern(self, pattern: str) -> bool:
        """Can jsonschema-rs compile it? The document warns of those that it cannot."""
        known = self._patterns.get(pattern)
        if known is None:
            known = self._patterns[pattern] = is_usable(pattern)
        return known


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _sub(schemas: Schemas, value: Any) -> Schema | bool:
    return value if isinstance(value, bool) else schemas.convert(value)


def _copy(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    out[key] = value


def _one(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    if isinstance(value, dict | bool):
        out[key] = _sub(schemas, value)


def _many(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    if isinstance(value, list) and value:
        out[key] = [_sub(schemas, item) for item in value]


def _map(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    if isinstance(value, dict):
        if key == "patternProperties":
            value = {name: item for name, item in value.items() if schemas.usable_pattern(name)}
        out[key] = {name: _sub(schemas, item) for name, item in value.items()}


def _items(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    if isinstance(value, list):
        _many(schemas, out, "prefixItems", value)
    else:
        _one(schemas, out, "items", value)


def _type(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    kinds = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    kinds = [kind for kind in TYPES if kind in kinds]
    if kinds:
        out["type"] = kinds[0] if len(kinds) == 1 else kinds


def _enum(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    if isinstance(value, list) and value:
        out["enum"] = distinct(value)


def _size(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    if _is_number(value) and value >= 0 and int(value) == value:
        out[key] = int(value)


def _bound(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    if _is_number(value):
        out[key] = value


def _multiple(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    if _is_number(value) and value > 0:
        out[key] = value


def _pattern(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    if isinstance(value, str) and schemas.usable_pattern(value):
        out[key] = value


def _format(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    if isinstance(value, str):
        out[key] = value
        if value == "byte" and schemas.direction == "request":
            out.setdefault("pattern", BASE64)


def _required(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    if isinstance(value, list):
        names = list(dict.fromkeys(name for name in value if isinstance(name, str)))
        if names:
            out[key] = names


def _flag(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    if isinstance(value, bool):
        out[key] = value


def _deprecated(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    # Swagger 2.0 has no word for it in schemas, and so its users write an extension.
    if value not in (None, False, "", "false"):
        out.setdefault("deprecated", True)


def _examples(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    if isinstance(value, list):
        out[key] = value


def _known(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    # An enumeration that may grow (Zalando's guidelines, rule 112): others are allowed, so these are but examples.
    if isinstance(value, list):
        out[key] = value


def _dependent(schemas: Schemas, out: Schema, key: str, value: Any) -> None:
    if isinstance(value, dict) and all(isinstance(names, list) for names in value.values()):
        out[key] = value


_Convert = Callable[[Schemas, Schema, str, Any], None]


def _table() -> Iterator[tuple[str, _Convert]]:
    for names, convert in (
        ((*_ONE, *_ONE_MORE), _one),
        (_MANY, _many),
        (_MAPS, _map),
        (_SIZES, _size),
        (_BOUNDS, _bound),
        (_KEPT, _copy),
    ):
        yield from ((name, convert) for name in names)
    yield from {
        "items": _items,
        "type": _type,
        "enum": _enum,
        "multipleOf": _multiple,
        "pattern": _pattern,
        "format": _format,
        "required": _required,
        "uniqueItems": _flag,
        "examples": _examples,
        "x-deprecated": _deprecated,
        "x-extensible-enum": _known,
        "dependentRequired": _dependent,
    }.items()


_CONVERTERS: dict[str, _Convert] = dict(_table())
"""What becomes of each keyword. Others (titles, descriptions, extensions) have no part in validation."""
