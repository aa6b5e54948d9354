"""How far the machine was from quiet while clients were watched: what may make equal waits look unequal."""

from __future__ import annotations

import msgspec


class Noise(msgspec.Struct, frozen=True):
    """Three signs of it, each of which sees what the others miss.

    `starts_s`: of clients that were started side by side to do the same, how long each took from its start to its
    first request. `stalls`: spans, on the clock of the calls, in which we were held up ourselves, so that what
    happened in them was seen only at their end. `crowd`: for how many seconds we waited for a processor for each
    second that we had one.
    """

    starts_s: tuple[float, ...] = ()
    stalls: tuple[tuple[float, float], ...] = ()
    crowd: float = 0.0

    def hides(self, at_s: float, *, after_s: float = 0.03) -> bool:
        """Was something that was seen at `at_s` perhaps seen late? It takes `after_s` to catch up on a stall."""
        return any(began_s < at_s <= ended_s + after_s for began_s, ended_s in self.stalls)
