"""Waits between attempts, pooled over calls, and what their numbers can and cannot show.

Scheduling noise only ever adds to a wait: mostly a few milliseconds, now and then 50, rarely 200. So the smallest
waits of a retry are the truest, and what looks alike within noise is never taken for a difference. The thresholds
are proved by simulation in tests/checks/test_backoff_simulated.py: a wrong verdict for less than one client in a
thousand, else none.

Busy machines are another matter: virtual machines that load their classes side by side add hundreds of milliseconds
to most waits, which looks like jitter. What gives that away is `model/noise.py`, and what it may explain shows
nothing (`undisturbed`, `rough_s`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Literal

from harness.checks.advice import asked_wait
from harness.checks.chains import Chain, chains
from harness.checks.registry import Evidence
from harness.model.exchange import Exchange

Shape = Literal["grows", "constant", "unclear"]
Spread = Literal["jitter", "none", "unclear", "few"]

JITTER_SAMPLES = 6
"""Fewer waits at one retry tell nothing of chance."""

MOMENT_S = 0.025
"""A wait that is nothing but the time to send again."""

WORK_S = 0.025
"""The work of a retry, on a processor of one's own, in a language that compiles as it goes."""


def pooled(evidence: Evidence) -> tuple[tuple[float, ...], ...]:
    """Of each call that tried again: its waits in order, up to the first that the client did not choose alone.

    A wait that an answer asked for says nothing of backoff. Nor does one after a timeout: when the client gave up
    is not seen, since some close the silent connection only when they try again.
    """
    return tuple(waits for waits in (_waits(evidence, chain) for chain in chains(evidence)) if waits)


def undisturbed(evidence: Evidence) -> list[tuple[float, ...]]:
    """The waits of `pooled` before the first retry of every call, before the second, ...; but for those of which
    the beginning or the end was seen late, since we were held up."""
    noise = evidence.noise
    kept: list[list[float]] = []
    for chain in chains(evidence):
        for place, wait in enumerate(_waits(evidence, chain)):
            if place == len(kept):
                kept.append([])
            before, after = chain.attempts[place], chain.attempts[place + 1]
            if not noise.hides(after.at_s) and not noise.hides(_ended(before)):
                kept[place].append(wait)
    return [tuple(waits) for waits in kept]


def shape(calls: Sequence[Sequence[float]]) -> Shape:
    """Do the waits grow from retry to retry?"""
    longest = max((len(waits) for waits in calls), default=0)
    if longest < 2:
        return "unclear"
    if _constant(calls):
        return "constant"
    return "grows" if _grows(calls, longest) else "unclear"


def rough_s(evidence: Evidence) -> float:
    """By how much the smaller half of the waits may differ because the clients were in each other's way.

    Half of what their starts differ by, which take far more work than a retry; or the time that it takes to get a
    processor for the work of a retry.
    """
    noise = evidence.noise
    half = smaller_half(noise.starts_s) if len(noise.starts_s) >= JITTER_SAMPLES else (0.0,)
    return max((half[-1] - half[0]) / 2, WORK_S * noise.crowd)


def spread(retries: Sequence[Sequence[float]], *, rough_s: float = 0.0) -> Spread:
    """Do the waits of one retry, which come from as many calls, differ by more than noise?

    Looks at how far the smaller half of the samples spreads: noise is rare enough to leave it alone, unless it is
    as great as `rough_s`.
    """
    groups = [group for group in retries if len(group) >= JITTER_SAMPLES]
    if not groups:
        return "few"
    spreads = [smaller_half(group)[-1] - min(group) for group in groups]
    # The first retry of many clients comes at once, while their processes still start and are in each other's way.
    telling = [s for s, group in zip(spreads, groups, strict=True) if min(group) > MOMENT_S]
    if (
        any(s > max(0.075, rough_s) for s in telling)
        or any(s > max(0.25, rough_s) for s in spreads)
        or sum(s > max(0.03, rough_s) for s in telling) >= 2
    ):
        return "jitter"
    # A jitter of 100 ms looks as tight as this in less than one of a thousand pools of six, or of ten.
    many = min(len(group) for group in groups) >= 10
    tight_s = (
        {1: 0.006, 2: 0.012}.get(len(groups), 0.018) if many else {1: 0.003, 2: 0.007}.get(len(groups), 0.013)
    )
    return "none" if all(s <= tight_s for s in spreads) else "unclear"


def by_retry(calls: Sequence[Sequence[float]]) -> list[tuple[float, ...]]:
    """The waits before the first retry of every call, before the second, ..."""
    longest = max((len(waits) for waits in calls), default=0)
    return [tuple(waits[index] for waits in calls if len(waits) > index) for index in range(longest)]


def smaller_half(group: Sequence[float]) -> tuple[float, ...]:
    """The smaller half of the waits, and one more: those that noise leaves alone."""
    return tuple(sorted(group)[: len(group) // 2 + 1])


def trend(groups: Sequence[Sequence[float]]) -> float:
    """How probable so much order is if all samples are drawn alike: the Jonckheere-Terpstra test, exact.

    Each of the groups is expected to lie above the one before it.
    """
    score = sum(
        sum(1 for low in lower for high in higher if high > low)
        for place, lower in enumerate(groups)
        for higher in groups[place + 1 :]
    )
    ways = _ways(tuple(len(group) for group in groups))
    return sum(ways[score:]) / sum(ways)


def _waits(evidence: Evidence, chain: Chain) -> tuple[float, ...]:
    waits: list[float] = []
    for index in chain.repeats():
        before, after = chain.attempts[index - 1], chain.attempts[index]
        if chain.failures[index - 1] in ("timeout", "open") or asked_wait(evidence, before) is not None:
            break
        waits.append(max(0.0, after.at_s - _ended(before)))
    return tuple(waits)


def _ended(exchange: Exchange) -> float:
    return exchange.ended_s if exchange.ended_s is not None else exchange.at_s


def _constant(calls: Sequence[Sequence[float]]) -> bool:
    """Does the smaller half of the waits lie in one narrow band, at every retry?

    One or two calls need three waits that agree within 2.5 percent, or next to none at all.
    """
    waits = sorted(wait for call in calls for wait in call)
    several = len(calls) >= 3 and len(waits) >= 8
    if len(waits) < 3:
        return False
    low = waits[0]
    band_s = max(MOMENT_S, low + max(0.01, 0.04 * low)) if several else max(0.005, low * 1.025)
    if several:
        return all(smaller_half(group)[-1] <= band_s for group in by_retry(calls))
    return waits[-1] <= band_s


def _grows(calls: Sequence[Sequence[float]], longest: int) -> bool:
    # Calls of equal length only: one that gave up early would weigh on the early retries.
    full = [waits for waits in calls if len(waits) == longest]
    groups = by_retry(full)
    first, last = _median(groups[0]), _median(groups[-1])
    if last < 1.25 * first or last - first < (0.1 if len(full) < JITTER_SAMPLES else 0.05):
        return False
    if len(full) < 3:
        return all(_doubles(waits) for waits in full)
    if trend(groups) < 5e-4:
        return True
    # Six calls or more. Two retries cannot reach that by order alone; a gap between them makes up for it. Full
    # jitter blurs the order, but not how far the longest waits go: of equal ones the second longest is hardly
    # ever three times the longest of the others.
    most, second = max(groups[0]), sorted(groups[-1])[-2]
    apart = min(groups[-1]) > 1.3 * most + 0.01
    further = second > 3 * most and second - most > 0.2
    return len(full) >= 6 and (apart or further)


def _doubles(waits: Sequence[float]) -> bool:
    """In one call: the doubling or tripling that chance would hardly make, with the first wait perhaps left out."""
    if len(waits) >= 3 and waits[0] <= 0.02 * waits[1]:
        ratios = [after / before for before, after in pairwise(waits[1:])]
        return all(_near(ratio, 2.0) for ratio in ratios)
    if len(waits) < 3 or not all(waits):
        return False
    ratios = [after / before for before, after in pairwise(waits)]
    return any(all(_near(ratio, factor) for ratio in ratios) for factor in (2.0, 3.0))


def _near(ratio: float, factor: float) -> bool:
    return abs(ratio - factor) <= 0.03 * factor


def _median(values: Sequence[float]) -> float:
    return sorted(values)[(len(values) - 1) // 2]


@cache
def _ways(sizes: tuple[int, ...]) -> list[int]:
    """In how many ways each score of the trend test comes about: the Gaussian multinomial's coefficients."""
    ways, seen = [1], 0
    for size in sizes:
        for step in range(1, size + 1):
            ways = _divided(_times_one_minus(ways, seen + step), step)
        seen += size
    return ways


def _times_one_minus(polynomial: list[int], power: int) -> list[int]:
    product = polynomial + [0] * power
    for index, value in enumerate(polynomial):
        product[index + power] -= value
    return product


def _divided(polynomial: list[int], power: int) -> list[int]:
    """By 1 - q^power, without remainder."""
    quotient = list(polynomial)
    for index in range(power, len(quotient)):
        quotient[index] += quotient[index - power]
    return quotient[: len(polynomial) - power]
