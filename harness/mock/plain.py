"""Requests that differ in their body alone, or in their target alone, where an answer as declared is all that a valid
one gets.

What they have in common is found out once; `harness.mock.answer` comes to the same, step by step.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.contract.body import Malformed
from harness.contract.contract import Contract, Match, Operation
from harness.contract.judge import ReadBody
from harness.mock.answer import Answer, Reading
from harness.mock.echo import over, said_of
from harness.mock.samples import leading_back, sample
from harness.mock.state import State
from harness.model.message import Request


class _Declared:
    """The declared answers of one operation."""

    def __init__(self, operation: Operation, *, contract: Contract, state: State) -> None:
        self._operation, self._contract, self._state = operation, contract, state
        self._status = contract.success(operation)
        self._fits: Callable[[object], bool] = contract.fitting(operation, self._status)
        self._effect = None if operation.safe or self._status >= 300 else operation.id

    def to(self, request: Request, body: object, path: dict[str, object], now_s: float) -> Answer | None:
        """What a valid request gets; changes the state. None where what it says does not fit the answer."""
        # hot: laid over a sample, judged and encoded.
        found = sample(
            self._contract, self._operation, self._status, request=request, state=self._state, now_s=now_s
        )
        if found.back is not None:
            found = leading_back(found, self._contract, self._operation, request.base_url)
        said = said_of(found.fields, body, path, self._operation) if found.fields is not None else {}
        response = over(found, said, self._fits)
        if response is None:
            return None
        if self._effect is not None:
            self._state.effects += 1
        return Answer(response, self._effect, lasts=found.is_only or self._operation.safe)


class PlainBodies:
    """The answers to requests of one head, by their body. Made by `plain_bodies`."""

    def __init__(
        self, head: Request, path: dict[str, object], *, read: ReadBody, declared: _Declared
    ) -> None:
        self._head, self._path, self._read, self._declared = head, path, read, declared

    def answer(self, body: bytes, *, now_s: float) -> Answer | None:
        """What a body gets; changes the state. None where more must be looked at: the body may not be valid."""
        try:
            value = self._read(body)
        except Malformed:
            return None
        return self._declared.to(self._head, value, self._path, now_s)


class PlainTargets:
    """The answers to requests of one operation that have no body and the same header fields, by their target. Made by
    `plain_targets`."""

    def __init__(self, contract: Contract, *, declared: _Declared) -> None:
        self._contract, self._declared = contract, declared

    def answer(self, match: Match, request: Request, *, now_s: float) -> Answer | None:
        """What a target gets; changes the state. None where more must be looked at: it may not be valid."""
        judged = self._contract.judge_head(match, request)
        if judged.deviations:
            return None
        return self._declared.to(request, None, judged.path, now_s)


def plain_bodies(head: Request, reading: Reading, *, contract: Contract, state: State) -> PlainBodies | None:
    """What answers requests of that head by their body alone; None where that cannot be."""
    match, judged = reading.match, reading.judged
    if not reading.is_plain or reading.deviations or judged is None or not isinstance(match, Match):
        return None
    read = contract.body_reader(match, head)
    if read is None:
        return None
    declared = _Declared(match.operation, contract=contract, state=state)
    return PlainBodies(head, judged.path, read=read, declared=declared)


def plain_targets(reading: Reading, *, contract: Contract, state: State) -> PlainTargets | None:
    """What answers requests like that one, which had no body, by their target alone; None where that cannot be."""
    match = reading.match
    if not reading.is_plain or reading.deviations or not isinstance(match, Match) or match.shared:
        return None
    alternatives = contract.security(match.operation)
    if any(scheme.where == "query" for every in alternatives for scheme in every):
        return None
    return PlainTargets(contract, declared=_Declared(match.operation, contract=contract, state=state))
