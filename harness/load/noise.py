"""How far a figure may lie from that of the same run again: its standard error, from the ups and downs of one run.

Calls of one moment share their fate, so that not calls are counted but blocks of time; and a block in an outage is
compared with blocks of the same outage alone. See Cochran, Sampling Techniques, on ratios of clusters in strata.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from harness.load.columns import Seconds

Numbers = NDArray[np.float64]

BLOCKS = 10
"""Into so many blocks of equal time each stretch between two events of the plan is cut."""

ENOUGH_BLOCKS = 5
ENOUGH = 50
"""With fewer calls than this there is no error to tell."""

FAR = 4.0
"""A percentile's error is read off so many errors away, where another kind of calls may begin."""


class Blocks:
    """The blocks of a run. `cuts`: when the plan changed something."""

    def __init__(self, from_s: float, to_s: float, cuts: Iterable[float]) -> None:
        ends = [from_s, *sorted({cut for cut in cuts if from_s < cut < to_s}), max(to_s, from_s + 1e-6)]
        self.starts = np.concatenate([np.linspace(a, b, BLOCKS, endpoint=False) for a, b in pairwise(ends)])

    def of(self, moments: Seconds) -> NDArray[np.int64]:
        """The block of each moment."""
        found: NDArray[np.int64] = np.searchsorted(self.starts, moments, side="right") - 1
        return np.maximum(found, 0)

    def sums(self, block: NDArray[np.int64], weights: Numbers | None = None) -> Numbers:
        """Of each block, of what lies in it."""
        return np.bincount(block, weights=weights, minlength=len(self.starts)).astype(np.float64)


def error_of_ratio(above: Numbers, below: Numbers) -> float | None:
    """The standard error of sum(above) / sum(below), both by block; None where there is too little."""
    total = float(below.sum())
    used = below > 0
    if total < ENOUGH or np.count_nonzero(used) < ENOUGH_BLOCKS:
        return None
    rest = np.where(used, above - above.sum() / total * below, 0.0)
    variance = 0.0
    for first in range(0, len(rest), BLOCKS):
        part = rest[first : first + BLOCKS][used[first : first + BLOCKS]]
        if len(part) > 1:
            variance += len(part) / (len(part) - 1) * float(((part - part.mean()) ** 2).sum())
        elif len(part):
            variance += float(part[0] ** 2)
    return math.sqrt(variance) / total


def error_of_percentile(
    ordered_s: Seconds, lasted_s: Seconds, blocks: Blocks, block: NDArray[np.int64], part: float
) -> float | None:
    """Of a percentile: how far off its rank may be, read off the ordered durations (Woodruff 1952)."""
    number = len(ordered_s)
    if number < ENOUGH:
        return None
    value_s = ordered_s[_rank(part, number)]
    slower = (lasted_s > value_s).astype(np.float64)
    error = error_of_ratio(blocks.sums(block, slower), blocks.sums(block))
    if error is None:
        return None
    error = max(error, math.sqrt(part * (1 - part) / number))
    high_s = ordered_s[_rank(min(1.0, part + FAR * error), number)]
    low_s = ordered_s[_rank(max(0.0, part - FAR * error), number)]
    return float(max(high_s - value_s, value_s - low_s)) / FAR


def _rank(part: float, number: int) -> int:
    return min(number - 1, max(0, math.ceil(part * number) - 1))
