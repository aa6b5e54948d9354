"""What calls say of a circuit breaker: when it opened, what it let through, when it closed.

A breaker is seen by calls that send nothing. Each process of the generator has its own; each name of a call may have
its own, or share one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from harness.load.columns import Flag, Number, Run, Seconds, Window

AT_ONCE_S = 0.5
"""A call that sends nothing and takes longer than this waited for something: no breaker stopped it."""

LATE_S = 5.0
"""How long after healing a call of the window may still fail: the team's timeout of a request."""

_SAYS_OPEN = re.compile(r"circuit|breaker|\bis open\b|openedstate|callnotpermitted", re.IGNORECASE)
"""Errors that breakers raise: CircuitBreakerError (pybreaker), OpenedState (purgatory), BrokenCircuitError
(cockatiel, Polly), "Breaker is open" (opossum), CallNotPermittedException (resilience4j)."""

Rows = NDArray[np.int64]


class Spell(msgspec.Struct, frozen=True):
    """One time that one breaker was open, for calls of one name in one process.

    `opened_s`: the failure that opened it; `first_s`, `last_s`: when the first and the last call were refused.
    `failures`: failed calls that had reached the provider since it began to fail, or since the breaker closed last.
    `longest_s`: the longest time without a call let through. `window`: its index; None where it opened outside.
    """

    worker: int
    name: int
    window: int | None
    opened_s: float
    first_s: float
    last_s: float
    failures: int
    refused: int
    probes: int
    let_through: int
    closed_s: float | None
    longest_s: float


def refused(run: Run, made: Number, windows: tuple[Window, ...]) -> Flag:
    """Which calls sent nothing, gave no real answer, and were over at once or name a breaker as their error: those
    wait for their turn first where a breaker lets one call in at a time.

    Where attempts of a window do not reach the journal, only those that name a breaker count.
    """
    calls = run.calls
    with np.errstate(invalid="ignore"):
        quick = calls.ended_s - calls.began_s < AT_ONCE_S  # False for NaN
    says_open = np.array([bool(_SAYS_OPEN.search(error)) for error in calls.errors] + [False])
    names_it = says_open[calls.error]  # UNKNOWN is -1: the last one
    found: Flag = (made == 0) & (quick | names_it) & (~calls.ok | calls.fallback)
    found &= ~unseen(run, windows) | names_it
    return found


def unseen(run: Run, windows: tuple[Window, ...]) -> Flag:
    """The calls of windows whose attempts do not reach the journal."""
    found = np.zeros(len(run.calls), dtype=np.bool_)
    for window in windows:
        if not window.seen:
            found |= (run.calls.ended_s >= window.from_s) & (run.calls.began_s < window.to_s + AT_ONCE_S)
    return found


def spells(
    run: Run, stopped: Flag, made: Number, windows: tuple[Window, ...], *, policy: int
) -> tuple[Spell, ...]:
    """Every spell of every breaker, in order of their beginning. `policy`: how many failures should open one."""
    if not stopped.any():
        return ()
    calls, blind = run.calls, unseen(run, windows)
    decided_s = np.where(stopped, calls.ended_s, _first_sent(run))
    pairs = sorted(set(zip(calls.worker[stopped].tolist(), calls.name[stopped].tolist(), strict=True)))
    guards = [_Guard(run, worker, name, stopped, made, blind, decided_s) for worker, name in pairs]
    limit = _limit((guard.openings(first)[1] for guard in guards for first, _ in guard.spans), policy)
    found = [spell for guard in guards for spell in guard.spells(windows, limit)]
    return tuple(sorted(found, key=lambda spell: spell.opened_s))


def _first_sent(run: Run) -> Seconds:
    """When each call sent its first attempt; where that is not known, when it began."""
    found = run.calls.began_s.copy()
    known = np.flatnonzero(run.attempts.call >= 0)[::-1]  # the earliest is written last
    found[run.attempts.call[known]] = run.attempts.at_s[known]
    return found


class _Guard:
    """The calls that one breaker guards, in the order in which it decided on them, and its spells (`spans`: the first
    and the last refused call of each).

    `at`: when it decided. Where one call is let in at a time, the others wait before that: those that reached the
    provider were let through when they sent something, the others refused when they ended.
    """

    def __init__(
        self, run: Run, worker: int, name: int, stopped: Flag, made: Number, blind: Flag, decided_s: Seconds
    ) -> None:
        self.worker, self.name, self.until_s = worker, name, run.duration_s
        calls = run.calls
        rows = np.flatnonzero((calls.worker == worker) & (calls.name == name))
        rows = rows[np.argsort(decided_s[rows], kind="stable")]
        self.at, self.ended, self.shut = decided_s[rows], calls.ended_s[rows], stopped[rows]
        ok = calls.ok[rows] & ~calls.fallback[rows]
        self.reached = ~self.shut & ((made[rows] > 0) | (~ok & blind[rows]))
        self.good = self.reached & ok
        self.bad = self.reached & ~ok & np.isfinite(self.ended)
        self.bad_ends = np.sort(self.ended[self.bad])
        self.good_ends = np.sort(self.ended[self.good])
        known = run.attempts.call >= 0
        mine = np.zeros(len(calls), dtype=np.bool_)
        mine[rows] = True
        self.sent_at = np.sort(run.attempts.at_s[known][mine[run.attempts.call[known]]])
        self.spans = tuple(_parted(np.flatnonzero(self.shut), self.at, self.ended, self.good, self.bad))

    def openings(self, first: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """When it may have opened before that refused call: the failures since a call was last let through, and for
        each how many in a row there had been."""
        through = np.flatnonzero(self.reached[:first])
        not_before = self.at[through[-1]] if len(through) else float("-inf")
        since, until = np.searchsorted(self.bad_ends, [not_before, self.at[first]], side="right")
        moments = self.bad_ends[since:until]
        success = np.searchsorted(self.good_ends, moments, side="right") - 1
        last_good = (
            np.where(success >= 0, self.good_ends[success], float("-inf")) if len(self.good_ends) else None
        )
        before = 0 if last_good is None else np.searchsorted(self.bad_ends, last_good, side="right")
        return moments, (np.arange(since, until) + 1 - before).astype(np.int64)

    def spells(self, windows: tuple[Window, ...], limit: int | None) -> Iterator[Spell]:
        since_s = float("-inf")
        for first, last in self.spans:
            moments, counts = self.openings(first)
            opened_s = float(self.at[first])
            if len(moments):
                # One of them opened it. If it is not known which, that in the middle is the least wrong.
                exact = np.flatnonzero(counts == limit)
                opened_s = float(moments[exact[0] if len(exact) else len(moments) // 2])
            spell = self._spell(first, last, opened_s, since_s, windows)
            yield spell
            since_s = spell.closed_s if spell.closed_s is not None else self.until_s

    def _spell(
        self, first: int, last: int, opened_s: float, since_s: float, windows: tuple[Window, ...]
    ) -> Spell:
        at, bad_ends = self.at, self.bad_ends
        window = _window_of(windows, opened_s)
        after = self.good & (at > at[first]) & (self.ended > at[last])
        closed_s = float(np.min(self.ended[after])) if after.any() else None
        until_s = closed_s if closed_s is not None else self.until_s
        failing_s = max(since_s, windows[window].from_s if window is not None else float("-inf"))
        probing = self.reached & (at > at[first]) & (at < until_s)
        end_s = max(at[last], closed_s if closed_s is not None else at[last])
        return Spell(
            self.worker,
            self.name,
            window,
            opened_s,
            float(at[first]),
            float(at[last]),
            int(np.searchsorted(bad_ends, opened_s, "right") - np.searchsorted(bad_ends, failing_s)),
            int(np.count_nonzero(self.shut[first : last + 1])),
            int(np.count_nonzero(probing)),
            int(np.searchsorted(self.sent_at, until_s) - np.searchsorted(self.sent_at, opened_s, "right")),
            closed_s,
            float(np.diff([at[first], *at[probing], end_s]).max()),
        )


def _limit(counts: Iterable[NDArray[np.int64]], policy: int) -> int | None:
    """How many failures in a row open these breakers: the number that nearly all spells allow for, of several that
    nearest to the policy's; None where there is no such number, as with breakers that go by rate."""
    votes: Counter[int] = Counter()
    number = 0
    for each in counts:
        number += 1
        votes.update(each.tolist())
    if not votes:
        return None
    most = max(votes.values())
    if most < 0.8 * number:
        return None
    return min(
        (limit for limit, times in votes.items() if times == most), key=lambda each: abs(each - policy)
    )


def _parted(
    shut: Rows, began: NDArray[np.float64], ended: NDArray[np.float64], good: Flag, bad: Flag
) -> Iterator[tuple[int, int]]:
    """The first and last refused call of each spell.

    Between two spells a call that was let through succeeded, which closed the breaker, and one that ended later
    failed, which may have opened it again.
    """
    first = shut[0]
    goods = np.concatenate(([0], np.cumsum(good)))
    bads = np.concatenate(([0], np.cumsum(bad)))
    for before, now in pairwise(shut):
        if now - before > 2 and goods[now] > goods[before + 1] and bads[now] > bads[before + 1]:
            between = slice(before + 1, now)
            succeeded = np.min(ended[between][good[between]])
            failed_then = ended[between][bad[between]]
            if np.any((failed_then > succeeded) & (failed_then <= began[now])):
                yield int(first), int(before)
                first = now
    yield int(first), int(shut[-1])


def _window_of(windows: tuple[Window, ...], at_s: float) -> int | None:
    """The window that a breaker opened in, or soon after: calls that began in it may end later."""
    within = [index for index, w in enumerate(windows) if w.from_s <= at_s < w.to_s + LATE_S]
    return within[-1] if within else None
