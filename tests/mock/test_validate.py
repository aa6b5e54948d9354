"""Requests that do not fit the contract, in the provider's words."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from harness.contract.behaviour import UNKNOWN
from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.mock.answer import answer, read
from harness.mock.state import State
from harness.mock.validate import parameter
from harness.model.message import Request
from tests.contract.build import contract
from tests.fakes import FixedLuck, draw
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
    assert refused.response.status == 422
    assert refused.deviations[0].message in decoded(refused)["error"]["message"]


@pytest.mark.parametrize(
    ("target", "body", "said"),
    [
        ("/a?n=x", None, 'query parameter \'n\': "x" is not of type "integer"'),
        ("/a?deep[n]=x", None, 'query parameter \'deep[n]\': "x" is not of type "integer"'),
        ("/a", b'{"in": {"n": "x"}}', 'member of the body \'in.n\': "x" is not of type "integer"'),
        ("/a", b'{"in": {}}', "member of the body 'in.n': 'n' is required"),
        ("/a", b"{}", "'in' is required"),
        ("/a", b"[]", '[] is not of type "object"'),
    ],
)
def test_of_a_document_alone_a_refusal_says_where_it_is(target: str, body: bytes | None, said: str) -> None:
    number = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    takes = {"type": "object", "required": ["in"], "properties": {"in": number}}
    operation = {
        "parameters": [
            {"name": "n", "in": "query", "schema": {"type": "integer"}},
            {"name": "deep", "in": "query", "style": "deepObject", "schema": number},
        ],
        "requestBody": {"content": {"application/json": {"schema": takes}}},
        "responses": {"200": {"description": ""}},
    }
    shop = bare()
    shop.contract = contract({"/a": {"post": operation}})

    assert decoded(shop("POST", target, raw=body or b""))["detail"] == said


def test_of_a_document_alone_a_body_without_a_content_type_is_looked_at() -> None:
    shop = bare()
    passed = shop("POST", "/orders", {"total": 1}, content_type=None)
    refused = shop("POST", "/orders", {"total": 0}, content_type=None)

    assert (passed.response.status, [d.keyword for d in passed.deviations]) == (201, ["untyped"])
    assert refused.response.status == 422
    assert Shop()("POST", "/orders", {"total": 1}, content_type=None).response.status == 422


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


@pytest.mark.parametrize(
    ("declared", "sent", "status"),
    [
        ((), b'{"a": "x"}', 422),
        ((), b"{", 400),
        ((), b"plain", 415),
        (("400",), b'{"a": "x"}', 400),
        (("400", "422"), b'{"a": "x"}', 422),
        (("400", "4XX"), b'{"a": "x"}', 422),
        (("default",), b'{"a": "x"}', 422),
        (("400", "422"), b"plain", 422),
        (("422",), b"{", 422),
    ],
)
def test_of_a_document_alone_the_refusal_is_the_declared_one_that_fits_best(
    declared: tuple[str, ...], sent: bytes, status: int
) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    operation = {
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {key: {"description": ""} for key in ("200", *declared)},
    }
    root = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"post": operation}}}
    found = Contract(parse(json.dumps(root).encode(), name="a.json"))
    kind = "text/plain" if sent == b"plain" else "application/json"
    request = Request("POST", "/a", "/a", "", (("content-type", kind),), sent)
    reading = read(request, contract=found, behaviour=UNKNOWN)
    done = answer(
        request,
        reading,
        contract=found,
        behaviour=UNKNOWN,
        state=State(draw),
        credentials={},
        now_s=0.0,
        rng=FixedLuck(),
    )
    assert done.response.status == status
