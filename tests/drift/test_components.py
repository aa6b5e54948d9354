"""A component stands in several places: what changed in it is used wherever the client meets it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.drift.nights.components import inward
from harness.drift.nights.usage import Usage, usage
from harness.drift.nights.use import use_of
from harness.model.change import Use
from harness.model.exchange import Exchange
from tests.drift.build import between, contract

Tree = dict[str, Any]
TEXT: Tree = {"type": "string"}
WHOLE: Tree = {"type": "integer"}
LINES: Tree = {"type": "array", "items": TEXT}
JSON = "application/json"


def moves(required: tuple[str, ...] = (), **members: Tree) -> Tree:
    """A document of moves from one address to another: first the one that the client never has, then the other."""
    address = {"$ref": "#/components/schemas/Address"}
    move = {"properties": {"from": {"allOf": [address]}, "then": {"oneOf": [address, {"type": "null"}]}}}
    listed = {"type": "array", "items": {"$ref": "#/components/schemas/Move"}}
    operation = {
        "requestBody": {"content": {JSON: {"schema": {"$ref": "#/components/schemas/Move"}}}},
        "responses": {"200": {"description": "", "content": {JSON: {"schema": listed}}}},
    }
    closed = {
        "type": "object",
        "properties": members,
        "required": list(required),
        "additionalProperties": False,
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "moves", "version": "1"},
        "paths": {"/moves": {"post": operation}},
        "components": {"schemas": {"Address": closed, "Move": {"type": "object", **move}}},
    }


OLD = moves(city=TEXT, zip=TEXT, lines=LINES)


def met(document: Tree) -> Usage:
    """The usage of a client that says where to, and is answered that."""
    to = {"then": {"city": "Oslo", "lines": ["Storgata 1"]}}
    exchange = Exchange(
        number=1,
        connection=1,
        at_s=0.0,
        method="POST",
        path="/moves",
        query="",
        request_headers=(("content-type", JSON),),
        request_body=json.dumps(to).encode(),
        status=200,
        response_headers=(("content-type", JSON),),
        response_body=json.dumps([to]).encode(),
    )
    return usage(contract(document), [exchange])


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (moves(city=WHOLE, zip=TEXT, lines=LINES), "used"),
        (moves(city=TEXT, zip=WHOLE, lines=LINES), "unused"),
        (moves(zip=TEXT, lines=LINES), "used"),
        (moves(city=TEXT, lines=LINES), "unused"),
        (moves(city=TEXT, zip=TEXT, lines={**LINES, "items": WHOLE}), "used"),
        (moves(("zip",), city=TEXT, zip=TEXT, lines=LINES), "used"),
        (moves(("city",), city=TEXT, zip=TEXT, lines=LINES), "unused"),
        (moves(("street",), city=TEXT, zip=TEXT, lines=LINES, street=TEXT), "used"),
    ],
)
def test_what_changed_in_a_component_is_used_wherever_it_stands(new: Tree, expected: Use) -> None:
    breaking = [change for change in between(OLD, new).changes if change.level == "breaking"]
    assert breaking
    assert {use_of(change, met(OLD))[0] for change in breaking} == {expected}


def test_the_evidence_names_the_component() -> None:
    [change] = [
        change
        for change in between(OLD, moves(city=WHOLE, zip=TEXT, lines=LINES)).changes
        if change.rule == "response.type.changed"
    ]
    assert change.place.value == "/*/from/city"
    assert use_of(change, met(OLD)) == (
        "used",
        "/city of the Address in the response 200 application/json was met once",
    )


def test_a_component_that_holds_itself_is_met_at_each_turn() -> None:
    def tree(name: Tree) -> Tree:
        node = {"properties": {"name": name, "next": {"$ref": "#/components/schemas/Node"}}}
        schema = {"$ref": "#/components/schemas/Node"}
        answer = {"description": "", "content": {JSON: {"schema": {"properties": {"first": schema}}}}}
        return {
            "openapi": "3.1.0",
            "info": {"title": "nodes", "version": "1"},
            "paths": {"/nodes": {"get": {"responses": {"200": answer}}}},
            "components": {"schemas": {"Node": {"type": "object", **node}}},
        }

    body = json.dumps({"first": {"next": {"next": {"name": "last"}}}}).encode()
    exchange = Exchange(
        number=1,
        connection=1,
        at_s=0.0,
        method="GET",
        path="/nodes",
        status=200,
        response_headers=(("content-type", JSON),),
        response_body=body,
    )
    old = tree(TEXT)
    [change] = between(old, tree(WHOLE)).changes
    assert use_of(change, usage(contract(old), [exchange]))[0] == "used"


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/properties/lines/items/maxLength", ("lines", "*")),
        ("/allOf/1/properties/a~1b/type", ("a/b",)),
        ("/additionalProperties/prefixItems/0", ("*", "0")),
        ("/patternProperties/^x-/enum/2", ("*",)),
        ("/required/0", ()),
    ],
)
def test_a_pointer_into_a_schema_leads_into_its_values(pointer: str, expected: tuple[str, ...]) -> None:
    assert inward(pointer) == expected
