"""A cassette is played by what requests mean, in order, and says what comes nearest where nothing fits."""

from __future__ import annotations

import json

import pytest

from harness.cassette.recorded import Cassette, Recorded
from harness.cassette.replay import Hit, NearMiss, Replay
from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.model.message import Headers, Request
from tests.cassette.planted import FORM, JSON, exchange

NOW_S = 1_795_273_200.0
"""2026-11-21T15:00:00Z, when `exchange` was recorded."""

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1"},
    "servers": [{"url": "https://api.acme.test"}],
    "paths": {
        "/v1/things": {
            "get": {
                "operationId": "ListThings",
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "default": 10}},
                    {"name": "all", "in": "query", "schema": {"type": "boolean"}},
                    {"name": "ids", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                ],
                "responses": {"200": {"description": "some"}},
            },
            "post": {
                "operationId": "CreateThing",
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {
                                    "size": {"type": "number", "default": 1},
                                    "name": {"type": "string"},
                                },
                            }
                        }
                    }
                },
                "responses": {"200": {"description": "made"}},
            },
        },
        "/v1/things/{id}": {
            "get": {
                "operationId": "GetThing",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "one"}},
            }
        },
    },
}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract(parse(json.dumps(DOCUMENT).encode(), name="things.json"))


def get(target: str, body: bytes = b"", headers: Headers = (), method: str = "GET") -> Request:
    path, _, query = target.partition("?")
    return Request(method, target, path, query, (("host", "127.0.0.1:4010"), *headers), body)


def post(value: object) -> Request:
    return get("/v1/things", json.dumps(value).encode(), (JSON,), "POST")


def listed(query: str, answer: object = None) -> Recorded:
    return exchange(method="GET", uri=f"https://api.acme.test/v1/things?{query}", answer=answer)


def made(value: object, answer: object = None) -> Recorded:
    return exchange(sent=(JSON,), body=json.dumps(value), answer=answer)


def number(found: Hit | NearMiss) -> int:
    assert isinstance(found, Hit), found.message
    return found.number


def missed(found: Hit | NearMiss) -> str:
    assert isinstance(found, NearMiss)
    return found.message


@pytest.mark.parametrize(
    ("recorded", "asked"),
    [
        ("limit=2&all=true", "all=true&limit=2"),
        ("limit=2", "limit=02"),
        ("limit=10", ""),
        ("", "limit=10"),
        ("ids=a&ids=b", "ids=b&ids=a"),
        ("limit=2&nonce=abc", "limit=2&nonce=xyz"),
        ("limit=2&api_key=%3Credacted%3Akey-1%3E", "limit=2&api_key=mine"),
        ("limit=2&api_key=%3Credacted%3Akey-1%3E", "limit=2"),
        ("since=2026-11-21T14:59:58Z", "since=2026-11-21T16:00:02%2B01:00"),
        (f"at={NOW_S - 2:.6f}", f"at={NOW_S + 2:.3f}"),
    ],
)
def test_queries_that_mean_the_same(recorded: str, asked: str, contract: Contract) -> None:
    replay = Replay(Cassette((listed(recorded),)), contract)
    assert number(replay.answer(get(f"/v1/things?{asked}"), now_s=NOW_S)) == 1


@pytest.mark.parametrize(
    ("recorded", "asked", "said"),
    [
        ("limit=2", "limit=3", "query /limit is 3, recorded was 2"),
        ("limit=2", "", "query /limit is 10, recorded was 2"),
        ("all=true", "", "query /all is missing, recorded was true"),
        ("since=2026-01-01T00:00:00Z", "since=2026-11-21T15:00:00Z", "query /since is "),
        ("q=1", "q=01", 'query /q is "01", recorded was "1"'),
    ],
)
def test_queries_that_do_not(recorded: str, asked: str, said: str, contract: Contract) -> None:
    replay = Replay(Cassette((listed(recorded),)), contract, path="a.yaml")
    message = missed(replay.answer(get(f"/v1/things?{asked}"), now_s=NOW_S))
    assert message.startswith("a.yaml: nothing recorded answers GET /v1/things; nearest is exchange 1: ")
    assert said in message


@pytest.mark.parametrize(
    ("recorded", "asked", "same"),
    [
        ({"name": "a", "size": 1}, {"size": 1.0, "name": "a"}, True),
        ({"name": "a"}, {"name": "a", "size": 1}, True),
        ({"name": "a", "tags": [1, 2]}, {"name": "a", "tags": [2, 1]}, False),
        ({"name": "<redacted:token-1>"}, {"name": "whatever"}, True),
        ({"name": "key <redacted:token-1> of me"}, {"name": "key 123 of me"}, True),
        ({"name": "key <redacted:token-1> of me"}, {"name": "key 123 of you"}, False),
        ({"name": "a", "idempotencyKey": "1"}, {"name": "a", "idempotencyKey": "2"}, True),
        ({"name": "a"}, {"name": "b"}, False),
        ({"name": "a"}, {"name": None}, False),
        ({"name": "a", "on": True}, {"name": "a", "on": 1}, False),
    ],
)
def test_bodies(recorded: object, asked: object, same: bool, contract: Contract) -> None:
    replay = Replay(Cassette((made(recorded),)), contract)
    assert isinstance(replay.answer(post(asked), now_s=NOW_S), Hit) == same


def test_bodies_without_a_contract() -> None:
    replay = Replay(Cassette((made({"name": "a", "size": 1}),)))
    assert isinstance(replay.answer(post({"size": 1.0, "name": "a"}), now_s=NOW_S), Hit)
    # Only a contract knows a default.
    assert "body /size is missing, recorded was 1" in missed(replay.answer(post({"name": "a"}), now_s=NOW_S))


def test_another_path_is_another_thing_unless_a_mark_stands_there(contract: Contract) -> None:
    one = exchange(method="GET", uri="https://api.acme.test/v1/things/t1")
    hidden = exchange(method="GET", uri="https://api.acme.test/v1/things/%3Credacted%3Arandom-1%3E")
    replay = Replay(Cassette((one,)), contract)
    assert 'path /id is "t2", recorded was "t1"' in missed(replay.answer(get("/v1/things/t2"), now_s=NOW_S))
    assert number(Replay(Cassette((hidden,)), contract).answer(get("/v1/things/t2"), now_s=NOW_S)) == 1


def test_answers_to_the_same_request_come_in_order_and_the_last_is_repeated(contract: Contract) -> None:
    recorded = [listed("limit=2", {"n": 1}), made({"name": "a"}), listed("limit=2", {"n": 2})]
    replay = Replay(Cassette(tuple(recorded)), contract)
    found = [replay.answer(get("/v1/things?limit=2"), now_s=NOW_S) for _ in range(4)]
    assert [(number(each), isinstance(each, Hit) and each.again) for each in found] == [
        (1, False),
        (3, False),
        (3, True),
        (3, True),
    ]
    assert replay.left == 1


def test_who_was_sent_a_spoiled_answer_gets_it_again(contract: Contract) -> None:
    replay = Replay(Cassette((listed("", {"n": 1}), listed("", {"n": 2}))), contract)
    asked = get("/v1/things")
    assert [
        number(replay.answer(asked, now_s=NOW_S, spoiled=spoiled)) for spoiled in (True, True, False, False)
    ] == [
        1,
        1,
        1,
        2,
    ]


def test_an_idempotency_key_that_comes_again_gets_the_same_answer(contract: Contract) -> None:
    replay = Replay(Cassette((made({"name": "a"}), made({"name": "a"}))), contract)
    asked = post({"name": "a"})
    keys = ["k1", "k1", "k2", "k1"]
    assert [number(replay.answer(asked, now_s=NOW_S, key=key)) for key in keys] == [1, 1, 2, 1]


def test_forms_and_parts_without_a_contract() -> None:
    form = exchange(sent=(FORM,), body="a=1&b=2")
    replay = Replay(Cassette((form,)))
    assert number(replay.answer(get("/v1/things", b"b=2&a=1", (FORM,), "POST"), now_s=NOW_S)) == 1
    assert "body /a is" in missed(replay.answer(get("/v1/things", b"b=2&a=3", (FORM,), "POST"), now_s=NOW_S))


def test_links_to_the_provider_lead_back_here() -> None:
    answer = {"next": "https://api.acme.test/v1/things?page=2", "home": "https://acme.test"}
    link = ("link", '<https://api.acme.test/v1/things?page=2>; rel="next"')
    recorded = exchange(method="GET", headers=(JSON, link, ("content-length", "9")), answer=answer)
    found = Replay(Cassette((recorded,))).answer(get("/v1/things"), now_s=NOW_S)
    assert isinstance(found, Hit)
    assert json.loads(found.response.body) == {**answer, "next": "http://127.0.0.1:4010/v1/things?page=2"}
    assert found.response.headers == (JSON, ("link", '<http://127.0.0.1:4010/v1/things?page=2>; rel="next"'))


def test_what_was_never_recorded_is_told_with_the_nearest(contract: Contract) -> None:
    replay = Replay(Cassette((listed(""), made({}))), contract)
    message = missed(replay.answer(get("/v1/things/t1"), now_s=NOW_S))
    assert message == "nothing recorded answers GET /v1/things/t1; nearest is exchange 1: GET /v1/things"
    assert "the cassette is empty" in missed(Replay(Cassette()).answer(get("/"), now_s=NOW_S))
