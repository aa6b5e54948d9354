"""When a call has lasted long enough, and what comes next in an outage: decisions, with no effects."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from harness.model.call import Call
from harness.model.exchange import Exchange
from harness.model.policy import BreakerPolicy, Policy
from harness.run.scenario import Heal

TALKING = "timing.dribbled"
"""The fault under which an open exchange is not silent: bytes do come."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """When we stop waiting.

    `silent_s`: for the client to give up a silent attempt. `call_s`: for a call as a whole, from its first attempt;
    a little more than the time after which a call of nothing but silent attempts is too long. `young_s`: how long a
    client that sends nothing holds its place among those that are starting. `settle_s`: for the server to see
    what the client did last. `tick_s`: between looks.
    """

    silent_s: float = 6.5
    call_s: float = 23.5
    young_s: float = 5.0
    settle_s: float = 0.25
    tick_s: float = 0.02


def limits_of(policy: Policy) -> Limits:
    """A client has 1.5 s more than the policy's deadline to let go of a silent attempt."""
    return Limits(silent_s=policy.deadline.request_s + 1.5)


def overdue(exchanges: Sequence[Exchange], *, began_s: float, now_s: float, limits: Limits) -> str | None:
    """Why a call must be cut now; None while it may go on. `exchanges` are the call's, up to now."""
    # As the check of the call's deadline does, this leaves out the time that the client takes to start.
    lasted_s = now_s - (exchanges[0].at_s if exchanges else began_s)
    if lasted_s >= limits.call_s:
        return f"cut after {lasted_s:.1f} s in all"
    if not exchanges:
        return None
    last = exchanges[-1]
    if last.outcome != "open" or last.received_s is None:
        return None
    if any(fired.fault == TALKING for fired in last.faults):
        return None
    silent_s = now_s - last.received_s
    if silent_s < limits.silent_s:
        return None
    return f"cut: attempt {len(exchanges)} had waited in silence for {silent_s:.1f} s"


class Outage:
    """An outage as it goes on: calls until the breaker shows, then the healing, then calls until it closes."""

    def __init__(self, heal: Heal, policy: BreakerPolicy, *, began_s: float) -> None:
        self._enough_calls = heal.times_threshold * policy.failures
        self._began_s = began_s
        self._failing_s = heal.failing_s
        self._probe_wait_s = max(heal.probe_wait_s, (policy.open_s or 0.0) + 1.0)
        self._recover_wait_s = max(heal.recover_wait_s, (policy.open_s or 0.0) + 2.0)

    def next(
        self, calls: Sequence[Call], *, now_s: float, healed_s: float | None
    ) -> Literal["call", "heal", "stop"]:
        """What to do after these calls."""
        if calls and calls[-1].outcome.ending in ("cut", "died"):
            return "stop"
        if healed_s is not None:
            return "stop" if self._recovered(calls, healed_s) or self._given_up(now_s, healed_s) else "call"
        if len(calls) >= 3 and not any(call.attempts for call in calls):
            return "stop"
        opened_s = self._opened_s(calls)
        if opened_s is not None:
            probed = any(call.attempts and call.outcome.began_s > opened_s for call in calls)
            return "heal" if probed or now_s - opened_s >= self._probe_wait_s else "call"
        reached = sum(1 for call in calls if call.attempts)
        return "heal" if reached >= self._enough_calls or now_s - self._began_s >= self._failing_s else "call"

    def _given_up(self, now_s: float, healed_s: float) -> bool:
        return now_s - healed_s >= self._recover_wait_s

    @staticmethod
    def _opened_s(calls: Sequence[Call]) -> float | None:
        """When the first call after others that reached the provider sent nothing."""
        reached = False
        for call in calls:
            if call.attempts:
                reached = True
            elif reached:
                return call.outcome.began_s
        return None

    @staticmethod
    def _recovered(calls: Sequence[Call], healed_s: float) -> bool:
        after = [call for call in calls if call.outcome.began_s >= healed_s]
        return len(after) >= 3 and all(call.outcome.ok and call.attempts for call in after[-3:])


def heals_midway(exchanges: Sequence[Exchange], *, now_s: float, heal: Heal, policy: Policy) -> bool:
    """In an outage seen from outside, by a process that makes all its calls itself: has it shown enough?

    Enough is as many exchanges as the calls of an outage may make with their retries, one exchange after a pause (a
    probe), or a long pause.
    """
    if not exchanges:
        return False
    breaker = policy.breaker
    if len(exchanges) >= heal.times_threshold * breaker.failures * (policy.retry.max_retries + 1):
        return True
    if now_s - exchanges[-1].at_s >= max(heal.probe_wait_s, (breaker.open_s or 0.0) + 1.0):
        return True
    pauses_s = [later.at_s - earlier.at_s for earlier, later in pairwise(exchanges)]
    return bool(pauses_s) and pauses_s[-1] >= 1.0
