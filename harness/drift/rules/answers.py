"""Rules of what a provider answers: statuses, media types, headers, links."""

from __future__ import annotations

from harness.drift.rules.row import ITSELF, NEWS, UNSEEN, Row

ROWS: tuple[Row, ...] = (
    (
        *("response.status.removed", "responses", "existence", "remove", "breaking"),
        "{status} is no longer answered",
        "The answer that a client waits for no longer comes, another one does.",
    ),
    (
        *("response.status.added", "responses", "existence", "add", "risky"),
        "{status} may be answered, too",
        "A client must treat a status that it does not know as the x00 of its class (RFC 9110 section 15); those "
        "that look for exact ones may not.",
    ),
    (
        *("response.error-status.removed", "responses", "existence", "remove", "info"),
        "{status} is no longer told of",
        "Whatever comes in its place is an error as well.",
    ),
    (
        *("response.error-status.added", "responses", "existence", "add", "info"),
        "{status} may be answered, too",
        "Servers answer errors that no document tells of; a client treats them by their class (RFC 9110 section 15).",
    ),
    (
        *("response.media-type.removed", "responses", "existence", "remove", "breaking"),
        "{status} no longer comes as {name}",
        "A client that asks for it gets 406, or what it cannot read.",
    ),
    (
        *("response.media-type.added", "responses", "existence", "add", "info"),
        "{status} comes as {name}, too",
        "A client that asks for the old one still gets it.",
    ),
    (
        *("response.media-type.specialized", "responses", "type", "specialize", "info"),
        "{status} now comes as {new}, before as {old}",
        "RFC 6839: what ends in +json or +xml can be read as that.",
    ),
    (
        *("response.media-type.generalized", "responses", "type", "generalize", "breaking"),
        "{status} may come as anything that is {new}, before as {old}",
        "A client that reads what was promised may get what it cannot read.",
    ),
    (
        *("response.media-type.renamed", "responses", "type", "change", "risky"),
        "{status} now comes as {new}, before as {old}",
        "RFC 6839: both are read in the same way; a client that looks at the whole name finds another.",
    ),
    (
        *("response.media-type.parameter.added", "responses", "constraints", "add", "info"),
        "the media type of {status} says {name}={new} now",
        "It could come so before.",
    ),
    (
        *("response.media-type.parameter.removed", "responses", "constraints", "remove", "breaking"),
        "the media type of {status} no longer says {name}={old}",
        "A client that reads what was promised may get what it cannot read.",
    ),
    (
        *("response.media-type.parameter.changed", "responses", "constraints", "change", "breaking"),
        "the media type of {status} says {name}={new} now, before {name}={old}",
        "A client that reads what was promised gets what it cannot read.",
    ),
    (
        *("response.header.removed", "headers", "existence", "remove", "breaking"),
        "{part}, which always came, is gone",
        "A client may rely on what is required.",
    ),
    (
        *("response.header.removed-optional", "headers", "existence", "remove", "risky"),
        "{part} is gone",
        "It never had to come, but clients may have got used to it.",
    ),
    (
        *("response.header.added", "headers", "existence", "add", "info"),
        "{part} is new",
        "A client ignores headers that it does not know: RFC 9110 section 5.1.",
    ),
    (
        *("response.header.became-optional", "headers", "requiredness", "decrease", "breaking"),
        "{part} need no longer come",
        "A client may rely on what is required.",
    ),
    (
        *("response.header.became-required", "headers", "requiredness", "increase", "info"),
        "{part} now always comes",
        "It could come before.",
    ),
    (
        *("response.header.deprecated", "headers", "lifecycle", "add", "info"),
        "{part} is deprecated",
        NEWS,
    ),
    (
        *("response.header.reactivated", "headers", "lifecycle", "remove", "info"),
        "{part} is no longer deprecated",
        UNSEEN,
    ),
    (
        *("response.link.removed", "responses", "existence", "remove", "risky"),
        "the link {name!r} of {status} is gone",
        "Whoever follows links by name finds none.",
    ),
    (
        *("response.link.added", "responses", "existence", "add", "info"),
        "the link {name!r} of {status} is new",
        UNSEEN,
    ),
    (
        *("response.link.changed", "responses", "values", "change", "risky"),
        "the link {name!r} of {status} leads elsewhere, or with other values",
        "Whoever follows links by name asks for something else.",
    ),
    (
        *("response.xml.changed", "responses", "type", "change", "breaking"),
        "the same value of {status} is written otherwise in XML",
        "A client looks for elements and attributes by their names, and these are others.",
    ),
    (
        *("response.header.serialization.changed", "headers", "type", "change", "breaking"),
        "{part} is now written as {new}, before as {old}",
        "What is written in one way is read as something else in the other.",
    ),
)

ALONE: dict[str, str] = {
    "response.link.changed": ITSELF,
    "response.xml.changed": ITSELF,
    "response.header.serialization.changed": ITSELF,
    "response.media-type.specialized": "The other way round it is response.media-type.renamed, and so it is in "
    "requests: what they are called is the server's to refuse.",
    "response.media-type.generalized": "A range that is narrowed in answers promises more, and takes nothing away; "
    "in requests it is request.media-type.added, and request.media-type.removed.",
    "response.media-type.renamed": ITSELF,
}
