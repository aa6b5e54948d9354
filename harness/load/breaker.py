"""What calls say of circuit breakers: which calls one refused, and which calls share one.

A breaker is seen by calls that send nothing. Each process of the generator has its own; each name of a call may have
its own, or share one. It counts calls, or every attempt where retries go on around it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from harness.load.columns import Flag, Number, Run, Seconds, Window
from harness.load.guard import Counts, Guard, Seen, Spell, limit_of
from harness.load.retries import failed

AT_ONCE_S = 0.5
"""A call that sends nothing and takes longer than this waited for something: no breaker stopped it."""

SLACK_S = 0.02
"""What ends so soon after something else may have ended before it."""

CONTRADICTED = 0.02
"""One breaker for several names is refuted where more than this part of what it would have refused speaks against
it; a busy machine tells of a few too late."""

_SAYS_OPEN = re.compile(r"circuit|breaker|\bis open\b|openedstate|callnotpermitted", re.IGNORECASE)
"""Errors that breakers raise: CircuitBreakerError (pybreaker), OpenedState (purgatory), BrokenCircuitError
(cockatiel, Polly), "Breaker is open" (opossum), CallNotPermittedException (resilience4j)."""


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
    decided_s = np.where(stopped, run.calls.ended_s, _first_sent(run))
    wrong = failed(run.attempts.status) | ~np.isfinite(run.attempts.ended_s)
    seen = Seen(run, stopped, made, unseen(run, windows), decided_s, wrong)
    guards, limit, counts = _likeliest(seen, policy)
    found = [spell for guard in guards for spell in guard.spells(windows, limit, counts)]
    return tuple(sorted(found, key=lambda spell: spell.opened_s))


def _first_sent(run: Run) -> Seconds:
    """When each call sent its first attempt; where that is not known, when it began."""
    found = run.calls.began_s.copy()
    known = np.flatnonzero(run.attempts.call >= 0)[::-1]  # the earliest is written last
    found[run.attempts.call[known]] = run.attempts.at_s[known]
    return found


def _likeliest(seen: Seen, policy: int) -> tuple[list[Guard], int | None, Counts]:
    """Who has a breaker, how many failures open it, and of what: of the ways to see it that one in which all of them
    open after the same number of failures, nearest to the policy's."""
    calls, stopped = seen.run.calls, seen.stopped
    pairs = sorted(set(zip(calls.worker[stopped].tolist(), calls.name[stopped].tolist(), strict=True)))
    ways = [[Guard(seen, worker, (name,)) for worker, name in pairs]]
    workers: dict[int, tuple[int, ...]] = {}
    for worker, name in pairs:
        workers[worker] = (*workers.get(worker, ()), name)
    if any(len(names) > 1 for names in workers.values()):
        shared = [Guard(seen, worker, names) for worker, names in workers.items()]
        if not _refuted(shared):
            ways.append(shared)
    tried: list[tuple[float, list[Guard], int | None, Counts]] = []
    for guards in ways:
        for counts in _COUNTS:
            limit = limit_of((row for guard in guards for row in guard.failures_in_row(counts)), policy)
            tried.append((abs(limit - policy) if limit is not None else float("inf"), guards, limit, counts))
    far, guards, limit, counts = min(tried, key=lambda way: way[0])
    if far < float("inf"):
        return guards, limit, counts
    # Breakers that go by rate have no number: what nothing speaks against is one, and it counts what failed before.
    return ways[-1], None, max(_COUNTS, key=lambda counts: _explained(ways[-1], counts))


def _explained(guards: Sequence[Guard], counts: Counts) -> int:
    """How many spells there are with failures that may have begun them."""
    return sum(len(row) > 0 for guard in guards for row in guard.failures_in_row(counts))


_COUNTS: tuple[Counts, ...] = ("calls", "attempts")


def _refuted(shared: Sequence[Guard]) -> bool:
    """Does what came through speak against one breaker for all of these names?

    Once it refuses calls of one name, it refuses those of all; once it has closed for one, for all.
    """
    against, number = 0, 0
    for guard in shared:
        number += int(np.count_nonzero(guard.shut))
        for first, last in guard.spans:
            against += _past(guard, first, last) + _late(guard, first, last)
    return against > CONTRADICTED * number


def _past(guard: Guard, first: int, last: int) -> int:
    """Calls let through to be in a spell before it had refused any of their name."""
    span = slice(first, last + 1)
    found = 0
    for name in guard.names:
        mine = guard.name[span] == name
        shut = np.flatnonzero(mine & guard.shut[span])
        until = shut[0] if len(shut) else 0
        late = guard.at[span][:until] > guard.at[first] + SLACK_S
        found += int(np.count_nonzero(mine[:until] & guard.reached[span][:until] & late))
    return found


def _late(guard: Guard, first: int, last: int) -> int:
    """Calls refused after one of another name had succeeded in the same spell."""
    span = slice(first, last + 1)
    good = guard.good[span] & (guard.at[span] > guard.at[first])
    if not good.any():
        return 0
    closed_s = float(np.min(guard.ended[span][good]))
    return int(np.count_nonzero(guard.shut[span] & (guard.at[span] > closed_s + SLACK_S)))
