"""Kinds of values, and which keywords count for each of them: a bound of texts says nothing of a number."""

from __future__ import annotations

from harness.contract.schema import TYPES, Schema
from harness.drift.schemas.flat import ANNOTATIONS, as_schema, assertions, tidied
from harness.drift.schemas.formats import OF_TEXTS

ANY = "any"
"""The kind of a schema that says nothing of what is valid."""

ALL_KINDS = ("object", "array", "string", "number", "boolean", "null")
"""Every kind; numbers are integers, too."""

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
_CHOICES = ("anyOf", "oneOf")


def kinds_of(words: Schema) -> list[str]:
    """The kinds of the values that merged keywords take; `number` stands for integers, too."""
    declared = words.get("type")
    if declared is not None:
        kinds = [declared] if isinstance(declared, str) else list(declared)
    elif "enum" in words:
        kinds = [kind for kind in TYPES if any(is_of(value, kind) for value in words["enum"])]
        if all(is_of(value, "integer") for value in words["enum"] if is_of(value, "number")):
            kinds = [kind for kind in kinds if kind != "number"]
    elif not assertions(words) or not words.keys().isdisjoint(_CHOICES):
        kinds = [ANY]
    else:
        kinds = list(ALL_KINDS)
    return [kind for kind in kinds if not (kind == "integer" and "number" in kinds)]


def of_kind(words: Schema, kind: str) -> Schema | None:
    """The keywords that count for values of a kind; None where no such value is taken."""
    if kind == ANY:
        return words
    family = _FAMILIES[kind]
    kept = {k: v for k, v in words.items() if k in family or k in _OF_ALL or k in ANNOTATIONS}
    kept["type"] = kind
    if "enum" in kept and not _enumerate(kept, kind):
        return None
    if "not" in kept and not _forbid(kept, kind):
        return None
    if kind in ("integer", "number"):
        kept = _bounded(kept, kind)
    if kind != "string" and kept.get("format") in OF_TEXTS:
        del kept["format"]
    if kind == "array":
        _count(kept)
    return kept


def _enumerate(words: Schema, kind: str) -> bool:
    """Leave the enumerated values of the kind; are there any?"""
    words["enum"] = [value for value in words["enum"] if is_of(value, kind)]
    left = len(words["enum"])
    if (kind, left) in (("boolean", 2), ("null", 1)):
        del words["enum"]
    return left > 0


def _forbid(words: Schema, kind: str) -> bool:
    """Leave what `not` says of values of the kind; does it leave any?"""
    inner = tidied(as_schema(words["not"]))
    if not inner.keys().isdisjoint((*_CHOICES, "$ref", "allOf", "if")):
        return True
    kinds = kinds_of(inner)
    if kind == "number" and "integer" in kinds:
        return True
    meant = kind in kinds or ANY in kinds or (kind == "integer" and "number" in kinds)
    said = of_kind(inner, kind) if meant else None
    if said is None:
        del words["not"]
        return True
    return bool(assertions(said) - {"type"})


def _bounded(words: Schema, kind: str) -> Schema:
    """Bounds of numbers without those that others imply; of integers, exclusive ones moved inwards by one."""
    out = dict(words)
    for exclusive, bound, step in (("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)):
        limit = out.get(exclusive)
        if kind == "integer" and isinstance(limit, int) and not isinstance(limit, bool):
            del out[exclusive]
            inner = limit + step
            known = out.get(bound, inner)
            out[bound] = max(known, inner) if step > 0 else min(known, inner)
        elif limit is not None and bound in out:
            is_idle = out[bound] > limit if step > 0 else out[bound] < limit
            del out[exclusive if is_idle else bound]
    if kind == "integer" and out.get("multipleOf") == 1:
        del out["multipleOf"]
    return out


def _count(words: Schema) -> None:
    """Leave how many items `contains` wants where there is such, and where it says more than that there is one."""
    if "contains" not in words:
        words.pop("minContains", None)
        words.pop("maxContains", None)
    elif words.get("minContains") == 1:
        del words["minContains"]
    elif words.get("minContains") == 0 and words.keys().isdisjoint(("maxContains", "unevaluatedItems")):
        del words["minContains"], words["contains"]


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
