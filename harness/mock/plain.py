"""Requests that differ in their body alone, where an answer as declared is all that a valid one gets.

All that the head of a request decides is found once; `harness.mock.answer` comes to the same, step by step.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.contract.body import Malformed
from harness.contract.contract import Contract, Match
from harness.contract.judge import ReadBody
from harness.mock.answer import Answer, Reading
from harness.mock.echo import over, said_of
from harness.mock.samples import leading_back, sample
from harness.mock.state import State
from harness.model.message import Request


class Plain:
    """The answers to requests of one head. Made by `plain`."""

    def __init__(
        self,
        head: Request,
        match: Match,
        *,
        path: dict[str, object],
        read: ReadBody,
        contract: Contract,
        state: State,
    ) -> None:
        self._head, self._path, self._read, self._state = head, path, read, state
        self._contract = contract
        self._operation = match.operation
        self._status = contract.success(match.operation)
        self._fits: Callable[[object], bool] = contract.fitting(match.operation, self._status)
        self._effect = None if match.operation.safe or self._status >= 300 else match.operation.id

    def answer(self, body: bytes, *, now_s: float) -> Answer | None:
        """What a body gets; changes the state. None where more must be looked at: the body may not be valid."""
        # hot: decoded, judged, laid over a sample, judged and encoded.
        try:
            value = self._read(body)
        except Malformed:
            return None
        found = sample(
            self._contract, self._operation, self._status, request=self._head, state=self._state, now_s=now_s
        )
        if found.back is not None:
            found = leading_back(found, self._contract, self._operation, self._head.base_url)
        said = said_of(found.fields, value, self._path, self._operation) if found.fields is not None else {}
        response = over(found, said, self._fits)
        if response is None:
            return None
        if self._effect is not None:
            self._state.effects += 1
        return Answer(response, self._effect, lasts=found.is_only)


def plain(head: Request, reading: Reading, *, contract: Contract, state: State) -> Plain | None:
    """What answers requests of that head by their body alone; None where that cannot be."""
    match, judged = reading.match, reading.judged
    if not reading.is_plain or reading.deviations or judged is None or not isinstance(match, Match):
        return None
    read = contract.body_reader(match, head)
    if read is None:
        return None
    return Plain(head, match, path=judged.path, read=read, contract=contract, state=state)
