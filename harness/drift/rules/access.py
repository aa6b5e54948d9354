"""Rules of who may ask, and at which address."""

from __future__ import annotations

from harness.drift.rules.row import ITSELF, NEWS, UNSEEN, Row

ROWS: tuple[Row, ...] = (
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
        *("security.scheme.deprecated", "security", "lifecycle", "add", "info"),
        "the security scheme {name!r} is deprecated",
        NEWS,
    ),
    (
        *("security.scheme.reactivated", "security", "lifecycle", "remove", "info"),
        "the security scheme {name!r} is no longer deprecated",
        UNSEEN,
    ),
    (
        *("security.bearer-format.changed", "security", "format", "change", "info"),
        "the bearer format of {name!r} is now {new}, before {old}",
        "It is a hint for people (OpenAPI 3.1, Security Scheme Object): tokens are made by the provider.",
    ),
    (
        *("security.flow.removed", "security", "existence", "remove", "risky"),
        "{name!r} no longer has the OAuth flow {old}",
        "Whoever gets tokens by it must get them in another way; tokens in hand are as good as before.",
    ),
    (
        *("security.flow.added", "security", "existence", "add", "info"),
        "{name!r} has the OAuth flow {new}, too",
        UNSEEN,
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
        UNSEEN,
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
        *("server.scheme.removed", "servers", "type", "remove", "risky"),
        "{url} is asked for by {new} now, no longer by {old}",
        "Most providers redirect from http to https, and not every client follows with a body or a credential.",
    ),
    (
        *("server.scheme.added", "servers", "type", "add", "info"),
        "{url} is asked for by {new}, too",
        "The others are as good as before.",
    ),
    (
        *("server.variable.default.changed", "servers", "values", "change", "risky"),
        "{name!r} in the address {url} is {new} where nobody says, before {old}",
        "Whoever leaves it as it is asks elsewhere, and finds other things there.",
    ),
)

ALONE: dict[str, str] = {
    "security.scheme.changed": ITSELF,
    "security.url.changed": ITSELF,
    "security.bearer-format.changed": ITSELF,
    "server.replaced": ITSELF,
    "server.variable.default.changed": ITSELF,
}
