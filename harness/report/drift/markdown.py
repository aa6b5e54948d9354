"""Drift as GitHub flavoured Markdown: a job's summary, and the body of the one issue that is kept up to date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.model.drift_report import Drifted, DriftReport
from harness.report.clean import cleaned, one_line
from harness.report.drift.excerpt import excerpt
from harness.report.drift.words import decided, heading, places, pretty, proof, tags, titles, verdict, where
from harness.report.markdown import BADGES, block, prose
from harness.report.words import NAMES

LONGEST = 60_000
"""Characters of an issue's body: GitHub takes 65,536."""

LONGEST_WITNESS = 30
"""Lines of a proof."""

_BADGES = ("❌", "⚠️", "🔶", "ℹ️", "☑️")


def render(report: DriftReport) -> str:
    """The outcome, each change that matters folded with its two sides and its witness, and how to repeat it."""
    return "\n".join(_lines(cleaned(report))) + "\n"


def issue(report: DriftReport) -> str:
    """The body of an issue: it begins with `marker`, by which it is found again, and is the same text for the same
    state of affairs. Where it would be too long for an issue, the ends of its sections are left out."""
    report = cleaned(report)
    text = "\n".join([marker(report), *_lines(report)]) + "\n"
    most = len(report.changes)
    while len(text) > LONGEST and most:
        most //= 2
        text = "\n".join([marker(report), *_lines(report, most=most)]) + "\n"
    return text


def marker(report: DriftReport) -> str:
    """An HTML comment that names the question: not seen, and found by a search."""
    name = f"{report.provider} {report.client}".strip().replace("--", "- -").replace(">", "")
    return f"<!-- harness drift: {name} -->"


def title(report: DriftReport) -> str:
    """The title of the issue: it stays the same from night to night."""
    whose = f", as {report.client} uses it" if report.client else ""
    return f"Drift: {report.provider}{whose}"


def _lines(report: DriftReport, *, most: int | None = None) -> Iterator[str]:
    yield f"## {BADGES[report.outcome]} {NAMES[report.outcome]}: drift of {prose(heading(report))}"
    yield ""
    yield f"{prose(verdict(report))}. Night of {report.date}."
    if report.used_by:
        yield f"Use is told by {prose(', '.join(report.used_by))}."
    yield ""
    for weight, name in enumerate(titles(report)):
        found = [each for each in report.changes if each.weight == weight]
        if not found:
            continue
        yield f"### {_BADGES[weight]} {name} ({len(found)})"
        yield ""
        if weight == 3:
            counted = Counter(each.change.rule for each in found)
            yield from (f"- {number} {prose(rule)}" for rule, number in sorted(counted.items()))
            yield ""
            continue
        for each in found[:most]:
            yield from _change(each)
        if found[most:] if most is not None else ():
            yield f"and {len(found) - (most or 0)} more, which the report has."
            yield ""
    if report.gone:
        yield f"### ✅ Gone, no longer so ({len(report.gone)})"
        yield ""
        yield from (
            f"- {prose(each.operation)}: {prose(each.message)} (since {each.since})" for each in report.gone
        )
        yield ""
    if report.untold:
        yield f"### {BADGES['inconclusive']} Could not be checked ({len(report.untold)})"
        yield ""
        yield from (f"- {prose(text)}" for text in report.untold)
        yield ""
    yield from (f"{prose(note)}\n" for note in report.notes)
    if report.again:
        yield from ("To see it again:", "", block(report.again))


def _change(each: Drifted) -> Iterator[str]:
    change = each.change
    told = "".join(f" ({_html(tag)})" for tag in tags(each))
    operation = _html(change.place.operation or "the whole document")
    yield f"<details><summary><b>{operation}</b>: {_html(change.message)}{told}</summary>"
    yield ""
    yield f"- rule: {prose(change.rule)}, {decided(change)}"
    yield f"- at: {prose(where(change.place))}"
    if other := places(change, most=10):
        yield f"- also in: {prose(other)}"
    if each.evidence:
        yield f"- use: {prose(each.evidence)}"
    if each.accepted is not None:
        yield f"- accepted until {each.accepted.until}: {prose(each.accepted.reason)} ({prose(each.accepted.where)})"
    yield ""
    for name, text in (("Old side", change.old_side), ("New side", change.new_side)):
        if text:
            yield from (f"{name}:", "", block(pretty(text)), "")
    if change.witness is not None:
        yield from (
            f"{prose(proof(change))}:",
            "",
            block("\n".join(excerpt(change, most_lines=LONGEST_WITNESS))),
            "",
        )
    yield "</details>"
    yield ""


def _html(text: str) -> str:
    return one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
