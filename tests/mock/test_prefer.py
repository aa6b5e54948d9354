"""What a client may ask of a mock: a status, an example, a fresh answer, a wait; and what it accepts."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from harness.contract.behaviour import UNKNOWN, Behaviour, Errors, Quota, RateLimit, Template
from harness.contract.contract import Contract, Match
from harness.contract.document import parse
from harness.mock.answer import Answer, answer, read
from harness.mock.prefer import Preferences, asked
from harness.mock.state import State
from harness.model.message import Request
from tests.fakes import FixedLuck, draw
from tests.mock.shop import Shop

SCHEMA = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def told(name: str) -> dict[str, Any]:
    return {"value": {"name": name}}


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Zoo", "version": "1"},
    "paths": {
        "/cats": {
            "get": {
                "responses": {
                    "200": {
                        "description": "cats",
                        "content": {
                            "application/json": {
                                "schema": SCHEMA,
                                "examples": {
                                    "tom": told("Tom"),
                                    "felix": told("Felix"),
                                    "odd": {"value": [1]},
                                },
                            },
                            "application/xml": {"schema": SCHEMA, "example": "<cat><name>Tom</name></cat>"},
                        },
                    },
                    "404": {
                        "description": "none",
                        "content": {
                            "application/json": {"schema": SCHEMA, "example": {"name": "nobody"}},
                            "text/plain": {"example": "nobody"},
                        },
                    },
                    "5XX": {"description": "broken", "content": {"text/plain": {"example": "broken"}}},
                }
            },
            "post": {
                "operationId": "addCat",
                "requestBody": {"required": True, "content": {"application/json": {"schema": SCHEMA}}},
                "responses": {
                    "201": {
                        "description": "a cat",
                        "content": {"application/json": {"schema": SCHEMA, "example": {"name": "Tom"}}},
                    },
                    "202": {"description": "later"},
                    "422": {
                        "description": "no",
                        "content": {
                            "application/json": {
                                "examples": {"short": told("too short"), "long": told("too long")}
                            }
                        },
                    },
                },
            },
        }
    },
}
ZOO = Contract(parse(json.dumps(DOCUMENT).encode(), name="zoo.json"))


def zoo(
    prefer: str = "",
    *,
    method: str = "GET",
    query: str = "",
    body: bytes = b"",
    behaviour: Behaviour = UNKNOWN,
    accept: str = "",
    state: State | None = None,
) -> Answer:
    """What the zoo answers to such preferences."""
    headers = [("prefer", prefer)] if prefer else []
    headers += [("accept", accept)] if accept else []
    headers += [("content-type", "application/json")] if body else []
    request = Request(method, f"/cats?{query}", "/cats", query, tuple(headers), body)
    reading = read(request, contract=ZOO, behaviour=behaviour)
    assert isinstance(reading.match, Match)
    return answer(
        request, reading, contract=ZOO, behaviour=behaviour, state=state or State(draw), credentials={}, now_s=0.0,
        rng=FixedLuck(),
    )  # fmt: skip


def wish(*lines: str, query: str = "") -> Preferences | None:
    return asked(Request("GET", "/", "/", query, tuple(("prefer", line) for line in lines)))[1]


# What is said


@pytest.mark.parametrize(
    "lines",
    [
        ("code=404, example=tom, dynamic=true, wait=2",),
        ("code=404; example=tom; dynamic=true; wait=2",),
        ("code=404 example=tom dynamic=true wait=2",),
        ('Code = "404", EXAMPLE="tom", dynamic, wait=2.0',),
        ("code=404, example=tom", "dynamic=true", "wait=2"),
        ("respond-async, code=404; retry=no, code=500, example=tom, dynamic=TRUE, wait=2, foo",),
    ],
)
def test_preferences_are_read_however_they_are_written(lines: tuple[str, ...]) -> None:
    assert wish(*lines) == Preferences(status=404, example="tom", dynamic=True, wait_s=2.0)


def test_a_word_in_quotes_may_hold_anything() -> None:
    assert wish(r'example="a, \"b\"; code=1"') == Preferences(example='a, "b"; code=1')


def test_the_query_says_it_too_and_the_header_goes_first() -> None:
    assert wish("code=500", query="__code=404&a=1&__example=tom%20cat&__dynamic=false") == Preferences(
        status=500, example="tom cat", dynamic=False
    )


@pytest.mark.parametrize(
    ("lines", "query"), [((), ""), (("respond-async",), ""), ((), "a__b=1"), ((), "__c=1")]
)
def test_nothing_is_asked_where_nothing_of_ours_is_said(lines: tuple[str, ...], query: str) -> None:
    assert wish(*lines, query=query) is None


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("code=abc", "code=abc is no status"),
        ("code=42", "200 to 599"),
        ("code=100", "200 to 599"),
        ("code", "code= is no status"),
        ("dynamic=maybe", "neither true nor false"),
        ("wait=soon", "wait=soon is no time"),
        ("wait=-1", "seconds from 0 to 600"),
        ("wait=601", "seconds from 0 to 600"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_says_why(said: str, names: str) -> None:
    done = zoo(said)

    assert done.response.status == 400
    assert names in done.response.body.decode()
    assert done.response.header("preference-applied") is None


# Status and example


@pytest.mark.parametrize(
    ("said", "status", "body"),
    [
        ("code=200", 200, b'{"name":"Tom"}'),
        ("code=404", 404, b'{"name":"nobody"}'),
        ("code=503", 503, b"broken"),
        ("example=felix", 200, b'{"name":"Felix"}'),
        ("code=200, example=felix", 200, b'{"name":"Felix"}'),
        ("example=odd", 200, b"[1]"),
    ],
)
def test_a_declared_answer_is_given_as_it_stands(said: str, status: int, body: bytes) -> None:
    response = zoo(said).response

    assert (response.status, response.body) == (status, body)
    assert response.header("preference-applied") == said


def test_a_fresh_answer_takes_no_example() -> None:
    response = zoo("dynamic=true").response

    assert list(msgspec.json.decode(response.body)) == ["name"]
    assert response.body not in (b'{"name":"Tom"}', b'{"name":"Felix"}')
    assert response.header("preference-applied") == "dynamic=true"


def test_dynamic_false_is_what_is_done_anyway() -> None:
    assert zoo("dynamic=false") == zoo()


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("code=418", "status 418 is not declared for GET /cats; declared: 200, 404, 5XX"),
        ("example=felx", "GET /cats 200 has no example 'felx'; did you mean 'felix'?"),
        ("code=404, example=tom", "GET /cats 404 has no example 'tom'; there are none"),
    ],
)
def test_what_is_not_declared_is_not_there_and_what_is_is_named(said: str, names: str) -> None:
    response = zoo(said).response

    assert response.status == 404
    assert names in msgspec.json.decode(response.body)["detail"]


def test_a_success_that_was_asked_for_is_one_and_an_error_is_none() -> None:
    state = State(draw)
    made = zoo("code=202", method="POST", body=b'{"name":"Kit"}', state=state)
    failed = zoo("code=422", method="POST", body=b'{"name":"Kit"}', state=state)

    assert (made.response.status, made.effect) == (202, "addCat")
    assert (failed.response.status, failed.effect) == (422, None)
    assert state.effects == 1


def test_an_invalid_request_is_refused_whatever_it_prefers() -> None:
    assert zoo("code=201", method="POST", body=b"{}").response.status == 422


def test_an_invalid_request_may_choose_among_the_refusals() -> None:
    chosen = zoo("code=422, example=long", method="POST", body=b"{}").response
    missing = zoo("code=422, example=none", method="POST", body=b"{}").response

    assert (chosen.status, chosen.body) == (422, b'{"name":"too long"}')
    assert missing.status == 404


# In the provider's words


def test_an_error_comes_as_the_provider_words_it() -> None:
    errors = Errors(source="", statuses={"402": Template(status=402, body={"error": "{message}"})})
    response = zoo("code=402", behaviour=Behaviour(errors=errors)).response

    assert (response.status, response.body) == (402, b'{"error":"Payment Required"}')


def test_an_example_goes_before_the_providers_words() -> None:
    errors = Errors(source="", default=Template(status=500, body={"error": "{message}"}))
    response = zoo(
        "code=422, example=short", method="POST", body=b'{"name":"a"}', behaviour=Behaviour(errors=errors)
    )

    assert response.response.body == b'{"name":"too short"}'


def test_too_many_requests_ask_for_a_wait_as_the_provider_does() -> None:
    limits = RateLimit(
        source="", exceeded=(Template(status=429),), quotas=(Quota(requests=9, window_s=60.0),)
    )
    response = zoo("code=429", behaviour=Behaviour(rate_limit=limits)).response

    assert response.status == 429


def test_a_provider_that_keeps_things_does_not_keep_what_was_only_preferred() -> None:
    shop = Shop()
    preferred = shop("POST", "/orders", {"total": 1}, prefer="code=201")

    assert preferred.response.status == 201
    assert shop.state.resources.get("order", {}) == {}


# Waiting


def test_a_wait_is_for_whatever_is_answered() -> None:
    assert zoo("wait=1.5").wait_s == 1.5
    assert zoo("wait=1.5").response.header("preference-applied") == "wait=1.5"
    assert zoo("wait=2, code=404").response.header("preference-applied") == "code=404, wait=2"
    assert zoo("wait=2", method="POST", body=b"{}").wait_s == 2
    assert zoo("code=404").wait_s == 0


# Accept


@pytest.mark.parametrize(
    ("accept", "media_type", "body"),
    [
        ("", "application/json", b'{"name":"Tom"}'),
        ("*/*", "application/json", b'{"name":"Tom"}'),
        ("application/xml;q=0.5, */*;q=0.1", "application/xml", b"<cat><name>Tom</name></cat>"),
        ("application/vnd.zoo+json", "application/json", b'{"name":"Tom"}'),
    ],
)
def test_the_answer_comes_in_what_is_accepted(accept: str, media_type: str, body: bytes) -> None:
    response = zoo(accept=accept).response

    assert (response.header("content-type"), response.body) == (media_type, body)


def test_what_is_not_accepted_is_not_done() -> None:
    done = zoo(method="POST", body=b'{"name":"Kit"}', accept="text/csv")

    assert (done.response.status, done.effect) == (406, None)
    assert "POST /cats 201 comes as application/json; none of these is accepted by 'text/csv'" in (
        done.response.body.decode()
    )


def test_an_error_comes_in_what_is_accepted_and_as_json_where_nothing_is() -> None:
    assert zoo("code=404", accept="text/plain").response.body == b"nobody"
    assert zoo("code=404", accept="text/csv").response.body == b'{"name":"nobody"}'


def test_several_lines_are_one_header() -> None:
    lines = (("accept", "text/csv"), ("accept", "application/xml"))

    assert asked(Request("GET", "/", "/", "", lines))[0] == "text/csv, application/xml"


def test_an_answer_without_a_body_is_always_acceptable() -> None:
    assert zoo("code=202", method="POST", body=b'{"name":"Kit"}', accept="text/csv").response.status == 202


def test_the_same_request_gets_the_same_answer_in_each_form() -> None:
    state = State(draw)
    first = zoo(accept="application/xml", state=state)

    assert zoo(accept="application/xml", state=state) == first
    assert zoo(state=state).response.header("content-type") == "application/json"
    assert first.lasts


def test_what_was_preferred_is_no_answer_to_keep() -> None:
    assert not any(zoo(said).lasts for said in ("code=200", "dynamic=true", "wait=1"))
