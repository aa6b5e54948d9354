"""A small provider, whole enough to be served."""

from __future__ import annotations

import json

from harness.contract.behaviour import Authentication, Behaviour, Idempotency, Resource
from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.contract.provider import Card, Provider

ITEM = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "string"}, "name": {"type": "string", "minLength": 1}},
}
ANSWER = {"description": "an item", "content": {"application/json": {"schema": ITEM}}}

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "security": [{"key": []}],
    "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/items/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"operationId": "GetItem", "responses": {"200": ANSWER}},
        },
        "/items": {
            "post": {
                "operationId": "CreateItem",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {"name": {"type": "string"}},
                            }
                        }
                    },
                },
                "responses": {"201": ANSWER},
            },
        },
        "/ping": {
            "get": {
                "operationId": "Ping",
                "responses": {
                    "200": {
                        "description": "pong",
                        "content": {
                            "application/json": {
                                "schema": {"type": "object", "properties": {"pong": {"const": True}}}
                            }
                        },
                    }
                },
            }
        },
    },
}

PLANS = {
    "outage": "rules:\n  - fault: status.error\n    with: {status: 503}\n",
    "refused": "rules:\n  - fault: connection.refused\n",
}


def shop() -> Provider:
    """A provider that keeps items, knows idempotency keys, and has two plans."""
    source = "https://shop.example/docs"
    behaviour = Behaviour(
        authentication=Authentication(source=source, prefix="sk_"),
        idempotency=Idempotency(source=source),
        resources={
            "item": Resource(
                source=source, prefix="it_", path=("id",), create=("CreateItem",), read=("GetItem",)
            )
        },
    )
    document = parse(json.dumps(DOCUMENT).encode(), name="shop.json")
    card = Card(name="shop", title="Shop", kind="shop", docs=source, document=source)
    return Provider(card, Contract(document), behaviour, plans=dict(PLANS))
