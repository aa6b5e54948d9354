"""What calls say of a circuit breaker: when it opened, what it let through, when it closed.

A breaker is seen by calls that send nothing. Each process of the generator has its own; each name of a call may have
its own, or share one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from harness.load.columns import Flag, Number, Run, Window

AT_ONCE_S = 0.5
"""A call that sends nothing and takes longer than this waited for something: no breaker stopped it."""

LATE_S = 5.0
"""How long after healing a call of the window may still fail: the team's timeout of a request."""

_SAYS_OPEN = re.compile(r"circuit|breaker|\bopen\b", re.IGNORECASE)
"""Errors that breakers raise: CircuitBreakerError, BrokenCircuitError, OpenedState, "Breaker is open"."""

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
    """Which calls sent nothing, gave no real answer, and were over at once.

    Where attempts of a window do not reach the journal, only those that name a breaker as their error count.
    """
    calls = run.calls
    with np.errstate(invalid="ignore"):
        quick = calls.ended_s - calls.began_s < AT_ONCE_S  # False for NaN
    found: Flag = (made == 0) & quick & (~calls.ok | calls.fallback)
    for window in windows:
        if not window.seen:
            names_it = np.array([bool(_SAYS_OPEN.search(error)) for error in calls.errors] + [False])
            within = (calls.ended_s >= window.from_s) & (calls.began_s < window.to_s + AT_ONCE_S)
            found &= ~within | names_it[calls.error]  # UNKNOWN is -1: the last one
    return found


def spells(run: Run, stopped: Flag, made: Number, windows: tuple[Window, ...]) -> tuple[Spell, ...]:
    """Every spell of every breaker, in order of their beginning."""
    calls = run.calls
    if not stopped.any():
        return ()
    attempts_at = _attempts_by_call(run)
    found: list[Spell] = []
    for worker, name in sorted({(int(w), int(n)) for w, n in zip(*_pairs(run, stopped), strict=True)}):
        rows = np.flatnonzero((calls.worker == worker) & (calls.name == name))
        rows = rows[np.argsort(calls.began_s[rows], kind="stable")]
        found += _spells_of(run, rows, stopped, made, windows, attempts_at, worker, name)
    return tuple(sorted(found, key=lambda spell: spell.opened_s))


def _pairs(run: Run, stopped: Flag) -> tuple[Number, Number]:
    return run.calls.worker[stopped], run.calls.name[stopped]


def _attempts_by_call(run: Run) -> tuple[Number, NDArray[np.float64]]:
    """The attempts of which the call is known: that call, and when."""
    known = run.attempts.call >= 0
    return run.attempts.call[known], run.attempts.at_s[known]


def _spells_of(
    run: Run,
    rows: Rows,
    stopped: Flag,
    made: Number,
    windows: tuple[Window, ...],
    attempts_at: tuple[Number, NDArray[np.float64]],
    worker: int,
    name: int,
) -> Iterator[Spell]:
    calls = run.calls
    began, ended, ok = calls.began_s[rows], calls.ended_s[rows], calls.ok[rows] & ~calls.fallback[rows]
    shut = stopped[rows]
    reached = ~shut & ((made[rows] > 0) | ~ok)
    good, bad = reached & ok, reached & ~ok & np.isfinite(ended)
    of_group = np.zeros(len(calls), dtype=np.bool_)
    of_group[rows] = True
    mine = of_group[attempts_at[0]]
    sent_at = np.sort(attempts_at[1][mine])
    bad_ends = np.sort(ended[bad])
    since_s = float("-inf")
    for first, last in _parted(np.flatnonzero(shut), began, ended, good, bad):
        through = np.flatnonzero(reached[:first])
        not_before = began[through[-1]] if len(through) else float("-inf")
        candidates = bad_ends[(bad_ends > not_before) & (bad_ends <= began[first])]
        # One of them opened it; which one nobody saw. That in the middle is the least wrong.
        opened_s = float(candidates[len(candidates) // 2]) if len(candidates) else float(began[first])
        window = _window_of(windows, opened_s)
        after = good & (began > began[first]) & (ended > began[last])
        closed_s = float(np.min(ended[after])) if after.any() else None
        until_s = closed_s if closed_s is not None else run.duration_s
        failing_since = max(since_s, windows[window].from_s if window is not None else float("-inf"))
        probing = reached & (began > began[first]) & (began < until_s)
        pauses = np.diff(
            [began[first], *began[probing], max(began[last], until_s if closed_s else began[last])]
        )
        yield Spell(
            worker,
            name,
            window,
            opened_s,
            float(began[first]),
            float(began[last]),
            int(np.searchsorted(bad_ends, opened_s, "right") - np.searchsorted(bad_ends, failing_since)),
            int(np.count_nonzero(shut[first : last + 1])),
            int(np.count_nonzero(probing)),
            int(np.searchsorted(sent_at, until_s) - np.searchsorted(sent_at, opened_s, "right")),
            closed_s,
            float(pauses.max()),
        )
        since_s = until_s


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
