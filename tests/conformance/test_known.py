"""Which ids exist: as they are told, written, linked and seen."""

from __future__ import annotations

from typing import Any

import pytest

from harness.conformance.known import Known, sources_of
from harness.contract.behaviour import Behaviour, Resource
from harness.contract.contract import Contract
from harness.contract.provider import Card, Provider
from tests.contract.build import contract

OK = {"responses": {"200": {"description": ""}}}


def parameter(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, **more}


def made(paths: dict[str, Any], behaviour: Behaviour | None = None, **told: str) -> tuple[Known, Contract]:
    compiled = contract(paths)
    card = Card(name="shop", title="", kind="", docs="", document="")
    return Known(Provider(card, compiled, behaviour or Behaviour()), told), compiled


SHOP = {
    "/orders": {"get": OK, "post": {"responses": {"201": {"description": ""}}}},
    "/orders/{orderId}": {"parameters": [parameter("orderId")], "get": OK},
    "/orders/{orderId}/lines": {"parameters": [parameter("orderId")], "get": OK},
    "/orders/{orderId}/lines/{line_id}": {
        "parameters": [parameter("orderId"), parameter("line_id")],
        "get": OK,
    },
}


@pytest.mark.parametrize(
    "body",
    [
        [{"id": "o_1"}, {"id": "o_2"}],
        {"data": [{"id": "o_1"}, {"id": "o_2"}], "has_more": False},
        {"orders": [{"orderId": "o_1"}, {"orderId": "o_2"}], "next": None},
    ],
)
def test_a_list_shows_what_exists(body: Any) -> None:
    known, shop = made(SHOP)
    known.learn(shop.operation("GET /orders"), {}, 200, body)
    assert known.bindings(shop.operation("GET /orders/{orderId}")) == ({"orderId": "o_1"}, {"orderId": "o_2"})


def test_what_was_made_exists_and_its_parts_are_found_below_it() -> None:
    known, shop = made(SHOP)
    known.learn(shop.operation("POST /orders"), {}, 201, {"id": 7, "lines": [{"id": "not an order"}]})
    known.learn(shop.operation("GET /orders/{orderId}/lines"), {"orderId": "7"}, 200, [{"line_id": "l_1"}])
    wanted = shop.operation("GET /orders/{orderId}/lines/{line_id}")
    assert known.bindings(wanted)[0] == {"orderId": "7", "line_id": "l_1"}


def test_errors_show_nothing() -> None:
    known, shop = made(SHOP)
    known.learn(shop.operation("GET /orders"), {}, 404, [{"id": "o_1"}])
    assert known.bindings(shop.operation("GET /orders/{orderId}")) == ()


def test_what_is_told_goes_before_what_is_seen() -> None:
    known, shop = made(SHOP, orderId="o_9")
    known.learn(shop.operation("GET /orders"), {}, 200, [{"id": "o_1"}])
    assert known.bindings(shop.operation("GET /orders/{orderId}")) == ({"orderId": "o_9"},)


@pytest.mark.parametrize(
    "more",
    [
        {"example": "o_5"},
        {"examples": {"one": {"value": "o_5"}}},
        {"schema": {"type": "string", "examples": ["o_5"]}},
    ],
)
def test_the_document_may_give_an_example(more: dict[str, Any]) -> None:
    known, shop = made({"/orders/{orderId}": {"get": {**OK, "parameters": [parameter("orderId", **more)]}}})
    assert known.bindings(shop.operation("GET /orders/{orderId}")) == ({"orderId": "o_5"},)


def test_links_of_the_document_are_followed() -> None:
    links = {"read": {"operationId": "readJob", "parameters": {"job": "$response.body#/job/key"}}}
    paths = {
        "/start": {"post": {"responses": {"200": {"description": "", "links": links}}}},
        "/jobs/{job}": {"get": {**OK, "operationId": "readJob", "parameters": [parameter("job")]}},
    }
    known, shop = made(paths)
    known.learn(shop.operation("POST /start"), {}, 200, {"job": {"key": "j_1"}})
    assert known.bindings(shop.operation("readJob")) == ({"job": "j_1"},)


def test_what_is_known_of_a_resource_names_its_parents() -> None:
    repos = Resource(
        source="docs",
        id="name",
        path=("owner", "repo"),
        parents={"owner": "owner.login"},
        list=("GET /mine",),
    )
    names = [parameter("owner"), parameter("repo")]
    paths = {"/mine": {"get": OK}, "/repos/{owner}/{repo}/issues": {"parameters": names, "get": OK}}
    known, shop = made(paths, Behaviour(resources={"repos": repos}))
    known.learn(shop.operation("GET /mine"), {}, 200, [{"name": "spoon", "owner": {"login": "octocat"}}])
    wanted = shop.operation("GET /repos/{owner}/{repo}/issues")
    assert known.bindings(wanted) == ({"owner": "octocat", "repo": "spoon"},)


def test_the_lists_that_an_operation_stands_in_are_its_sources() -> None:
    shop = contract(SHOP)
    sources = sources_of(shop, shop.operation("GET /orders/{orderId}/lines/{line_id}"))
    assert [source.name for source in sources] == ["GET /orders", "GET /orders/{orderId}/lines"]
