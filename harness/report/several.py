"""Several reports beside each other: two clients, or one client before and after it was mended."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from harness.model.report import Report
from harness.report.clean import cleaned, one_line
from harness.report.html import page
from harness.report.scorecard import beside, scorecard
from harness.report.terminal import STYLES, printed, sheet, tallied
from harness.report.words import NAMES, counted, heading


def compare(
    reports: Sequence[Report], *, width: int = 100, colour: bool = False, ascii_only: bool = False
) -> str:
    """The scorecards for a terminal, in columns: as many beside each other as fit, the others below."""
    shown = [cleaned(report) for report in reports]
    console = sheet(width, colour=colour)
    console.print()
    for report in shown:
        word = f" {NAMES[report.outcome].upper()} "
        line = Text.assemble((word, STYLES[report.outcome] + " reverse"), f"  {one_line(heading(report))}: ")
        console.print(line.append(counted(report.counts)))
    columns = [(report, call) for report in shown for call in scorecard(report).calls or ("",)]
    fitting = max((width - 14) // 18, 1)
    rows = beside(shown)
    for start in range(0, len(columns), fitting):
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        table.add_column(no_wrap=True)
        for report, call in columns[start : start + fitting]:
            table.add_column(f"{one_line(report.client)}\n{call}", overflow="fold")
        for row in rows:
            table.add_row(row.family, *(tallied(cell) for cell in row.cells[start : start + fitting]))
        console.print()
        console.print(table)
    return printed(console, ascii_only=ascii_only)


def index(reports: Sequence[Report], links: Sequence[str]) -> str:
    """The scorecards on one HTML page; `links` lead, in the same order, to the page of each report."""
    shown = [cleaned(report) for report in reports]
    return page("comparison.html", reports=list(zip(shown, links, strict=True)), rows=beside(shown))
