"""The two sources of surprise, as protocols. The real ones live in `server/clock.py`, the fakes in tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias


class Clock(Protocol):
    """Time, read on one side only."""

    def monotonic(self) -> float:
        """Seconds that never go back; comparable between processes of one machine."""
        ...

    def epoch(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z, for dates in answers."""
        ...


class Rng(Protocol):
    """Luck that can be had again. `random.Random` is one."""

    def random(self) -> float: ...

    def randrange(self, start: int, stop: int) -> int: ...

    def getrandbits(self, k: int) -> int: ...


Draw: TypeAlias = Callable[[str, int], Rng]
"""The luck for something by its label and number, always the same for the same two."""
