"""A run under load as GitHub flavoured Markdown, for a CI job's summary or a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import harness.report.load.words as words
from harness.model.finding import Verdict
from harness.model.load_report import Compared, LoadReport
from harness.report.clean import cleaned, one_line
from harness.report.load.timetable import rows
from harness.report.markdown import BADGES, block, prose, table
from harness.report.words import NAMES, sentence

SPARKS = 60
"""Characters of the time line: what a summary shows without scrolling."""


def render(report: LoadReport) -> str:
    """The outcome, the time line as text, targets, what is broken folded, the comparison, and how to repeat it."""
    return "\n".join(_lines(cleaned(report))) + "\n"


def _lines(report: LoadReport) -> Iterator[str]:
    yield f"## {BADGES[report.outcome]} {NAMES[report.outcome]}: {prose(words.heading(report))}"
    yield ""
    yield f"{words.told(report)}. {prose(words.size(report))}. Seed {report.seed}."
    yield ""
    yield from (f"{prose(note)}\n" for note in report.notes)
    if report.honesty.bottleneck:
        yield f"{BADGES['inconclusive']} {prose(words.trust(report))}\n"
    drawn = [f"{row.name:<8} {row.spark}  {row.range}" for row in rows(report, SPARKS)]
    if drawn:
        yield from (block("\n".join(drawn)), "")
    yield from (f"- {prose(words.window(window))}" for window in report.windows)
    if report.windows:
        yield ""
    if report.targets:
        yield from table(
            ["target", "asked", "measured", "verdict"],
            [
                [
                    row.label,
                    words.bound(row),
                    words.value(row.measured, row.unit),
                    f"{BADGES[row.verdict]} {NAMES[row.verdict]}",
                ]
                for row in words.rows_worst_first(report.targets)
            ],
        )
    shown = words.worst_first(report.verdicts)
    for verdict in shown:
        if verdict.verdict == "fail":
            yield from _failure(report, verdict)
    unsure = [verdict for verdict in shown if verdict.verdict == "inconclusive"]
    if unsure:
        yield from ("### Inconclusive", "")
        for verdict in unsure:
            said = sentence(verdict.observed, verdict.expected)
            yield f"- {BADGES['inconclusive']} **{prose(verdict.check)}**: {prose(said)}"
        yield ""
    if report.comparison is not None:
        seen = report.comparison
        yield from (f"### Beside the earlier run: {words.in_sum(seen)}", "")
        yield from (f"{prose(note)}\n" for note in seen.notes)
        yield from _compared(words.changes(seen))
        if words.others(seen):
            yield from ("<details><summary>the others</summary>", "")
            yield from _compared(words.others(seen))
            yield from ("</details>", "")
    yield from _trust(report)
    if report.again:
        yield from ("To see it again:", "", block(report.again))


def _compared(rows: Sequence[Compared]) -> Iterator[str]:
    if rows:
        yield from table(
            ["figure", "where", "before", "now", "change"],
            [
                [
                    row.label,
                    words.place(row.where),
                    words.value(row.before, row.unit),
                    words.value(row.now, row.unit),
                    words.compared(row),
                ]
                for row in rows
            ],
        )


def _failure(report: LoadReport, verdict: Verdict) -> Iterator[str]:
    # Markdown is not read inside a summary; its text is HTML.
    said = sentence(verdict.observed, verdict.expected)
    yield f"<details><summary>{BADGES['fail']} <b>{_html(verdict.check)}</b>: {_html(said)}</summary>"
    yield ""
    yield f"- source: {prose(verdict.source)}"
    yield ""
    again = verdict.again or report.again
    told = [*verdict.exhibit.splitlines(), *([f"again: {again}"] if again else [])]
    if told:
        yield from (block("\n".join(told)), "")
    yield "</details>"
    yield ""


def _trust(report: LoadReport) -> Iterator[str]:
    yield "<details><summary>Can these figures be trusted?</summary>"
    yield ""
    yield prose(words.trust(report))
    yield ""
    yield from (f"- {prose(name)}: {prose(text)}" for name, text in words.honest(report))
    yield from (f"- {prose(note)}" for note in report.honesty.notes)
    yield ""
    yield "</details>"
    yield ""


def _html(text: str) -> str:
    return one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
