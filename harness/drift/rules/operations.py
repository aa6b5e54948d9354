"""The rules of all but schemas: operations, parameters, bodies, answers, headers, security, servers, webhooks."""

from __future__ import annotations

from harness.model.change import Level

Row = tuple[str, str, str, str, Level, str, str]
"""Id, area, kind, action, level, message, why."""

_UNSEEN = "Nothing that a client of the old document sends or gets is touched by it."
_NEWS = "Nothing fails now; it says what will."

ROWS: tuple[Row, ...] = (
    (
        *("operation.removed", "paths", "existence", "remove", "breaking"),
        "the operation is gone",
        "A request for it is refused, however long its end was announced.",
    ),
    (
        *("operation.added", "paths", "existence", "add", "info"),
        "the operation is new",
        "No client of the old document asks for it.",
    ),
    (
        *("operation.path.slash-changed", "paths", "existence", "change", "risky"),
        "the path is now {new!r}, before {old!r}",
        "Most servers take a path with and without a trailing slash, or redirect; some answer 404.",
    ),
    (
        *("operation.id.changed", "paths", "existence", "change", "info"),
        "operationId {old!r} is now {new!r}",
        "No message says it; names in generated code do.",
    ),
    (
        *("operation.deprecated", "paths", "lifecycle", "add", "info"),
        "the operation is deprecated{until}",
        _NEWS,
    ),
    (
        *("operation.reactivated", "paths", "lifecycle", "remove", "info"),
        "the operation is no longer deprecated",
        _UNSEEN,
    ),
    (
        *("operation.sunset.set", "paths", "lifecycle", "add", "risky"),
        "the operation will be gone on {new}",
        "RFC 8594: after that date it is likely to stop answering.",
    ),
    (
        *("operation.sunset.earlier", "paths", "lifecycle", "decrease", "risky"),
        "the operation will be gone on {new}, not {old}",
        "Whoever planned by the old date has less time.",
    ),
    (
        *("operation.sunset.later", "paths", "lifecycle", "increase", "info"),
        "the operation will be gone on {new}, not {old}",
        "There is more time than before.",
    ),
    (
        *("operation.sunset.removed", "paths", "lifecycle", "remove", "info"),
        "the date of the operation's end, {old}, is no longer told",
        _UNSEEN,
    ),
    (
        *("operation.stability.decreased", "paths", "lifecycle", "decrease", "risky"),
        "the operation is now {new}, before {old}",
        "What was stable may now change without notice.",
    ),
    (
        *("operation.stability.increased", "paths", "lifecycle", "increase", "info"),
        "the operation is now {new}, before {old}",
        _UNSEEN,
    ),
    (
        *("operation.hidden", "paths", "lifecycle", "remove", "risky"),
        "the operation is now marked x-internal: not for others",
        "What is not for others may be closed to them without notice.",
    ),
    (
        *("operation.published", "paths", "lifecycle", "add", "info"),
        "the operation is no longer marked x-internal",
        _UNSEEN,
    ),
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
        _UNSEEN,
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
        _NEWS,
    ),
    (
        *("request.parameter.reactivated", "parameters", "lifecycle", "remove", "info"),
        "{part} is no longer deprecated",
        _UNSEEN,
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
        *("request.encoding.changed", "requestbody", "type", "change", "risky"),
        "how {name!r} is written in a body of type {media} is now {new}, before {old}",
        "Servers differ in how strictly they hold to the encoding of a form.",
    ),
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
        _NEWS,
    ),
    (
        *("response.header.reactivated", "headers", "lifecycle", "remove", "info"),
        "{part} is no longer deprecated",
        _UNSEEN,
    ),
    (
        *("response.link.removed", "responses", "existence", "remove", "risky"),
        "the link {name!r} of {status} is gone",
        "Whoever follows links by name finds none.",
    ),
    (
        *("response.link.added", "responses", "existence", "add", "info"),
        "the link {name!r} of {status} is new",
        _UNSEEN,
    ),
    (
        *("security.added", "security", "existence", "add", "breaking"),
        "a credential is now needed: {new}",
        "A request without one was good, and gets 401.",
    ),
    (
        *("security.removed", "security", "existence", "remove", "info"),
        "no credential is needed any more; before: {old}",
        "A request that shows one is as good as before.",
    ),
    (
        *("security.alternative.removed", "security", "values", "remove", "breaking"),
        "{old} is no longer enough; taken are: {new}",
        "A request with just that credential was good, and gets 401.",
    ),
    (
        *("security.alternative.added", "security", "values", "add", "info"),
        "{new} is enough, too",
        "The other credentials are as good as before.",
    ),
    (
        *("security.scope.added", "security", "values", "increase", "breaking"),
        "{name} now needs the scope {new}",
        "A token with the scopes that were enough gets 403, insufficient_scope: RFC 6750 section 3.1.",
    ),
    (
        *("security.scope.removed", "security", "values", "decrease", "info"),
        "{name} no longer needs the scope {old}",
        "A token that has more is as good as before.",
    ),
    (
        *("security.scheme.added", "security", "existence", "add", "info"),
        "the security scheme {name!r} is new",
        "What an operation needs is told of that operation.",
    ),
    (
        *("security.scheme.removed", "security", "existence", "remove", "info"),
        "the security scheme {name!r} is gone",
        "What an operation needs is told of that operation.",
    ),
    (
        *("security.scheme.changed", "security", "type", "change", "info"),
        "the security scheme {name!r} is now {new}, before {old}",
        "What it means for an operation is told of that operation.",
    ),
    (
        *("security.flow.removed", "security", "existence", "remove", "risky"),
        "{name!r} no longer has the OAuth flow {old}",
        "Whoever gets tokens by it must get them in another way; tokens in hand are as good as before.",
    ),
    (
        *("security.flow.added", "security", "existence", "add", "info"),
        "{name!r} has the OAuth flow {new}, too",
        _UNSEEN,
    ),
    (
        *("security.url.changed", "security", "values", "change", "risky"),
        "{what} of {name!r} is now {new}, before {old}",
        "Whoever has it in a configuration may find nothing at the old address.",
    ),
    (
        *("security.offered-scope.removed", "security", "values", "remove", "risky"),
        "{name!r} no longer has the scope {old!r}",
        "Asking for a token with a scope that is not known fails: RFC 6749 section 4.1.2.1, invalid_scope.",
    ),
    (
        *("security.offered-scope.added", "security", "values", "add", "info"),
        "{name!r} has the scope {new!r}, too",
        _UNSEEN,
    ),
    (
        *("server.removed", "servers", "existence", "remove", "risky"),
        "the address {old} is no longer told of",
        "There are others that were known before; whether it still answers, the document does not say.",
    ),
    (
        *("server.replaced", "servers", "existence", "change", "breaking"),
        "asked for at {new}, before at {old}",
        "No address that a client of the old document can know is left.",
    ),
    (
        *("server.added", "servers", "existence", "add", "info"),
        "the address {new} is new",
        "The others are as good as before.",
    ),
    (
        *("webhook.removed", "webhooks", "existence", "remove", "breaking"),
        "the webhook is gone",
        "What a receiver waits for never comes.",
    ),
    (
        *("webhook.added", "webhooks", "existence", "add", "info"),
        "the webhook is new",
        "Most providers send only those that were asked for.",
    ),
    (
        *("webhook.method.changed", "webhooks", "type", "change", "breaking"),
        "the webhook now comes by {new}, before by {old}",
        "A receiver that listens for the one does not hear the other.",
    ),
    (
        *("webhook.body.added", "webhooks", "existence", "add", "info"),
        "a body may come with it",
        "A receiver that expects none leaves it unread.",
    ),
    (
        *("webhook.body.became-optional", "webhooks", "requiredness", "decrease", "breaking"),
        "its body need no longer come",
        "A receiver may rely on what is required.",
    ),
    (
        *("webhook.body.became-required", "webhooks", "requiredness", "increase", "info"),
        "its body now always comes",
        "It could come before.",
    ),
    (
        *("webhook.address.changed", "webhooks", "values", "change", "risky"),
        "the callback goes to {new}, before to {old}",
        "Who says in the old place alone where it is to go may not get it.",
    ),
    (
        *("webhook.answer.removed", "webhooks", "values", "remove", "risky"),
        "{status} is no longer told of as an answer to it",
        "A receiver that answers so may be asked again.",
    ),
    (
        *("webhook.answer.added", "webhooks", "values", "add", "info"),
        "{status} may be answered to it, too",
        _UNSEEN,
    ),
)

_ITSELF = "What undoes it is the same change."
_BODILESS = "An answer has the body that its status and media type say: OpenAPI cannot call one optional."

ALONE: dict[str, str] = {
    "operation.path.slash-changed": _ITSELF,
    "operation.id.changed": _ITSELF,
    "request.parameter.moved": f"{_ITSELF} Answers have headers only, so nothing can move there.",
    "request.parameter.serialization.changed": f"{_ITSELF} Headers of answers have but one style.",
    "request.parameter.empty.refused": "`allowEmptyValue` is of query parameters alone.",
    "request.parameter.empty.allowed": "`allowEmptyValue` is of query parameters alone.",
    "request.parameter.reserved.refused": "`allowReserved` is of query parameters alone.",
    "request.parameter.reserved.allowed": "`allowReserved` is of query parameters alone.",
    "request.body.became-required": _BODILESS,
    "request.body.became-optional": _BODILESS,
    "request.encoding.changed": f"{_ITSELF} Encodings are of forms, which are sent in requests.",
    "response.media-type.specialized": "The other way round it is response.media-type.renamed, and so it is in "
    "requests: what they are called is the server's to refuse.",
    "response.media-type.generalized": "A range that is narrowed in answers promises more, and takes nothing away; "
    "in requests it is request.media-type.added, and request.media-type.removed.",
    "request.media-type.renamed": _ITSELF,
    "response.media-type.renamed": _ITSELF,
    "security.scheme.changed": _ITSELF,
    "security.url.changed": _ITSELF,
    "server.replaced": _ITSELF,
    "webhook.method.changed": _ITSELF,
    "webhook.address.changed": _ITSELF,
}
"""Why a rule has no counterpart: it is undone by itself, or has no place in the other direction."""
