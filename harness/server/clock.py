"""The real time, and luck that can be had again."""

from __future__ import annotations

import time
from functools import cached_property
from hashlib import blake2b
from random import Random

from harness.model.clock import Clock
from harness.protocols.http1 import http_date


class SystemClock:
    """The machine's clocks. Its monotonic one is the same for every process on the machine."""

    monotonic = staticmethod(time.monotonic)
    epoch = staticmethod(time.time)


class HttpDate:
    """What a Date header says, made anew once a second: `text`, until `until_s` on the monotonic clock."""

    __slots__ = ("_clock", "text", "until_s")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.renew(clock.monotonic())

    def renew(self, now_s: float) -> None:
        """Say what it is now."""
        epoch_s = self._clock.epoch()
        self.text = http_date(epoch_s)
        self.until_s = now_s + 1.0 - epoch_s % 1.0

    def at(self, now_s: float) -> str:
        """What it says now."""
        if now_s >= self.until_s:
            self.renew(now_s)
        return self.text


class Luck:
    """The luck of one exchange, drawn from (seed, owner, label, number) alone, so that concurrency cannot reorder it.

    It is made on first use: most answers need none, and seeding takes longer than serving them.
    """

    def __init__(self, seed: int, owner: str, label: str, number: int) -> None:
        self._origin = (seed, owner, label, number)

    def random(self) -> float:
        return self._source.random()

    def randrange(self, start: int, stop: int) -> int:
        return self._source.randrange(start, stop)

    def getrandbits(self, k: int) -> int:
        return self._source.getrandbits(k)

    @cached_property
    def _source(self) -> Random:
        # Not hash(): Python salts it per process.
        seed, owner, label, number = self._origin
        text = f"{seed}\0{owner}/{label}\0{number}".encode()
        return Random(int.from_bytes(blake2b(text, digest_size=8).digest(), "big"))
