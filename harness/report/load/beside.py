"""Several clients through the same run: their curves on one scale, and what came out of each, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rich.text import Text

from harness.model.finding import VerdictName
from harness.model.load_report import LoadReport, TargetRow
from harness.report.clean import cleaned
from harness.report.html import page
from harness.report.load import words
from harness.report.load.panels import Curve, curves, shades, span
from harness.report.load.terminal import badge, sheet_of
from harness.report.load.timetable import axis, provider
from harness.report.load.timetable import curves as text_curves
from harness.report.terminal import STYLES, sheet, trimmed
from harness.report.words import MARKS, NAMES, WORST_FIRST

TOGETHER = (
    Curve("attempts", "Attempts at the provider a second"),
    Curve("success", "Calls that succeed"),
    Curve("p95_s", "Duration of a call, p95"),
)
"""The series that are drawn of all clients together."""


class Asked(msgspec.Struct, frozen=True):
    """One target, and what was measured of each client: the row of its report, or None."""

    row: TargetRow
    seen: tuple[TargetRow | None, ...]


class Judged(msgspec.Struct, frozen=True):
    """One check, and the word on each client; None where it was not judged."""

    check: str
    words: tuple[VerdictName | None, ...]


def asked(reports: Sequence[LoadReport]) -> tuple[Asked, ...]:
    """The targets of all of them, the worst first."""
    rows: dict[tuple[str, str], dict[int, TargetRow]] = {}
    for number, report in enumerate(reports):
        for row in report.targets:
            rows.setdefault((row.id, row.where), {})[number] = row
    found = [
        Asked(next(iter(row.values())), tuple(row.get(n) for n in range(len(reports))))
        for row in rows.values()
    ]
    return tuple(sorted(found, key=lambda each: min(WORST_FIRST.index(s.verdict) for s in each.seen if s)))


def judged(reports: Sequence[LoadReport]) -> tuple[Judged, ...]:
    """The checks that came to a word on any of them, the worst first."""
    checks = dict.fromkeys(verdict.check for report in reports for verdict in report.verdicts)
    found = [Judged(check, tuple(_word(report, check) for report in reports)) for check in checks]
    said = [each for each in found if set(each.words) - {None, "not_applicable"}]
    return tuple(sorted(said, key=lambda each: min(WORST_FIRST.index(w) for w in each.words if w)))


def _word(report: LoadReport, check: str) -> VerdictName | None:
    words_ = [verdict.verdict for verdict in report.verdicts if verdict.check == check]
    return min(words_, key=WORST_FIRST.index, default=None)


def doubts(reports: Sequence[LoadReport]) -> tuple[str, ...]:
    """What says that the figures of a run are not its client's."""
    return tuple(f"{each.client}: {words.trust(each)}" for each in reports if each.honesty.bottleneck)


def html(reports: Sequence[LoadReport], links: Sequence[str], title: str) -> str:
    """One page with the curves of all, and a link to the page of each."""
    reports = [cleaned(report) for report in reports]
    first = reports[0]
    shown = span(first.timeline)
    return page(
        "load_beside.html",
        reports=list(zip(reports, links, strict=True)),
        title=title,
        say=words,
        panels=curves(reports, TOGETHER),
        shades=shades(first.windows, shown),
        ticks=shown.ticks(),
        doubts=doubts(reports),
        asked=asked(reports),
        judged_checks=judged(reports),
    )


def text(
    reports: Sequence[LoadReport], *, width: int = 100, colour: bool = False, ascii_only: bool = False
) -> str:
    """The curves of all on one scale, and what came out of each, for a terminal of `width` columns."""
    reports = [cleaned(report) for report in reports]
    console = sheet(width, colour=colour)
    with console.capture() as written:
        console.print()
        for report in reports:
            made = (
                f"{words.many(report.counts.calls, 'call')}, {words.many(report.counts.attempts, 'attempt')}"
            )
            console.print(Text.assemble(badge(report), "  ", (report.client, "bold"), f"  {made}"))
        for doubt in doubts(reports):
            console.print(Text(doubt, style=STYLES["inconclusive"]))
        console.print()
        room = min(max(width - max(len(report.client) for report in reports) - 28, 24), 72)
        for curve in TOGETHER[:2]:
            drawn = text_curves(reports, curve.id, room, ascii_only=ascii_only)
            if not drawn:
                continue
            console.print(Text(curve.title, style="bold"))
            table = sheet_of(header=False)
            for row in (provider(reports[0], room), *drawn, axis(reports[0], room)):
                table.add_row(f"  {row.name}", Text(row.spark, style="cyan"), Text(row.range, style="dim"))
            console.print(table)
            console.print()
        table = sheet_of()
        table.add_column("target")
        table.add_column("asked", justify="right")
        for report in reports:
            table.add_column(report.client, justify="right")
        for each in asked(reports):
            cells = [_measured(row) for row in each.seen]
            table.add_row(each.row.label, words.bound(each.row), *cells)
        console.print(table)
        console.print()
        table = sheet_of()
        table.add_column("check")
        for report in reports:
            table.add_column(report.client)
        for judgement in judged(reports):
            table.add_row(judgement.check, *(_said(word) for word in judgement.words))
        console.print(table)
    return trimmed(written.get(), ascii_only=ascii_only)


def _measured(row: TargetRow | None) -> Text:
    if row is None:
        return Text("")
    return Text(f"{words.value(row.measured, row.unit)} {MARKS[row.verdict]}", style=STYLES[row.verdict])


def _said(word: VerdictName | None) -> Text:
    return Text(f"{MARKS[word]} {NAMES[word]}", style=STYLES[word]) if word else Text("")
