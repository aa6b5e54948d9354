"""The attempts of a run, laid out on a time axis. Positions are percent of the width, so that the drawing grows
and shrinks with the page while its text does not; heights are pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from harness.model.report import Attempt, CallReport, ScenarioReport
from harness.report.timeline import answer, end, pattern, told
from harness.report.words import of, seconds

Kind = Literal["success", "spoiled", "error", "none"]
"""What an attempt brought: an answer; an answer with a fault in it; an error status; no status line."""

LEFT, RIGHT = 4.0, 88.0
"""Where the axis begins and ends; the call's number stands before it, its end after it."""
NARROWEST_PX = 640
"""The page scrolls a drawing narrower than this, so texts that fit here fit everywhere."""
CHARACTER_PX = 6.4
LEVELS = 3
DETAILED_CALLS = 4
"""A run of more calls than this gets no labels, and calls that follow each other share a row."""


class Bar(msgspec.Struct, frozen=True):
    """One attempt. `label` is empty where there is no room; `told` says it all. `leftward`: the label ends at the
    bar, since there is no room to the right."""

    left: float
    width: float
    kind: Kind
    told: str
    label: str = ""
    label_y: int = 0
    leftward: bool = False


class Gap(msgspec.Struct, frozen=True):
    """The wait between two attempts. `label` is empty where there is no room."""

    left: float
    right: float
    label: str


class End(msgspec.Struct, frozen=True):
    """Where a call lies and how it ended. `word` is empty where there is no room; `told` says it all."""

    left: float
    right: float
    ok: bool
    tried: bool
    told: str
    word: str = ""


class Row(msgspec.Struct, frozen=True):
    """One call, or calls that followed each other. `y` is the top of the bars."""

    name: str
    y: int
    height: int
    bar_height: int
    ends: tuple[End, ...]
    bars: tuple[Bar, ...]
    gaps: tuple[Gap, ...] = ()


class Tick(msgspec.Struct, frozen=True):
    """A mark of the axis."""

    left: float
    label: str


class Drawing(msgspec.Struct, frozen=True):
    """The whole run: rows, axis, and the words for those who cannot see it."""

    title: str
    description: str
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    axis_y: int
    height: int


class _Axis:
    """Seconds to percent of the width."""

    def __init__(self, calls: tuple[CallReport, ...]) -> None:
        times_s = [moment for call in calls for moment in (call.began_s, call.ended_s)]
        times_s += [a.ended_s if a.ended_s is not None else a.at_s for call in calls for a in call.attempts]
        self.from_s = min([call.began_s for call in calls], default=0.0)
        self.long_s = max(max(times_s, default=0.0) - self.from_s, 0.01)

    def at(self, moment_s: float) -> float:
        share = min(max((moment_s - self.from_s) / self.long_s, 0.0), 1.0)
        return round(LEFT + share * (RIGHT - LEFT), 3)

    def ticks(self) -> Iterator[Tick]:
        steps_s = (scale * base for scale in (0.001, 0.01, 0.1, 1, 10, 100, 1000) for base in (1, 2, 5))
        step_s = next((step for step in steps_s if self.long_s / step <= 8), self.long_s)
        decimals = 0 if step_s >= 1 else 1 if step_s >= 0.1 else 2 if step_s >= 0.01 else 3
        for number in range(int(self.long_s / step_s + 1e-9) + 1):
            yield Tick(self.at(self.from_s + number * step_s), f"{number * step_s:.{decimals}f}")


def draw(run: ScenarioReport) -> Drawing:
    """Lay out a run; an attempt that never ended reaches to the end of its call."""
    axis = _Axis(run.calls)
    detailed = len(run.calls) <= DETAILED_CALLS
    rows, y = [], 4
    if detailed:
        for number, call in enumerate(run.calls, 1):
            row = _call(call, axis, y, name=str(number) if len(run.calls) > 1 else "")
            rows.append(row)
            y = row.y + row.height
    else:
        for calls in _shared(run.calls):
            rows.append(_calls(calls, axis, y))
            y += rows[-1].height
    attempts = sum(len(call.attempts) for call in run.calls)
    said = [told(call) for call in run.calls] if detailed else [f"attempts of each call: {pattern(run)}"]
    return Drawing(
        title=f"{run.id}, {run.call}: {of(len(run.calls), 'call')}, {of(attempts, 'attempt')}",
        description=". ".join(said),
        rows=tuple(rows),
        ticks=tuple(axis.ticks()),
        axis_y=y + 4,
        height=y + 24,
    )


def kind(attempt: Attempt) -> Kind:
    """What an attempt brought."""
    if attempt.status is None:
        return "none"
    if attempt.status >= 400:
        return "error"
    return "spoiled" if attempt.fault else "success"


def _call(call: CallReport, axis: _Axis, y: int, *, name: str) -> Row:
    """A row of its own, with labels."""
    bars = tuple(_bars(call, axis, detailed=True))
    lifted = 15 * (1 + max((bar.label_y for bar in bars), default=0))
    placed = (msgspec.structs.replace(bar, label_y=y + lifted - 5 - 15 * bar.label_y) for bar in bars)
    word = ("ok" if call.ok else "failed") if call.ending == "ended" else call.ending
    return Row(name, y + lifted, 38, 16, (_end(call, axis, word),), tuple(placed), tuple(_gaps(call, axis)))


def _calls(calls: list[CallReport], axis: _Axis, y: int) -> Row:
    """Calls that followed each other, in one row."""
    bars = tuple(bar for call in calls for bar in _bars(call, axis, detailed=False))
    return Row("", y, 30, 14, tuple(_end(call, axis) for call in calls), bars)


def _shared(calls: tuple[CallReport, ...]) -> list[list[CallReport]]:
    """The calls in as few rows as there were calls at once."""
    rows: list[list[CallReport]] = []
    for call in sorted(calls, key=lambda call: call.began_s):
        free = next((row for row in rows if row[-1].ended_s <= call.began_s), None)
        if free is None:
            rows.append([call])
        else:
            free.append(call)
    return rows


def _end(call: CallReport, axis: _Axis, word: str = "") -> End:
    return End(axis.at(call.began_s), axis.at(call.ended_s), call.ok, bool(call.attempts), end(call), word)


def _bars(call: CallReport, axis: _Axis, *, detailed: bool) -> Iterator[Bar]:
    """Labels go to the lowest level where they touch no earlier one; there they count levels, not pixels."""
    taken_px = [0.0] * LEVELS
    for number, attempt in enumerate(call.attempts, 1):
        ended_s = call.ended_s if attempt.ended_s is None else attempt.ended_s
        left, right = axis.at(attempt.at_s), axis.at(ended_s)
        said = (
            f"attempt {number}, {seconds(attempt.at_s - call.began_s)} s after the call began: "
            f"{attempt.method or 'connect'} {attempt.path or ''} {answer(attempt)}, "
            f"{f'took {seconds(ended_s - attempt.at_s)} s' if attempt.ended_s is not None else 'never ended'}"
        )
        bar = Bar(left, round(right - left, 3), kind(attempt), said)
        label, wide_px = _label(attempt), CHARACTER_PX * len(_label(attempt))
        from_px = left / 100 * NARROWEST_PX
        leftward = from_px + wide_px > NARROWEST_PX
        begins_px = from_px - wide_px if leftward else from_px
        level = next((n for n, px in enumerate(taken_px) if px <= begins_px), None) if detailed else None
        if level is not None:
            taken_px[level] = begins_px + wide_px + CHARACTER_PX
            bar = msgspec.structs.replace(bar, label=label, label_y=level, leftward=leftward)
        yield bar


def _label(attempt: Attempt) -> str:
    if attempt.status is not None and (attempt.fault is None or attempt.fault.startswith("status.")):
        return str(attempt.status)
    return (attempt.fault or "no status").rpartition(".")[2]


def _gaps(call: CallReport, axis: _Axis) -> Iterator[Gap]:
    for before, after in zip(call.attempts, call.attempts[1:], strict=False):
        if before.ended_s is None or after.at_s <= before.ended_s:
            continue
        left, right = axis.at(before.ended_s), axis.at(after.at_s)
        label = f"{seconds(after.at_s - before.ended_s)} s"
        fits = (right - left) / 100 * NARROWEST_PX >= CHARACTER_PX * len(label)
        yield Gap(left, right, label if fits else "")
