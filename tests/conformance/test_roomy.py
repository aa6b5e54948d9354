"""A drawn call of a list asks for as much as one call may show."""

from __future__ import annotations

from typing import Any

import pytest

from harness.conformance.roomy import roomy
from harness.conformance.sending import Asked
from harness.contract.contract import Contract
from tests.drift.pretend import contract

WHOLE: dict[str, Any] = {"type": "integer", "minimum": 1}


def listing(name: str, schema: dict[str, Any], *, method: str = "get", required: bool = False) -> Contract:
    node = {"name": name, "in": "query", "required": required, "schema": schema}
    operation = {"parameters": [node], "responses": {"200": {"description": ""}}}
    info = {"title": "Shop", "version": "1"}
    return contract({"openapi": "3.1.0", "info": info, "paths": {"/orders": {method: operation}}})


def asked(known: Contract, query: str, method: str = "GET") -> str:
    call = Asked(method, f"https://api.shop.example/orders?{query}", "/orders", query)
    made = roomy(known, known.operation(f"{method} /orders"), call)
    assert made.url.partition("?")[2] == made.query
    return made.query


@pytest.mark.parametrize(
    ("schema", "size"),
    [
        (WHOLE, "50"),
        ({**WHOLE, "maximum": 25}, "25"),
        ({**WHOLE, "default": 80, "maximum": 100}, "100"),
        ({**WHOLE, "default": 80, "maximum": 1000}, "80"),
        ({**WHOLE, "maximum": 1000}, "50"),
        ({**WHOLE, "default": 10}, "50"),
        ({"enum": [1, 2, 3]}, "1"),
        ({"type": "string"}, "1"),
    ],
)
@pytest.mark.parametrize("name", ["limit", "per_page", "page[size]", "maxResults"])
def test_a_page_has_a_decent_size(name: str, schema: dict[str, Any], size: str) -> None:
    assert asked(listing(name, schema), f"{name}=1&q=a").replace("%5B", "[").replace("%5D", "]") == (
        f"{name}={size}&q=a"
    )


def test_the_largest_page_that_may_be_is_asked_for_as_it_was_drawn() -> None:
    assert asked(listing("limit", {**WHOLE, "maximum": 1000}), "limit=1000") == "limit=1000"


@pytest.mark.parametrize("name", ["page", "offset", "startIndex"])
def test_it_begins_at_the_beginning(name: str) -> None:
    assert asked(listing(name, WHOLE), f"{name}=7301&q=a") == "q=a"
    assert asked(listing(name, WHOLE, required=True), f"{name}=7301") == f"{name}=7301"


def test_what_says_nothing_of_pages_is_left_as_it_is() -> None:
    assert asked(listing("price_limit", WHOLE), "price_limit=1&a=%20") == "price_limit=1&a=%20"
    assert asked(listing("limit", WHOLE, method="post"), "limit=1", "POST") == "limit=1"
