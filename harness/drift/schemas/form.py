"""The normal form of a schema: the kinds of value that it takes, each with the keywords that count for that kind.

What is merely written in another way has the same form: references followed, allOf merged, `nullable` and lists of
types, anyOf and oneOf, `const`, keywords that say nothing. Members and items stay as they are written, so a form is
made of one level only, on first use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from harness.contract.schema import TYPES, Schema, Schemas
from harness.contract.tree import escaped
from harness.drift.schemas.flat import ANNOTATIONS, Flat, closed, combined, intern_key, tidied

_DEEPEST = 24
_MOST_ALTERNATIVES = 200
_FAMILIES = {
    "string": ("minLength", "maxLength", "pattern", "format", "contentMediaType", "contentEncoding"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format"),
    "object": (
        *("properties", "required", "additionalProperties", "patternProperties", "propertyNames"),
        *("minProperties", "maxProperties", "dependentRequired", "dependentSchemas"),
        *("unevaluatedProperties", "discriminator", "format"),
    ),
    "array": (
        *("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"),
        *("minContains", "maxContains", "unevaluatedItems", "format"),
    ),
    "boolean": (),
    "null": (),
}
_FAMILIES["integer"] = _FAMILIES["number"]
_OF_ALL = ("enum", "not", "if", "then", "else", "allOf", "x-extensible-enum")
_IMPLIED = (
    (
        "object",
        (
            *("properties", "required", "additionalProperties", "patternProperties", "propertyNames"),
            *("minProperties", "maxProperties", "dependentRequired", "dependentSchemas"),
        ),
    ),
    (
        "array",
        ("items", "prefixItems", "uniqueItems", "contains", "minItems", "maxItems", "unevaluatedItems"),
    ),
    ("string", ("pattern", "minLength", "maxLength")),
    ("number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
)
ANY = "any"
"""The kind of a schema that says nothing of types, nor of anything that implies one."""


class Alternative(msgspec.Struct, frozen=True, eq=False):
    """One kind of value that a schema takes.

    `words`: a schema of that kind alone, without choices. `at`: its pointer in the document. `key`: the definition
    that it is, where it is one. `origins`: pointers of keywords and members that came from elsewhere
    (`properties/id`).
    """

    kind: str
    words: Schema
    at: str
    key: str | None
    origins: dict[str, str]

    def origin(self, *tokens: str) -> str:
        """The pointer of a keyword (`items`) or of a member (`properties`, `id`)."""
        token = "/".join(escaped(part) for part in tokens)
        return self.origins.get(token, f"{self.at}/{token}")


class Form(msgspec.Struct, frozen=True, eq=False):
    """What a schema takes. `choice`: `anyOf` or `oneOf` where it was written as one, for the names of rules.
    `words`: what it says for all of its alternatives, annotations too."""

    alternatives: tuple[Alternative, ...]
    nullable: bool
    choice: str
    words: Schema
    at: str

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its values without null, each once."""
        return tuple(dict.fromkeys(each.kind for each in self.alternatives))


def alike(old: Form, new: Form) -> tuple[Form, Form]:
    """Both forms. Where neither declares the kinds of its values, what one implies the other one takes, too: they
    differ in values of these kinds alone."""
    kinds = tuple(kind for kind in dict.fromkeys((*old.kinds, *new.kinds)) if kind != ANY)
    if not kinds or not (_is_undeclared(old) and _is_undeclared(new)):
        return old, new
    return _with_kinds(old, kinds), _with_kinds(new, kinds)


def _is_undeclared(form: Form) -> bool:
    """Is it of values of any kind, whatever its keywords imply?"""
    if not form.words.keys().isdisjoint(("type", "enum", "anyOf", "oneOf")):
        return False
    return bool(form.kinds) and all(
        each.kind != ANY or not assertions(each.words) for each in form.alternatives
    )


def _with_kinds(form: Form, kinds: tuple[str, ...]) -> Form:
    implied = [each for each in form.alternatives if each.kind != ANY]
    missing = (kind for kind in kinds if kind not in form.kinds)
    further = (Alternative(kind, {"type": kind}, form.at, None, {}) for kind in missing)
    return msgspec.structs.replace(form, alternatives=(*implied, *further))


class Forms:
    """The forms of the schemas of one document in one direction, each made once."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self._forms: dict[int, tuple[Schema, Form]] = {}
        self._made: dict[bytes, Schema] = {}
        self._busy: set[str] = set()

    def of(self, schema: Schema, at: str) -> Form:
        """The form of a converted schema that stands at that pointer."""
        known = self._forms.get(id(schema))
        if known is None:
            known = self._forms[id(schema)] = (schema, self._form(schema, at))
        return known[1]

    def key_of(self, schema: Schema) -> str | None:
        """The definition that a schema is, where it says nothing more of what is valid."""
        return self.schemas.key_of(schema) if schema.keys() - ANNOTATIONS == {"$ref"} else None

    def pointer_of(self, key: str) -> str:
        """Where in the document stands what a `$defs` key means."""
        return self.schemas.ref_of(key).removeprefix("#")

    def interned(self, schema: Any) -> Any:
        """The one object for all schemas that say the same, of those that were merged here of several."""
        if not isinstance(schema, dict) or schema.keys() != {"allOf"}:
            return schema
        return self._made.setdefault(intern_key(schema), schema)

    def is_made(self, schema: Schema) -> bool:
        """Was it made here, of parts of the document?"""
        return schema.keys() == {"allOf"} and self._made.get(intern_key(schema)) is schema

    def _form(self, schema: Schema, at: str) -> Form:
        key = self.key_of(schema)
        flat = self._flat(schema, at, 0)
        choice = next((name for name in ("anyOf", "oneOf") if name in flat.words), "")
        made = list(self._alternatives(flat, 0))
        if len(made) == 1 and key is not None:
            made = [msgspec.structs.replace(made[0], key=key)]
        nullable = any(each.kind == "null" for each in made)
        alternatives = merged([each for each in made if each.kind != "null"], choice)
        return Form(
            tuple(alternatives), nullable, choice if len(alternatives) > 1 else "", flat.words, flat.at
        )

    def _flat(self, schema: Schema | bool, at: str, depth: int) -> Flat:
        """The keywords of a schema, of what it refers to and of all its allOf parts, in one."""
        if isinstance(schema, bool):
            return Flat({} if schema else {"not": {}}, at)
        key = self.schemas.key_of(schema)
        own = Flat(tidied({k: v for k, v in schema.items() if k not in ("$ref", "allOf")}), at)
        if depth > _DEEPEST:
            return own
        if key is not None:
            target = self._flat(self.schemas.definition(key), self.pointer_of(key), depth + 1)
            if own.words:
                target = Flat(closed(target.words), target.at, target.origins)
            own = combined(own, target, self.interned) if own.words else target
        for index, part in enumerate(schema.get("allOf", ())):
            inner = self._flat(part, f"{at}/allOf/{index}", depth + 1)
            beside = Flat(closed(inner.words), inner.at, inner.origins)
            own = (
                combined(own, beside, self.interned)
                if own.words
                else Flat(beside.words, at, beside.everything())
            )
        return own

    def _alternatives(self, flat: Flat, depth: int) -> Iterator[Alternative]:
        words = flat.words
        choice = next((name for name in ("anyOf", "oneOf") if name in words), None)
        if choice is None or depth > 8:
            yield from self._by_kind(flat)
            return
        base = Flat({k: v for k, v in words.items() if k != choice}, flat.at, flat.origins)
        bare = not base.words.keys() - ANNOTATIONS
        count = 0
        for index, branch in enumerate(words[choice]):
            at = f"{flat.origin(choice)}/{index}"
            key = self.key_of(branch) if bare and isinstance(branch, dict) else None
            if key is not None:
                if key in self._busy:
                    continue
                self._busy.add(key)
            try:
                inner = self._flat(branch, at, depth + 1)
                if not bare:
                    inner = combined(inner, base, self.interned)
                made = list(self._alternatives(inner, depth + 1))
            finally:
                self._busy.discard(key or "")
            if key is not None and sum(each.kind != "null" for each in made) == 1:
                made = [
                    each if each.kind == "null" else msgspec.structs.replace(each, key=key) for each in made
                ]
            yield from made
            count += len(made)
            if count > _MOST_ALTERNATIVES:
                return

    def _by_kind(self, flat: Flat) -> Iterator[Alternative]:
        words = closed(flat.words)
        if words.get("not") in ({}, True):
            return
        for kind in kinds_of(words):
            family = _FAMILIES.get(kind, ())
            kept = {k: v for k, v in words.items() if k in family or k in _OF_ALL or k in ANNOTATIONS}
            if "enum" in kept:
                kept["enum"] = [value for value in kept["enum"] if is_of(value, kind)]
                if not kept["enum"]:
                    continue
                if kind == "boolean" and len(kept["enum"]) == 2:
                    del kept["enum"]
            if kind == "integer":
                kept = _whole(kept)
            if kind != ANY:
                kept["type"] = kind
            else:
                kept |= {k: words[k] for k in ("anyOf", "oneOf") if k in words}
            yield Alternative(kind, kept, flat.at, None, flat.origins)


def kinds_of(words: Schema) -> list[str]:
    """The kinds of the values that merged keywords take; `number` stands for integers, too."""
    declared = words.get("type")
    if declared is not None:
        kinds = [declared] if isinstance(declared, str) else list(declared)
    elif "enum" in words:
        kinds = [kind for kind in TYPES if any(is_of(value, kind) for value in words["enum"])]
        if all(is_of(value, "integer") for value in words["enum"] if is_of(value, "number")):
            kinds = [kind for kind in kinds if kind != "number"]
    else:
        kinds = [kind for kind, keywords in _IMPLIED if any(word in words for word in keywords)]
        kinds = kinds or (["string"] if words.get("format") in _TEXT_FORMATS else [ANY])
    return [kind for kind in kinds if not (kind == "integer" and "number" in kinds)]


_TEXT_FORMATS = frozenset(
    ("date", "date-time", "time", "email", "uri", "url", "uuid", "binary", "byte", "password")
)


def is_of(value: object, kind: str) -> bool:
    """Is the value of that JSON type?"""
    match kind:
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "string":
            return isinstance(value, str)
        case "integer":
            return not isinstance(value, bool) and (
                isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            )
        case "number":
            return not isinstance(value, bool) and isinstance(value, int | float)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case _:
            return True


def _whole(words: Schema) -> Schema:
    """The bounds of integers, exclusive ones moved inwards by one."""
    out = dict(words)
    for exclusive, bound, step in (("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)):
        limit = out.get(exclusive)
        if isinstance(limit, int) and not isinstance(limit, bool):
            del out[exclusive]
            inner = limit + step
            known = out.get(bound, inner)
            out[bound] = max(known, inner) if step > 0 else min(known, inner)
    if out.get("multipleOf") == 1:
        del out["multipleOf"]
    return out


def merged(alternatives: list[Alternative], choice: str) -> list[Alternative]:
    """Without repetition: equal ones are one, plain enumerations of a kind are one, and in an anyOf what says nothing
    but its type takes the place of all others of that type."""
    out: list[Alternative] = []
    for each in alternatives:
        same = next((n for n, other in enumerate(out) if _are_one(other, each)), None)
        if same is None:
            out.append(each)
        elif each.words != out[same].words:
            enum = [
                *out[same].words["enum"],
                *(v for v in each.words["enum"] if v not in out[same].words["enum"]),
            ]
            out[same] = msgspec.structs.replace(out[same], words={**out[same].words, "enum": enum}, key=None)
    if choice != "oneOf":
        open_kinds = {each.kind for each in out if not assertions(each.words) - {"type"}}
        if "number" in open_kinds:
            open_kinds.add("integer")
        whole = [each for each in out if not assertions(each.words) - {"type"}]
        if ANY in open_kinds:
            return [each for each in whole if each.kind == ANY][:1]
        return [each for each in out if each in whole or each.kind not in open_kinds]
    return out


def _are_one(one: Alternative, other: Alternative) -> bool:
    if one.kind != other.kind:
        return False
    if one.words == other.words and one.key == other.key:
        return True
    plain = {"type", "enum"}
    return assertions(one.words) == plain and assertions(other.words) == plain


def assertions(words: Schema) -> set[str]:
    """The keywords that say what is valid."""
    return {word for word in words if word not in ANNOTATIONS}


def names_pattern(words: Schema, name: str) -> list[Schema | bool]:
    """What `patternProperties` say of a member of that name."""
    return [schema for pattern, schema in words.get("patternProperties", {}).items() if _found(pattern, name)]


def _found(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False


def as_schema(value: Any) -> Schema:
    """A schema that may be written as true or false."""
    if isinstance(value, dict):
        return value
    return {"not": {}} if value is False else {}
