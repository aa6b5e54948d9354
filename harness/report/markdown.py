"""The report as GitHub flavoured Markdown, for a CI job's summary or a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.model.finding import VerdictName
from harness.model.report import Counts, Report
from harness.report.clean import cleaned, one_line
from harness.report.groups import Group, groups
from harness.report.measured import facts
from harness.report.registry import reporter
from harness.report.scorecard import scorecard, worst
from harness.report.timeline import lines
from harness.report.words import NAMES, counted, heading, judged, of, parts, seconds, sentence

BADGES: dict[VerdictName, str] = {"fail": "❌", "inconclusive": "❔", "pass": "✅", "not_applicable": "➖"}

# Inline marks of GFM, and the `$` of GitHub's formulas. Underscores count: `_a_` is emphasis.
_MARKS = re.compile(r"([\\`*_\[\]|~$#])")


@reporter(ending=".md")
def render(report: Report) -> str:
    """The outcome, the scorecard, each failing check folded, what was measured, and how to repeat it."""
    report = cleaned(report)
    return "\n".join(_lines(report)) + "\n"


def prose(text: str) -> str:
    """The text on one line with nothing in it that Markdown or HTML would read; URLs become links."""
    return "".join(f"<{part}>" if is_url else _escaped(part) for part, is_url in parts(one_line(text)))


def block(text: str) -> str:
    """A fenced block of exactly this text: the fence is longer than any run of backticks in it."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def _escaped(text: str) -> str:
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKS.sub(r"\\\1", plain)


def _lines(report: Report) -> Iterator[str]:
    yield f"## {BADGES[report.outcome]} {NAMES[report.outcome]}: {prose(heading(report))}"
    yield ""
    took = f", {seconds(report.duration_s)} s" if report.duration_s else ""
    yield f"{counted(report.counts)} in {of(len(report.scenarios), 'run')}. Seed {report.seed}{took}."
    yield ""
    card = scorecard(report)
    yield from table(
        ["check", *card.calls], [[row.family, *(_cell(cell) for cell in row.cells)] for row in card.rows]
    )
    for group in groups(report, "fail"):
        yield from _failure(group)
    unsure = groups(report, "inconclusive")
    if unsure:
        yield from ("### Inconclusive", "")
        for group in unsure:
            verdict = group.first.verdict
            said = sentence(verdict.observed, verdict.expected)
            yield f"- {BADGES['inconclusive']} **{prose(group.check)}**: {prose(said)} ({prose(group.places)})"
        yield ""
    calls = tuple(report.measured)
    if calls:
        yield from ("### What the client does", "")
        yield from table(["", *calls], [[fact.name, *fact.seen] for fact in facts(report, calls)])
    yield from (f"{prose(note)}\n" for note in report.notes)
    if report.again:
        yield from ("To see it again:", "", block(report.again))


def _cell(counts: Counts) -> str:
    word = worst(counts)
    return f"{BADGES[word]} {judged(counts)}" if word else "not tested"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of a table, with the empty line that ends it."""
    yield f"| {' | '.join(prose(cell) for cell in head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(prose(cell) for cell in row)} |"
    yield ""


def _failure(group: Group) -> Iterator[str]:
    verdict = group.first.verdict
    said = sentence(verdict.observed, verdict.expected)
    # Markdown is not read inside a summary; its text is HTML.
    check, places = (_html(text) for text in (group.check, of(len(group.sightings), "run")))
    yield f"<details><summary>{BADGES['fail']} <b>{check}</b>, {places}: {_html(said)}</summary>"
    yield ""
    yield f"- source: {prose(verdict.source)}"
    yield f"- seen in: {prose(group.places)}"
    yield ""
    told = [
        f"{group.first.run.id}, {group.first.run.call}: {line}" for line in lines(group.first.run, verdict)
    ]
    shown = [s.verdict for s in group.sightings if s.verdict.exhibit]
    if shown:
        told = [text for v in shown for text in (one_line(sentence(v.observed, v.expected)), v.exhibit, "")]
    yield block("\n".join([*told, *([f"again: {verdict.again}"] if verdict.again else [])]))
    yield ""
    yield "</details>"
    yield ""


def _html(text: str) -> str:
    return one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
