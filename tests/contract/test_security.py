"""Guards: which requests show what an operation wants to see of whoever asks."""

from __future__ import annotations

from typing import Any

import pytest

from harness.contract.security import Guard
from harness.model.message import Request
from tests.contract.build import contract

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "Basic"},
    "digest": {"type": "http", "scheme": "digest"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "the key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "oauth": {"type": "oauth2", "flows": {}},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://x.test"},
    "tls": {"type": "mutualTLS"},
    "odd": {"type": "tomorrow"},
}


def guard(*needs: tuple[str, ...]) -> Guard:
    operation: dict[str, Any] = {
        "security": [{name: [] for name in need} for need in needs],
        "responses": {"200": {"description": ""}},
    }
    found = contract({"/a": {"get": operation}}, components={"securitySchemes": SCHEMES})
    return found.guard(found.operation("GET /a"))


def admits(guard: Guard, *headers: tuple[str, str], query: str = "") -> bool:
    return guard.admits(Request("GET", "/a", "/a", query, headers))


@pytest.mark.parametrize(
    ("scheme", "sent", "admitted"),
    [
        ("bearer", ("authorization", "Bearer t"), True),
        ("bearer", ("authorization", "bearer t"), True),
        ("bearer", ("authorization", "Bearer "), False),
        ("bearer", ("authorization", "Bearer"), False),
        ("bearer", ("authorization", "Basic eDp5"), False),
        ("basic", ("authorization", "Basic eDp5"), True),
        ("basic", ("authorization", "Bearer t"), False),
        ("basic", ("authorization", "Basic abc123"), False),  # base64, but of no name and password
        ("basic", ("authorization", "Basic x:y"), False),
        ("digest", ("authorization", "Digest a=b"), True),
        ("digest", ("authorization", "Basic eDp5"), False),
        ("header", ("x-key", "k"), True),
        ("header", ("authorization", "k"), False),
        ("cookie", ("cookie", "a=1; sid=2"), True),
        ("cookie", ("cookie", "a=1; xsid=2; side=3"), False),
        ("oauth", ("authorization", "Bearer t"), True),
        ("oauth", ("authorization", "Basic eDp5"), False),
        ("oauth", ("x-key", "t"), False),
        ("oidc", ("authorization", "DPoP t"), True),
        ("oidc", ("cookie", "t=1"), False),
        ("tls", ("x", "y"), True),
        ("odd", ("x", "y"), True),
        ("undeclared", ("x", "y"), True),
    ],
)
def test_each_scheme_is_looked_for_where_it_is_carried(
    scheme: str, sent: tuple[str, str], admitted: bool
) -> None:
    assert admits(guard((scheme,)), sent) is admitted


@pytest.mark.parametrize(
    ("query", "admitted"),
    [("the+key=1", True), ("a=b&the%20key=", True), ("thekey=1", False), ("a=the+key", False), ("", False)],
)
def test_a_key_in_the_query_goes_by_its_decoded_name(query: str, admitted: bool) -> None:
    assert admits(guard(("query",)), query=query) is admitted


def test_all_of_one_alternative_are_wanted_and_any_alternative_will_do() -> None:
    found = guard(("bearer", "header"), ("query",))

    assert admits(found, ("authorization", "Bearer t"), ("x-key", "k"))
    assert not admits(found, ("authorization", "Bearer t"))
    assert not admits(found, ("x-key", "k"))
    assert admits(found, query="the+key=1")


def test_an_empty_alternative_lets_anybody_in_and_so_does_no_security() -> None:
    assert admits(guard(("bearer",), ()))
    assert admits(guard())
