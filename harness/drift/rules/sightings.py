"""The rules of what was really seen in answers, beside a contract or beside a recording.

An answer that came is proof. That something no longer comes, or never came before, is told only where it is too
unlikely to be chance (`absent.py`).
"""

from __future__ import annotations

from harness.drift.rules.row import Row

_PROOF = "The answer that came is the proof: who reads answers as the document has them cannot read it."
_TAPE = "The recording is what the client was made to fit; no document speaks of this."

SIGHTINGS: tuple[Row, ...] = (
    (
        *("seen.operation.gone", "paths", "existence", "remove", "breaking"),
        "the operation is gone",
        "It answers 404, 405 or 410 though nothing in the request names a thing that there may not be.",
    ),
    (
        *("seen.operation.moved", "paths", "existence", "change", "breaking"),
        "the operation has moved",
        "It answers with a redirect, which not every client follows, and few with a body or a credential.",
    ),
    (
        *("seen.request.refused", "operation", "existence", "remove", "breaking"),
        "a call is refused that was taken",
        "The very call that went well when it was recorded is answered 400 or 422. Calls that name things, days or"
        " pages are not held against the provider: those pass. It is only a risk where the call writes, since"
        " what was done once may not be done again.",
    ),
    (
        *("seen.deprecation", "paths", "lifecycle", "add", "info"),
        "the operation is deprecated",
        "RFC 9745: nothing fails now; its end will be announced.",
    ),
    (
        *("seen.sunset", "paths", "lifecycle", "change", "risky"),
        "the operation will be gone",
        "RFC 8594: after that date it is likely to stop answering.",
    ),
    (
        *("seen.version.new", "responses", "version", "change", "risky"),
        "a header names another version than when recorded",
        "Whatever the version changes may come with it.",
    ),
    (
        *("seen.status.undeclared", "responses", "status", "add", "breaking"),
        "a status that is not declared",
        "A client does what it knows of the declared ones. A 4xx is only a risk, since any may come.",
    ),
    (
        *("seen.status.new", "responses", "status", "change", "breaking"),
        "another status than when recorded says that all is well",
        _TAPE,
    ),
    (
        *("seen.media-type.undeclared", "responses", "media-type", "add", "breaking"),
        "a media type that is not declared",
        _PROOF,
    ),
    (
        *("seen.media-type.new", "responses", "media-type", "change", "breaking"),
        "another media type than when recorded",
        _TAPE,
    ),
    (
        *("seen.header.missing", "headers", "existence", "remove", "breaking"),
        "a header that is declared to be there is missing",
        _PROOF,
    ),
    (
        *("seen.header.unfit", "headers", "value", "change", "breaking"),
        "a header's value does not fit its schema",
        _PROOF,
    ),
    (
        *("seen.header.gone", "headers", "existence", "remove", "risky"),
        "a header no longer comes that came when recorded",
        "Only headers that clients act on are looked at: of pages, counts, limits.",
    ),
    (
        *("seen.body.malformed", "responses", "body", "change", "breaking"),
        "a body is not what its media type says",
        _PROOF,
    ),
    (
        *("seen.object.other", "responses", "body", "change", "breaking"),
        "nothing is left of the members that an object always had",
        "The frame of the answer is another one, though the document may require nothing of it.",
    ),
    (
        *("seen.property.missing", "responses", "property", "remove", "breaking"),
        "a required property is missing",
        _PROOF,
    ),
    (
        *("seen.property.gone", "responses", "property", "remove", "breaking"),
        "a property no longer comes that came when recorded",
        "Judged over many things, each counted once, by Fisher's exact test; its confidence is told. Where nights are"
        " remembered (--state), what one night has too few things for is judged over all of them. It is only a"
        " risk where a document calls the property optional, or does not know it: nobody had promised it.",
    ),
    (
        *("seen.property.undeclared", "responses", "property", "add", "info"),
        "a property that is not declared",
        "Clients ignore what they do not know.",
    ),
    (
        *("seen.property.refused", "responses", "property", "add", "risky"),
        "a property where the document says that there are no others",
        "Most clients ignore what they do not know; generated ones that are strict fail.",
    ),
    (
        *("seen.property.new", "responses", "property", "add", "info"),
        "a property that never came when recorded",
        "Clients ignore what they do not know.",
    ),
    (
        *("seen.type.other", "responses", "type", "change", "breaking"),
        "a value of another type than declared",
        _PROOF,
    ),
    (
        *("seen.type.new", "responses", "type", "change", "breaking"),
        "a value of another type than when recorded",
        _TAPE,
    ),
    (
        *("seen.null.undeclared", "responses", "nullability", "add", "breaking"),
        "null where it is not declared",
        _PROOF,
    ),
    (
        *("seen.null.new", "responses", "nullability", "add", "breaking"),
        "null where it never was when recorded",
        _TAPE,
    ),
    (
        *("seen.enum.undeclared", "responses", "enum", "add", "breaking"),
        "a value that the enumeration does not have",
        _PROOF,
    ),
    (
        *("seen.enum.grown", "responses", "enum", "add", "info"),
        "a new value of an enumeration that may grow",
        "`x-extensible-enum` says that a client has to cope with others (Zalando's guidelines, rule 112).",
    ),
    (
        *("seen.enum.new", "responses", "enum", "add", "risky"),
        "a value that never came when recorded, where there were only a few",
        "No document says that there are no others.",
    ),
    (
        *("seen.format.other", "responses", "format", "change", "breaking"),
        "a text that is not in the declared format",
        "Times, uuids and addresses are read into values of their own, and cannot be. Other formats are only a risk.",
    ),
    (
        *("seen.format.new", "responses", "format", "change", "breaking"),
        "a text or time in another format than when recorded",
        "Times are read by their format. Where it was another format, or a document speaks of the value without"
        " saying how it is written, it is only a risk; but seconds are never milliseconds.",
    ),
    (
        *("seen.limit.passed", "responses", "limits", "increase", "breaking"),
        "a value beyond its declared limits",
        "Whoever has room for what is declared has none for it.",
    ),
    (
        *("seen.pattern.other", "responses", "pattern", "change", "risky"),
        "a text that does not match the declared pattern",
        "Patterns are checked by few clients, and are often wrong.",
    ),
    (
        *("seen.value.unfit", "responses", "value", "change", "breaking"),
        "a value that does not fit its schema",
        _PROOF,
    ),
)
