"""The calls that one circuit breaker guards, in the order in which it decided on them, and when it was open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from harness.load.columns import Flag, Number, Run, Seconds, Window

LATE_S = 5.0
"""How long after healing a call of the window may still fail: the team's timeout of a request."""

NEARLY_ALL = 0.8
"""The part of spells that one number of failures must be able to explain."""

Counts = Literal["calls", "attempts"]
"""What a breaker counts: calls with all their retries, or, where retries go on around it, each attempt."""

Rows = NDArray[np.int64]


class Spell(msgspec.Struct, frozen=True):
    """One time that one breaker was open, for calls of these names in one process.

    `opened_s`: the failure that opened it; `first_s`, `last_s`: when the first and the last call were refused.
    `failures`: failures that had reached the provider since it began to fail, or since the breaker closed last, of
    what it counts. `longest_s`: the longest time for which calls came and were refused, all of them. `window`: its
    index; None where it opened outside.
    """

    worker: int
    names: tuple[int, ...]
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


class Seen(msgspec.Struct, frozen=True):
    """A run as breakers show in it. `stopped`: calls that one refused; `made`: attempts of each call; `blind`: calls
    of which no attempt reaches the journal; `decided_s`: when a breaker let each call in, or refused it; `wrong`:
    attempts that failed."""

    run: Run
    stopped: Flag
    made: Number
    blind: Flag
    decided_s: Seconds
    wrong: Flag


class Outcomes:
    """What a breaker may have counted: when failures and successes ended, and when what had them was let in."""

    def __init__(self, let_in_s: Seconds, bad_ends: Seconds, good_ends: Seconds) -> None:
        self.let_in_s, self.bad_ends, self.good_ends = map(np.sort, (let_in_s, bad_ends, good_ends))

    def before(self, refused_s: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """When the breaker may have opened that refused a call then: the failures since anything was last let in,
        and for each how many in a row there had been."""
        place = int(np.searchsorted(self.let_in_s, refused_s))
        not_before = self.let_in_s[place - 1] if place else float("-inf")
        since, until = np.searchsorted(self.bad_ends, [not_before, refused_s], side="right")
        moments = self.bad_ends[since:until]
        success = np.searchsorted(self.good_ends, moments, side="right") - 1
        before: NDArray[np.int64] | int = 0
        if len(self.good_ends):
            last_good = np.where(success >= 0, self.good_ends[success], float("-inf"))
            before = np.searchsorted(self.bad_ends, last_good, side="right")
        return moments, (np.arange(since, until) + 1 - before).astype(np.int64)

    def failed_between(self, from_s: float, to_s: float) -> int:
        return int(np.searchsorted(self.bad_ends, to_s, "right") - np.searchsorted(self.bad_ends, from_s))


class Guard:
    """The calls of these names in one process, and the spells of the breaker that guards them (`spans`: the first and
    the last refused call of each).

    `at`: when it decided. Where one call is let in at a time, the others wait before that: those that reached the
    provider were let through when they sent something, the others refused when they ended.
    """

    def __init__(self, seen: Seen, worker: int, names: tuple[int, ...]) -> None:
        run, calls = seen.run, seen.run.calls
        self.worker, self.names, self.until_s = worker, names, run.duration_s
        mine = (calls.worker == worker) & np.isin(calls.name, names)
        rows = np.flatnonzero(mine)
        rows = rows[np.argsort(seen.decided_s[rows], kind="stable")]
        self.at, self.ended, self.shut = seen.decided_s[rows], calls.ended_s[rows], seen.stopped[rows]
        self.name = calls.name[rows]
        ok = calls.ok[rows] & ~calls.fallback[rows]
        self.reached = ~self.shut & ((seen.made[rows] > 0) | (~ok & seen.blind[rows]))
        self.good = self.reached & ok
        self.bad = self.reached & ~ok & np.isfinite(self.ended)
        attempts = run.attempts
        sent = np.flatnonzero(attempts.call >= 0)
        sent = sent[mine[attempts.call[sent]]]
        ends_s, wrong = attempts.ended_s[sent], seen.wrong[sent]
        ended = np.isfinite(ends_s)
        self.counted: dict[Counts, Outcomes] = {
            "calls": Outcomes(self.at[self.reached], self.ended[self.bad], self.ended[self.good]),
            "attempts": Outcomes(attempts.at_s[sent], ends_s[wrong & ended], ends_s[~wrong & ended]),
        }
        self.sent_at = np.sort(attempts.at_s[sent])
        shut = np.flatnonzero(self.shut)
        self.spans = tuple(_parted(shut, self.at, self.ended, self.good, self.bad)) if len(shut) else ()

    def failures_in_row(self, counts: Counts) -> Iterator[NDArray[np.int64]]:
        """For each spell how many failures in a row may have opened the breaker."""
        for first, _ in self.spans:
            yield self.counted[counts].before(self.at[first])[1]

    def spells(self, windows: Sequence[Window], limit: int | None, counts: Counts) -> Iterator[Spell]:
        """`limit`: how many failures in a row open it, where that is known."""
        since_s = float("-inf")
        for first, last in self.spans:
            moments, numbers = self.counted[counts].before(self.at[first])
            opened_s = float(self.at[first])
            if len(moments):
                # One of them opened it. If it is not known which, that in the middle is the least wrong.
                exact = np.flatnonzero(numbers == limit)
                opened_s = float(moments[exact[0] if len(exact) else len(moments) // 2])
            spell = self._spell(first, last, opened_s, since_s, windows, self.counted[counts])
            yield spell
            since_s = spell.closed_s if spell.closed_s is not None else self.until_s

    def _spell(
        self,
        first: int,
        last: int,
        opened_s: float,
        since_s: float,
        windows: Sequence[Window],
        counted: Outcomes,
    ) -> Spell:
        at = self.at
        window = _window_of(windows, opened_s)
        after = self.good & (at > at[first]) & (self.ended > at[last])
        closed_s = float(np.min(self.ended[after])) if after.any() else None
        until_s = closed_s if closed_s is not None else self.until_s
        failing_s = max(since_s, windows[window].from_s if window is not None else float("-inf"))
        probing = self.reached & (at > at[first]) & (at < until_s)
        shut = self.shut[first : last + 1]
        refused_at = at[first : last + 1][shut]
        tries = np.concatenate(([at[first]], at[probing]))
        waited_s = refused_at - tries[np.searchsorted(tries, refused_at, side="right") - 1]
        return Spell(
            self.worker,
            self.names,
            window,
            opened_s,
            float(at[first]),
            float(at[last]),
            counted.failed_between(failing_s, opened_s),
            int(np.count_nonzero(shut)),
            int(np.count_nonzero(probing)),
            int(np.searchsorted(self.sent_at, until_s) - np.searchsorted(self.sent_at, opened_s, "right")),
            closed_s,
            float(waited_s.max()),
        )


def limit_of(rows: Iterable[NDArray[np.int64]], policy: int) -> int | None:
    """How many failures in a row open these breakers: the number that nearly all spells allow for, of several that
    nearest to the policy's; None where there is no such number, as with breakers that go by rate."""
    votes: Counter[int] = Counter()
    number = 0
    for each in rows:
        number += 1
        votes.update(each.tolist())
    if not votes:
        return None
    most = max(votes.values())
    if most < NEARLY_ALL * number:
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


def _window_of(windows: Sequence[Window], at_s: float) -> int | None:
    """The window that a breaker opened in, or soon after: calls that began in it may end later."""
    within = [index for index, w in enumerate(windows) if w.from_s <= at_s < w.to_s + LATE_S]
    return within[-1] if within else None
