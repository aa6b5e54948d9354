"""Answers in the provider's place, told by whoever writes the plan: one that is declared, or this very one."""

from __future__ import annotations

from typing import Any

import msgspec

from harness.contract.contract import Choice
from harness.contract.declared import declared_answer, undeclared
from harness.contract.error_answer import problem
from harness.faults.registry import Situation, fault
from harness.model.message import Response


@fault(effect=False)
def declared(situation: Situation, *, status: int = 0, example: str = "", dynamic: bool = False) -> Response:
    """Answer with a declared `status` (0: the success), the named `example`, or a fresh one. Seen at: any provider.

    What the operation does not declare is a 501 that says what it does, since the plan cannot mean it.
    """
    operation = situation.operation
    if operation is None:
        return problem(501, "answer.declared: no operation was asked for, so nothing is declared")
    status = status or situation.contract.success(operation)
    choice = Choice(situation.request.header("accept") or "", example, dynamic)
    missing = undeclared(situation.contract, situation.behaviour, operation, status, choice)
    if missing:
        return problem(501, f"answer.declared: {missing}")
    return declared_answer(
        situation.contract,
        situation.behaviour,
        operation,
        status,
        choice=choice,
        rng=situation.rng,
        now_s=situation.now_s,
    )


@fault(effect=False)
def exactly(
    situation: Situation,
    *,
    status: int = 200,
    body: Any = None,
    text: str | None = None,
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer with this very `status` and `body`, which the contract allows. Seen at: the provider, one fine day.

    `body` is a JSON value; `text` stands as it is, in its place. `headers` are added to the content type. What no
    contract allows is `answer.broken`.
    """
    return _told(status, body, text, content_type, headers)


@fault(effect=False, off_contract=True)
def broken(
    situation: Situation,
    *,
    status: int = 200,
    body: Any = None,
    text: str | None = None,
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer with this very `status` and `body`, which the contract does not allow. Seen at: a careless release.

    The parameters are those of `answer.exactly`.
    """
    return _told(status, body, text, content_type, headers)


def _told(
    status: int, body: object, text: str | None, content_type: str, headers: dict[str, str] | None
) -> Response:
    octets = msgspec.json.encode(body) if text is None else text.encode()
    more = tuple((name.lower(), value) for name, value in (headers or {}).items())
    typed = (("content-type", content_type),) if content_type else ()
    return Response(status, typed, octets).with_headers(*more)
