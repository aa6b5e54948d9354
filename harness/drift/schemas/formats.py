"""Formats of which validators know nothing: which are wider than others, and which are the same."""

from __future__ import annotations

from typing import Any

from harness.contract.schema import BASE64, Direction, Schema
from harness.drift.schemas.found import level_of
from harness.model.change import Decider, Level

_UNCHECKED_WIDTHS = {
    ("int32", "int64"): "wider",
    ("int64", "int32"): "narrower",
    ("float", "double"): "wider",
    ("double", "float"): "narrower",
}
"""Formats of numbers that are ranges (OpenAPI 3.0.4 section 4.4), though no validator checks them."""

_ALIASES = {
    "url": "uri",
    "guid": "uuid",
    "datetime": "date-time",
    "dateTime": "date-time",
    "e-mail": "email",
    "string": "",
}
"""Formats that mean another one, as documents in the wild have them."""

_CHECKED_FORMATS = frozenset(
    (
        *("date", "date-time", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4"),
        *("ipv6", "uri", "uri-reference", "iri", "iri-reference", "uuid", "json-pointer", "regex"),
        *("relative-json-pointer", "uri-template"),
    )
)
"""Formats that jsonschema-rs validates."""

OF_TEXTS = _CHECKED_FORMATS
"""Formats that say nothing of what is no text."""

UNREAD = frozenset(("format", "contentMediaType", "contentEncoding"))
"""Keywords of which the algebra knows little or nothing."""


def are_checked(had: Any, has: Any) -> bool:
    """Are both formats validated, as far as there are any?"""
    return {had, has} <= _CHECKED_FORMATS | {None}


def judged(direction: Direction, had: Any, has: Any) -> tuple[Level, Decider, str]:
    """The level of a change between formats of which not all are validated, who decided it, and why there is no
    example (empty where none is wanted)."""
    why = "no validator checks this format"
    width = _UNCHECKED_WIDTHS.get((had, has))
    if width is not None:
        level = level_of(direction, tighter=width == "narrower", looser=width == "wider")
        return level, "rule", why if level != "info" else ""
    if had is not None and has is not None:
        return ("info" if _ALIASES.get(had, had) == _ALIASES.get(has, has) else "breaking"), "rule", why
    hurts = level_of(direction, tighter=has is not None, looser=had is not None) == "breaking"
    return ("risky" if hurts else "info"), "rule", why if hurts else ""


def are_spelt(old: Schema, new: Schema) -> bool:
    """Do they differ in a pattern that stands for a format, as that of `byte` does?"""
    patterns = old.get("pattern"), new.get("pattern")
    return BASE64 in patterns and patterns[0] != patterns[1] and old.get("format") != new.get("format")


def are_told(schema: Any) -> bool:
    """Is anything said, at any depth, that the algebra knows nothing of?"""
    if isinstance(schema, dict):
        return not UNREAD.isdisjoint(schema) or any(are_told(each) for each in schema.values())
    return isinstance(schema, list) and any(are_told(each) for each in schema)


def differ(old: Schema, new: Schema) -> bool:
    """Do they differ in a format that the algebra knows nothing of?"""
    return any(old.get(word) != new.get(word) for word in UNREAD)
