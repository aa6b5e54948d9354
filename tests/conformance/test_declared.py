"""What a drawn body has beside what is declared is not sent to a provider that is watched."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.conformance.declared import without_additions
from harness.conformance.sending import Asked
from tests.drift.pretend import STRING, contract

ITEM = {"type": "object", "required": ["sku"], "properties": {"sku": STRING, "size": {"type": "integer"}}}
BODY: dict[str, Any] = {
    "allOf": [
        {"type": "object", "properties": {"items": {"type": "array", "items": ITEM}}},
        {"type": "object", "properties": {"to": {"oneOf": [STRING, ITEM]}, "free": {"type": "object"}}},
    ],
    "properties": {
        "metadata": {"type": "object", "additionalProperties": STRING},
        "codes": {"type": "object", "properties": {"a": STRING}, "patternProperties": {"^x-": STRING}},
    },
}
KNOWN = contract(
    {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "paths": {
            "/orders": {
                "post": {
                    "requestBody": {"content": {"application/json": {"schema": BODY}}},
                    "responses": {"201": {"description": ""}},
                }
            }
        },
    }
)


def sent(body: bytes, media: str = "application/json") -> bytes:
    asked = Asked("POST", "http://127.0.0.1/orders", "/orders", headers=(("Content-Type", media),), body=body)
    return without_additions(KNOWN, KNOWN.operation("POST /orders"), asked).body


@pytest.mark.parametrize(
    ("drawn", "kept"),
    [
        ({"items": [], "odd": 1}, {"items": []}),
        (
            {"items": [{"sku": "a", "": []}], "to": {"sku": "b", "x": 1}},
            {"items": [{"sku": "a"}], "to": {"sku": "b"}},
        ),
        ([{"odd": 1}], [{"odd": 1}]),
    ],
)
def test_what_is_not_declared_is_left_out_at_every_depth(drawn: Any, kept: Any) -> None:
    assert json.loads(sent(json.dumps(drawn).encode())) == kept


@pytest.mark.parametrize(
    "body",
    [
        b'{"metadata": {"any": "name"}, "free": {"odd": 1}, "codes": {"a": "b", "x-c": "d"}}',
        b'{"items": [{"sku": "a", "size": 1e2}], "to": "me"}',
        b'{"items": ',
        b"",
    ],
)
def test_what_may_be_there_goes_out_byte_for_byte(body: bytes) -> None:
    assert sent(body) == body


def test_what_is_no_json_goes_out_as_it_is() -> None:
    assert sent(b"odd=1", "application/x-www-form-urlencoded") == b"odd=1"
