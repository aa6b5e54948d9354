"""Answers where nothing is kept: sampled from the contract, with what the client said in it where it fits.

hot: `python -m loadtests.bench.hot`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec

from harness.contract.contract import Operation
from harness.contract.schema import TYPES
from harness.mock.fields import settled
from harness.mock.state import Sample
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
    said = said_of(before, turn.judged.body, turn.judged.path, turn.operation)
    whole = over(sample, said, partial(turn.contract.fits, turn.operation, answer.status))
    if whole is not None:
        return whole
    wanted = {**before, **dict(_standing(turn, answer.status, before, said))}
    fields = settled(turn.contract, turn.operation, answer.status, before, wanted)
    return Response(answer.status, answer.headers, msgspec.json.encode(fields))


def over(sample: Sample, said: dict[str, object], fits: Callable[[object], bool]) -> Response | None:
    """The sample with all that was said laid over its fields; None where that does not fit the contract."""
    answer = sample.response
    if not said:
        return answer
    fields = {**(sample.fields or {}), **said}
    return Response(answer.status, answer.headers, msgspec.json.encode(fields)) if fits(fields) else None


def said_of(
    before: dict[str, Any], body: object, path: dict[str, object], operation: Operation
) -> dict[str, object]:
    """What the client said of members that the answer has."""
    said: dict[str, object] = {}
    if type(body) is dict:
        said = body if body.keys() <= before.keys() else {n: v for n, v in body.items() if n in before}
    if path:
        said = {**said, **{name: value for name, value in path.items() if name in before}}
        if "id" in before and operation.template.endswith("}"):
            said["id"] = path[next(reversed(path))]
    return said


def _standing(
    turn: Turn, status: int, before: dict[str, Any], said: dict[str, object]
) -> Iterator[tuple[str, object]]:
    """What was said, where it is of a type that may stand there. A text for an object that has an id names it."""
    for name, value in said.items():
        now = before[name]
        if isinstance(value, str) and isinstance(now, dict) and isinstance(now.get("id"), str):
            value = {**now, "id": value}
        if _may_stand(turn, status, name, value, now):
            yield name, value


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
