"""The report on a terminal: a scorecard to read in five seconds, what to mend, then what the client does."""

from __future__ import annotations

from typing import IO, cast

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.model.finding import Verdict, VerdictName
from harness.model.report import Counts, Report
from harness.report.clean import cleaned, one_line
from harness.report.groups import Group, groups
from harness.report.measured import facts
from harness.report.registry import reporter
from harness.report.scorecard import scorecard, worst
from harness.report.timeline import lines
from harness.report.words import MARKS, NAMES, cited, count, counted, heading, of, seconds, sentence

STYLES: dict[VerdictName, str] = {
    "fail": "bold red",
    "inconclusive": "yellow",
    "pass": "green",
    "not_applicable": "dim",
}
LABELS: dict[VerdictName, str] = {
    "fail": "fail",
    "pass": "pass",
    "inconclusive": "unsure",
    "not_applicable": "n.a.",
}
SHOWN_WHOLE = 3
"""Of failures of one check that all differ, so many are shown with all that belongs to them."""
LAST_LINES = 12
"""How much of the output is shown of a client that sent nothing."""

# What an encoding without our marks prints in their place; anything else unknown to it becomes `?`.
_ASCII = str.maketrans({"✘": "x", "✔": "+", "–": "-", "·": "-", "─": "-", "’": "'", "…": "...", "→": "->"})


@reporter(ending=".txt")
def render(
    report: Report,
    *,
    width: int = 100,
    colour: bool = False,
    verbose: bool = False,
    ascii_only: bool = False,
    has_page: bool = False,
) -> str:
    """The report as text for a terminal of `width` columns.

    Commands to copy are never broken into lines. `colour` adds ANSI colours, `verbose` the passes and every
    sighting of a failure; `ascii_only` is for an encoding that has no other characters; `has_page`: an HTML
    report is written, too, and need not be recommended.
    """
    report = cleaned(report)
    console = sheet(width, colour=colour)
    with console.capture() as written:
        _title(console, report)
        if _silent(report):
            # Rows of "not tested" would hide the one thing that is to be mended.
            _last_words(console, report)
        else:
            _scorecard(console, report, width)
            for group in groups(report, "fail"):
                _failure(console, group, verbose=verbose)
            _briefly(console, report, "inconclusive")
            if verbose:
                _briefly(console, report, "pass")
                _briefly(console, report, "not_applicable")
            _measured(console, report)
            _next(console, report, has_page=has_page)
            if groups(report, "fail"):
                # The title has scrolled away by now.
                console.print(badge(report).append(f": {counted(report.counts)}"))
    return trimmed(written.get(), ascii_only=ascii_only)


def telling(
    report: Report, *, most: int = 3, width: int = 100, colour: bool = False, ascii_only: bool = False
) -> str:
    """The heaviest failures, at most so many, each with its evidence; where nothing failed, what stayed inconclusive;
    empty where there is neither."""
    report = cleaned(report)
    failed = groups(report, "fail")
    console = sheet(width, colour=colour)
    with console.capture() as written:
        for group in failed[:most]:
            _failure(console, group, verbose=False)
        if failed[most:]:
            names = ", ".join(group.check for group in failed[most:])
            console.print(Text(f"and {of(len(failed) - most, 'check')} more: {names}", style="dim"))
        if not failed:
            _briefly(console, report, "inconclusive")
    told = written.get()
    return trimmed(told, ascii_only=ascii_only) if told else ""


class _Nowhere:
    """Rich flushes to its file even what is captured; a full disk behind stdout is not the report's business."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        pass


def sheet(width: int, *, colour: bool) -> Console:
    """A console to capture from, which asks nothing of the environment."""
    return Console(
        file=cast(IO[str], _Nowhere()),
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
        _environ={},
    )


def trimmed(text: str, *, ascii_only: bool) -> str:
    """What was captured, without blanks at line ends, in the characters that may be used."""
    text = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
    return text.translate(_ASCII).encode("ascii", "replace").decode() if ascii_only else text


def mark(verdict: VerdictName | None) -> Text:
    """The mark of a verdict in its colour; a blank where nothing was judged."""
    return Text(MARKS[verdict], style=STYLES[verdict]) if verdict else Text(" ")


def tallied(counts: Counts) -> Text:
    """A cell of the scorecard: the mark of the worst verdict and how many of each there are."""
    word = worst(counts)
    if word is None:
        return Text("  not tested", style="dim")
    shown = [name for name in LABELS if count(counts, name) and (name != "not_applicable" or name == word)]
    said = Text("  ").join(
        Text(f"{count(counts, name)} {LABELS[name]}", style=STYLES[name]) for name in shown
    )
    return Text.assemble(mark(word), " ", said)


def badge(report: Report) -> Text:
    """The outcome, who it is about, and against whom."""
    word = (f" {NAMES[report.outcome].upper()} ", STYLES[report.outcome] + " reverse")
    return Text.assemble(word, "  ", (one_line(heading(report)), "bold"))


def _title(console: Console, report: Report) -> None:
    console.print()
    console.print(badge(report))
    console.print(f"  {counted(report.counts)}")
    took = f", {seconds(report.duration_s)} s" if report.duration_s else ""
    console.print(Text(f"  seed {report.seed}, {of(len(report.scenarios), 'run')}{took}", style="dim"))
    console.print()
    for note in report.notes:
        console.print(Text(one_line(note), style=STYLES["inconclusive"]))
    if report.notes:
        console.print()


def _silent(report: Report) -> bool:
    """Something was played, and no request came."""
    return bool(report.scenarios) and not any(call.attempts for run in report.scenarios for call in run.calls)


def _last_words(console: Console, report: Report) -> None:
    """What each call printed in the end, which mostly says why it sent nothing."""
    for run in report.scenarios:
        for name, text in (
            (("stderr", run.calls[0].stderr), ("stdout", run.calls[0].stdout)) if run.calls else ()
        ):
            last = text.rstrip().splitlines()[-LAST_LINES:]
            if last:
                console.print(Text(f"{name} of {run.call}", style="bold"))
                for line in last:
                    _indented(console, Text(line))
                console.print()


def _scorecard(console: Console, report: Report, width: int) -> None:
    card = scorecard(report)
    fitting = max((width - 16) // 26, 1)
    for start in range(0, len(card.calls), fitting):
        table = _table()
        table.add_column(no_wrap=True)
        for call in card.calls[start : start + fitting]:
            table.add_column(Text(call, overflow="ellipsis"), min_width=20)
        for row in card.rows:
            table.add_row(row.family, *(tallied(cell) for cell in row.cells[start : start + fitting]))
        console.print(table)
        console.print()


def _measured(console: Console, report: Report) -> None:
    calls = tuple(report.measured)
    if not calls:
        return
    console.print(Text("What the client does", style="bold"))
    table = _table()
    table.add_column(no_wrap=True)
    for call in calls:
        table.add_column(Text(call, overflow="ellipsis"), ratio=1, overflow="fold")
    for fact in facts(report, calls):
        table.add_row(fact.name, *(Text(seen) for seen in fact.seen))
    console.print(table)
    console.print()


def _table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")


def _failure(console: Console, group: Group, *, verbose: bool) -> None:
    all_differ = any(sighting.verdict.exhibit for sighting in group.sightings)
    for number, sighting in enumerate(group.sightings if verbose or all_differ else (group.first,)):
        verdict = sighting.verdict
        _verdict(console, verdict)
        exhibit = verdict.exhibit if verbose or number < SHOWN_WHOLE else ""
        for line in lines(sighting.run, verdict) if not verdict.exhibit else ():
            _indented(console, Text(f"{sighting.run.id}, {sighting.run.call}: {line}", style="cyan"))
        for line in exhibit.splitlines():
            _to_copy(console, line)
        if verdict.exhibit and not exhibit:
            _indented(console, Text("-v shows the answer, and the test to paste", style="dim"))
        is_last = sighting is group.sightings[-1]
        if verdict.again and (is_last or not all_differ):
            _to_copy(console, f"again: {verdict.again}")
        if all_differ and not is_last:
            console.print()
    if len(group.sightings) > 1 and not all_differ:
        _indented(console, Text(f"seen in {of(len(group.sightings), 'run')}: {group.places}", style="dim"))
    console.print()


def _verdict(console: Console, verdict: Verdict, *, places: str = "") -> None:
    text = Text.assemble(
        (f"{NAMES[verdict.verdict].upper()} ", STYLES[verdict.verdict]),
        (verdict.check, "bold"),
        f": {one_line(sentence(verdict.observed, verdict.expected))}",
    )
    if verdict.source:
        text.append(f" [{one_line(cited(verdict.source))}]", style="dim")
    if places:
        text.append(f"  {places}", style="cyan")
    console.print(text)


def _indented(console: Console, text: Text) -> None:
    console.print(Padding(text, (0, 0, 0, 5)))


def _to_copy(console: Console, line: str, *, indent: int = 5) -> None:
    # Longer than the terminal is wide or not: a command is there to be copied whole, with the blanks and line
    # ends that stand in its quotes.
    console.print(Text(" " * indent + line), crop=False, soft_wrap=True)


def _briefly(console: Console, report: Report, verdict: VerdictName) -> None:
    found = groups(report, verdict)
    for group in found:
        _verdict(console, group.first.verdict, places=group.places)
    if found:
        console.print()


def _next(console: Console, report: Report, *, has_page: bool) -> None:
    steps = []
    failed = groups(report, "fail")
    if failed:
        steps.append(f"what a check asks, and why: harness explain {failed[0].check}")
    if report.again and not has_page:
        steps.append(f"every attempt on a timeline: {report.again} --report report.html")
    if steps:
        console.print(Text("Next", style="bold"))
    for step in steps:
        _to_copy(console, step, indent=2)
    if steps:
        console.print()
