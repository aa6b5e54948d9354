"""Pairs of schemas, by the end of the peer's names of rules: `min-set`, `became-enum`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
Pair = tuple[Schema, Schema]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
LIST: Schema = {"type": "array", "items": TEXT}
OBJECT: Schema = {"type": "object"}
OLD_STYLE: Schema = {"type": "string", "nullable": False}
"""As OpenAPI 3.0 says it."""

CAT, DOG = "#/components/schemas/Cat", "#/components/schemas/Dog"
PETS: Schema = {"oneOf": [{"$ref": CAT}, {"$ref": DOG}]}
_HAS = {"required": ["a"]}
_CONTAINS: Schema = {"type": "array", "contains": TEXT}

BOUNDS: dict[str, tuple[Schema, str]] = {
    "min": (WHOLE, "minimum"),
    "max": (WHOLE, "maximum"),
    "exclusive-min": (WHOLE, "exclusiveMinimum"),
    "exclusive-max": (WHOLE, "exclusiveMaximum"),
    "min-length": (TEXT, "minLength"),
    "max-length": (TEXT, "maxLength"),
    "min-items": (LIST, "minItems"),
    "max-items": (LIST, "maxItems"),
    "min-contains": (_CONTAINS, "minContains"),
    "max-contains": (_CONTAINS, "maxContains"),
}

ADDED: dict[str, Pair] = {
    "pattern": (TEXT, {**TEXT, "pattern": "^[a-z]+$"}),
    "enum-value": ({**TEXT, "enum": ["a", "b"]}, {**TEXT, "enum": ["a", "b", "c"]}),
    "x-extensible-enum-value": (
        {**TEXT, "x-extensible-enum": ["a"]},
        {**TEXT, "x-extensible-enum": ["a", "b"]},
    ),
    "const": (TEXT, {**TEXT, "const": "a"}),
    "default-value": (TEXT, {**TEXT, "default": "a"}),
    "unevaluated-properties": (
        {**OBJECT, "properties": {"a": TEXT}},
        {**OBJECT, "properties": {"a": TEXT}, "unevaluatedProperties": False},
    ),
    "unevaluated-items": (
        {"type": "array", "prefixItems": [TEXT]},
        {"type": "array", "prefixItems": [TEXT], "unevaluatedItems": False},
    ),
    "if": (OBJECT, {**OBJECT, "if": _HAS, "then": {"required": ["b"]}}),
    "then": ({**OBJECT, "if": _HAS}, {**OBJECT, "if": _HAS, "then": {"required": ["b"]}}),
    "else": ({**OBJECT, "if": _HAS}, {**OBJECT, "if": _HAS, "else": {"required": ["b"]}}),
    "property-names": (OBJECT, {**OBJECT, "propertyNames": {"pattern": "^[a-z]+$"}}),
    "pattern-property": (OBJECT, {**OBJECT, "patternProperties": {"^a": TEXT}}),
    "prefix-items": ({"type": "array", "items": {}}, {"type": "array", "prefixItems": [TEXT], "items": {}}),
    "contains": ({"type": "array"}, _CONTAINS),
    "dependent-schema": (OBJECT, {**OBJECT, "dependentSchemas": {"a": {"required": ["b"]}}}),
    "dependent-required": (OBJECT, {**OBJECT, "dependentRequired": {"a": ["b"]}}),
    "all-of": (
        {"allOf": [OBJECT]},
        {"allOf": [OBJECT, {"required": ["a"], "properties": {"a": TEXT}}]},
    ),
    "any-of": ({"anyOf": [TEXT, OBJECT]}, {"anyOf": [TEXT, OBJECT, WHOLE]}),
    "one-of": ({"oneOf": [TEXT, OBJECT]}, {"oneOf": [TEXT, OBJECT, WHOLE]}),
    "content-schema": (
        {**TEXT, "contentMediaType": "application/json"},
        {**TEXT, "contentMediaType": "application/json", "contentSchema": WHOLE},
    ),
    "discriminator": (PETS, {**PETS, "discriminator": {"propertyName": "kind"}}),
    "discriminator-mapping": (
        {**PETS, "discriminator": {"propertyName": "kind", "mapping": {"cat": CAT}}},
        {**PETS, "discriminator": {"propertyName": "kind", "mapping": {"cat": CAT, "dog": DOG}}},
    ),
}
"""What is added, or removed on the way back."""

CHANGED: dict[str, tuple[Pair, ...]] = {
    "pattern-changed": (({**TEXT, "pattern": "^[a-z]+$"}, {**TEXT, "pattern": "^[0-9]+$"}),),
    "pattern-generalized": (({**TEXT, "pattern": "^[a-z]+$"}, {**TEXT, "pattern": ".*"}),),
    "became-enum": ((TEXT, {**TEXT, "enum": ["a", "b"]}),),
    "const-changed": (({**TEXT, "const": "a"}, {**TEXT, "const": "b"}),),
    "became-nullable": (
        (TEXT, {"type": ["string", "null"]}),
        (OLD_STYLE, {**OLD_STYLE, "nullable": True}),
    ),
    "became-not-nullable": (({"type": ["string", "null"]}, TEXT),),
    "type-changed": (
        (TEXT, WHOLE),
        (WHOLE, TEXT),
        (TEXT, {"type": "boolean"}),
        (TEXT, LIST),
        ({**TEXT, "format": "date"}, {**TEXT, "format": "date-time"}),
        ({**TEXT, "format": "uuid"}, {**TEXT, "format": "date"}),
    ),
    "type-generalized": ((WHOLE, NUMBER), (TEXT, {})),
    "type-specialized": ((NUMBER, WHOLE), ({}, TEXT)),
    "list-of-types-widened": (({"type": ["string"]}, {"type": ["string", "integer"]}),),
    "list-of-types-narrowed": (({"type": ["string", "integer"]}, {"type": ["string"]}),),
    "default-value-changed": (({**TEXT, "default": "a"}, {**TEXT, "default": "b"}),),
    "dependent-required-changed": (
        ({**OBJECT, "dependentRequired": {"a": ["b"]}}, {**OBJECT, "dependentRequired": {"a": ["c"]}}),
    ),
    "all-of-added-annotation-only": (({"allOf": [OBJECT]}, {"allOf": [OBJECT, {"description": "d"}]}),),
    "all-of-removed-annotation-only": (({"allOf": [OBJECT, {"description": "d"}]}, {"allOf": [OBJECT]}),),
    "wrapped-in-one-of": ((TEXT, {"oneOf": [TEXT, WHOLE]}),),
    "content-encoding-changed": (
        ({**TEXT, "contentEncoding": "base64"}, {**TEXT, "contentEncoding": "base64url"}),
    ),
    "content-media-type-changed": (
        ({**TEXT, "contentMediaType": "image/png"}, {**TEXT, "contentMediaType": "image/jpeg"}),
    ),
    "discriminator-property-name-changed": (
        (
            {**PETS, "discriminator": {"propertyName": "kind"}},
            {**PETS, "discriminator": {"propertyName": "type"}},
        ),
    ),
    "discriminator-mapping-changed": (
        (
            {**PETS, "discriminator": {"propertyName": "kind", "mapping": {"cat": CAT}}},
            {**PETS, "discriminator": {"propertyName": "kind", "mapping": {"cat": DOG}}},
        ),
    ),
    "deprecated": ((TEXT, {**TEXT, "deprecated": True}),),
    "deprecated-with-sunset": ((TEXT, {**TEXT, "deprecated": True, "x-sunset": "9999-08-10"}),),
    "reactivated": (({**TEXT, "deprecated": True}, TEXT),),
}


def pairs(end: str) -> Iterator[Pair]:
    """The pairs for the end of a rule's name; none where there is none."""
    yield from CHANGED.get(end, ())
    stem, _, action = end.rpartition("-")
    if stem in BOUNDS:
        base, word = BOUNDS[stem]
        low, high = {**base, word: 3}, {**base, word: 5}
        made = {"set": (base, low), "unset": (low, base), "increased": (low, high), "decreased": (high, low)}
        if action in made:
            yield made[action]
    if stem in ADDED and action in ("added", "removed", "deleted"):
        less, more = ADDED[stem]
        yield (less, more) if action == "added" else (more, less)
