"""Do clients come all at once, when the provider is well again or the wait that it asked for is over?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from harness.load.columns import Seconds
from harness.load.evidence import Evidence
from harness.load.latency import Word
from harness.load.luck import ALPHA, binomial_at_least, binomial_at_most, poisson_at_least
from harness.load.promise import JITTER, held, promise
from harness.load.say import count
from harness.model.finding import Finding, short

ENOUGH_S = 3.0
"""So many seconds of normal running tell what is usual."""

SAME_S = 0.5
"""Who is told to come back within so short a time is told the same."""

HELD_BACK_S = 1.0
"""A first attempt so long after its call began was kept waiting by the client."""


@promise(source=JITTER, doubt="both", each=True)
def herd(evidence: Evidence) -> Iterator[Finding]:
    """When the provider is well again, or the wait that it asked all for is over, clients do not come all at once.

    Target: `herd`, the most attempts in one second of the next `herd_s`, beside a usual second; 2 allows as many
    again as usually come. Counted is what clients add to the calls that users make then: retries, and calls that
    they kept waiting. Kept is what is below the target, and broken what is above it, but for luck of one in a
    thousand; what lies between is inconclusive, and more users would tell. Where it is not known which attempts
    belong to which call, or the target is 1 or less, all attempts are counted.
    """
    limit = evidence.targets.herd
    if limit is None:
        return
    at_s = evidence.run.attempts.at_s
    usual, watched_s = evidence.steady_rate(at_s)
    for name, from_s, to_s, looked in (*_healings(evidence), *_releases(evidence, limit * usual)):
        if watched_s < ENOUGH_S or not usual > 0:
            yield short("nothing was seen of normal running to compare with", "a usual second")
            return
        most, busiest_s = peak(at_s, from_s, to_s)
        counted, allowed, seen = most, limit, ""
        if evidence.tells_calls and limit > 1:
            counted, busiest_s = peak(_added(evidence), from_s, to_s)
            allowed = limit - 1
            most = int(np.count_nonzero((at_s >= busiest_s) & (at_s < busiest_s + 1)))
            seen = f", {counted:,} of them beyond the calls that came then"
        users = max(1.0, offered_beside_usual(evidence, busiest_s))
        part = allowed * users / (allowed * users + watched_s)
        of = counted + round(usual * watched_s)
        word: Word = "unclear"
        if binomial_at_most(counted, of, part) < ALPHA:
            word = "within"
        elif binomial_at_least(counted, of, part) * looked < ALPHA:
            word = "beyond"
        else:
            seen += "; more users would tell"
        yield held(
            word,
            f"{count(most, 'attempt')} in one second, {busiest_s - from_s:.0f} s after {name}{seen}",
            f"at most {limit:g} times the usual {usual:.1f} a second",
            id="herd",
            label=f"most attempts in a second, beside the usual, after {name}",
            unit="times",
            where=name,
            target=limit,
            measured=(limit - allowed) + counted / (usual * users),
        )


def _healings(evidence: Evidence) -> Iterator[tuple[str, float, float, int]]:
    """After what, the span, and in how many seconds the busiest one is looked for."""
    for index, window in enumerate(evidence.windows):
        next_s = min((later.from_s for later in evidence.windows[index + 1 :]), default=float("inf"))
        to_s = min(window.to_s + evidence.targets.herd_s, next_s, evidence.run.duration_s)
        if to_s - window.to_s >= 1:
            yield window.name, window.to_s, to_s, int(to_s - window.to_s)


def _releases(
    evidence: Evidence, allowed_per_s: float, *, waiting: int = 10
) -> Iterator[tuple[str, float, float, int]]:
    """The moment that most were told to come back at, where at least `waiting` were told the same, and more than come
    by luck where each is told another."""
    attempts = evidence.run.attempts
    if attempts.retry_after_s is None:
        return
    moments = np.sort((attempts.ended_s + attempts.retry_after_s)[np.isfinite(attempts.retry_after_s)])
    moments = moments[np.isfinite(moments) & (moments < evidence.run.duration_s - 1)]
    if not len(moments):
        return
    together = np.searchsorted(moments, moments + SAME_S, side="right") - np.arange(len(moments))
    best = int(np.argmax(together))
    looked = 1 + int(moments[-1] - moments[0])
    if (
        together[best] >= waiting
        and poisson_at_least(int(together[best]), SAME_S * allowed_per_s) * looked < ALPHA
    ):
        at_s = float(moments[best])
        yield f"a common Retry-After at {at_s:.0f} s", at_s, at_s + 1.0, looked


def offered_beside_usual(evidence: Evidence, at_s: float) -> float:
    """How many users there are at a moment, beside their average in normal running; 1 where nobody knows."""
    if not evidence.run.offered:
        return 1.0
    moments = np.array([second for second, _ in evidence.run.offered], dtype=np.float64)
    users = np.array([number for _, number in evidence.run.offered], dtype=np.float64)
    usual = np.zeros(len(moments), dtype=np.bool_)
    for from_s, to_s in evidence.settled:
        usual |= (moments >= max(0.0, from_s)) & (moments < to_s)
    if not usual.any() or not users[usual].mean():
        return 1.0
    index = int(np.searchsorted(moments, at_s, side="right")) - 1
    return float(users[max(0, index)] / users[usual].mean())


def _added(evidence: Evidence) -> Seconds:
    """When those attempts came that no call of that moment asked for."""
    calls, attempts = evidence.calls, evidence.run.attempts
    known = np.flatnonzero(attempts.call >= 0)
    call, place = np.unique(attempts.call[known], return_index=True)
    first = known[place]
    added = np.zeros(len(attempts), dtype=np.bool_)
    added[first[attempts.at_s[first] - calls.began_s[call] > HELD_BACK_S]] = True
    added[evidence.retried.attempts] = True
    return attempts.at_s[added]


def peak(moments: Seconds, from_s: float, to_s: float) -> tuple[int, float]:
    """The most in one second of the span, counted in whole seconds from `from_s` on, and when that second began."""
    seconds = max(1, math.floor(to_s - from_s + 1e-9))
    chosen = moments[(moments >= from_s) & (moments < from_s + seconds)]
    counts = np.bincount((chosen - from_s).astype(np.int64), minlength=seconds)
    best = int(np.argmax(counts))
    return int(counts[best]), from_s + best
