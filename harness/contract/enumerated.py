"""Enumerated values of another type than the schema declares: YAML takes quotes from `"1"`, generators put them round
numbers. By the letter nothing is valid then; what is meant is the value in the declared type."""

from __future__ import annotations

from typing import Any

import msgspec

_TEXTS = {"true": True, "false": False}


def as_declared(schema: dict[str, Any]) -> None:
    """Put the enumerated values of a schema of one type, null aside, into that type, where they can be."""
    kinds = schema.get("type", ())
    told = [each for each in ([kinds] if isinstance(kinds, str) else kinds) if each != "null"]
    if len(told) != 1 or "enum" not in schema:
        return
    known = schema["enum"]
    meant = [_meant(value, told[0]) for value in known]
    if any(value is not other for value, other in zip(meant, known, strict=True)):
        schema["enum"] = [value for index, value in enumerate(meant) if not _is_among(value, meant[:index])]


def _meant(value: Any, kind: str) -> Any:
    if kind == "string" and isinstance(value, bool | int | float):
        return msgspec.json.encode(value).decode()
    if kind == "boolean" and isinstance(value, str):
        return _TEXTS.get(value, value)
    if kind in ("integer", "number") and isinstance(value, str):
        return _number(value, kind)
    return value


def _number(text: str, kind: str) -> Any:
    try:
        return msgspec.json.decode(text, type=int if kind == "integer" else int | float)
    except msgspec.DecodeError:
        return text


def _is_among(value: Any, others: list[Any]) -> bool:
    return any(type(value) is type(other) and value == other for other in others)
