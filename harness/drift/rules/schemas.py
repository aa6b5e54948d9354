"""The rules of schemas: one row for bodies, parameters and headers, and for both directions.

A request's schema says what is taken, an answer's what may come. So what narrows one is what breaks a client in
requests, and what widens it is what breaks a client in answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from harness.model.change import Level

Judged = tuple[Level, str]
"""A level, and why."""

PREFIXES: dict[str, str] = {
    "request.": "schema",
    "request.parameter.": "parameters",
    "response.": "schema",
    "response.header.": "headers",
}
"""What stands before a row's name, and the area that it makes."""


class SchemaRow(msgspec.Struct, frozen=True):
    """One way in which a schema can change. `request`, `response`: the usual level there and why, None where there is
    no such change. `message` is what its findings have in common."""

    name: str
    kind: str
    action: str
    request: Judged | None
    response: Judged | None
    message: str


_REFUSED: Judged = ("breaking", "A value that was taken is refused.")
_TAKEN: Judged = ("info", "All that was taken still is.")
_STRANGE: Judged = ("breaking", "A value may come that could not come before.")
_KNOWN: Judged = ("info", "All that comes could come before.")
_NOTED: Judged = ("info", "It says nothing of what is valid.")

Effect = Literal["tighter", "looser", "either"]


def _row(name: str, kind: str, action: str, effect: Effect, message: str) -> SchemaRow:
    """A row of what makes a schema tighter, looser, or something of both."""
    request = _TAKEN if effect == "looser" else _REFUSED
    response = _KNOWN if effect == "tighter" else _STRANGE
    return SchemaRow(name, kind, action, request, response, message)


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
            yield _row(f"{name}.added", "constraints", "add", "tighter", f"{what} is limited now")
            yield _row(f"{name}.removed", "constraints", "remove", "looser", f"{what} is no longer limited")
            yield _row(f"{name}.increased", "constraints", "increase", up, f"{what} grew")  # type: ignore[arg-type]
            yield _row(f"{name}.decreased", "constraints", "decrease", down, f"{what} shrank")  # type: ignore[arg-type]


def _keywords() -> Iterator[SchemaRow]:
    for name, what in _OTHERS.items():
        yield _row(f"{name}.added", "constraints", "add", "tighter", f"{what} is told now")
        yield _row(f"{name}.removed", "constraints", "remove", "looser", f"{what} is no longer told")
        yield _row(f"{name}.changed", "constraints", "change", "either", f"{what} is another")
    yield _row("unique-items.added", "constraints", "add", "tighter", "no item may come twice now")
    yield _row("unique-items.removed", "constraints", "remove", "looser", "an item may come twice now")
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


_ROWS: tuple[SchemaRow, ...] = (
    SchemaRow(
        *("property.added", "existence", "add"),
        ("info", "Nobody has to send it."),
        ("info", "Clients ignore members that they do not know, where none is ruled out."),
        "a member is new",
    ),
    SchemaRow(
        *("required-property.added", "existence", "add"),
        ("breaking", "A body without it was complete, and is refused."),
        ("info", "Clients ignore members that they do not know, where none is ruled out."),
        "a required member is new",
    ),
    SchemaRow(
        *("property.added-to-closed", "existence", "add"),
        None,
        (
            "risky",
            "The old document ruled out what it does not declare, so that strict readers refuse it; most ignore it.",
        ),
        "a member is new where nothing else was to come",
    ),
    SchemaRow(
        *("property.removed", "existence", "remove"),
        (
            "risky",
            "Most servers ignore what they do not know: what was asked for by it no longer happens. Some refuse it.",
        ),
        ("risky", "It never had to come, but clients may have got used to it."),
        "a member is gone",
    ),
    SchemaRow(
        *("required-property.removed", "existence", "remove"),
        ("risky", "It had to be sent; whether it may still be, the document does not say."),
        ("breaking", "A client may rely on what is required."),
        "a required member is gone",
    ),
    SchemaRow(
        *("property.refused", "existence", "remove"),
        ("breaking", "The new document rules out what it does not declare."),
        None,
        "a member is gone where nothing else is taken",
    ),
    SchemaRow(
        *("property.became-required", "requiredness", "increase"),
        ("breaking", "A body without it was complete, and is refused."),
        ("info", "It could come before."),
        "a member is required now",
    ),
    SchemaRow(
        *("property.became-optional", "requiredness", "decrease"),
        ("info", "Bodies that have it are as good as before."),
        ("breaking", "A client may rely on what is required."),
        "a member is no longer required",
    ),
    SchemaRow(
        *("property.became-read-only", "mutability", "add"),
        ("risky", "Servers ignore or refuse it: OpenAPI 3.0.4, Schema Object."),
        None,
        "a member is no longer the client's to say",
    ),
    SchemaRow(
        *("property.became-not-read-only", "mutability", "remove"),
        ("info", "Nobody has to send it, unless it is required."),
        None,
        "a member is the client's to say now",
    ),
    SchemaRow(
        *("property.became-write-only", "mutability", "add"),
        None,
        ("risky", "It no longer comes; where it was required, that breaks clients."),
        "a member no longer comes in answers",
    ),
    SchemaRow(
        *("property.became-not-write-only", "mutability", "remove"),
        None,
        ("info", "Clients ignore members that they do not know."),
        "a member comes in answers, too",
    ),
    _row("nullable.added", "requiredness", "decrease", "looser", "null is possible now"),
    _row("nullable.removed", "requiredness", "increase", "tighter", "null is no longer possible"),
    _row("type.widened", "type", "generalize", "looser", "values of other types are possible, too"),
    _row("type.narrowed", "type", "specialize", "tighter", "values of some type are no longer possible"),
    _row("type.changed", "type", "change", "either", "values are of another type"),
    _row("enum.added", "values", "add", "looser", "a value is new in an enumeration"),
    _row("enum.removed", "values", "remove", "tighter", "a value of an enumeration is gone"),
    _row("enum.introduced", "values", "specialize", "tighter", "only enumerated values are left"),
    _row("enum.dropped", "values", "generalize", "looser", "values are no longer enumerated"),
    SchemaRow(
        *("known-value.added", "values", "add"),
        _TAKEN,
        ("info", "An open enumeration (x-extensible-enum) says that others may come."),
        "a value is new in an open enumeration",
    ),
    SchemaRow(
        *("known-value.removed", "values", "remove"),
        ("risky", "Others are allowed, but it is no longer among those that are sure to be understood."),
        _KNOWN,
        "a value of an open enumeration is gone",
    ),
    _row("any-of.added", "structure", "add", "looser", "there is another form (anyOf)"),
    _row("any-of.removed", "structure", "remove", "tighter", "a form is gone (anyOf)"),
    _row("one-of.added", "structure", "add", "looser", "there is another form (oneOf)"),
    _row("one-of.removed", "structure", "remove", "tighter", "a form is gone (oneOf)"),
    SchemaRow(
        *("one-of.overlapping", "structure", "specialize"),
        ("breaking", "A body that fits two forms was taken, and oneOf wants it to fit one."),
        _KNOWN,
        "forms of which only one may be meant overlap (oneOf)",
    ),
    SchemaRow(
        *("one-of.parted", "structure", "generalize"),
        _TAKEN,
        ("risky", "Only strict validators mind an answer that fits two forms."),
        "what fitted two forms of which only one was to be meant is possible now (oneOf)",
    ),
    SchemaRow(
        *("additional-properties.closed", "structure", "specialize"),
        ("breaking", "A body with a member that is not declared was taken, and is refused."),
        _KNOWN,
        "only declared members are possible now",
    ),
    SchemaRow(
        *("additional-properties.opened", "structure", "generalize"),
        _TAKEN,
        ("risky", "Members may come that were ruled out; most clients ignore what they do not know."),
        "members that are not declared are possible now",
    ),
    SchemaRow(
        *("additional-properties.changed", "structure", "change"),
        ("risky", "Members that are not declared may be refused now."),
        ("risky", "Members that are not declared may be other than before."),
        "members that are not declared are of another kind",
    ),
    SchemaRow(
        *("default.added", "values", "add"),
        ("info", "What a request that leaves it out means was not told before."),
        _NOTED,
        "there is a default now",
    ),
    SchemaRow(
        *("default.changed", "values", "change"),
        ("risky", "A request that leaves it out is as valid as before, and means something else."),
        _NOTED,
        "the default is another",
    ),
    SchemaRow(
        *("default.removed", "values", "remove"),
        ("risky", "What a request that leaves it out means is no longer told."),
        _NOTED,
        "there is no default any more",
    ),
    SchemaRow(
        *("content-schema.added", "structure", "specialize"),
        (
            "risky",
            "No validator looks into texts (JSON Schema 2020-12 Validation section 8.5); a server may.",
        ),
        _KNOWN,
        "what a text holds is told now",
    ),
    SchemaRow(
        *("content-schema.removed", "structure", "generalize"),
        _TAKEN,
        (
            "risky",
            "No validator looks into texts (JSON Schema 2020-12 Validation section 8.5); a client may.",
        ),
        "what a text holds is no longer told",
    ),
    SchemaRow(
        *("content-schema.changed", "structure", "change"),
        (
            "risky",
            "No validator looks into texts (JSON Schema 2020-12 Validation section 8.5); a server may.",
        ),
        (
            "risky",
            "No validator looks into texts (JSON Schema 2020-12 Validation section 8.5); a client may.",
        ),
        "what a text holds is another",
    ),
    SchemaRow(*("deprecated", "lifecycle", "add"), _NOTED, _NOTED, "a member or value is deprecated"),
    SchemaRow(
        *("reactivated", "lifecycle", "remove"), _NOTED, _NOTED, "a member or value is no longer deprecated"
    ),
    SchemaRow(
        *("discriminator.added", "structure", "add"), _NOTED, _NOTED, "a member tells which form it is now"
    ),
    SchemaRow(
        *("discriminator.removed", "structure", "remove"),
        _NOTED,
        _NOTED,
        "no member tells any more which form it is",
    ),
    SchemaRow(
        *("discriminator.changed", "structure", "change"),
        ("risky", "Servers may look at the new member alone."),
        ("risky", "Generated clients look at the old member alone."),
        "another member tells which form it is",
    ),
    SchemaRow(
        *("discriminator.mapping.added", "structure", "add"), _NOTED, _NOTED, "a word stands for a form now"
    ),
    SchemaRow(
        *("discriminator.mapping.removed", "structure", "remove"),
        ("risky", "A body that says the word may no longer be understood."),
        _KNOWN,
        "a word no longer stands for a form",
    ),
    SchemaRow(
        *("discriminator.mapping.changed", "structure", "change"),
        ("risky", "What is valid stays, but a body that says the word may be read as the other form."),
        (
            "risky",
            "What is valid stays, but generated clients read an answer that says the word as the other form.",
        ),
        "a word stands for another form",
    ),
)

SCHEMA_ROWS: tuple[SchemaRow, ...] = (*_ROWS, *_bounds(), *_keywords())
"""Every way in which a schema can change."""

NOT_BOTH: dict[str, str] = {
    "property.added-to-closed": "A request need not have a new member, so nothing is refused for its sake.",
    "property.refused": "Answers are not refused; a member that is gone is property.removed or "
    "required-property.removed.",
    "property.became-read-only": "readOnly is about requests: answers have the member before and after.",
    "property.became-not-read-only": "readOnly is about requests: answers have the member before and after.",
    "property.became-write-only": "writeOnly is about answers: requests have the member before and after.",
    "property.became-not-write-only": "writeOnly is about answers: requests have the member before and after.",
}
"""Why a row is of one direction alone."""
