"""Which attempts are retries, how long after the failure they come, and how much they add to the load."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from harness.load.columns import Flag, Number, Run, Seconds
from harness.load.luck import ALPHA, binomial_at_least, binomial_at_most

FAILURES = (401, 408, 409, 425, 429)
"""Statuses below 500 after which a client may try again."""

AT_ONCE_S = 0.05
"""A wait shorter than this is none: there is nothing to spread."""

NARROW = 0.1
"""Waits are in step where most of them lie in a band as wide as this part of the shortest usual wait of that call.
Gentle jitter of 20 percent to either side (gRPC A6) has a quarter of them there, full jitter a twentieth. Where the
same amount of luck is added to every wait (urllib3), it is seen on the long ones as well as on the short."""

IN_STEP_PART = 0.5
"""More of them in the band than this, for sure, are in step."""

STEADY_PART = 0.7
"""Waits without jitter stay together at least so well, beside first attempts at the same time: fewer, for sure, are
spread. Between the two nobody can tell."""


class Retries(msgspec.Struct, frozen=True):
    """`attempts`: rows of the attempts that are retries, as far as their call is known. `wasted`: they failed again.
    `wait_s`: how long each came after the end of the attempt before; NaN where that was still going on. `number`: 1
    for the first retry. `name`: of the call. `asked`: the answer before said how long to wait. `way_s`: of the call
    whose first attempt came last before this one, from when it should have begun to that: nobody chooses this, and
    it tells what a machine at work does to waits.
    """

    attempts: NDArray[np.int64]
    wasted: Flag
    wait_s: Seconds
    number: Number
    name: Number
    asked: Flag
    way_s: Seconds


class Waits(msgspec.Struct, frozen=True):
    """The waits before the retry of one number, of calls of one name. `in_step`: how many lie in the band where most
    are; `band_s` wide, about `usual_s`. `steady`: the part of the first attempts at these times whose way to the
    provider differed by no more than that."""

    name: str
    number: int
    waits: int
    in_step: int
    usual_s: float
    band_s: float
    steady: float = 1.0

    @property
    def is_in_step(self) -> bool:
        """More than half lie together, by more than luck wherever the band may lie, and they are not spread."""
        return (
            not self.is_spread
            and self.waits * binomial_at_least(self.in_step, self.waits, IN_STEP_PART) < ALPHA
        )

    @property
    def is_spread(self) -> bool:
        """Fewer than would be left together without jitter on a machine as busy as this, and by more than luck."""
        return binomial_at_most(self.in_step, self.waits, STEADY_PART * self.steady) < ALPHA


def retries_of(run: Run, usual_attempts: NDArray[np.float64]) -> Retries:
    """The attempts that repeat an earlier one of their call.

    Where a call of that name makes one attempt when all is well, every further one is a retry; else those that follow
    a failure, in the same operation.
    """
    attempts = run.attempts
    rows = np.flatnonzero(attempts.call >= 0)
    rows = rows[np.lexsort((attempts.at_s[rows], attempts.call[rows]))]
    call = attempts.call[rows]
    follows = np.zeros(len(rows), dtype=np.bool_)
    follows[1:] = call[1:] == call[:-1]
    later = np.flatnonzero(follows)
    before, now = rows[later - 1], rows[later]
    name = run.calls.name[attempts.call[now]]
    usual = np.full(len(name), np.nan)
    usual[name >= 0] = usual_attempts[name[name >= 0]]
    again = failed(attempts.status[before]) & (attempts.operation[before] == attempts.operation[now])
    is_retry = np.where(np.abs(usual - 1.0) < 0.05, True, again)
    chosen = later[is_retry]
    before, now = rows[chosen - 1], rows[chosen]
    # The place in the call: how far each row is from the first of its call.
    first = np.maximum.accumulate(np.where(follows, 0, np.arange(len(rows))))
    number = (chosen - first[chosen]).astype(np.int32)
    wait_s = attempts.at_s[now] - attempts.ended_s[before]
    wait_s = np.where(wait_s < 0, np.nan, wait_s)
    if attempts.retry_after_s is not None:
        asked = np.isfinite(attempts.retry_after_s[before])
    else:
        asked = attempts.status[before] == 429
    return Retries(
        attempts=now,
        wasted=failed(attempts.status[now]),
        wait_s=wait_s,
        number=number,
        name=run.calls.name[attempts.call[now]],
        asked=asked,
        way_s=_ways(run, rows[~follows], attempts.at_s[now]),
    )


def _ways(run: Run, firsts: NDArray[np.int64], at_s: Seconds) -> Seconds:
    """For each of these moments how long the first attempt that came last before it was on its way. Where calls do
    not come at a time of their own, that counts from when its call began."""
    calls, attempts = run.calls, run.attempts
    firsts = firsts[np.argsort(attempts.at_s[firsts], kind="stable")]
    if not len(firsts):
        return np.zeros(len(at_s))
    due_s = calls.intended_s if run.facts.get("arrivals") == "open" else calls.began_s
    way_s = attempts.at_s[firsts] - due_s[attempts.call[firsts]]
    last = np.searchsorted(attempts.at_s[firsts], at_s, side="right") - 1
    found: Seconds = way_s[np.maximum(last, 0)]
    return found


def failed(status: Number) -> Flag:
    """Which of these statuses stand for a failure: none sent, 5xx, and those that ask to come again."""
    found: Flag = (status == 0) | (status >= 500) | np.isin(status, FAILURES)
    return found


def waits_of(retried: Retries, names: tuple[str, ...], *, at_least: int = 15) -> tuple[Waits, ...]:
    """The waits that were the client's own to choose, for every name and number with enough of them."""
    free = np.isfinite(retried.wait_s) & ~retried.asked
    found = []
    for index in np.unique(retried.name[free]).tolist():
        of_name = free & (retried.name == index)
        alike = [of_name & (retried.number == number) for number in np.unique(retried.number[of_name])]
        alike = [
            mine
            for mine in alike
            if np.count_nonzero(mine) >= at_least and np.median(retried.wait_s[mine]) >= AT_ONCE_S
        ]
        band_s = NARROW * min((float(np.median(retried.wait_s[mine])) for mine in alike), default=0.0)
        name = names[index] if 0 <= index < len(names) else ""
        for mine in alike:
            waits = np.sort(retried.wait_s[mine])
            together, best = _together(waits, band_s)
            steady = _together(np.sort(retried.way_s[mine]), band_s)[0] / len(waits)
            number = int(retried.number[mine][0])
            found.append(Waits(name, number, len(waits), together, float(waits[best]), band_s, steady))
    return tuple(found)


def _together(ordered_s: Seconds, band_s: float) -> tuple[int, int]:
    """The most of these that lie in a band so wide, and the row of the first of them."""
    count = np.searchsorted(ordered_s, ordered_s + band_s, side="right") - np.arange(len(ordered_s))
    best = int(np.argmax(count))
    return int(count[best]), best
