"""A run under load on a terminal: the word, the time line, targets beside what was measured, what is broken, why."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

import harness.report.load.words as words
from harness.model.finding import Verdict
from harness.model.load_report import LoadReport
from harness.report.clean import cleaned, one_line
from harness.report.load.timetable import rows
from harness.report.terminal import STYLES, sheet, trimmed
from harness.report.words import MARKS, NAMES, cited, sentence

NARROWEST_SPARK, WIDEST_SPARK = 24, 72
MOST_BREAKERS = 6
_SPARKS = {"provider": "red", "breaker": "red", "": "dim"}
_WORDS = {"better": "green", "worse": "red", "same": "dim", "unknown": "yellow"}


def render(
    report: LoadReport,
    *,
    width: int = 100,
    colour: bool = False,
    verbose: bool = False,
    ascii_only: bool = False,
    has_page: bool = False,
) -> str:
    """The report as text for a terminal of `width` columns. `verbose`: every verdict, every figure and all that tells
    whether they can be trusted. `has_page`: an HTML report is written, too, and need not be recommended."""
    report = cleaned(report)
    console = sheet(width, colour=colour)
    with console.capture() as written:
        _title(console, report)
        _timeline(console, report, width, ascii_only=ascii_only)
        _targets(console, report)
        _verdicts(console, report, verbose=verbose)
        _comparison(console, report, verbose=verbose)
        if verbose:
            _figures(console, report)
        _trust(console, report, verbose=verbose)
        _next(console, report, has_page=has_page)
    # Sparks are drawn in the characters that may be used already; what is left are marks.
    return trimmed(written.get(), ascii_only=ascii_only)


def timeline(report: LoadReport, width: int, *, colour: bool = False, ascii_only: bool = False) -> str:
    """The time line alone."""
    console = sheet(width, colour=colour)
    with console.capture() as written:
        _timeline(console, cleaned(report), width, ascii_only=ascii_only)
    return trimmed(written.get(), ascii_only=ascii_only)


def badge(report: LoadReport) -> tuple[str, str]:
    """The outcome, and how it looks."""
    return f" {NAMES[report.outcome].upper()} ", f"{STYLES[report.outcome]} reverse"


def _title(console: Console, report: LoadReport) -> None:
    console.print()
    console.print(Text.assemble(badge(report), "  ", (one_line(words.heading(report)), "bold")))
    console.print(Text(f"  {words.told(report)}"))
    console.print(Text(f"  {words.size(report)}, seed {report.seed}", style="dim"))
    console.print()
    for note in report.notes:
        console.print(Text(one_line(note), style=STYLES["inconclusive"]))
    if report.honesty.bottleneck:
        console.print(Text(words.trust(report), style=STYLES["inconclusive"]))
    if report.notes or report.honesty.bottleneck:
        console.print()


def _timeline(console: Console, report: LoadReport, width: int, *, ascii_only: bool) -> None:
    probe = rows(report, 1)
    if not probe:
        return
    names = max(len(row.name) for row in probe)
    ranges = max(len(row.range) for row in probe)
    room = width - names - ranges - 4
    drawn = rows(report, min(max(room, NARROWEST_SPARK), WIDEST_SPARK), ascii_only=ascii_only)
    table = sheet_of(header=False)
    table.add_column(no_wrap=True, style="bold", max_width=names)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="dim", overflow="ellipsis")
    for row in drawn:
        table.add_row(row.name, Text(row.spark, style=_SPARKS.get(row.name, "cyan")), row.range)
    console.print(table)
    console.print()
    for window in report.windows:
        console.print(Text(words.window(window)))
    for sight in report.breakers[:MOST_BREAKERS]:
        console.print(Text(f"breaker of {words.guards(sight, report)}: {words.breaker(sight)}"))
    if len(report.breakers) > MOST_BREAKERS:
        more = len(report.breakers) - MOST_BREAKERS
        console.print(Text(f"and {words.many(more, 'time')} more that one was open", style="dim"))
    if report.windows or report.breakers:
        console.print()


def _targets(console: Console, report: LoadReport) -> None:
    if not report.targets:
        return
    table = sheet_of()
    for name in ("", "target"):
        table.add_column(name)
    for name in ("asked", "measured"):
        table.add_column(name, justify="right")
    for row in words.rows_worst_first(report.targets):
        style = STYLES[row.verdict]
        table.add_row(
            Text(MARKS[row.verdict], style=style),
            row.label,
            words.bound(row),
            Text(words.value(row.measured, row.unit), style=style),
        )
    console.print(table)
    console.print()


def _verdicts(console: Console, report: LoadReport, *, verbose: bool) -> None:
    found = words.worst_first(report.verdicts)
    for verdict in found:
        if verdict.verdict == "fail":
            _verdict(console, verdict)
            for line in verdict.exhibit.splitlines():
                _to_copy(console, line, indent=5)
            console.print()
    quiet = ("inconclusive", "pass", "not_applicable") if verbose else ("inconclusive",)
    for word in quiet:
        told = [verdict for verdict in found if verdict.verdict == word]
        for verdict in told:
            _verdict(console, verdict)
        if told:
            console.print()


def _verdict(console: Console, verdict: Verdict) -> None:
    text = Text.assemble(
        (f"{NAMES[verdict.verdict].upper()} ", STYLES[verdict.verdict]),
        (verdict.check, "bold"),
        f": {one_line(sentence(verdict.observed, verdict.expected))}",
    )
    if verdict.source:
        text.append(f" [{one_line(cited(verdict.source))}]", style="dim")
    console.print(text)


def _comparison(console: Console, report: LoadReport, *, verbose: bool) -> None:
    """What is better or worse; what stayed the same is counted."""
    seen = report.comparison
    if seen is None:
        return
    console.print(Text.assemble(("Beside the earlier run", "bold"), f"  {words.in_sum(seen)}"))
    if seen.before:
        _to_copy(console, seen.before, indent=2)
    for note in seen.notes:
        console.print(Text(one_line(note), style=STYLES["inconclusive"]))
    shown = (*words.changes(seen), *(words.others(seen) if verbose else ()))
    table = sheet_of(header=False)
    for _ in range(2):
        table.add_column()
    for _ in range(2):
        table.add_column(justify="right")
    table.add_column()
    for row in shown:
        table.add_row(
            row.label,
            Text(words.place(row.where), style="dim"),
            words.value(row.before, row.unit),
            words.value(row.now, row.unit),
            Text(words.compared(row), style=_WORDS[row.word]),
        )
    if shown:
        console.print(table)
    if len(shown) < len(seen.rows):
        console.print(Text("  -v shows them all", style="dim"))
    console.print()


def _figures(console: Console, report: LoadReport) -> None:
    columns, measured = words.measured(report)
    if not measured:
        return
    table = sheet_of()
    table.add_column("figure")
    for column in columns:
        table.add_column(column, justify="right")
    for row in measured:
        table.add_row(row.name, *row.cells)
    console.print(table)
    console.print()


def _trust(console: Console, report: LoadReport, *, verbose: bool) -> None:
    """Processes that are gone are always told; the rest where something was at its limit, or on demand."""
    gone = [shown.name for shown in report.honesty.processes if shown.gone_s is not None]
    if verbose or report.honesty.bottleneck:
        console.print(Text(words.trust(report), style="bold"))
        table = sheet_of(header=False)
        for name, text in words.honest(report):
            table.add_row(f"  {name}", text)
        console.print(table)
    else:
        said = [words.trust(report)]
        if report.honesty.overhead_s is not None:
            said.append(f"The harness took {words.value(report.honesty.overhead_s, 's')} a call.")
        console.print(Text(" ".join(said), style="dim"))
    if gone and not verbose:
        console.print(Text(f"gone before the end: {', '.join(gone)}", style=STYLES["inconclusive"]))
    for note in report.honesty.notes:
        console.print(Text(one_line(note), style=STYLES["inconclusive"]))
    console.print()


def _next(console: Console, report: LoadReport, *, has_page: bool) -> None:
    steps = []
    failed = next((verdict for verdict in report.verdicts if verdict.verdict == "fail"), None)
    if failed:
        steps.append(f"what a check asks, and why: harness explain {failed.check}")
    if report.again:
        page = "" if has_page else " --report load.html"
        steps.append(f"{'again' if has_page else 'the curves on a page'}: {report.again}{page}")
    if steps:
        console.print(Text("Next", style="bold"))
    for step in steps:
        _to_copy(console, step, indent=2)
    if steps:
        console.print()


def sheet_of(*, header: bool = True) -> Table:
    """A table without lines."""
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_header=header)


def _to_copy(console: Console, line: str, *, indent: int) -> None:
    # Longer than the terminal is wide or not: it is there to be copied whole.
    console.print(Text(" " * indent + line), crop=False, soft_wrap=True)
