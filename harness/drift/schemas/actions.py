"""What became of one keyword: what that is called, and whether more or less is taken since."""

from __future__ import annotations

from typing import Any

from harness.drift.schemas.found import shown

NAMES = {
    "minLength": "min-length",
    "maxLength": "max-length",
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusive-minimum",
    "exclusiveMaximum": "exclusive-maximum",
    "minItems": "min-items",
    "maxItems": "max-items",
    "minProperties": "min-properties",
    "maxProperties": "max-properties",
    "minContains": "min-contains",
    "maxContains": "max-contains",
    "multipleOf": "multiple-of",
    "pattern": "pattern",
    "format": "format",
    "uniqueItems": "unique-items",
    "contains": "contains",
    "propertyNames": "property-names",
    "patternProperties": "pattern-properties",
    "dependentRequired": "dependent-required",
    "dependentSchemas": "dependent-schemas",
    "unevaluatedProperties": "unevaluated-properties",
    "unevaluatedItems": "unevaluated-items",
    "contentMediaType": "content-media-type",
    "contentEncoding": "content-encoding",
    "not": "not",
    "if": "if",
    "then": "then",
    "else": "else",
    "allOf": "all-of",
}
"""What each keyword is called in ids of rules."""

_FLOORS = frozenset(
    (
        *("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties", "minContains"),
        "multipleOf",
    )
)
_CEILINGS = frozenset(
    ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties", "maxContains")
)
_BOUNDS = (_FLOORS | _CEILINGS) - {"multipleOf"}


def of(word: str, had: Any, has: Any) -> str:
    """`added`, `removed`, of bounds `increased` and `decreased`, else `changed`."""
    if had is None:
        return "added"
    if has is None:
        return "removed"
    if word in _BOUNDS and isinstance(had, int | float) and isinstance(has, int | float):
        return "increased" if has > had else "decreased"
    return "changed"


def effect(word: str, had: Any, has: Any) -> tuple[bool, bool]:
    """Does the new side take less than the old one, and does it take more?"""
    became = of(word, had, has)
    if became == "added":
        return True, False
    if became == "removed":
        return False, True
    if became == "changed":
        return True, True
    up = became == "increased"
    return (up, not up) if word in _FLOORS else (not up, up)


def told(became: str, had: Any, has: Any) -> str:
    """What became of it, as a clause."""
    match became:
        case "added":
            return f"is now {shown(has)}"
        case "removed":
            return f"was {shown(had)} and is gone"
        case _:
            return f"was {shown(had)} and is {shown(has)}"
