"""Answers where nothing is kept: sampled from the contract, with what the client said in it where it fits."""

from __future__ import annotations

import msgspec

from harness.mock.fields import settled, suited
from harness.mock.turn import Turn
from harness.model.message import Response


def echoed(turn: Turn) -> Response:
    """A contract-valid answer that speaks of the thing asked for: the id of the path, the fields that were sent."""
    answer = turn.success()
    if "json" not in (answer.header("content-type") or ""):
        return answer
    sampled = msgspec.json.decode(answer.body)
    if not isinstance(sampled, dict):
        return answer
    wanted = dict(sampled)
    sent = turn.judged.body if isinstance(turn.judged.body, dict) else {}
    for name, value in {**sent, **turn.judged.path}.items():
        if name in sampled:
            wanted[name] = suited(sampled[name], value, items="")
    if "id" in sampled and turn.operation.template.endswith("}") and turn.judged.path:
        wanted["id"] = turn.judged.path[next(reversed(turn.judged.path))]
    if wanted == sampled:
        return answer
    fields = settled(turn.contract, turn.operation, answer.status, sampled, wanted)
    return Response(answer.status, answer.headers, msgspec.json.encode(fields))
