"""Answers where nothing is kept: sampled from the contract, with what the client said in it where it fits.

hot: `python -m loadtests.bench.hot`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from harness.contract.schema import TYPES
from harness.mock.fields import settled
from harness.mock.turn import Turn
from harness.model.message import Response

_KINDS = {
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    dict: "object",
    list: "array",
    type(None): "null",
}
"""The JSON type of a value; integers are numbers here."""
_ANY = frozenset(TYPES)


def echoed(turn: Turn) -> Response:
    """A contract-valid answer that speaks of the thing asked for: the id of the path, the fields that were sent."""
    sample = turn.sample()
    before, answer = sample.fields, sample.response
    if before is None:
        return answer
    fields = dict(before)
    for name, value in _said(turn, before):
        now = before[name]
        if type(now) is dict and isinstance(value, str) and isinstance(now.get("id"), str):
            value = {**now, "id": value}
        if type(value) is type(now) or _may_stand(turn, answer.status, name, value, now):
            fields[name] = value
    body = msgspec.json.encode(fields)
    if body == answer.body:
        return answer
    if not turn.contract.fits(turn.operation, answer.status, fields):
        fields = settled(turn.contract, turn.operation, answer.status, before, fields)
        body = msgspec.json.encode(fields)
    return Response(answer.status, answer.headers, body)


def _said(turn: Turn, before: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """What the client said of members that the answer has; of several values of one member, the last counts."""
    body, path = turn.judged.body, turn.judged.path
    if isinstance(body, dict):
        for name, value in body.items():
            if name in before:
                yield name, value
    for name, value in path.items():
        if name in before:
            yield name, value
    if path and "id" in before and turn.operation.template.endswith("}"):
        yield "id", path[next(reversed(path))]


def _may_stand(turn: Turn, status: int, name: str, value: object, now: object) -> bool:
    """May a member hold a value of that type? Where it holds one now, and where its schema names the type or none."""
    kind = _KINDS.get(type(value))
    if kind == _KINDS.get(type(now)):
        return True
    key = turn.operation.id, status
    kinds = turn.state.kinds.get(key)
    if kinds is None:
        members = turn.contract.properties(turn.operation, status)
        kinds = turn.state.kinds[key] = {member: _kinds(schema) for member, schema in members.items()}
    return kind in kinds.get(name, _ANY)


def _kinds(schema: object) -> frozenset[str]:
    named = schema.get("type") if isinstance(schema, dict) else None
    if named is None:
        return _ANY
    names = (named,) if isinstance(named, str) else named
    return frozenset("number" if name == "integer" else name for name in names)
