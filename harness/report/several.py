"""Several reports beside each other: two clients, or one client before and after it was mended."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from harness.model.report import Counts, Report
from harness.report.clean import cleaned, one_line
from harness.report.html import page
from harness.report.scorecard import beside, scorecard, worst
from harness.report.terminal import LABELS, STYLES, badge, mark, sheet, trimmed
from harness.report.words import count, judged

FAMILY_CHARACTERS, CELL_CHARACTERS = 13, 17
"""What a column takes with the blanks behind it; the last one needs no blanks."""


def compare(
    reports: Sequence[Report], *, width: int = 100, colour: bool = False, ascii_only: bool = False
) -> str:
    """The scorecards for a terminal, in columns: as many beside each other as fit, the others below."""
    shown = [cleaned(report) for report in reports]
    console = sheet(width, colour=colour)
    columns = [(report, call) for report in shown for call in scorecard(report).calls or ("",)]
    fitting = max((width + 2 - FAMILY_CHARACTERS) // CELL_CHARACTERS, 1)
    rows = beside(shown)
    with console.capture() as written:
        console.print()
        for report in shown:
            console.print(badge(report).append(f": {judged(report.counts)}"))
        for start in range(0, len(columns), fitting):
            table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
            table.add_column(no_wrap=True)
            for report, call in columns[start : start + fitting]:
                table.add_column(f"{one_line(report.client)}\n{call}", overflow="fold")
            for row in rows:
                table.add_row(row.family, *(_share(cell) for cell in row.cells[start : start + fitting]))
            console.print()
            console.print(table)
    return trimmed(written.get(), ascii_only=ascii_only)


def _share(counts: Counts) -> Text:
    """`x 12 of 14 fail`: how many of the verdicts are as the mark says. Short, so that four columns fit."""
    word = worst(counts)
    if word is None:
        return Text("  not tested", style="dim")
    if word == "not_applicable":
        return Text.assemble(mark(word), (" n.a.", STYLES[word]))
    judged = counts.passed + counts.fail + counts.inconclusive
    return Text.assemble(mark(word), " ", (f"{count(counts, word)} of {judged} {LABELS[word]}", STYLES[word]))


def index(reports: Sequence[Report], links: Sequence[str]) -> str:
    """The scorecards on one HTML page; `links` lead, in the same order, to the page of each report."""
    shown = [cleaned(report) for report in reports]
    return page("comparison.html", reports=list(zip(shown, links, strict=True)), rows=beside(shown))
