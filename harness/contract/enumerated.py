"""Enumerated values, each once and in the type that the schema declares.

YAML takes quotes from `"1"`, and generators put them round numbers. By the letter nothing is valid then; what is
meant is the value in the declared type.
"""

from __future__ import annotations

from typing import Any

import msgspec

_TEXTS = {"true": True, "false": False}


def as_declared(schema: dict[str, Any]) -> None:
    """Put the enumerated values of a schema of one type, null aside, into that type, where they can be."""
    kinds = schema.get("type", ())
    told = [each for each in ([kinds] if isinstance(kinds, str) else kinds) if each != "null"]
    if len(told) != 1:
        return
    if "const" in schema:
        schema["const"] = _meant(schema["const"], told[0])
    known = schema.get("enum", ())
    meant = [_meant(value, told[0]) for value in known]
    if any(value is not other for value, other in zip(meant, known, strict=True)):
        schema["enum"] = distinct(meant)


def distinct(values: list[Any]) -> list[Any]:
    """The values, each once. As JSON has it, 1 is not true."""
    if all(isinstance(value, str) for value in values):
        return list(dict.fromkeys(values))
    return [value for index, value in enumerate(values) if not _is_among(value, values[:index])]


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
    return any(value == other and isinstance(value, bool) == isinstance(other, bool) for other in others)
