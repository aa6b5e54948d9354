"""How long calls take: averages, percentiles, and whether they are above a target by more than luck."""

from __future__ import annotations

import math
from typing import Literal

import msgspec
import numpy as np

from harness.load.columns import Seconds
from harness.load.luck import FAR, binomial_at_least

Word = Literal["within", "beyond", "unclear"]

ENOUGH = 100
"""With fewer calls than this no part of them is known to be small enough."""


FAR_ERRORS = 4.9
"""An average so many standard errors above another is beyond luck: once in a million runs (FAR)."""


class Spread(msgspec.Struct, frozen=True):
    """A population of durations in short; None where there are too few for it."""

    number: int
    average_s: float | None = None
    p50_s: float | None = None
    p95_s: float | None = None
    p99_s: float | None = None
    max_s: float | None = None


def spread(lasted_s: Seconds) -> Spread:
    """Of durations in any order."""
    return spread_of_ordered(np.sort(lasted_s))


def spread_of_ordered(ordered: Seconds) -> Spread:
    """Nearest-rank percentiles. A percentile needs as many calls as leave one beyond it: p99 a hundred."""
    number = len(ordered)
    if not number:
        return Spread(0)

    def at(part: float) -> float | None:
        enough = number >= round(1 / (1 - part))
        return float(ordered[min(number - 1, math.ceil(part * number) - 1)]) if enough else None

    return Spread(number, float(ordered.mean()), at(0.5), at(0.95), at(0.99), float(ordered[-1]))


def against_percentile(lasted_s: Seconds, part: float, limit_s: float) -> Word:
    """Is the percentile at most `limit_s`? Exactly so many calls may be slower; more that luck may be is unclear."""
    number = len(lasted_s)
    if number < round(1 / (1 - part)):
        return "unclear"
    slower = int(np.count_nonzero(lasted_s > limit_s))
    if slower <= math.floor((1 - part) * number + 1e-9):
        return "within"
    return "beyond" if binomial_at_least(slower, number, 1 - part) < FAR else "unclear"


def against_average(lasted_s: Seconds, limit_s: float) -> Word:
    """Is the average at most `limit_s`?"""
    number = len(lasted_s)
    if number < 2:
        return "unclear"
    average = float(lasted_s.mean())
    if average <= limit_s:
        return "within" if number >= 20 else "unclear"
    error = float(lasted_s.std(ddof=1)) / math.sqrt(number)
    return "beyond" if average - limit_s > FAR_ERRORS * error and number >= 20 else "unclear"


def longer_than(limit_s: float) -> float:
    """What takes longer than this is beyond the limit in every run: a tenth and a second are the machine's."""
    return 1.1 * limit_s + 1.0


def against_once(took_s: float, limit_s: float) -> Word:
    """Is what was seen once, and may take somewhat more or less in the next run, at most `limit_s`?"""
    if took_s <= limit_s:
        return "within"
    return "beyond" if took_s > longer_than(limit_s) else "unclear"


def against_part(hits: int, number: int, limit: float) -> Word:
    """Are at most `limit` of `number` hits? It takes ENOUGH to say so."""
    if hits <= limit * number:
        return "within" if number >= ENOUGH else "unclear"
    if number and binomial_at_least(hits, number, limit) < FAR:
        return "beyond"
    return "unclear"
