"""The rules of keywords that bound values: lengths, bounds, patterns, formats, conditions."""

from __future__ import annotations

from collections.abc import Iterator

from harness.drift.rules.schema_row import Judged, SchemaRow, row

_FLOORS = {
    "min-length": "the least length of a text",
    "minimum": "the least number",
    "exclusive-minimum": "the number that all are greater than",
    "min-items": "the least number of items",
    "min-properties": "the least number of members",
    "min-contains": "how many items of a kind there must be",
}
_CEILINGS = {
    "max-length": "the greatest length of a text",
    "maximum": "the greatest number",
    "exclusive-maximum": "the number that all are less than",
    "max-items": "the greatest number of items",
    "max-properties": "the greatest number of members",
    "max-contains": "how many items of a kind there may be",
}
_OTHERS = {
    "multiple-of": "what numbers must be a multiple of",
    "pattern": "the pattern that texts match",
    "format": "the format of texts or numbers",
    "contains": "what some item of a list must be",
    "property-names": "what members may be called",
    "pattern-properties": "what members of certain names must be",
    "dependent-required": "which members need which others",
    "dependent-schemas": "what holds where a member is there",
    "unevaluated-properties": "what members that nothing else tells of must be",
    "unevaluated-items": "what items that nothing else tells of must be",
    "not": "what values must not be",
    "if": "the condition on which more holds",
    "then": "what holds where a condition does",
    "else": "what holds where a condition does not",
    "all-of": "what else must hold",
}
_UNREAD = {"content-media-type": "what texts contain", "content-encoding": "how texts are encoded"}


def _bounds() -> Iterator[SchemaRow]:
    for names, up, down in ((_FLOORS, "tighter", "looser"), (_CEILINGS, "looser", "tighter")):
        for name, what in names.items():
            yield row(f"{name}.added", "constraints", "add", "tighter", f"{what} is limited now")
            yield row(f"{name}.removed", "constraints", "remove", "looser", f"{what} is no longer limited")
            yield row(f"{name}.increased", "constraints", "increase", up, f"{what} grew")  # type: ignore[arg-type]
            yield row(f"{name}.decreased", "constraints", "decrease", down, f"{what} shrank")  # type: ignore[arg-type]


def _keywords() -> Iterator[SchemaRow]:
    for name, what in _OTHERS.items():
        yield row(f"{name}.added", "constraints", "add", "tighter", f"{what} is told now")
        yield row(f"{name}.removed", "constraints", "remove", "looser", f"{what} is no longer told")
        yield row(f"{name}.changed", "constraints", "change", "either", f"{what} is another")
    yield row("unique-items.added", "constraints", "add", "tighter", "no item may come twice now")
    yield row("unique-items.removed", "constraints", "remove", "looser", "an item may come twice now")
    unsure: Judged = ("risky", "No validator looks into texts: whether others are meant cannot be told.")
    other = "What is written so cannot be read as before."
    for name, what in _UNREAD.items():
        yield SchemaRow(f"{name}.added", "type", "add", unsure, unsure, f"{what} is told now")
        yield SchemaRow(f"{name}.removed", "type", "remove", unsure, unsure, f"{what} is no longer told")
        yield SchemaRow(
            f"{name}.changed",
            "type",
            "change",
            ("breaking", other),
            ("breaking", other),
            f"{what} is another",
        )


KEYWORD_ROWS: tuple[SchemaRow, ...] = (*_bounds(), *_keywords())
"""Every way in which such a keyword can change."""
