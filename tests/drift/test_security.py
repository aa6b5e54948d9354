"""Credentials: what a request must show, and what is merely said of schemes."""

from __future__ import annotations

import pytest

from tests.drift.build import Tree, changes, ok, only, tree

BEARER: Tree = {"type": "http", "scheme": "bearer"}
BASIC: Tree = {"type": "http", "scheme": "basic"}
KEY: Tree = {"type": "apiKey", "in": "header", "name": "X-Key"}
TOKEN = "https://a.test/token"


def needing(scheme: Tree) -> Tree:
    """A document whose operation needs the one scheme that there is."""
    return tree({**ok(), "security": [{"it": []}]}, components={"securitySchemes": {"it": scheme}})


def oauth(**flow: str) -> Tree:
    return {"type": "oauth2", "flows": {"deviceAuthorization": {"tokenUrl": TOKEN, "scopes": {}, **flow}}}


REPLACED = [
    ("security.alternative.removed", "breaking"),
    ("security.alternative.added", "info"),
    ("security.scheme.changed", "info"),
]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (BASIC, BEARER),
        (BASIC, {"type": "http", "scheme": "digest"}),
        (KEY, {**KEY, "name": "X-Other"}),
        (KEY, {**KEY, "in": "query"}),
        (KEY, {**KEY, "in": "cookie"}),
    ],
)
def test_another_credential_breaks_whoever_shows_the_first(old: Tree, new: Tree) -> None:
    for before, after in ((needing(old), needing(new)), (needing(new), needing(old))):
        assert changes(before, after) == REPLACED


def test_a_token_that_is_shown_in_the_same_way_is_a_risk() -> None:
    """The same request was and is well-formed, so that nothing shows that it is refused."""
    levels = [level for _, level in changes(needing(BEARER), needing(oauth()))]
    assert levels == ["risky", "info", "info"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (BEARER, {**BEARER, "scheme": "Bearer"}),
        (KEY, {**KEY, "name": "x-key"}),
        (KEY, {**KEY, "description": "ask for one"}),
        ({**BEARER, "bearerFormat": "JWT"}, {**BEARER, "bearerFormat": "jwt"}),
    ],
)
def test_what_is_shown_alike_is_no_change(old: Tree, new: Tree) -> None:
    assert changes(needing(old), needing(new)) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (oauth(deviceAuthorizationUrl="/a"), oauth(deviceAuthorizationUrl="/b"), "the device authorization URL"),
        (oauth(authorizationUrl="/a"), oauth(authorizationUrl="/b"), "the authorization URL"),
        (oauth(tokenUrl="/a"), oauth(tokenUrl="/b"), "the token URL"),
        (oauth(refreshUrl="/a"), oauth(refreshUrl="/b"), "the refresh URL"),
        ({**oauth(), "oauth2MetadataUrl": "/a"}, {**oauth(), "oauth2MetadataUrl": "/b"}, "the URL of the OAuth"),
        ({"type": "openIdConnect", "openIdConnectUrl": "/a"}, {"type": "openIdConnect", "openIdConnectUrl": "/b"},
         "the OpenID Connect URL"),
    ],
)  # fmt: skip
def test_an_address_that_moved_is_a_risk(old: Tree, new: Tree, what: str) -> None:
    change = only(needing(old), needing(new))
    assert (change.rule, change.level) == ("security.url.changed", "risky")
    assert change.message.startswith(what)


def test_an_address_that_is_told_for_the_first_time_is_none() -> None:
    old, new = needing(oauth()), needing(oauth(refreshUrl="/a"))
    assert changes(old, new) == [("security.url.changed", "info")]
    assert changes(new, old) == [("security.url.changed", "risky")]
