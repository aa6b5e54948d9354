"""Answers where nothing is kept."""

from __future__ import annotations

import json
import random
from typing import Any

import msgspec

from harness.contract.behaviour import UNKNOWN
from harness.contract.contract import Contract, Match, Operation
from harness.contract.document import parse
from harness.mock import echo
from harness.mock.state import State
from harness.mock.turn import Turn
from harness.model.exchange import Deviation
from harness.model.message import Request, Response
from tests.fakes import draw
from tests.mock.shop import NOW_S, bare, decoded


def test_the_answer_is_about_the_id_that_was_asked_for() -> None:
    assert decoded(bare()("GET", "/parcels/41"))["id"] == 41
    assert decoded(bare()("GET", "/orders/or_9"))["id"] == "or_9"


def test_the_answer_has_what_was_sent() -> None:
    parcel = decoded(bare()("POST", "/parcels", {"weight": 3, "to": "Rome", "unknown": 1}))

    assert (parcel["weight"], parcel["to"]) == (3, "Rome")
    assert "unknown" not in parcel


def test_what_the_answer_may_not_hold_is_left_as_sampled() -> None:
    parcel = decoded(bare()("POST", "/parcels", {"weight": 3, "to": "Constantinople"}))

    assert parcel["weight"] == 3
    assert parcel["to"] != "Constantinople"


def test_an_answer_that_is_not_json_is_sampled_as_it_is() -> None:
    answered = bare()("GET", "/health")

    assert answered.response.status == 200
    assert answered.response.header("content-type") == "text/plain"


def test_a_name_for_an_object_names_it_where_names_are_texts() -> None:
    told = echoed("told", "/told/ada")

    assert told["owner"] == {"id": "ada", "kind": "user"}


def test_values_of_another_type_are_left_out() -> None:
    contract = Counted(parse(DOCUMENT.encode(), name="t.yaml"))

    assert echoed("numbered", "/numbered/ada", contract)["id"] == 7
    assert contract.judged <= 2


def test_only_what_was_said_is_tried_where_not_all_of_it_fits() -> None:
    contract = Counted(parse(DOCUMENT.encode(), name="t.yaml"))

    assert echoed("short", "/short/constantinople", contract) == {
        "name": "Mia",
        **{f"field_{n}": "x" for n in range(20)},
    }
    assert contract.judged < 10


def test_null_gives_way_to_a_value_of_the_declared_type() -> None:
    assert echoed("nullable", "/nullable/ada") == {"name": "ada"}


class Counted(Contract):
    """A contract that counts how often an answer is judged."""

    judged = 0

    def fits(self, operation: Operation, status: int, value: object) -> bool:
        self.judged += 1
        return super().fits(operation, status, value)

    def deviations(self, operation: Operation, response: Response) -> tuple[Deviation, ...]:
        self.judged += 1
        return super().deviations(operation, response)


def echoed(name: str, path: str, contract: Contract | None = None) -> dict[str, Any]:
    """The JSON of the answer to a GET of that path."""
    contract = contract or Contract(parse(DOCUMENT.encode(), name="t.yaml"))
    request = Request("GET", path, path, "", (), b"")
    match = contract.match("GET", path)
    assert isinstance(match, Match)
    turn = Turn(
        request,
        match,
        contract.judge(match, request),
        contract,
        UNKNOWN,
        State(draw),
        NOW_S,
        random.Random(1),
    )
    answer = echo.echoed(turn)
    assert Contract.deviations(contract, match.operation, answer) == ()
    found: dict[str, Any] = msgspec.json.decode(answer.body)
    return found


def document() -> str:
    """One GET for each example, its parameter named as a member of it."""
    text: dict[str, Any] = {"type": "string"}
    fields = {f"field_{n}": text for n in range(20)}
    owner = {"type": "object", "properties": {"id": text, "kind": text}}
    told: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
        "told": ("owner", {"owner": owner}, {"owner": {"id": "x", "kind": "user"}}),
        "numbered": ("id", {"id": {"type": "integer"}}, {"id": 7}),
        "short": (
            "name",
            {"name": {**text, "maxLength": 5}, **fields},
            {"name": "Mia", **dict.fromkeys(fields, "x")},
        ),
        "nullable": ("name", {"name": {"type": ["string", "null"]}}, {"name": None}),
    }
    paths = {
        f"/{name}/{{{param}}}": {
            "parameters": [{"name": param, "in": "path", "required": True, "schema": text}],
            "get": {
                "operationId": name,
                "responses": {
                    "200": {
                        "description": name,
                        "content": {
                            "application/json": {
                                "schema": {"type": "object", "properties": properties},
                                "example": example,
                            }
                        },
                    }
                },
            },
        }
        for name, (param, properties, example) in told.items()
    }
    return json.dumps({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths})


DOCUMENT = document()
