"""The rules of schemas: one row for bodies, parameters and headers, and for both directions.

A request's schema says what is taken, an answer's what may come. So what narrows one is what breaks a client in
requests, and what widens it is what breaks a client in answers.
"""

from __future__ import annotations

from harness.drift.rules.keywords import KEYWORD_ROWS
from harness.drift.rules.schema_row import KNOWN, NOTED, TAKEN, SchemaRow, row

PREFIXES: dict[str, str] = {
    "request.": "schema",
    "request.parameter.": "parameters",
    "response.": "schema",
    "response.header.": "headers",
    "webhook.parameter.": "webhooks",
}
"""What stands before a row's name, and the area that it makes."""


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
    row("nullable.added", "requiredness", "decrease", "looser", "null is possible now"),
    row("nullable.removed", "requiredness", "increase", "tighter", "null is no longer possible"),
    row("type.widened", "type", "generalize", "looser", "values of other types are possible, too"),
    row("type.narrowed", "type", "specialize", "tighter", "values of some type are no longer possible"),
    row("type.changed", "type", "change", "either", "values are of another type"),
    row("enum.added", "values", "add", "looser", "a value is new in an enumeration"),
    row("enum.removed", "values", "remove", "tighter", "a value of an enumeration is gone"),
    row("enum.introduced", "values", "specialize", "tighter", "only enumerated values are left"),
    row("enum.dropped", "values", "generalize", "looser", "values are no longer enumerated"),
    SchemaRow(
        *("known-value.added", "values", "add"),
        TAKEN,
        ("info", "An open enumeration (x-extensible-enum) says that others may come."),
        "a value is new in an open enumeration",
    ),
    SchemaRow(
        *("known-value.removed", "values", "remove"),
        ("risky", "Others are allowed, but it is no longer among those that are sure to be understood."),
        KNOWN,
        "a value of an open enumeration is gone",
    ),
    row("any-of.added", "structure", "add", "looser", "there is another form (anyOf)"),
    row("any-of.removed", "structure", "remove", "tighter", "a form is gone (anyOf)"),
    row("one-of.added", "structure", "add", "looser", "there is another form (oneOf)"),
    row("one-of.removed", "structure", "remove", "tighter", "a form is gone (oneOf)"),
    SchemaRow(
        *("one-of.overlapping", "structure", "specialize"),
        ("breaking", "A body that fits two forms was taken, and oneOf wants it to fit one."),
        KNOWN,
        "forms of which only one may be meant overlap (oneOf)",
    ),
    SchemaRow(
        *("one-of.parted", "structure", "generalize"),
        TAKEN,
        ("risky", "Only strict validators mind an answer that fits two forms."),
        "what fitted two forms of which only one was to be meant is possible now (oneOf)",
    ),
    SchemaRow(
        *("additional-properties.closed", "structure", "specialize"),
        ("breaking", "A body with a member that is not declared was taken, and is refused."),
        KNOWN,
        "only declared members are possible now",
    ),
    SchemaRow(
        *("additional-properties.opened", "structure", "generalize"),
        TAKEN,
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
        NOTED,
        "there is a default now",
    ),
    SchemaRow(
        *("default.changed", "values", "change"),
        ("risky", "A request that leaves it out is as valid as before, and means something else."),
        NOTED,
        "the default is another",
    ),
    SchemaRow(
        *("default.removed", "values", "remove"),
        ("risky", "What a request that leaves it out means is no longer told."),
        NOTED,
        "there is no default any more",
    ),
    SchemaRow(
        *("content-schema.added", "structure", "specialize"),
        (
            "risky",
            "No validator looks into texts (JSON Schema 2020-12 Validation section 8.5); a server may.",
        ),
        KNOWN,
        "what a text holds is told now",
    ),
    SchemaRow(
        *("content-schema.removed", "structure", "generalize"),
        TAKEN,
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
    SchemaRow(*("deprecated", "lifecycle", "add"), NOTED, NOTED, "a member or value is deprecated"),
    SchemaRow(
        *("reactivated", "lifecycle", "remove"), NOTED, NOTED, "a member or value is no longer deprecated"
    ),
    SchemaRow(
        *("discriminator.added", "structure", "add"), NOTED, NOTED, "a member tells which form it is now"
    ),
    SchemaRow(
        *("discriminator.removed", "structure", "remove"),
        NOTED,
        NOTED,
        "no member tells any more which form it is",
    ),
    SchemaRow(
        *("discriminator.changed", "structure", "change"),
        ("risky", "Servers may look at the new member alone."),
        ("risky", "Generated clients look at the old member alone."),
        "another member tells which form it is",
    ),
    SchemaRow(
        *("discriminator.mapping.added", "structure", "add"), NOTED, NOTED, "a word stands for a form now"
    ),
    SchemaRow(
        *("discriminator.mapping.removed", "structure", "remove"),
        ("risky", "A body that says the word may no longer be understood."),
        KNOWN,
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

SCHEMA_ROWS: tuple[SchemaRow, ...] = (*_ROWS, *KEYWORD_ROWS)
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
