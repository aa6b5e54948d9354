"""Rules of what a client says: parameters, request bodies, and how they are written."""

from __future__ import annotations

from harness.drift.rules.row import ITSELF, NEWS, UNSEEN, Row

_STRICT = "Servers differ in how strictly they hold to the encoding of a form."

ROWS: tuple[Row, ...] = (
    (
        *("request.parameter.added", "parameters", "existence", "add", "info"),
        "{part} is new",
        "A request without it is as good as before.",
    ),
    (
        *("request.parameter.added-required", "parameters", "existence", "add", "breaking"),
        "{part} is new and required",
        "A request that was complete is refused for the want of it.",
    ),
    (
        *("request.parameter.removed", "parameters", "existence", "remove", "risky"),
        "{part} is gone",
        "Most servers ignore what they do not know: what was asked for by it no longer happens. Some refuse it.",
    ),
    (
        *("request.parameter.moved", "parameters", "existence", "change", "breaking"),
        "{part} now stands in the {new}",
        "A required parameter that is sent where it was is not seen.",
    ),
    (
        *("request.parameter.became-required", "parameters", "requiredness", "increase", "breaking"),
        "{part} is now required",
        "A request without it was complete, and is refused.",
    ),
    (
        *("request.parameter.became-optional", "parameters", "requiredness", "decrease", "info"),
        "{part} is no longer required",
        "Requests that have it are as good as before.",
    ),
    (
        *("request.parameter.serialization.changed", "parameters", "type", "change", "breaking"),
        "{part} is now written as {new}, before as {old}",
        "A value that is written as before is read as something else.",
    ),
    (
        *("request.parameter.empty.refused", "parameters", "values", "remove", "risky"),
        "{part} may no longer be empty",
        "`allowEmptyValue` was withdrawn from OpenAPI for being read in different ways.",
    ),
    (
        *("request.parameter.empty.allowed", "parameters", "values", "add", "info"),
        "{part} may now be empty",
        UNSEEN,
    ),
    (
        *("request.parameter.reserved.refused", "parameters", "values", "remove", "risky"),
        "reserved characters in {part} are to be percent-encoded now",
        "Most servers read `/` or `:` as such, encoded or not (RFC 3986 section 3.4); some do not.",
    ),
    (
        *("request.parameter.reserved.allowed", "parameters", "values", "add", "info"),
        "reserved characters may stand in {part} as they are",
        "What is percent-encoded is read as before.",
    ),
    (
        *("request.parameter.deprecated", "parameters", "lifecycle", "add", "info"),
        "{part} is deprecated",
        NEWS,
    ),
    (
        *("request.parameter.reactivated", "parameters", "lifecycle", "remove", "info"),
        "{part} is no longer deprecated",
        UNSEEN,
    ),
    (
        *("request.body.added", "requestbody", "existence", "add", "info"),
        "a request body may be sent",
        "A request without one is as good as before.",
    ),
    (
        *("request.body.added-required", "requestbody", "existence", "add", "breaking"),
        "a request body must be sent",
        "A request without one was complete, and is refused.",
    ),
    (
        *("request.body.removed", "requestbody", "existence", "remove", "breaking"),
        "no request body is taken any more",
        "All that a client says in it is refused or unheard.",
    ),
    (
        *("request.body.became-required", "requestbody", "requiredness", "increase", "breaking"),
        "the request body is now required",
        "A request without one was complete, and is refused.",
    ),
    (
        *("request.body.became-optional", "requestbody", "requiredness", "decrease", "info"),
        "the request body is no longer required",
        "Requests that have one are as good as before.",
    ),
    (
        *("request.media-type.removed", "requestbody", "existence", "remove", "breaking"),
        "a body of type {name} is no longer taken",
        "A request with such a body gets 415.",
    ),
    (
        *("request.media-type.added", "requestbody", "existence", "add", "info"),
        "a body of type {name} is taken, too",
        "Bodies of the other types are as good as before.",
    ),
    (
        *("request.media-type.renamed", "requestbody", "type", "change", "risky"),
        "a body of type {old} is to be sent as {new} now",
        "RFC 6839: both are read in the same way; a server that looks at the whole name answers 415.",
    ),
    (
        *("request.media-type.parameter.added", "requestbody", "constraints", "add", "risky"),
        "a body's media type is to say {name}={new} now",
        "Most servers take one that does not say it; some answer 415.",
    ),
    (
        *("request.media-type.parameter.removed", "requestbody", "constraints", "remove", "info"),
        "a body's media type need no longer say {name}={old}",
        "A body that is as it was told to be is as good as before.",
    ),
    (
        *("request.media-type.parameter.changed", "requestbody", "constraints", "change", "breaking"),
        "a body's media type is to say {name}={new} now, before {name}={old}",
        "A body that is as it was told to be is read as something else, or gets 415.",
    ),
    (
        *("request.xml.changed", "requestbody", "type", "change", "breaking"),
        "the same value is written otherwise in a body of type {media}",
        "A server looks for elements and attributes by their names, and these are others.",
    ),
    (
        *("request.encoding.changed", "requestbody", "type", "change", "risky"),
        "how {name!r} is written in a body of type {media} is now {new}, before {old}",
        _STRICT,
    ),
    (
        *("request.encoding.reserved.refused", "requestbody", "values", "remove", "risky"),
        "reserved characters in {name!r} are to be percent-encoded now",
        "Most servers read `/` or `:` as such, encoded or not (RFC 3986 section 3.4); some do not.",
    ),
    (
        *("request.encoding.reserved.allowed", "requestbody", "values", "add", "info"),
        "reserved characters may stand in {name!r} as they are",
        "What is percent-encoded is read as before.",
    ),
    (
        *("request.encoding.header.added", "requestbody", "existence", "add", "info"),
        "the part {name!r} may have the header {header}",
        "A part without it is as good as before.",
    ),
    (
        *("request.encoding.header.added-required", "requestbody", "existence", "add", "risky"),
        "the part {name!r} must have the header {header} now, which is new",
        _STRICT,
    ),
    (
        *("request.encoding.header.removed", "requestbody", "existence", "remove", "info"),
        "nothing is said any more of the header {header} of the part {name!r}",
        "Servers ignore headers of parts that they do not know: RFC 7578 section 4.8.",
    ),
    (
        *("request.encoding.header.became-required", "requestbody", "requiredness", "increase", "risky"),
        "the part {name!r} must have the header {header} now",
        _STRICT,
    ),
    (
        *("request.encoding.header.became-optional", "requestbody", "requiredness", "decrease", "info"),
        "the part {name!r} need no longer have the header {header}",
        "A part that has it is as good as before.",
    ),
    (
        *("request.encoding.header.changed", "requestbody", "constraints", "change", "risky"),
        "the header {header} of the part {name!r} may say something else: {told}",
        _STRICT,
    ),
)

_BODILESS = "An answer has the body that its status and media type say: OpenAPI cannot call one optional."

_FORMS = "Encodings are of forms, which are sent in requests."

ALONE: dict[str, str] = {
    "request.parameter.moved": f"{ITSELF} Answers have headers only, so nothing can move there.",
    "request.parameter.serialization.changed": ITSELF,
    "request.parameter.empty.refused": "`allowEmptyValue` is of query parameters alone.",
    "request.parameter.empty.allowed": "`allowEmptyValue` is of query parameters alone.",
    "request.parameter.reserved.refused": "`allowReserved` is of query parameters alone.",
    "request.parameter.reserved.allowed": "`allowReserved` is of query parameters alone.",
    "request.body.became-required": _BODILESS,
    "request.body.became-optional": _BODILESS,
    "request.xml.changed": ITSELF,
    "request.encoding.changed": f"{ITSELF} {_FORMS}",
    "request.encoding.reserved.refused": _FORMS,
    "request.encoding.reserved.allowed": _FORMS,
    "request.encoding.header.became-required": _FORMS,
    "request.encoding.header.became-optional": _FORMS,
    "request.encoding.header.changed": f"{ITSELF} {_FORMS}",
    "request.media-type.renamed": ITSELF,
}
