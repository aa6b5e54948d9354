"""The time line as rows of text: what happened when, a character for each part of the time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from harness.model.load_report import LoadReport, Series
from harness.report.load.chart import Span
from harness.report.load.panels import span
from harness.report.load.scales import Scale, Value, of_durations
from harness.report.load.sparks import low_spark, spark
from harness.report.load.words import value

SHOWN = ("calls", "attempts", "success", "p95", "p99")
"""The series that a reader needs, by what their ids hold; the rest is for the page."""


class Row(msgspec.Struct, frozen=True):
    """One series: its name, a character for each part of the time, and from where to where it went."""

    name: str
    spark: str
    range: str


def curves(
    reports: Sequence[LoadReport], series_id: str, width: int, *, ascii_only: bool = False
) -> tuple[Row, ...]:
    """One series of several runs, on one scale: a row for each run in which it was seen."""
    seen = [(each, each.timeline[series_id]) for each in reports if series_id in each.timeline]
    known = [one for _, series in seen for one in series.values if one is not None]
    if not known:
        return ()
    scale = Scale(0.0, 1.0 if seen[0][1].unit == "ratio" else max(known) or 1.0)
    draw = low_spark if seen[0][1].unit == "ratio" else spark
    return tuple(
        Row(each.client, draw(series.values, scale, width, ascii_only=ascii_only), _range(series))
        for each, series in seen
        if any(one is not None for one in series.values)
    )


def rows(report: LoadReport, width: int, *, ascii_only: bool = False) -> tuple[Row, ...]:
    """The time line, `width` characters wide: windows, series, open breakers, seconds. Empty where nothing was seen.

    Rates have one scale, so that a row that is higher is more."""
    shown = span(report.timeline)
    chosen = list(_chosen(report.timeline.series))
    if not chosen:
        return ()
    rates = [one for _, each in chosen if each.unit == "per_s" for one in each.values if one is not None]
    of_rates = Scale(0.0, max(rates, default=1.0) or 1.0)
    drawn = []
    if report.windows:
        drawn.append(provider(report, width))
    for name, each in chosen:
        draw = low_spark if each.unit == "ratio" else spark
        scale = _scale(each, of_rates)
        drawn.append(Row(name, draw(each.values, scale, width, ascii_only=ascii_only), _range(each)))
    if report.breakers:
        drawn.append(_breakers(report, shown, width, ascii_only=ascii_only))
    drawn.append(axis(report, width))
    return tuple(drawn)


def _chosen(series: Sequence[Series]) -> Iterator[tuple[str, Series]]:
    """The first series for each that a reader needs, by a short name."""
    left = [each for each in series if any(one is not None for one in each.values)]
    for wanted in SHOWN:
        exact = [each for each in left if each.id == wanted]
        found = next(iter(exact or [each for each in left if wanted in each.id]), None)
        if found is not None:
            left.remove(found)
            yield wanted, found


def _scale(series: Series, of_rates: Scale) -> Scale:
    if series.unit == "per_s":
        return of_rates
    if series.unit == "ratio":
        return Scale(0.0, 1.0)
    if series.unit == "s":
        return of_durations(series.values)
    return Scale(0.0, max((one for one in series.values if one is not None), default=1.0) or 1.0)


def _range(series: Series) -> str:
    known: list[float] = [one for one in series.values if one is not None]
    lowest, highest = value(min(known), series.unit), value(max(known), series.unit)
    if lowest == highest:
        return highest
    return f"down to {lowest}" if series.unit == "ratio" else f"{lowest} to {highest}"


def provider(report: LoadReport, width: int) -> Row:
    """The windows by their names, as far as there is room: `[outage----]`."""
    shown = span(report.timeline)
    line = [" "] * width
    for window in report.windows:
        first = min(int(shown.at(window.from_s) / 1000 * width), width - 1)
        last = max(min(int(shown.at(window.to_s) / 1000 * width), width), first + 1)
        room = last - first
        text = "[" + window.name[: room - 2].ljust(room - 2, "-") + "]" if room > 2 else "#" * room
        line[first:last] = text
    return Row("provider", "".join(line[:width]), "")


def axis(report: LoadReport, width: int) -> Row:
    """Round seconds where they belong."""
    line = [" "] * width
    for tick in span(report.timeline).ticks(max(width // 12, 2)):
        place = int(tick.place / 100 * (width - 1))
        start = min(place, width - len(tick.label))
        before = line[max(start - 1, 0) : start + len(tick.label)]
        if len(tick.label) <= width and all(character == " " for character in before):
            line[start : start + len(tick.label)] = tick.label
    return Row("", "".join(line), "")


def _breakers(report: LoadReport, shown: Span, width: int, *, ascii_only: bool) -> Row:
    """How many breakers were open, of all that ever were."""
    long_s = (shown.to_s - shown.from_s) / width
    values: list[Value] = []
    for place in range(width):
        from_s = shown.from_s + place * long_s
        to_s = from_s + long_s
        is_open = {
            (each.worker, each.name)
            for each in report.breakers
            if each.opened_s < to_s and (each.closed_s is None or each.closed_s > from_s)
        }
        values.append(len(is_open) or None)
    all_ = len({(each.worker, each.name) for each in report.breakers})
    said = f"open where drawn, {all_} of them" if all_ > 1 else "open where drawn"
    return Row("breaker", spark(values, Scale(0.0, all_), width, ascii_only=ascii_only), said)
