"""Requests that do not fit the contract, in the provider's words."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.mock.validate import parameter
from tests.mock.shop import Shop, bare, decoded, shop_behaviour


def with_errors(**changes: Any) -> Shop:
    behaviour = shop_behaviour()
    assert behaviour.errors is not None
    return Shop(
        msgspec.structs.replace(behaviour, errors=msgspec.structs.replace(behaviour.errors, **changes))
    )


def test_the_first_deviation_is_worded_as_the_provider_does() -> None:
    answered = Shop()("POST", "/orders", {})

    assert answered.response.status == 422
    assert decoded(answered)["error"] == {
        "message": "Give us total: 'total' is required",
        "code": "missing",
        "param": "total",
    }


def test_an_undeclared_field_is_unknown_as_an_undeclared_parameter_is() -> None:
    in_body = decoded(Shop()("POST", "/orders", {"total": 1, "totl": 1}))["error"]
    in_query = decoded(Shop()("GET", "/orders?limt=1"))["error"]

    assert (in_body["code"], in_body["param"]) == ("strange", "totl")
    assert (in_query["code"], in_query["param"]) == ("strange", "limt")


def test_what_has_no_code_leaves_the_code_out() -> None:
    error = decoded(Shop()("POST", "/orders", {"total": "x"}))["error"]

    assert "code" not in error
    assert error["param"] == "total"


def test_a_keyword_may_have_a_status_of_its_own() -> None:
    assert Shop()("POST", "/orders", raw=b'{"total": ').response.status == 400


def test_what_the_provider_ignores_is_journalled_and_answered() -> None:
    answered = with_errors(ignores=("unknown",))("POST", "/orders", {"total": 1, "totl": 1})

    assert answered.response.status == 201
    assert [d.pointer for d in answered.deviations] == ["/totl"]


def test_of_a_document_alone_an_undeclared_parameter_is_let_pass_and_a_wrong_body_is_not() -> None:
    shop = bare()
    passed = shop("GET", "/orders?_=1")
    refused = shop("POST", "/orders", {"total": 0})

    assert passed.response.status == 200
    assert len(passed.deviations) == 1
    assert refused.response.status == 400
    assert refused.deviations[0].message in decoded(refused)["error"]["message"]


@pytest.mark.parametrize(
    ("pointer", "brackets", "name"),
    [
        ("/total", True, "total"),
        ("/items/0/price", True, "items[0][price]"),
        ("/items/0/price", False, "items.0.price"),
        ("/a~1b", False, "a/b"),
        ("", True, ""),
    ],
)
def test_a_parameter_is_named_as_the_client_wrote_it(pointer: str, brackets: bool, name: str) -> None:
    assert parameter(pointer, brackets=brackets) == name
