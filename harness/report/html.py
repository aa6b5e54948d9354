"""The report as one HTML page that needs nothing else: no script, no file beside it, no network.

Runs that failed come first and are open; the table at the top leads to each run. The policy in the page's head
forbids every script, so that nothing which a client printed can run in the reader's browser.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from markupsafe import Markup

from harness.model.finding import Verdict, VerdictName
from harness.model.report import Attempt, Report, ScenarioReport
from harness.report.clean import cleaned, excerpt
from harness.report.drawing import Drawing, draw
from harness.report.files import environment, style, style_digest
from harness.report.groups import Group, groups
from harness.report.measured import facts
from harness.report.registry import reporter
from harness.report.scorecard import scorecard, standing, tally, worst
from harness.report.timeline import answer, end, lines
from harness.report.words import (
    MARKS,
    NAMES,
    WORST_FIRST,
    counted,
    heading,
    judged,
    of,
    parts,
    seconds,
    sentence,
)


class Section(msgspec.Struct, frozen=True):
    """One run's part of the page."""

    anchor: str
    run: ScenarioReport
    standing: VerdictName
    drawing: Drawing


@reporter(ending=".html")
def render(report: Report) -> str:
    """The whole report on one page, from the outcome down to every attempt."""
    return page("report.html", report=cleaned(report))


def page(template: str, **what: object) -> str:
    """A template filled in, with our words at hand."""
    given = {"style": Markup(style()), "style_digest": style_digest(), **_WORDS, **what}
    return environment().get_template(template).render(given)


def linked(text: str) -> Markup:
    """The text, escaped, with its http and https URLs as links."""
    link = Markup('<a href="{0}" rel="noreferrer noopener">{0}</a>')
    return Markup("").join(link.format(part) if is_url else part for part, is_url in parts(text))


def sections(report: Report) -> tuple[Section, ...]:
    """One for each run, in the order of the report. The anchor is a number, since a name may hold anything."""
    return tuple(
        Section(f"run-{number}", run, standing(run), draw(run))
        for number, run in enumerate(report.scenarios, 1)
    )


def worst_first(found: Iterable[Section]) -> tuple[Section, ...]:
    """Failed runs, then inconclusive, passed and not applicable ones; else in the order of the report."""
    return tuple(sorted(found, key=lambda section: WORST_FIRST.index(section.standing)))


def seen_in(group: Group, found: Iterable[Section]) -> tuple[Section, ...]:
    """The runs in which a check came to its word."""
    return tuple(s for s in found if any(s.run is sighting.run for sighting in group.sightings))


def contents(found: Iterable[Section]) -> dict[str, dict[str, Section]]:
    """The runs by scenario and call, for the table that leads to them."""
    table: dict[str, dict[str, Section]] = {}
    for section in found:
        table.setdefault(section.run.id, {})[section.run.call] = section
    return table


def worst_verdicts_first(run: ScenarioReport) -> tuple[Verdict, ...]:
    """As the runs are ordered, so are the verdicts within one."""
    return tuple(sorted(run.verdicts, key=lambda verdict: WORST_FIRST.index(verdict.verdict)))


def commands(run: ScenarioReport) -> tuple[str, ...]:
    """The commands that show the run again: mostly one, the same for all its verdicts."""
    return tuple(dict.fromkeys(verdict.again for verdict in run.verdicts if verdict.again))


def waited(before: Attempt | None, attempt: Attempt) -> str:
    """Seconds from the end of the attempt before; empty for a first one, and where that one went on."""
    if before is None or before.ended_s is None:
        return ""
    return seconds(max(attempt.at_s - before.ended_s, 0.0))


_WORDS = {
    "answer": answer,
    "end": end,
    "commands": commands,
    "contents": contents,
    "counted": counted,
    "excerpt": excerpt,
    "facts": facts,
    "groups": groups,
    "heading": heading,
    "judged": judged,
    "lines": lines,
    "linked": linked,
    "marks": MARKS,
    "names": NAMES,
    "of": of,
    "scorecard": scorecard,
    "seconds": seconds,
    "sections": sections,
    "sentence": sentence,
    "seen_in": seen_in,
    "tally": tally,
    "waited": waited,
    "worst": worst,
    "worst_first": worst_first,
    "worst_verdicts_first": worst_verdicts_first,
}
