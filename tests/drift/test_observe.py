"""Answers beside the contract: what is told once, what is no news, what tells nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.drift.seen.observe import against_contract
from harness.model.exchange import Exchange

USER = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "password": {"type": "string", "maxLength": 3},
        "boss": {"$ref": "#/components/schemas/User"},
    },
}
MANY = {"type": "array", "items": {"$ref": "#/components/schemas/User"}}


def said(schema: Any, status: str = "200") -> dict[str, Any]:
    return {status: {"description": "", "content": {"application/json": {"schema": schema}}}}


def known(*, deprecated: bool = False) -> Contract:
    one = {"$ref": "#/components/schemas/User"}
    name = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    tree = {
        "openapi": "3.1.0",
        "info": {"title": "", "version": "1"},
        "components": {"schemas": {"User": USER}},
        "paths": {
            "/users": {
                "get": {"operationId": "listUsers", "deprecated": deprecated, "responses": said(MANY)}
            },
            "/users/{id}": {"parameters": [name], "get": {"operationId": "getUser", "responses": said(one)}},
        },
    }
    return Contract(parse(json.dumps(tree).encode(), name="users.json"))


def answer(value: Any, path: str = "/users/u_1", status: int = 200, **headers: Any) -> Exchange:
    return Exchange(
        1,
        1,
        0.0,
        outcome="sent",
        method="GET",
        path=path,
        status=status,
        response_headers=(("content-type", "application/json"), *headers.items()),
        response_body=json.dumps(value).encode(),
    )


def test_what_a_component_has_otherwise_is_told_once_with_all_its_places() -> None:
    wrong = {"id": "u", "name": 3}
    found = against_contract(
        known(), [answer([wrong], "/users"), answer(wrong), answer({"id": "v", "boss": wrong})]
    )
    assert [(change.rule, [place.value for place in change.places]) for change in found] == [
        ("seen.type.other", ["/*/name", "/boss/name", "/name"])
    ]
    assert [place.operation for place in found[0].places] == [
        "GET /users",
        "GET /users/{id}",
        "GET /users/{id}",
    ]
    assert found[0].place.old == "/paths/~1users/get/responses/200"
    assert found[0].message == "/*/name is of type integer, and declared is string (in the one answer)"


def test_what_was_so_when_recorded_is_no_news() -> None:
    wrong = answer({"id": "u", "name": 3})
    (change,) = against_contract(known(), [wrong], [wrong])
    assert change.level == "info"
    assert change.message.endswith("so it was when recorded, so it is the document that is wrong")


def test_what_is_harmless_and_was_so_when_recorded_is_not_told() -> None:
    more = answer({"id": "u", "age": 3})
    assert [change.rule for change in against_contract(known(), [more])] == ["seen.property.undeclared"]
    assert against_contract(known(), [more], [more]) == ()


def test_a_value_that_is_a_secret_by_its_name_is_in_nothing_that_is_told() -> None:
    (change,) = against_contract(known(), [answer({"id": "u", "password": "correct horse"})])
    assert change.rule == "seen.limit.passed"
    assert change.witness is not None
    told = [
        change.message,
        change.new_side,
        change.witness.text,
        change.witness.refusal,
        str(change.witness.value),
    ]
    assert not any("horse" in text for text in told)


@pytest.mark.parametrize("status", [401, 403, 404, 407, 408, 429, 500, 502, 503])
def test_what_speaks_of_who_asks_or_of_an_outage_tells_nothing(status: int) -> None:
    assert against_contract(known(), [answer({"oh": "no"}, status=status)]) == ()


def test_an_answer_that_did_not_come_to_its_end_tells_nothing() -> None:
    cut = Exchange(1, 1, 0.0, outcome="reset", method="GET", path="/users", status=200, response_body=b"[{")
    assert against_contract(known(), [cut]) == ()


def test_what_no_operation_is_for_tells_nothing() -> None:
    assert against_contract(known(), [answer({}, "/nowhere")]) == ()


def test_an_end_that_the_document_knows_of_is_no_news() -> None:
    ended = answer([], "/users", deprecation="@1764547200")
    assert [change.rule for change in against_contract(known(), [ended])] == ["seen.deprecation"]
    assert against_contract(known(deprecated=True), [ended]) == ()


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"deprecation": "@1764547200"}, "GET /users is deprecated since 2025-12-01"),
        ({"deprecation": "true"}, "GET /users is deprecated"),
        ({"warning": '299 - "Deprecated API"'}, 'GET /users is deprecated: "Deprecated API"'),
        (
            {"sunset": "Sat, 31 Dec 2026 23:59:59 GMT", "link": '</v2>; rel="successor-version"'},
            "GET /users will be gone on Sat, 31 Dec 2026 23:59:59 GMT; see /v2",
        ),
    ],
)
def test_the_end_of_an_operation_is_told(headers: dict[str, Any], message: str) -> None:
    (change,) = against_contract(known(), [answer([], "/users", **headers)])
    assert change.message == f"{message} (in the one answer)"


@pytest.mark.parametrize(
    "headers", [{"deprecation": "false"}, {"warning": '110 - "stale"'}, {"link": "</2>; rel=next"}]
)
def test_headers_that_say_nothing_of_an_end(headers: dict[str, Any]) -> None:
    assert against_contract(known(), [answer([], "/users", **headers)]) == ()
