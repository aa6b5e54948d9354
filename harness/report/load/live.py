"""The line that a terminal shows while a run goes on: where it stands, and what happens at this moment."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from harness.report.load.figures import duration, percent, rate
from harness.report.load.scales import Scale
from harness.report.load.sparks import spark

SHORTEST_SPARK = 8
LONGEST_SPARK = 30


class Snapshot(msgspec.Struct, frozen=True):
    """A run at one moment. Rates and the rest are of the last seconds; None where nothing was seen yet.

    `at_s`: on the plan's clock, below 0 while the load ramps up. `to_s`: when the run ends. `success`: from 0 to 1.
    `window`: the fault window that is open now. `attempts_each_s`: the rates of the seconds up to now, for a curve.
    """

    at_s: float
    to_s: float
    users: int
    calls_per_s: float | None = None
    attempts_per_s: float | None = None
    success: float | None = None
    p95_s: float | None = None
    window: str = ""
    workers: int = 1
    workers_gone: int = 0
    attempts_each_s: tuple[float, ...] = ()


def live(now: Snapshot, width: int, *, ascii_only: bool = False) -> str:
    """One line of at most `width` columns; what matters least is left out first."""
    state = "ramp-up" if now.at_s < 0 else now.window.upper() or "healthy"
    clock = f"{max(now.at_s, 0):.0f}/{now.to_s:.0f} s"
    parts = [
        (0, clock),
        (0, state),
        (3, f"{now.users} users"),
        (2, _told("calls", now.calls_per_s, rate)),
        (1, _told("attempts", now.attempts_per_s, rate)),
        (1, _told("ok", now.success, percent)),
        (2, _told("p95", now.p95_s, duration)),
        (0, f"{now.workers_gone} of {now.workers} workers gone" if now.workers_gone else ""),
        (4, f"{now.workers} workers" if now.workers > 1 and not now.workers_gone else ""),
    ]
    between = "  "
    for weight in (5, 4, 3, 2, 1, 0):
        line = between.join(text for heavy, text in parts if text and heavy <= weight)
        if len(line) <= width:
            break
    line = line[:width]
    room = min(width - len(line) - len(between), LONGEST_SPARK, len(now.attempts_each_s))
    if room >= SHORTEST_SPARK:
        seen = now.attempts_each_s[-room:]
        line += between + spark(seen, Scale(0.0, max(*seen, 1.0)), room, ascii_only=ascii_only)
    return line


def _told(name: str, value: float | None, worded: Callable[[float | None], str]) -> str:
    return f"{name} {worded(value)}" if value is not None else ""
