"""Whether users are served alike: Jain's index, and how far luck alone would carry it from 1."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from harness.load.columns import Calls

ENOUGH_CALLS = 20
"""A user with fewer calls says nothing."""

ENOUGH_USERS = 5


class Fairness(msgspec.Struct, frozen=True):
    """`index`: 1 where all users have the same part of their calls succeed, 1/users where one has it all.
    `beyond_luck`: they differ more than luck would have it. `least`, `most`: the worst and the best part."""

    users: int
    index: float
    beyond_luck: bool
    least: float
    most: float


def fairness_of(calls: Calls) -> Fairness | None:
    """Over users with enough calls; None where there are too few of those. Jain, Chiu and Hawe 1984."""
    ended = np.isfinite(calls.ended_s) & (calls.user >= 0)
    if not ended.any():
        return None
    asked = np.bincount(calls.user[ended])
    served = np.bincount(calls.user[ended], weights=calls.ok[ended], minlength=len(asked)).astype(np.float64)
    enough = asked >= ENOUGH_CALLS
    if np.count_nonzero(enough) < ENOUGH_USERS:
        return None
    asked, served = asked[enough], served[enough]
    part = served / asked
    return Fairness(len(part), jain(part), _beyond_luck(asked, served), float(part.min()), float(part.max()))


def jain(shares: NDArray[np.float64]) -> float:
    """(sum x)^2 / (n sum x^2); 1 where all have nothing."""
    squares = float((shares**2).sum())
    return float(shares.sum()) ** 2 / (len(shares) * squares) if squares else 1.0


def _beyond_luck(asked: Any, served: NDArray[np.float64]) -> bool:
    """Chi-square of served over asked against one common part; calls of a user share their fate in an outage, so
    that three times what chance allows is asked for."""
    common = float(served.sum() / asked.sum())
    if common in (0.0, 1.0):
        return False
    spread = ((served - asked * common) ** 2 / (asked * common * (1 - common))).sum()
    free = len(asked) - 1
    return bool(spread > 3 * (free + 4 * math.sqrt(2 * free)))
