"""Answers as the contract declares them are made a few times, and the request says which it gets."""

from __future__ import annotations

import json

from harness.contract.behaviour import UNKNOWN
from harness.contract.contract import Contract, Match
from harness.contract.document import parse
from harness.contract.judge import Judged
from harness.mock.samples import COUNT, LASTING_S
from harness.mock.state import State
from harness.mock.turn import Turn
from harness.model.message import Request, Response
from tests.fakes import FixedLuck, draw
from tests.mock.shop import NOW_S

DOCUMENT = """
openapi: 3.1.0
info: {title: T, version: "1"}
paths:
  /told: {get: {operationId: told, responses: {"200": {$ref: "#/components/responses/Told"}}}}
  /drawn:
    get: {operationId: drawn, responses: {"200": {$ref: "#/components/responses/Drawn"}}}
    post: {operationId: draw, responses: {"200": {$ref: "#/components/responses/Drawn"}}}
  /timed: {get: {operationId: timed, responses: {"200": {$ref: "#/components/responses/Timed"}}}}
components:
  responses:
    Told:
      description: by example
      content: {application/json: {schema: {type: object}, example: {name: Mia}}}
    Drawn:
      description: with a random id
      content:
        application/json:
          schema: {type: object, required: [id], properties: {id: {type: string, format: uuid}}}
    Timed:
      description: without luck, but not without a clock
      content:
        application/json:
          schema: {type: object, required: [exp_year], properties: {exp_year: {type: integer}}}
"""

CONTRACT = Contract(parse(DOCUMENT.encode(), name="t.yaml"))


def asked(
    state: State, target: str, *, method: str = "GET", operation: str = "", now_s: float = NOW_S
) -> Response:
    """The sampled answer to one request of a lane."""
    path = target.partition("?")[0]
    match = Match(CONTRACT.operation(operation or path.strip("/")))
    request = Request(method, target, path)
    return Turn(request, match, Judged(), CONTRACT, UNKNOWN, state, now_s, FixedLuck()).success()


def test_an_example_is_encoded_once() -> None:
    state = State(draw)

    assert asked(state, "/told") is asked(state, "/told?other")


def test_the_same_request_gets_the_same_answer() -> None:
    state = State(draw)

    assert asked(state, "/drawn?a") is asked(state, "/drawn?a")


def test_other_requests_get_others_up_to_a_number() -> None:
    state = State(draw)

    bodies = {asked(state, f"/drawn?{n}").body for n in range(200)}

    assert len(bodies) == COUNT


def test_what_came_before_changes_nothing() -> None:
    early, late = State(draw), State(draw)
    for n in range(20):
        asked(late, f"/drawn?{n}")

    assert asked(early, "/drawn?a") == asked(late, "/drawn?a")


def test_each_effect_is_told_of_by_another_answer() -> None:
    state = State(draw)
    bodies = set()
    for _ in range(COUNT):
        bodies.add(asked(state, "/drawn", method="POST", operation="draw").body)
        state.effects += 1

    assert len(bodies) == COUNT


def test_dates_do_not_grow_old() -> None:
    state = State(draw)
    first = asked(state, "/timed")

    assert asked(state, "/timed", now_s=NOW_S + LASTING_S - 1) is first
    assert asked(state, "/timed", now_s=NOW_S + 40 * 366 * 86400) != first


LINKED = """
openapi: 3.1.0
info: {title: T, version: "1"}
servers: [{url: "https://api.live.example/v2"}]
paths:
  /linked:
    get:
      operationId: linked
      responses:
        "200":
          description: links
          headers:
            Link: {required: true, schema: {type: string}, example: "<https://api.live.example/v2/a>; rel=next"}
          content:
            application/json: {schema: {type: object, properties: PROPERTIES}, example: EXAMPLE}
"""
EXAMPLE = {
    "url": "https://api.live.example/v2/linked?a=1",
    "api": "https://api.live.example/v2",
    "page": "https://live.example/linked",
    "other": "https://api.live.example/v20",
}


def linked(host: str, **properties: object) -> Response:
    """The answer of a provider whose example links to it, to a client that reaches the mock as that host."""
    text = LINKED.replace("PROPERTIES", json.dumps(properties)).replace("EXAMPLE", json.dumps(EXAMPLE))
    contract = Contract(parse(text.encode(), name="t.yaml"))
    request = Request("GET", "/linked", "/linked", headers=(("host", host),))
    match = Match(contract.operation("linked"))
    turn = Turn(request, match, Judged(), contract, UNKNOWN, State(draw), NOW_S, FixedLuck())
    assert turn.success() is turn.success()
    return turn.success()


def test_links_to_the_provider_lead_back_to_the_mock() -> None:
    answer = linked("localhost:4010")

    assert json.loads(answer.body) == EXAMPLE | {
        "url": "http://localhost:4010/v2/linked?a=1",
        "api": "http://localhost:4010/v2",
    }
    assert answer.header("link") == "<http://localhost:4010/v2/a>; rel=next"


def test_links_stay_where_the_contract_or_the_hosts_name_allows_no_others() -> None:
    narrow = linked("localhost:4010", url={"type": "string", "pattern": "^https:"})

    assert json.loads(narrow.body) == EXAMPLE
    assert json.loads(linked('"x').body) == EXAMPLE
