"""The contract that exchanges imply."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import msgspec

from harness.contract.contract import Contract, Match
from harness.contract.document import parse
from harness.contract.lint import lint
from harness.drift.seen.shape import implied
from harness.drift.seen.told import request_of, response_of
from harness.model.exchange import Exchange
from tests.drift.pretend import contract, night


def at(tree: Any, *names: str) -> Any:
    for name in names:
        tree = tree[name]
    return tree


def compiled(tree: dict[str, Any]) -> Contract:
    return Contract(parse(json.dumps(tree).encode(), name="implied.json"))


SEEN = [exchange for number in range(5) for exchange in night(number)]
TREE = implied(SEEN)


def schema(path: str, status: str = "200") -> Any:
    return at(TREE, "paths", path, "get", "responses", status, "content", "application/json", "schema")


def test_every_exchange_fits_what_it_implies() -> None:
    known = compiled(TREE)
    for exchange in SEEN:
        request = request_of(exchange)
        match = known.asked(request)
        assert isinstance(match, Match)
        if exchange.status == 200:
            assert known.judge(match, request).deviations == ()
        assert known.deviations(match.operation, response_of(exchange)) == ()


def test_it_is_a_document_without_oddities() -> None:
    assert [each.message for each in lint(compiled(TREE), rng=Random(1))] == []


def test_paths_are_learnt_from_what_looks_like_an_id() -> None:
    assert list(TREE["paths"]) == [
        "/v1/customers/{customer}",
        "/v1/orders",
        "/v1/orders/{order}",
        "/v1/rates",
    ]


def test_with_a_contract_paths_and_ids_are_its_own() -> None:
    tree = implied(SEEN, contract())
    assert at(tree, "paths", "/v1/orders/{order}", "get", "operationId") == "getOrder"


def test_members_that_are_always_there_are_required() -> None:
    order = schema("/v1/orders")["properties"]["data"]["items"]
    assert {"id", "status", "total", "lines"} <= set(order["required"])
    assert not {"note", "coupon", "channel"} & set(order["required"])


def test_types_formats_choices_and_maps_are_told() -> None:
    members = schema("/v1/orders")["properties"]["data"]["items"]["properties"]
    assert members["status"] == {"type": "string", "enum": ["open", "paid", "shipped"]}
    assert members["created"] == {"type": "string", "format": "date-time"}
    assert members["key"] == {"type": "string", "format": "uuid"}
    assert members["weight"] == {"type": "number"}
    assert members["metadata"] == {"type": "object", "additionalProperties": {"type": "string"}}
    assert members["customer"]["type"] == ["object", "string"]


def test_parameters_have_the_types_of_what_was_sent() -> None:
    found = {each["name"]: each for each in at(TREE, "paths", "/v1/orders", "get", "parameters")}
    assert found["limit"]["schema"] == {"type": "integer"}
    assert "required" not in found["limit"]
    (order,) = at(TREE, "paths", "/v1/orders/{order}", "get", "parameters")
    assert (order["name"], order["in"], order["required"]) == ("order", "path", True)


def test_bodies_that_were_sent_and_how_a_client_says_who_it_is() -> None:
    sent = Exchange(
        1,
        1,
        0.0,
        outcome="sent",
        method="POST",
        path="/charges",
        request_headers=(
            ("authorization", "Bearer sk_test_1234567890"),
            ("content-type", "application/json"),
        ),
        request_body=b'{"amount": 3, "password": "hunter2hunter2"}',
        status=201,
        response_headers=(("x-total", "3"),),
    )
    tree = implied([sent, msgspec.structs.replace(sent, request_body=b'{"amount": 4}')])
    charge = at(tree, "paths", "/charges", "post")
    assert charge["requestBody"] == {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"amount": {"type": "integer"}, "password": {"type": "string"}},
                    "required": ["amount"],
                }
            }
        },
    }
    assert charge["security"] == [{"bearer": []}]
    assert charge["responses"]["201"]["headers"] == {"x-total": {"schema": {"type": "integer"}}}
    assert "sk_test" not in json.dumps(tree)
    assert "hunter2" not in json.dumps(tree)


def test_words_in_one_place_of_alike_answers_are_names_of_things() -> None:
    names = ("alice", "bob", "carol", "dave")
    seen = [
        msgspec.structs.replace(
            night(0)[0], path=f"/users/{name}", response_body=b'{"login": "x", "kind": "user"}'
        )
        for name in names
    ]
    assert list(implied(seen)["paths"]) == ["/users/{user}"]
