"""Watches how busy the machine is, by how late we come ourselves."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

TICK_S = 0.01
LATE_S = 0.015
"""Less is the ordinary unrest of a process that has work to do."""


class Machine:
    """Looks at the clock every `TICK_S` while it is watched (`async with`)."""

    def __init__(self) -> None:
        self._stalls: list[tuple[float, float]] = []
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Machine:
        self._watching = asyncio.ensure_future(self._watch())
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})

    def stalls(self, since_s: float) -> tuple[tuple[float, float], ...]:
        """The spans in which we were held up, since a time on the monotonic clock."""
        return tuple(span for span in self._stalls if span[1] >= since_s)

    async def _watch(self) -> None:
        while True:
            due_s = time.monotonic() + TICK_S
            await asyncio.sleep(TICK_S)
            now_s = time.monotonic()
            if now_s - due_s >= LATE_S:
                self._stalls.append((due_s, now_s))


def processor_s(pid: int | None = None) -> tuple[float, float]:
    """For how many seconds the first thread of a process (of this one without `pid`) has had a processor, and waited
    for one; zeros where that is not told."""
    try:
        had, waited, _ = Path(f"/proc/{pid or 'self'}/schedstat").read_text("ascii").split()
    except (OSError, ValueError):
        return 0.0, 0.0
    return int(had) / 1e9, int(waited) / 1e9


class Waits:
    """For which part of the time processes wait for a processor, from one look at each to the next."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[float, float]] = {}

    def since_last(self, pid: int) -> float | None:
        """None at the first look, and where nobody tells."""
        now_s, (had_s, waited_s) = time.monotonic(), processor_s(pid)
        before = self._seen.get(pid)
        if not had_s:
            return None
        self._seen[pid] = (now_s, waited_s)
        if before is None or now_s <= before[0]:
            return None
        return max(0.0, waited_s - before[1]) / (now_s - before[0])


def crowd(before: tuple[float, float], after: tuple[float, float]) -> float:
    """Seconds of waiting for a processor for each second of having one, between two looks."""
    had_s, waited_s = after[0] - before[0], after[1] - before[1]
    return waited_s / had_s if had_s > 0 else 0.0
