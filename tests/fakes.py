"""Doubles for the two sources of surprise."""

from __future__ import annotations

import random


class FakeClock:
    """A clock that stands until it is told to go on."""

    def __init__(self, now_s: float = 1000.0, epoch_s: float = 1_750_000_000.0) -> None:
        self._now_s, self._epoch_s = now_s, epoch_s

    def monotonic(self) -> float:
        return self._now_s

    def epoch(self) -> float:
        return self._epoch_s

    def advance(self, seconds: float) -> None:
        self._now_s += seconds
        self._epoch_s += seconds


class FixedLuck:
    """Luck that is always the same: `random()` gives `value`."""

    def __init__(self, value: float = 0.0) -> None:
        self._value = value

    def random(self) -> float:
        return self._value

    def randrange(self, start: int, stop: int) -> int:
        return start

    def getrandbits(self, k: int) -> int:
        return 0


def draw(label: str, number: int) -> random.Random:
    """The luck of a lane whose seed does not matter."""
    return random.Random(f"{label}/{number}")
