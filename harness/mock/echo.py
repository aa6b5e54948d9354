"""Answers where nothing is kept: sampled from the contract, with what the client said in it where it fits.

hot: `python -m loadtests.bench.hot`. Only members that change are read; the others stay the bytes that they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from harness.mock.fields import settled
from harness.mock.turn import Turn
from harness.model.message import Response

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KINDS = {ord('"'): "string", ord("{"): "object", ord("["): "array", ord("n"): "null"} | dict.fromkeys(
    b"tf", "boolean"
)
"""The JSON type of a text by its first byte; any other begins a number."""
_ANY = frozenset((*_KINDS.values(), "number"))


def echoed(turn: Turn) -> Response:
    """A contract-valid answer that speaks of the thing asked for: the id of the path, the fields that were sent."""
    answer = turn.success()
    if answer.body[:1] != b"{" or "json" not in (answer.header("content-type") or ""):
        return answer
    before: dict[str, Any] = _MEMBERS.decode(answer.body)
    changed = dict(_changed(turn, before, answer.status))
    if not changed:
        return answer
    fields = settled(turn.contract, turn.operation, answer.status, before, {**before, **changed})
    return Response(answer.status, answer.headers, msgspec.json.encode(fields))


def _changed(turn: Turn, before: dict[str, Any], status: int) -> Iterator[tuple[str, object]]:
    """What the client said of members that the answer has, where it differs and is of a type that may stand there.

    An object in `before` is read on the way, so that what was sent can be laid over it.
    """
    for name, value in _said(turn, before).items():
        now = bytes(before[name])
        if now[:1] == b"{":
            before[name] = msgspec.json.decode(now)
            if isinstance(value, str) and isinstance(before[name].get("id"), str):
                value = {**before[name], "id": value}
        new = msgspec.json.encode(value)
        if new != now and _may_stand(turn, status, name, _kind(new), _kind(now)):
            yield name, value


def _said(turn: Turn, before: dict[str, Any]) -> dict[str, object]:
    body, path = turn.judged.body, turn.judged.path
    sent = body if isinstance(body, dict) else {}
    said = {name: value for name, value in {**sent, **path}.items() if name in before}
    if path and "id" in before and turn.operation.template.endswith("}"):
        said["id"] = path[next(reversed(path))]
    return said


def _kind(text: bytes) -> str:
    return _KINDS.get(text[0], "number")


def _may_stand(turn: Turn, status: int, name: str, kind: str, now: str) -> bool:
    """May a member hold a value of that type? Where it holds one now, and where its schema names the type or none."""
    if kind == now:
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
