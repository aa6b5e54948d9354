"""How drift is put in words: the same in every report."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from harness.model.change import Change, Place
from harness.model.drift_report import Drifted, DriftReport, Side
from harness.report.words import of

TITLES = (
    "Breaks what the client uses",
    "Breaks what the client does not use",
    "Risks",
    "Harmless",
    "Accepted",
)
"""Of changes by their weight."""

TITLES_FOR_ALL = ("Breaks clients", *TITLES[1:])
"""Where nobody said what the client uses."""

TITLES_OF_OWN_TEXT = ("", "Who keeps to our text may fail", *TITLES[2:])
"""Where a text of our own stands beside the published document."""

MOST_PLACES = 3
_NEARLY = 0.999
"""What is left to chance is never told with a hundred percent."""

SHORT_SIDE, LONGEST_SIDE = 60, 600
"""Characters of one side of a change: up to so many on one line, and at most so many."""


def titles(report: DriftReport) -> Sequence[str]:
    """The titles for the changes of a report, by their weight."""
    if report.own_text:
        return TITLES_OF_OWN_TEXT
    return TITLES if report.used_by else TITLES_FOR_ALL


def heading(report: DriftReport) -> str:
    """Of whom, and what was held against what."""
    return f"{whose(report)}: {sides(report)}"


def whose(report: DriftReport) -> str:
    """`stripe`, or `stripe as shop uses it`."""
    return f"{report.provider} as {report.client} uses it" if report.client else report.provider


def sides(report: DriftReport) -> str:
    """What was held against what."""
    return f"{side(report.old)} against {side(report.new)}"


def side(shown: Side) -> str:
    """`openapi.yaml 2.1`: a source of truth by its name and version."""
    return f"{shown.name} {shown.version}".strip()


def verdict(report: DriftReport) -> str:
    """What it comes to, in one clause."""
    counts = report.counts
    said = [
        (counts.fail, "breaking" if report.used_by else "breaking change" + _s(counts.fail)),
        (counts.warn, "breaking elsewhere"),
        (counts.risky, f"risk{_s(counts.risky)}"),
        (counts.info - counts.risky, "harmless"),
        (counts.accepted, "accepted"),
    ]
    parts = [f"{number} {what}" for number, what in said if number]
    if report.own_text and parts:
        differs = len(report.changes) - counts.accepted
        parts = [f"no drift; our own text differs from the published one in {of(differs, 'thing')}"]
    if report.changes and any(each.status for each in report.changes):
        parts.append(f"{counts.new} new, {counts.still} still there")
    if counts.gone:
        parts.append(f"{counts.gone} gone")
    if counts.untold:
        parts.append(f"{of(counts.untold, 'thing')} could not be checked")
    return "; ".join(parts) or "no drift"


def _s(number: int) -> str:
    return "" if number == 1 else "s"


def where(place: Place) -> str:
    """`POST /v1/charges, response 200 application/json /data/*/status`."""
    inner = f"{place.part} {place.value}".strip()
    return ", ".join(text for text in (place.operation or "the whole document", inner) if text)


def places(change: Change, *, most: int = MOST_PLACES) -> str:
    """Where else a change shows: a few operations by name, and how many more."""
    others = list(dict.fromkeys(p.operation for p in change.places if p.operation != change.place.operation))
    if not others:
        return ""
    more = len(others) - most
    return ", ".join(others[:most]) + (f" and {of(more, 'operation')} more" if more > 0 else "")


def tags(each: Drifted) -> Iterable[str]:
    """What is to be said of a change in a word or two: `new`, `since 2026-11-02`, `99.2% sure`."""
    if each.status == "new":
        yield "new"
    elif each.status == "still":
        yield f"since {each.since}"
    sure = each.change.confidence
    if sure is not None:
        yield f"more than {_NEARLY:.1%} sure" if sure > _NEARLY else f"{sure:.1%} sure"


def decided(change: Change) -> str:
    """How its level was decided."""
    return {
        "algebra": "decided by the algebra of schemas",
        "rule": "decided by rule",
        "observation": "seen in answers",
    }[change.decided_by]


def proof(change: Change) -> str:
    """What the two sides say of the witness of a change, and how its level was decided."""
    witness = change.witness
    if witness is None:
        return ""
    if change.decided_by == "observation":
        return f"seen in this {witness.kind}"
    # What a provider sends by itself is a request, though it is judged as answers are.
    what = "answer" if witness.text.startswith("HTTP/") else "request"
    old, new = ("is valid" if fits else "is not valid" for fits in (witness.fits_old, witness.fits_new))
    said = f": {witness.refusal}" if witness.refusal else ""
    if witness.fits_old == witness.fits_new:
        return f"this {what} {old} by both sides{said} ({decided(change)})"
    return f"this {what} {old} by the old side, and {new} by the new one{said} ({decided(change)})"


def pretty(text: str, *, limit_chars: int = LONGEST_SIDE) -> str:
    """One side of a change: JSON that is too long for a line is indented, and what is too long is cut."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict | list) and len(text) > SHORT_SIDE:
        text = json.dumps(value, indent=2, ensure_ascii=False)
    return text if len(text) <= limit_chars else f"{text[:limit_chars]}..."


Line = tuple[str, bool]
"""A line, and whether the other side has none like it."""


def side_by_side(change: Change, *, limit_chars: int = 6 * LONGEST_SIDE) -> tuple[list[Line], list[Line]]:
    """The lines of both sides. Where both are there, those that differ are marked."""
    was, new = (
        pretty(text, limit_chars=limit_chars).splitlines() for text in (change.old_side, change.new_side)
    )
    if min(len(was), len(new)) < 2:
        return [(text, False) for text in was], [(text, False) for text in new]
    # How far in a line stands, and a comma at its end, tell of what is around it.
    before, after = ([text.strip(" ,") for text in lines] for lines in (was, new))
    same = SequenceMatcher(a=before, b=after, autojunk=False).get_matching_blocks()
    in_was = {block.a + step for block in same for step in range(block.size)}
    in_new = {block.b + step for block in same for step in range(block.size)}
    return (
        [(text, number not in in_was) for number, text in enumerate(was)],
        [(text, number not in in_new) for number, text in enumerate(new)],
    )


def by_operation(changes: Iterable[Drifted]) -> dict[str, list[Drifted]]:
    """The changes by the operation that they are told of."""
    found: dict[str, list[Drifted]] = {}
    for each in changes:
        found.setdefault(each.change.place.operation or "The whole document", []).append(each)
    return found
