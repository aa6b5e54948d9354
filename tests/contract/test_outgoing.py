"""Webhooks and callbacks of a document: their names, bodies and headers."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.errors import UnknownName

BODY = {
    "type": "object",
    "required": ["id", "total"],
    "properties": {
        "id": {"type": "string", "readOnly": True},
        "total": {"type": "integer", "minimum": 1},
        "secret": {"type": "string", "writeOnly": True},
    },
}


def contract(**more: Any) -> Contract:
    document = {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": {}, **more}
    return Contract(parse(json.dumps(document).encode(), name="shop.json"))


def webhook(schema: object = BODY, **more: Any) -> dict[str, Any]:
    return {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}, **more}}


@pytest.mark.parametrize("key", ["webhooks", "x-webhooks"])
def test_a_webhook_goes_by_its_name(key: str) -> None:
    outgoing = contract(**{key: {"order.paid": webhook()}}).outgoing
    assert outgoing.names == {"order.paid": "POST"}
    assert outgoing.media_type("order.paid") == "application/json"


def test_a_callback_goes_by_its_operation_and_its_own_name() -> None:
    callbacks = {
        "onPaid": {"{$request.body#/url}": webhook()},
        "onLost": {"$ref": "#/components/callbacks/Lost"},
    }
    operation = {"operationId": "subscribe", "callbacks": callbacks, "responses": {}}
    outgoing = contract(
        paths={"/hooks": {"post": operation}},
        components={"callbacks": {"Lost": {"{$request.body#/url}": {"put": {}}}}},
    ).outgoing
    assert outgoing.names == {"subscribe.onPaid": "POST", "subscribe.onLost": "PUT"}


def test_a_body_is_valid_and_holds_what_only_the_provider_sends() -> None:
    outgoing = contract(webhooks={"order.paid": webhook()}).outgoing
    value = outgoing.value("order.paid", rng=random.Random(1), now_s=1.7e9)
    assert isinstance(value, dict)
    assert value.keys() >= {"id", "total"}
    assert "secret" not in value
    assert outgoing.fits("order.paid", value)
    assert not outgoing.fits("order.paid", {**value, "total": 0})


def test_required_headers_come_with_their_example_or_a_sample() -> None:
    parameters = [
        {
            "name": "X-Event",
            "in": "header",
            "required": True,
            "schema": {"type": "string"},
            "example": "order",
        },
        {"name": "X-Count", "in": "header", "required": True, "schema": {"type": "integer"}},
        {"name": "X-Optional", "in": "header", "schema": {"type": "string"}},
    ]
    outgoing = contract(webhooks={"order.paid": webhook(parameters=parameters)}).outgoing
    event, count = outgoing.headers("order.paid", rng=random.Random(1), now_s=1.7e9)
    assert event == ("x-event", "order")
    assert (count[0], int(count[1])) == ("x-count", int(count[1]))
    assert outgoing.header_names("order.paid") == {"x-event", "x-count", "x-optional"}


def test_one_without_a_body_has_none() -> None:
    outgoing = contract(webhooks={"ping": {"post": {}}}).outgoing
    assert outgoing.media_type("ping") is None
    assert outgoing.value("ping", rng=random.Random(1), now_s=1.7e9) is None
    assert outgoing.body("ping", rng=random.Random(1), now_s=1.7e9) == b""


def test_a_name_that_is_none_is_told_its_nearest() -> None:
    with pytest.raises(UnknownName, match=r"did you mean 'order\.paid'"):
        contract(webhooks={"order.paid": webhook()}).outgoing.method("order.payd")
