"""Series over time as panels of one width: paths, marks and shades, ready for a template to print.

Across, a panel is 1000 wide; down, it is 100 high with 0 at the top, whatever its height in pixels. The template
stretches that to the page, so that the drawing grows and shrinks while texts and line widths do not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import msgspec

from harness.report.load.scales import Scale, Value, step_of

WIDE, HIGH = 1000.0, 100.0
IN_SECONDS_S = 180.0
"""A longer run has its time told in minutes."""
STEPS_S = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0)
COLUMNS = 120
"""Parts of the time that tell their figures when pointed at."""


class Mark(msgspec.Struct, frozen=True):
    """A labelled line of the grid. `place`: percent of the width or of the height."""

    place: float
    label: str


class Shade(msgspec.Struct, frozen=True):
    """A window in which the provider was made to fail: from `left`, `width` wide, in thousandths."""

    left: float
    width: float
    name: str


class Line(msgspec.Struct, frozen=True):
    """One series. `kind`: how it looks, a class of the style sheet. `filled`: the same, closed along the bottom;
    empty for a line without an area."""

    name: str
    kind: str
    path: str
    filled: str = ""


class Strip(msgspec.Struct, frozen=True):
    """A stretch of a state, in thousandths of the width; `row`: which of the panel's rows."""

    row: int
    left: float
    width: float
    kind: str
    told: str


class Column(msgspec.Struct, frozen=True):
    """What one part of the time has to tell."""

    left: float
    width: float
    told: str


class Panel(msgspec.Struct, frozen=True):
    """One drawing. `told`: the same in words, for those who cannot see it. `rows`: names of the rows of strips."""

    title: str
    told: str
    height_px: int
    lines: tuple[Line, ...] = ()
    marks: tuple[Mark, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[str, ...] = ()
    strips: tuple[Strip, ...] = ()


class Span(msgspec.Struct, frozen=True):
    """The time that all panels of a page show, in seconds."""

    from_s: float
    to_s: float

    def at(self, moment_s: float) -> float:
        """Thousandths of the width; what lies outside is put on the edge."""
        share = (moment_s - self.from_s) / max(self.to_s - self.from_s, 1e-9)
        return round(min(max(share, 0.0), 1.0) * WIDE, 1)

    def shade(self, name: str, from_s: float, to_s: float) -> Shade:
        """A window as a shade, seen however short it was."""
        left = self.at(from_s)
        return Shade(left, round(max(self.at(to_s) - left, 2.0), 1), name)

    def ticks(self, most: int = 7) -> tuple[Mark, ...]:
        """Round seconds, or minutes where the run was long; at most one more than `most`."""
        long_s = self.to_s - self.from_s
        step_s = next((step for step in STEPS_S if long_s / step <= most), step_of(long_s, most))
        if long_s < most:
            step_s = step_of(long_s, most)
        first = math.ceil(self.from_s / step_s - 1e-9)
        last = math.floor(self.to_s / step_s + 1e-9)
        moments = (number * step_s for number in range(first, last + 1))
        return tuple(Mark(self.at(moment) / 10, self._clock(moment, step_s)) for moment in moments)

    def _clock(self, moment_s: float, step_s: float) -> str:
        if self.to_s - self.from_s > IN_SECONDS_S:
            minutes, rest = divmod(round(abs(moment_s)), 60)
            sign = "-" if moment_s < 0 else ""
            return f"{sign}{minutes}:{rest:02} min" if rest else f"{sign}{minutes} min"
        return f"{moment_s:.{0 if step_s >= 1 else 1 if step_s >= 0.1 else 2}f} s"


def line(
    name: str,
    kind: str,
    times_s: Sequence[float],
    values: Sequence[Value],
    span: Span,
    scale: Scale,
    *,
    filled: bool = False,
) -> Line:
    """A series as a path; it is broken where nothing was seen, and a lone point is a short dash."""
    stretches = list(_stretches(times_s, values, span, scale))
    path = "".join(_drawn(stretch) for stretch in stretches)
    area = "".join(
        f"{_drawn(stretch)}L{stretch[-1][0]:g} {HIGH:g}L{stretch[0][0]:g} {HIGH:g}Z" for stretch in stretches
    )
    return Line(name, kind, path, area if filled else "")


def grid(scale: Scale, label: Callable[[float], str], most: int = 4) -> tuple[Mark, ...]:
    """The marks of a scale, from the bottom up."""
    return tuple(Mark(round(_down(scale.share(value)), 1), label(value)) for value in scale.marks(most))


def columns(span: Span, told: Callable[[float, float], str]) -> tuple[Column, ...]:
    """What is told of each part of the time when it is pointed at; parts with nothing to tell are left out."""
    long_s = (span.to_s - span.from_s) / COLUMNS
    starts = [span.from_s + number * long_s for number in range(COLUMNS)]
    said = ((start, told(start, start + long_s)) for start in starts)
    return tuple(Column(span.at(start), round(WIDE / COLUMNS, 1), text) for start, text in said if text)


def _stretches(
    times_s: Sequence[float], values: Sequence[Value], span: Span, scale: Scale
) -> Iterator[list[tuple[float, float]]]:
    stretch: list[tuple[float, float]] = []
    for moment_s, value in zip(times_s, values, strict=True):
        if value is None:
            if stretch:
                yield stretch
            stretch = []
        else:
            stretch.append((span.at(moment_s), round(_down(scale.share(value)), 1)))
    if stretch:
        yield stretch


def _drawn(stretch: list[tuple[float, float]]) -> str:
    """Points that lie on one level are told once, since most series are level most of the time."""
    kept = [
        point
        for before, point, after in zip([None, *stretch], stretch, [*stretch[1:], None], strict=False)
        if before is None or after is None or not before[1] == point[1] == after[1]
    ]
    if len(kept) == 1:
        return f"M{kept[0][0]:g} {kept[0][1]:g}h2"
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in kept)


def _down(share: float) -> float:
    return (1 - share) * HIGH
