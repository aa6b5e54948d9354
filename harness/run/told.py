"""Calls as a test suite tells them: where each began and ended, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from harness.errors import UnknownName, UsageError
from harness.server.front import LaneFront


class ToldCall(msgspec.Struct, frozen=True):
    """One call. Its attempts are the exchanges numbered above `after`, up to `until`.

    `ended_s`, `until` and `ok` are None while it goes on. `error`: the client's own word for a failure. `output`:
    what the client printed meanwhile; None where nobody kept it.
    """

    id: str
    name: str
    began_s: float
    after: int
    ended_s: float | None = None
    until: int | None = None
    ok: bool | None = None
    error: str | None = None
    output: str | None = None


class ToldCalls:
    """The calls of one lane, in order. One at a time: whose an exchange is could not be told otherwise."""

    def __init__(self, lane: LaneFront) -> None:
        self._lane = lane
        self._calls: list[ToldCall] = []

    def __iter__(self) -> Iterator[ToldCall]:
        return iter(tuple(self._calls))

    def begin(self, name: str) -> ToldCall:
        """The client is now asked for a call. UsageError while another one goes on."""
        if self._calls and self._calls[-1].ended_s is None:
            going_on = self._calls[-1]
            raise UsageError(
                f"call {going_on.id} ({going_on.name}) is still going on; end it first, or open a lane for each"
            )
        call = ToldCall(
            id=str(len(self._calls) + 1),
            name=name,
            began_s=self._lane.clock.monotonic(),
            after=len(self._lane.journal),
        )
        self._lane.begin_call(name)
        self._calls.append(call)
        return call

    def end(self, call_id: str, *, ok: bool, error: str | None, output: str | None) -> ToldCall:
        """The client has come back. UnknownName where there is no such call, UsageError where it ended before."""
        ids = [call.id for call in self._calls]
        if call_id not in ids:
            raise UnknownName("call", call_id, ids)
        index = ids.index(call_id)
        if self._calls[index].ended_s is not None:
            raise UsageError(f"call {call_id} has ended before")
        ended = msgspec.structs.replace(
            self._calls[index],
            ended_s=self._lane.clock.monotonic(),
            until=len(self._lane.journal),
            ok=ok,
            error=error,
            output=output,
        )
        self._lane.end_call()
        self._calls[index] = ended
        return ended
