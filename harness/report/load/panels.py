"""What is drawn of a run: its time line as panels of one width, one for each kind of figure; its distributions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from harness.model.load_report import (
    BreakerSight,
    Distribution,
    LoadReport,
    Series,
    Timeline,
    Unit,
    WindowReport,
)
from harness.report.load.chart import (
    HIGH,
    WIDE,
    Line,
    Mark,
    Panel,
    Shade,
    Span,
    Strip,
    columns,
    grid,
    line,
)
from harness.report.load.figures import number
from harness.report.load.scales import Scale, Value, from_nothing, of_durations
from harness.report.load.words import breaker, guards, many, value

HEIGHT_PX = 110
ROW_PX = 26
MOST_BREAKERS = 12
"""So many breakers are drawn."""

LOOKS = (
    ("connection", "middle"),
    ("attempt", "attempts"),
    ("call", "calls"),
    ("success", "good"),
    ("error", "bad"),
    ("fail", "bad"),
    ("retries", "low"),
    ("refused", "high"),
    ("open", "bad"),
    ("p50", "low"),
    ("p95", "middle"),
    ("p99", "high"),
    ("user", "dashed"),
)
"""How a series looks, by what stands in its id; the first that fits."""
OTHERS = ("middle", "high", "low", "dashed")
TOGETHER = ("good", "attempts", "middle", "high")
"""How the curves of several runs look."""


class Kind(msgspec.Struct, frozen=True):
    """Series that share a panel."""

    title: str
    holds: Callable[[Series], bool]
    scale: Callable[[Sequence[Value]], Scale]
    filled: bool = False


class Curve(msgspec.Struct, frozen=True):
    """A series of the time line by its id, to be drawn of several runs together."""

    id: str
    title: str


class Bar(msgspec.Struct, frozen=True):
    """One column of a distribution, in thousandths of the width and percent of the height."""

    left: float
    width: float
    top: float
    height: float
    told: str


class Histogram(msgspec.Struct, frozen=True):
    """A distribution, drawn."""

    title: str
    told: str
    kind: str
    bars: tuple[Bar, ...]
    ticks: tuple[Mark, ...]


def _is_cpu(series: Series) -> bool:
    return "cpu" in series.id


FROM_BREAKERS = ("breaker_open",)
"""Series that tell what is drawn of breakers, one by one, too."""

KINDS = (
    Kind("Calls and attempts a second", lambda each: each.unit == "per_s", from_nothing),
    Kind(
        "Calls that succeed",
        lambda each: each.unit == "ratio" and not _is_cpu(each),
        lambda _: Scale(0.0, 1.05),
        filled=True,
    ),
    Kind("Duration of a call", lambda each: each.unit == "s", of_durations),
    Kind("Attempts a call", lambda each: each.unit == "times", from_nothing),
    Kind("Users and connections", lambda each: each.unit == "count", from_nothing),
    Kind("Processor, parts of a core", _is_cpu, lambda seen: from_nothing(seen, least=1.0)),
)
"""From what a reader looks for first."""


def span(timeline: Timeline) -> Span:
    """The time that is drawn."""
    steps = max((len(series.values) for series in timeline.series), default=0)
    return Span(timeline.began_s, timeline.began_s + max(steps, 1) * timeline.step_s)


def shades(windows: Sequence[WindowReport], shown: Span) -> tuple[Shade, ...]:
    """The windows, as far as they lie within."""
    return tuple(
        shown.shade(window.name, window.from_s, window.to_s)
        for window in windows
        if window.from_s < shown.to_s and window.to_s > shown.from_s
    )


def panels(report: LoadReport) -> tuple[Panel, ...]:
    """The panels of the time line; what was not measured has none. The breakers come after the durations."""
    shown = span(report.timeline)
    drawn = []
    for kind in KINDS:
        series = [each for each in report.timeline.series if kind.holds(each) and _is_drawn(each)]
        if series:
            drawn.append(_panel(kind, series, report.timeline, shown))
    if report.breakers:
        drawn.insert(min(3, len(drawn)), _breakers(report, shown))
    return tuple(drawn)


def curves(reports: Sequence[LoadReport], wanted: Sequence[Curve]) -> tuple[Panel, ...]:
    """A panel for each of the wanted series, with a line for each run, over the time of the first."""
    shown = span(reports[0].timeline)
    return tuple(panel for curve in wanted if (panel := _together(curve, reports, shown)) is not None)


def look(series: Series, place: int) -> str:
    """The class of the style sheet for the `place`-th line of a panel."""
    return next((kind for part, kind in LOOKS if part in series.id), OTHERS[place % len(OTHERS)])


def histograms(report: LoadReport) -> tuple[Histogram, ...]:
    """Each distribution in which there is something."""
    return tuple(_histogram(each) for each in report.distributions if any(each.counts))


def _is_drawn(series: Series) -> bool:
    """Is there something to see? What there may be beside calls and attempts, as retries, is left out where there was
    none."""
    if series.id in FROM_BREAKERS or not _is_known(series):
        return False
    return series.unit != "per_s" or series.id in ("calls", "attempts") or any(series.values)


def _is_known(series: Series) -> bool:
    return any(one is not None for one in series.values)


def _panel(kind: Kind, series: list[Series], timeline: Timeline, shown: Span) -> Panel:
    scale = kind.scale([one for each in series for one in each.values])
    step_s = timeline.step_s

    def drawn(place: int, each: Series) -> Line:
        times_s = [timeline.began_s + (step + 0.5) * step_s for step in range(len(each.values))]
        return line(
            _short(each.label, kind.title),
            look(each, place),
            times_s,
            each.values,
            shown,
            scale,
            filled=kind.filled,
        )

    def told(from_s: float, to_s: float) -> str:
        first = max(int((from_s - timeline.began_s) / step_s + 1e-9), 0)
        last = max(int((to_s - timeline.began_s) / step_s - 1e-9), first) + 1
        said = ", ".join(_seen(each, each.values[first:last], kind.title) for each in series)
        return f"{from_s:.1f} s: {said}"

    unit = series[0].unit
    return Panel(
        kind.title,
        f"{kind.title} over time. " + ". ".join(_in_words(each) for each in series) + ".",
        HEIGHT_PX,
        tuple(drawn(place, each) for place, each in enumerate(series)),
        grid(scale, lambda amount: _marked(amount, unit), most=3),
        columns(shown, told),
    )


def _together(curve: Curve, reports: Sequence[LoadReport], shown: Span) -> Panel | None:
    held = [
        (report, report.timeline[curve.id])
        for report in reports
        if curve.id in report.timeline and _is_known(report.timeline[curve.id])
    ]
    if not held:
        return None
    unit = held[0][1].unit
    kind = next((kind for kind in KINDS if kind.holds(held[0][1])), KINDS[0])
    scale = kind.scale([one for _, series in held for one in series.values])

    def drawn(place: int, report: LoadReport, series: Series) -> Line:
        timeline = report.timeline
        times_s = [timeline.began_s + (step + 0.5) * timeline.step_s for step in range(len(series.values))]
        look_ = TOGETHER[place % len(TOGETHER)]
        return line(report.client, look_, times_s, series.values, shown, scale)

    return Panel(
        curve.title,
        f"{curve.title} over time. " + ". ".join(f"{r.client}: {_in_words(s)}" for r, s in held) + ".",
        HEIGHT_PX + 60,
        tuple(drawn(place, report, series) for place, (report, series) in enumerate(held)),
        grid(scale, lambda amount: _marked(amount, unit), most=3),
    )


def _marked(amount: float, unit: Unit) -> str:
    """0 is told by where it is, and would stand on a line that is at 0."""
    if not amount:
        return ""
    return number(amount) if unit == "times" else value(amount, unit)


def _short(label: str, title: str) -> str:
    """The label without the words that its panel's title has: `p50` of `p50 duration of a call`."""
    return " ".join(label.replace(title.lower(), "").split()) or label


def _seen(series: Series, values: Sequence[Value], title: str) -> str:
    known = [one for one in values if one is not None]
    mean = sum(known) / len(known) if known else None
    return f"{_short(series.label, title)} {value(mean, series.unit)}"


def _in_words(series: Series) -> str:
    known = [one for one in series.values if one is not None]
    lowest, highest = value(min(known), series.unit), value(max(known), series.unit)
    return f"{series.label}: {lowest}" + (f" to {highest}" if lowest != highest else "")


def _breakers(report: LoadReport, shown: Span) -> Panel:
    """A row for each breaker that opened, of the busiest first where they are many."""
    refused: dict[str, int] = {}
    for sight in report.breakers:
        refused[guards(sight, report)] = refused.get(guards(sight, report), 0) + sight.refused
    names = sorted(sorted(refused, key=lambda name: -refused[name])[:MOST_BREAKERS])
    left_out = len(refused) - len(names)
    return Panel(
        "Circuit breakers, where open" + (f" ({left_out} more not drawn)" if left_out else ""),
        "Circuit breakers. "
        + ". ".join(f"{guards(each, report)} {breaker(each)}" for each in report.breakers),
        ROW_PX * len(names),
        rows=tuple(names),
        strips=tuple(
            _open(each, names.index(guards(each, report)), shown, guards(each, report))
            for each in report.breakers
            if guards(each, report) in names
        ),
    )


def _open(sight: BreakerSight, row: int, shown: Span, name: str) -> Strip:
    left = shown.at(sight.opened_s)
    right = WIDE if sight.closed_s is None else shown.at(sight.closed_s)
    return Strip(row, left, round(max(right - left, 2.0), 1), "open", f"{name}: {breaker(sight)}")


def _histogram(shown: Distribution) -> Histogram:
    """Bars of equal width, whatever the sizes that they stand for: those grow by powers."""
    first = next(place for place, count in enumerate(shown.counts) if count)
    last = next(place for place in reversed(range(len(shown.counts))) if shown.counts[place])
    counts, edges = shown.counts[first : last + 1], shown.edges[first : last + 2]
    width, most, all_ = WIDE / len(counts), max(counts), sum(counts)
    bars = tuple(
        Bar(
            round(place * width, 1),
            round(width * 0.92, 1),
            round(HIGH * (1 - count / most), 1),
            round(HIGH * count / most, 1),
            f"{value(edges[place], shown.unit)} to {value(edges[place + 1], shown.unit)}: "
            f"{many(count, 'time')}, {100 * count / all_:.1f} %",
        )
        for place, count in enumerate(counts)
        if count
    )
    every = max(len(counts) // 4, 1)
    ticks = tuple(
        Mark(round(100 * place / len(counts), 1), value(edges[place], shown.unit))
        for place in range(0, len(edges), every)
    )
    kind = "inside" if "window" in shown.id else "outside"
    told = f"{shown.label}: {all_:,} in all, from {value(edges[0], shown.unit)} to {value(edges[-1], shown.unit)}"
    return Histogram(shown.label, told, kind, bars, ticks)
