"""Drift on a terminal: what breaks the client in full, with its proof; what breaks elsewhere in a line; the rest
counted."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from harness.model.drift_report import Drifted, DriftReport
from harness.report.clean import cleaned, one_line
from harness.report.drift.excerpt import excerpt, whole
from harness.report.drift.words import (
    by_operation,
    places,
    pretty,
    proof,
    sides,
    tags,
    titles,
    verdict,
    where,
    whose,
)
from harness.report.terminal import STYLES, sheet, trimmed
from harness.report.words import MARKS, NAMES, of

IN_FULL = 12
"""So many failures are shown with their sides and proofs; -v shows all so, and each proof whole."""

_STYLES = ("bold red", "yellow", "cyan", "dim", "dim")
_MARKS = ("✘", "!", "~", "·", "·")


def render(
    report: DriftReport,
    *,
    width: int = 100,
    colour: bool = False,
    verbose: bool = False,
    ascii_only: bool = False,
    has_page: bool = False,
) -> str:
    """The report as text for a terminal of `width` columns. `verbose`: every change in full. `has_page`: an HTML
    report is written, too, and need not be recommended."""
    report = cleaned(report)
    console = sheet(width, colour=colour)
    with console.capture() as written:
        _title(console, report)
        for weight, title in enumerate(titles(report)):
            found = [each for each in report.changes if each.weight == weight]
            if found:
                in_short = weight == 3 or (report.own_text and weight < 3)
                _section(console, title, weight, found, in_short=in_short and not verbose, verbose=verbose)
        _listed(console, "Gone, no longer so", [f"{each.operation}: {each.message}" for each in report.gone])
        _listed(console, "Could not be checked", report.untold)
        for note in report.notes:
            console.print(Text(f"note: {one_line(note)}", style="dim"))
        _next(console, report, has_page=has_page)
    return trimmed(written.get(), ascii_only=ascii_only)


def _title(console: Console, report: DriftReport) -> None:
    style = STYLES[report.outcome]
    outcome = f"{MARKS[report.outcome]} {NAMES[report.outcome]}"
    console.print(Text.assemble((outcome, style), f"  drift of {whose(report)}"))
    console.print(Text(f"  {sides(report)}"))
    console.print(Text(f"  {verdict(report)}"))
    if report.used_by:
        console.print(Text(f"  use is told by {', '.join(report.used_by)}", style="dim"))
    console.print()


def _section(
    console: Console, title: str, weight: int, found: list[Drifted], *, in_short: bool, verbose: bool
) -> None:
    console.print(Text.assemble((title, "bold"), (f"  {len(found)}", "dim")))
    if in_short:
        counted = Counter(each.change.rule for each in found)
        said = ", ".join(f"{number} {rule}" for rule, number in sorted(counted.items()))
        _indented(console, Text(f"{said}  (-v shows them)", style="dim"), by=2)
        console.print()
        return
    shown = 0
    for operation, changes in by_operation(found).items():
        console.print(Text(f"  {operation}", style="bold" if weight == 0 else ""))
        for each in changes:
            in_full = verbose or (weight == 0 and shown < IN_FULL)
            _change(console, each, weight, in_full=in_full, verbose=verbose)
            shown += 1
    if weight == 0 and shown > IN_FULL and not verbose:
        _indented(console, Text(f"{of(shown - IN_FULL, 'proof')} more: -v, or a report", style="dim"), by=2)
    console.print()


def _change(console: Console, each: Drifted, weight: int, *, in_full: bool, verbose: bool) -> None:
    change = each.change
    told = Text.assemble(
        (f"{_MARKS[weight]} {change.rule}", _STYLES[weight]), f"  {one_line(change.message)}"
    )
    if not in_full and change.place.value and change.place.value not in change.message:
        told.append(f"  {change.place.value}", style="dim")
    for tag in tags(each):
        told.append(f"  {tag}", style="magenta")
    _indented(console, told, by=4)
    if other := places(change):
        _indented(console, Text(f"also in {other}", style="dim"))
    if each.accepted is not None:
        said = (
            f"accepted until {each.accepted.until}: {one_line(each.accepted.reason)} ({each.accepted.where})"
        )
        _indented(console, Text(said, style="dim"))
        return
    if not in_full:
        return
    if change.place.value or change.place.part:
        _indented(console, Text(f"at {where(change.place).partition(', ')[2]}", style="dim"))
    if each.evidence:
        _indented(console, Text(f"used: {each.evidence}", style="dim"))
    if each.file:
        _indented(console, Text(f"{each.file}:{each.line}" if each.line else each.file, style="dim"))
    for name, text in (("old", change.old_side), ("new", change.new_side)):
        if text:
            shown = pretty(text) if verbose else one_line(text)[:240]
            first, *more = shown.splitlines()
            _indented(console, Text.assemble((f"{name}  ", "dim"), first))
            for line in more:
                _indented(console, Text(line), by=11)
    if change.witness is not None:
        _indented(console, Text(proof(change), style="cyan"))
        for line in whole(change) if verbose else excerpt(change):
            _indented(console, Text(line), by=8)


def _listed(console: Console, title: str, lines: list[str] | tuple[str, ...]) -> None:
    if not lines:
        return
    console.print(Text.assemble((title, "bold"), (f"  {len(lines)}", "dim")))
    for line in lines:
        _indented(console, Text(one_line(line)), by=2)
    console.print()


def _indented(console: Console, text: Text, *, by: int = 6) -> None:
    console.print(Padding(text, (0, 0, 0, by)))


def _next(console: Console, report: DriftReport, *, has_page: bool) -> None:
    failed = [each for each in report.changes if each.weight == 0]
    if not failed:
        return
    steps = [f"what a rule means: harness explain {failed[0].change.rule}"]
    if report.again and not has_page:
        steps.append(f"both sides of each change: {report.again} --report drift.html")
    console.print(Text("Next", style="bold"))
    for step in steps:
        console.print(Text(f"  {step}"), crop=False, soft_wrap=True)
