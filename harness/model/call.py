"""What the client's user asked for, and the attempts that it became on the wire."""

from __future__ import annotations

from typing import Literal

import msgspec

from harness.model.exchange import Exchange

Kind = Literal["read", "write"]

Ending = Literal["ended", "cut", "died", "garbage", "unseen"]
"""`ended`: the driver reported an outcome. `cut`: we stopped it at the time limit, or stopped looking. `died`: its
process ended without an outcome. `garbage`: it printed something that is not an outcome. `unseen`: its attempts
were seen and are over, and nobody told what the client made of them (`ok` is False then, and says nothing)."""


class Outcome(msgspec.Struct, frozen=True):
    """What a driver says of one call. Times are on the machine's monotonic clock.

    `fallback`: what it gave did not come from the provider, and the client says so: a cached or a default value.
    """

    ok: bool
    began_s: float
    ended_s: float
    error: str | None = None
    value: object = None
    ending: Ending = "ended"
    stdout: str = ""
    stderr: str = ""
    fallback: bool = False


class Call(msgspec.Struct, frozen=True):
    """One call and its attempts, in order of arrival. `grouping` says how attempts were given to the call."""

    name: str
    outcome: Outcome
    attempts: tuple[Exchange, ...] = ()
    grouping: str = "between the driver's marks"

    @property
    def duration_s(self) -> float:
        """From the driver's start mark to its end mark."""
        return self.outcome.ended_s - self.outcome.began_s

    def at(self, operation: str | None) -> tuple[Exchange, ...]:
        """The attempts at one operation, with connections that never became a request; all when it is None."""
        if operation is None:
            return self.attempts
        return tuple(e for e in self.attempts if e.operation == operation or e.stage != "request")
