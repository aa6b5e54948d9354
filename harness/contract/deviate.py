"""Validation errors as Deviations: where, an RFC 6901 pointer, and words that a person can act on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from harness.contract import shape
from harness.contract.schema import Schema, Schemas
from harness.contract.yaml import pointer
from harness.errors import did_you_mean
from harness.model.exchange import Deviation

_LONGEST = 240
_MOST = 50


def deviations(
    schemas: Schemas, schema: Schema, value: object, *, where: str, at: tuple[str, ...] = ()
) -> tuple[Deviation, ...]:
    """Every way in which `value` does not fit the converted schema; `at` leads from `where` to the value."""
    validator = schemas.validator(schema)
    if validator.is_valid(value):
        return ()
    found: dict[tuple[str, str], Deviation] = {}
    for error in validator.iter_errors(value):
        for deviation in _of_error(schemas, schema, error, where, at):
            found.setdefault((deviation.pointer, deviation.keyword), deviation)
        if len(found) >= _MOST:
            break
    return tuple(found.values())


def _of_error(
    schemas: Schemas, schema: Schema, error: Any, where: str, at: tuple[str, ...], depth: int = 4
) -> Iterator[Deviation]:
    keyword = str(error.schema_path[-1]) if error.schema_path else ""
    path = [*at, *error.instance_path]
    kind = type(error.kind).__name__
    if kind == "Required":
        name = error.kind.property
        yield Deviation(where, pointer([*path, name]), f"{name!r} is required", "required")
    elif kind in ("AdditionalProperties", "UnevaluatedProperties"):
        known = shape.members(schemas, _schema_at(schemas, schema, error.instance_path))
        for name in error.kind.unexpected:
            message = (
                f"{name!r} is not known here; {did_you_mean(name, known)}"
                if known
                else f"{name!r} is not known"
            )
            yield Deviation(where, pointer([*path, name]), message, "additionalProperties")
    elif kind in ("AnyOf", "OneOfNotValid") and depth and (branch := _closest(error.kind.context, error)):
        for inner in branch:
            yield from _of_error(schemas, schema, inner, where, at, depth - 1)
    else:
        keyword = _keyword(kind, keyword)
        yield Deviation(where, pointer(path), _short(error.message), keyword)


def _keyword(kind: str, last: str) -> str:
    known = {"AnyOf": "anyOf", "OneOfNotValid": "oneOf", "OneOfMultipleValid": "oneOf", "FalseSchema": "not"}
    return known.get(kind, "const" if kind == "Constant" else last)


def _closest(context: Iterable[list[Any]], error: Any) -> list[Any] | None:
    """The branch that the value most likely meant: of its type, and wrong in the fewest places; None if not one."""
    candidates = []
    depth = len(error.instance_path)
    for branch in context:
        outer = [
            e for e in branch if len(e.instance_path) == depth and type(e.kind).__name__ in ("Type", "Enum")
        ]
        if branch and not outer:
            candidates.append(branch)
    if not candidates:
        return None
    return min(candidates, key=len)


def _schema_at(schemas: Schemas, schema: Schema, path: Iterable[str | int]) -> Schema:
    for token in path:
        inner = (
            shape.item(schemas, schema) if isinstance(token, int) else shape.member(schemas, schema, token)
        )
        schema = inner or {}
    return schema


def _short(message: str) -> str:
    """The message without most of a long value: what it says of the value stands at the end."""
    if len(message) <= _LONGEST:
        return message
    return message[: _LONGEST // 2] + " ... " + message[-_LONGEST // 2 :]
