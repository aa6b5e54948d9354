"""Answers that are no word of the provider: what stands in between says the same to everybody."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import partial

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from harness.conformance import sending
from harness.conformance.question import Question, choose
from harness.conformance.spoiled import is_cut, is_packed, spoiled
from harness.conformance.watching import watch
from harness.contract.provider import Provider
from harness.model.exchange import Exchange
from tests.conformance.test_watching import seen
from tests.drift.pretend import DOCUMENT, Online, Reply, contract, night, provider

BASE = "https://api.shop.example"
PAGE = b"<html><title> Hotel\nWifi </title></html>"


def answer(
    number: int = 1, body: bytes = b"{}", status: int = 200, method: str = "GET", **headers: str
) -> Exchange:
    named = {"content_type": "application/json", **headers}
    told = tuple((name.replace("_", "-"), value) for name, value in named.items())
    return Exchange(
        number,
        1,
        0.0,
        outcome="sent",
        method=method,
        path="/",
        status=status,
        response_headers=told,
        response_body=body,
    )


@pytest.mark.parametrize(
    ("exchange", "cut"),
    [
        (answer(body=b""), True),
        (answer(body=b'{"a": [1, 2'), True),
        (answer(body=b"{}"), False),
        (answer(body=b"{]"), False),
        (answer(body=b"", status=204), False),
        (answer(body=b"", method="HEAD"), False),
        (answer(body=b"", content_type="text/plain"), False),
        (answer(body=b"", status=500), False),
    ],
)
def test_json_that_ends_too_early_is_cut(exchange: Exchange, cut: bool) -> None:
    assert is_cut(exchange) is cut


@pytest.mark.parametrize(
    ("exchange", "packed"),
    [
        (answer(body=gzip.compress(b"{}"), content_encoding="gzip"), True),
        (answer(body=b"\x28\xb5\x2f\xfd\xff", content_encoding="zstd"), True),
        (answer(body=b'{"a": 1}', content_encoding="gzip"), False),
        (answer(body=b"\xff\xd8\xff", content_encoding="br", content_type="image/jpeg"), False),
        (answer(body=gzip.compress(b"{}"), content_type="application/gzip"), False),
    ],
)
def test_what_nobody_unpacks_is_told_by_its_coding(exchange: Exchange, packed: bool) -> None:
    assert is_packed(exchange) is packed


def test_one_page_for_two_operations_is_of_somebody_in_between() -> None:
    page = partial(answer, body=PAGE, content_type="text/html; charset=utf-8")
    found = spoiled({"GET /a": [page(1)], "GET /b": [answer(2), page(3)]}, BASE)
    assert found.keys() == {1, 3}
    assert found[1].startswith("the web page 'Hotel")


def test_one_page_is_enough_unless_it_is_declared_or_none() -> None:
    page = answer(1, body=PAGE, content_type="text/html")
    assert spoiled({"GET /a": [page], "GET /b": [answer(2)]}, BASE).keys() == {1}
    assert spoiled({"GET /a": [page]}, BASE, is_declared=lambda operation, exchange: True) == {}
    misnamed = answer(1, body=b' {"a": 1}', content_type="text/html")
    assert spoiled({"GET /a": [misnamed], "GET /b": [misnamed]}, BASE) == {}


@pytest.mark.parametrize(
    ("status", "to", "is_gate"),
    [
        (302, "https://login.shop.example/?to=a", True),
        (303, "/users/sign_in", True),
        (307, "https://id.example/oauth2/authorize?x=1", True),
        (302, "https://files.shop.example/a.zip", False),
        (302, "/blogin/catalogins", False),
        # For good: that is how an operation moves.
        (301, "/login", False),
        (308, "https://login.shop.example/", False),
    ],
)
def test_the_way_to_a_login_speaks_of_who_asks(status: int, to: str, is_gate: bool) -> None:
    assert bool(spoiled({"GET /a": [answer(1, status=status, location=to)]}, BASE)) is is_gate


@pytest.mark.parametrize(
    ("first", "second", "is_gate"),
    [
        ("https://login.example/?to=a", "https://login.example/?to=b", True),
        ("https://new.shop.example/a", "https://new.shop.example/b", False),
        ("/v2", "/v2", False),
    ],
)
def test_one_place_elsewhere_for_all_is_a_gate_and_a_move_is_none(
    first: str, second: str, is_gate: bool
) -> None:
    answers = {
        "GET /a": [answer(1, status=302, location=first)],
        "GET /b": [answer(2, status=302, location=second)],
    }
    assert bool(spoiled(answers, BASE)) is is_gate


def test_a_portal_in_mid_run_is_told_and_is_no_drift(httpserver: HTTPServer) -> None:
    online = Online(httpserver)

    def drift(reply: Reply) -> None:
        if len(online.requests) > 8:
            reply.value, reply.media, reply.headers = PAGE.decode(), "text/html", {}

    online.shop = type(online.shop)(1, drift)
    found = seen(online, night(0), draws=False, examples=8)
    assert "something stands in between" in " ".join(found.untold)
    assert found.doubtful == {"GET /v1/orders/{order}", "GET /v1/customers/{customer}"}
    assert all(exchange.response_header("content-type") != "text/html" for exchange in found.exchanges)


def test_a_page_at_one_operation_leaves_that_one_open_and_judges_the_rest(httpserver: HTTPServer) -> None:
    def drift(reply: Reply) -> None:
        if reply.path == "/v1/rates":
            reply.value, reply.media = PAGE.decode(), "text/html"

    found = seen(Online(httpserver, drift=drift), night(0), draws=False)
    assert found.doubtful == {"GET /v1/rates"}
    assert "every answer was the web page" in " ".join(found.untold)
    assert found.asked["GET /v1/orders"]


def test_a_page_that_is_declared_is_an_answer(httpserver: HTTPServer) -> None:
    tree = json.loads(json.dumps(DOCUMENT))
    tree["paths"]["/v1/rates"]["get"]["responses"]["200"] = {
        "description": "rates for people",
        "content": {"text/html": {"schema": {"type": "string"}}},
    }

    def drift(reply: Reply) -> None:
        if reply.path == "/v1/rates":
            reply.value, reply.media = PAGE.decode(), "text/html"

    known = Provider(provider().card, contract(tree))
    assert seen(Online(httpserver, drift=drift), night(0), of=known, draws=False).untold == ()


def test_what_is_cut_by_chance_is_asked_again(httpserver: HTTPServer) -> None:
    online, numbers = Online(httpserver), iter(range(1000))

    def drift(reply: Reply) -> None:
        if next(numbers) % 3 == 0:
            reply.value = None

    online.shop = type(online.shop)(1, drift)
    found = seen(online, night(0), draws=False)
    assert found.untold == ()
    assert all(exchange.response_body for exchange in found.exchanges)


def test_a_body_that_never_ends_is_not_waited_for(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "WHOLE_S", 0.0)

    def dribbled() -> Iterator[bytes]:
        yield b"{"
        yield b"}"

    httpserver.expect_request("/v1/rates").respond_with_handler(
        lambda request: Response(dribbled(), content_type="application/json", direct_passthrough=True)
    )
    question = Question(
        base_url=httpserver.url_for("").rstrip("/"),
        operations=choose(provider(), ("getRates",), writes=False),
    )
    calls = [exchange for exchange in night(0) if exchange.path == "/v1/rates"]
    found = watch(provider(), question, recorded=calls, draws=False, sleep=lambda for_s: None)
    assert "no whole answer within 0 s" in " ".join(found.untold)
