"""How far luck may carry a number: tests that say `so many would hardly come by chance`, and nothing else.

Everything is exact or errs on the side of chance. ALPHA is the level at which something counts as more than luck: one
in a thousand, shared out among all that is looked at.
"""

from __future__ import annotations

import math

ALPHA = 1e-3

FAR = 1e-6
"""The level for what may be called within in one run and beyond in the next: between the two lies room enough."""


def binomial_at_least(hits: int, number: int, part: float) -> float:
    """How likely are `hits` or more of `number`, where each comes with the chance `part`?"""
    if hits <= 0:
        return 1.0
    if hits > number or part <= 0:
        return 0.0
    if part >= 1:
        return 1.0
    if hits <= number * part:  # not even more than is to be expected
        return 1.0
    return _tail(hits, number, part)


def binomial_at_most(hits: int, number: int, part: float) -> float:
    """How likely are `hits` or fewer of `number`?"""
    return binomial_at_least(number - hits, number, 1.0 - part)


def poisson_at_least(seen: int, mean: float) -> float:
    """How likely are `seen` or more where `mean` are to be expected?"""
    if seen <= mean or seen <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    term = math.exp(-mean + seen * math.log(mean) - math.lgamma(seen + 1))
    total, count = 0.0, seen
    while term > total * 1e-12:
        total += term
        count += 1
        term *= mean / count
    return min(1.0, total)


def _tail(hits: int, number: int, part: float) -> float:
    """The upper tail beyond the mean, term by term: each is smaller than the one before."""
    log = (
        math.lgamma(number + 1)
        - math.lgamma(hits + 1)
        - math.lgamma(number - hits + 1)
        + hits * math.log(part)
        + (number - hits) * math.log1p(-part)
    )
    term, total, count, odds = math.exp(log), 0.0, hits, part / (1.0 - part)
    while term > total * 1e-12:
        total += term
        if count == number:
            break
        term *= (number - count) / (count + 1) * odds
        count += 1
    return min(1.0, total)
