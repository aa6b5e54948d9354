"""Luck from luck: several tries at one thing, of which none takes anything from the next."""

from __future__ import annotations

from harness.model.clock import Rng

_MASK = (1 << 64) - 1


class Fork:
    """Makes a sequence of luck for each try. One draw of `rng` decides them all, made when the first is needed."""

    def __init__(self, rng: Rng) -> None:
        self._rng = rng
        self._origin: int | None = None

    def origin(self) -> int:
        """The draw."""
        if self._origin is None:
            self._origin = self._rng.getrandbits(64)
        return self._origin

    def numbered(self, number: int) -> Rng:
        """The luck of one try: the same for the same number."""
        return _Forked(self, number)


class _Forked:
    """SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014)."""

    def __init__(self, fork: Fork, number: int) -> None:
        self._fork, self._number = fork, number
        self._state: int | None = None

    def random(self) -> float:
        return (self._next() >> 11) / (1 << 53)

    def randrange(self, start: int, stop: int) -> int:
        return start + self.getrandbits(64 + (stop - start).bit_length()) % (stop - start)

    def getrandbits(self, k: int) -> int:
        bits = 0
        for _ in range(-(-k // 64)):
            bits = bits << 64 | self._next()
        return bits >> (-k % 64)

    def _next(self) -> int:
        if self._state is None:
            self._state = self._fork.origin() + self._number * 0xD1342543DE82EF95 & _MASK
        self._state = self._state + 0x9E3779B97F4A7C15 & _MASK
        mixed = (self._state ^ self._state >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _MASK
        return mixed ^ mixed >> 31
