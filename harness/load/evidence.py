"""What the promises look at: a run, the targets, and what is worked out of both once and used by many."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from harness.load import breaker, guard, pool, recovery, retries
from harness.load.columns import Calls, Flag, Number, Run, Seconds, Window
from harness.load.honesty import Limits, limits_of
from harness.load.noise import Blocks
from harness.load.targets import Targets

GROUPED_ENOUGH = 0.98
"""The part of attempts of which the call must be known before calls without an attempt say anything."""


class Evidence:
    """A run as the promises see it. `windows` are in order, and only those that fell into the run."""

    def __init__(self, run: Run, targets: Targets) -> None:
        self.run, self.targets = run, targets
        self.windows: tuple[Window, ...] = tuple(
            sorted((w for w in run.windows if w.from_s < run.duration_s), key=lambda w: w.from_s)
        )

    @property
    def calls(self) -> Calls:
        return self.run.calls

    def named(self, names: Iterable[int]) -> str:
        """Names of calls, as people say them: `read`, `read and write`."""
        known = [self.calls.names[name] for name in sorted(names) if 0 <= name < len(self.calls.names)]
        if len(known) < 2:
            return known[0] if known else "a call"
        return f"{', '.join(known[:-1])} and {known[-1]}"

    @cached_property
    def done(self) -> Flag:
        """The calls that came to an end."""
        return np.isfinite(self.calls.ended_s)

    @cached_property
    def lasted_s(self) -> Seconds:
        """How long each call took from when it should have begun, so that what waits behind a slow call counts."""
        return self.calls.ended_s - self.calls.intended_s

    @cached_property
    def at_least_s(self) -> Seconds:
        """How long each call took, or has taken so far where the run ended before it did."""
        return np.where(self.done, self.lasted_s, self.run.duration_s - self.calls.intended_s)

    @cached_property
    def made(self) -> Number:
        """How many attempts each call made."""
        known = self.run.attempts.call
        known = known[known >= 0]
        return np.bincount(known, minlength=len(self.calls)).astype(np.int32)

    @cached_property
    def grouped(self) -> float | None:
        """The part of attempts of which the call is known; None where there are no attempts."""
        number = len(self.run.attempts)
        return float(np.count_nonzero(self.run.attempts.call >= 0)) / number if number else None

    @property
    def tells_calls(self) -> bool:
        """Is it known well enough which attempts belong to which call?"""
        return self.grouped is None or self.grouped >= GROUPED_ENOUGH

    @cached_property
    def clients(self) -> int:
        """Clients with a pool, a breaker and a budget of their own."""
        return max(1, self.run.clients or len(np.unique(self.calls.worker)))

    @cached_property
    def limits(self) -> Limits:
        return limits_of(self.run)

    @cached_property
    def recoveries(self) -> tuple[recovery.Recovery, ...]:
        """One for each window."""
        slow_s = self.targets.p95_s
        return tuple(
            recovery.recovery_of(
                self.calls.ended_s,
                self.calls.ok,
                self.lasted_s,
                healed_s=window.to_s,
                until_s=self._next_s(index),
                failed_part=1 - (self.targets.success_ratio or 0.995),
                slow_s=slow_s if slow_s is not None else float("inf"),
            )
            for index, window in enumerate(self.windows)
        )

    def inside(self, at_s: Seconds, window: Window | None = None) -> Flag:
        """Which of these moments are in the window; in any without one."""
        found = np.zeros(len(at_s), dtype=np.bool_)
        for each in self.windows if window is None else (window,):
            found |= (at_s >= each.from_s) & (at_s < each.to_s)
        return found

    @cached_property
    def settled(self) -> tuple[tuple[float, float], ...]:
        """When all was well: outside the windows, once calls had recovered and breakers closed again.

        Where they never did, or too late, what follows is the window's: it is the promise of recovery that says so.
        """
        spans, began_s = [], float("-inf")
        for index, (window, seen) in enumerate(zip(self.windows, self.recoveries, strict=True)):
            if window.from_s > began_s:
                spans.append((began_s, window.from_s))
            took_s = seen.after_s if seen.after_s is not None else seen.watched_s
            closed_s = [s.closed_s for s in self.spells if s.window == index and s.closed_s is not None]
            began_s = max(began_s, window.to_s + took_s, *closed_s)
        if self.run.duration_s > began_s:
            spans.append((began_s, float("inf")))
        return tuple(spans)

    @cached_property
    def outside(self) -> Flag:
        """The calls of normal running: no part of them was in a window, or in the time it took to recover."""
        ended_s = np.where(self.done, self.calls.ended_s, self.run.duration_s)
        found = np.zeros(len(self.calls), dtype=np.bool_)
        for from_s, to_s in self.settled:
            found |= (self.calls.began_s > from_s) & (ended_s <= to_s)
        return found

    @cached_property
    def retried(self) -> retries.Retries:
        return retries.retries_of(self.run, self._usual_attempts)

    @cached_property
    def _usual_attempts(self) -> NDArray[np.float64]:
        """Attempts that a call of each name makes where nothing fails; NaN where none was seen."""
        good = self.calls.ok & ~self.calls.fallback & self.outside & (self.made > 0)
        number = len(self.calls.names)
        names = self.calls.name[good]
        known = names >= 0
        count = np.bincount(names[known], minlength=number)
        total = np.bincount(names[known], weights=self.made[good][known], minlength=number)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(count > 0, total / count, np.nan)

    @cached_property
    def refused(self) -> Flag:
        """The calls that a breaker stopped: they sent nothing, failed, and did so at once."""
        return breaker.refused(self.run, self.made, self.windows)

    @cached_property
    def spells(self) -> tuple[guard.Spell, ...]:
        """Each time that a breaker was open."""
        if not self.tells_calls:
            return ()
        policy = self.targets.breaker_failures
        return breaker.spells(self.run, self.refused, self.made, self.windows, policy=policy)

    @cached_property
    def blocks(self) -> Blocks:
        """For the errors of figures: cut where the plan changes something, and where things are well again."""
        cuts = [edge for window in self.windows for edge in (window.from_s, window.to_s)]
        began_s = self.calls.began_s
        return Blocks(float(began_s.min()) if len(began_s) else 0.0, self.run.duration_s, cuts)

    @cached_property
    def pool(self) -> pool.Pool | None:
        """None where no connection was seen."""
        return pool.pool_of(self.run, self.settled, self.clients)

    def steady_rate(self, moments: Seconds) -> tuple[float, float]:
        """How many of these a second there are in normal running, and in how many seconds that was seen; from 0 s on,
        when the load was there."""
        spans = [(max(0.0, a), min(b, self.run.duration_s)) for a, b in self.settled]
        spans = [(a, b) for a, b in spans if b > a]
        seconds = sum(b - a for a, b in spans)
        number = sum(int(np.count_nonzero((moments >= a) & (moments < b))) for a, b in spans)
        return (number / seconds if seconds else float("nan")), seconds

    def _next_s(self, index: int) -> float:
        later = [window.from_s for window in self.windows[index + 1 :]]
        return min([self.run.duration_s, *later])
