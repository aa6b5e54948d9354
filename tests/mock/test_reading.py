"""What a request's reading depends on: its method, target and body, and the headers that are read."""

from __future__ import annotations

from typing import Any

import pytest

from harness.contract.behaviour import UNKNOWN, Authentication, Behaviour, Idempotency
from harness.contract.contract import Contract
from harness.mock.answer import Reading, headers_read, read
from harness.model.message import Request
from tests.contract.build import contract
from tests.mock.shop import CONTRACT, shop_behaviour

INTEGER = {"type": "integer"}


def reading(contract: Contract, behaviour: Behaviour, headers: dict[str, str]) -> Reading:
    request = Request("POST", "/a", "/a", "", tuple(headers.items()), b"5")
    return read(request, contract=contract, behaviour=behaviour)


def guarded(*parameters: dict[str, Any], **schemes: dict[str, str]) -> Contract:
    operation = {
        "operationId": "a",
        "parameters": list(parameters),
        "security": [{name: [] for name in schemes}] if schemes else [],
        "requestBody": {"content": {"application/json": {"schema": INTEGER}}},
        "responses": {"200": {"description": ""}},
    }
    return contract({"/a": {"post": operation}}, components={"securitySchemes": schemes})


KEYED = Behaviour(
    authentication=Authentication(source="", accepts=("header",), name="X-Token", prefix="good"),
    idempotency=Idempotency(source="", header="X-Once", required=True),
)


@pytest.mark.parametrize(
    ("contract", "behaviour", "headers"),
    [
        (guarded(), UNKNOWN, {"idempotency-key": "x", "content-type": "text/plain"}),
        (guarded({"name": "X-A", "in": "header", "schema": INTEGER}), UNKNOWN, {"x-a": "x"}),
        (guarded({"name": "c", "in": "cookie", "schema": INTEGER}), UNKNOWN, {"cookie": "c=x"}),
        (guarded(k={"type": "apiKey", "in": "header", "name": "X-K"}), UNKNOWN, {"x-k": "k"}),
        (guarded(k={"type": "apiKey", "in": "cookie", "name": "c"}), UNKNOWN, {"cookie": "c=k"}),
        (guarded(k={"type": "http", "scheme": "basic"}), UNKNOWN, {"authorization": "Basic k"}),
        (guarded(k={"type": "oauth2"}), KEYED, {"x-token": "good", "x-once": "1", "authorization": "k"}),
    ],
)
def test_each_header_that_is_read_matters(
    contract: Contract, behaviour: Behaviour, headers: dict[str, str]
) -> None:
    names = headers_read(contract.operation("a"), contract=contract, behaviour=behaviour)
    assert headers.keys() <= names
    for name, text in headers.items():
        base = {"content-type": "application/json"} if name != "content-type" else {}
        assert reading(contract, behaviour, base) != reading(contract, behaviour, {**base, name: text})


@pytest.mark.parametrize("behaviour", [UNKNOWN, KEYED, shop_behaviour()], ids=["unknown", "keyed", "shop"])
def test_no_other_header_matters(behaviour: Behaviour) -> None:
    strangers = (
        "host",
        "accept",
        "cookie",
        "x-anything",
        "user-agent",
        "content-length",
        "x-k",
        "authorization",
    )
    both = guarded({"name": "X-A", "in": "header", "schema": INTEGER}, k={"type": "mutualTLS"})
    for known, method, target in (
        (both, "POST", "/a"),
        (CONTRACT, "GET", "/orders?limit=0"),
        (CONTRACT, "GET", "/health"),
    ):
        plain = read(
            Request(method, target, *target.partition("?")[::2]), contract=known, behaviour=behaviour
        )
        assert plain.operation is not None
        names = headers_read(known.operation(plain.operation), contract=known, behaviour=behaviour)
        noise = tuple((name, "noise=1") for name in strangers if name not in names)
        noisy = Request(method, target, *target.partition("?")[::2], noise)
        assert len(noise) >= 6
        assert read(noisy, contract=known, behaviour=behaviour) == plain
