"""One document written in many ways: none of them is a change."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.contract.tree import at
from harness.drift.schemas.compare import MISSING
from tests.drift.build import Tree, between, ok
from tests.drift.sides import changes as schema_changes
from tests.drift.sides import contract

CORPUS = Path(os.environ.get("HARNESS_CORPUS", "../shared/corpus"))
JSON = "application/json"


def shop() -> Tree:
    """A small document with a bit of everything, in OpenAPI 3.0."""
    pet = {"$ref": "#/components/schemas/Pet"}
    error = {"$ref": "#/components/responses/Error"}
    page = {"$ref": "#/components/parameters/Page"}
    body = {"required": True, "content": {JSON: {"schema": pet}}}
    listed = {"type": "array", "items": pet}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Shop", "version": "1"},
        "servers": [{"url": "https://api.test/v1"}],
        "security": [{"key": []}],
        "tags": [{"name": "pets"}],
        "paths": {
            "/pets": {
                "get": {
                    "operationId": "listPets",
                    "tags": ["pets"],
                    "parameters": [page, {"name": "kind", "in": "query", "schema": {"type": "string"}}],
                    "responses": {
                        "200": {"description": "", "content": {JSON: {"schema": listed}}},
                        "default": error,
                    },
                },
                "post": {
                    "requestBody": body,
                    "responses": {
                        "201": {"description": "", "content": {JSON: {"schema": pet}}},
                        "default": error,
                    },
                },
            },
            "/pets/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "get": {"responses": {"200": {"description": "", "content": {JSON: {"schema": pet}}}}},
            },
        },
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
            "parameters": {
                "Page": {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1}}
            },
            "responses": {
                "Error": {
                    "description": "",
                    "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}},
                }
            },
            "schemas": {
                "Error": {"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}},
                "Pet": {
                    "type": "object",
                    "required": ["name", "kind"],
                    "properties": {
                        "name": {"type": "string", "maxLength": 40},
                        "kind": {"type": "string", "enum": ["cat", "dog"]},
                        "note": {"type": "string", "nullable": True},
                        "weight": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
                        "parent": {"$ref": "#/components/schemas/Pet"},
                        "tags": {"type": "array", "items": {"type": "string"}},
                    },
                },
            },
        },
    }


def reversed_keys(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: reversed_keys(node[key]) for key in reversed(node)}
    return [reversed_keys(item) for item in node] if isinstance(node, list) else node


def inlined(root: Tree) -> Tree:
    """References to what does not refer to itself, replaced by it."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            ref = node.get("$ref")
            if isinstance(ref, str) and not ref.endswith("/Pet"):
                return walk(at(root, ref))
            return {key: walk(value) for key, value in node.items()}
        return [walk(item) for item in node] if isinstance(node, list) else node

    made: Tree = walk(root)
    made["components"] = {
        "schemas": {"Pet": made["components"]["schemas"]["Pet"]},
        "securitySchemes": root["components"]["securitySchemes"],
    }
    return made


def renamed(root: Tree) -> Tree:
    text = json.dumps(root).replace("/Pet", "/Animal").replace('"Pet"', '"Animal"').replace("/Page", "/Which")
    made: Tree = json.loads(
        text.replace('"Page"', '"Which"').replace("/Error", "/Bad").replace('"Error"', '"Bad"')
    )
    return made


def modern(root: Tree) -> Tree:
    """In OpenAPI 3.1: lists of types for nullable, numbers for exclusive bounds."""

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node.pop("nullable", False):
                node["type"] = [node["type"], "null"]
            if node.get("exclusiveMinimum") is True:
                node["exclusiveMinimum"] = node.pop("minimum")
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for item in node:
                walk(item)

    walk(root)
    return {**root, "openapi": "3.1.0"}


def based(root: Tree) -> Tree:
    """The version in the paths, no longer in the server's address."""
    paths = {f"/v1{path}": item for path, item in root["paths"].items()}
    return {**root, "servers": [{"url": "https://api.test"}], "paths": paths}


def called_otherwise(root: Tree) -> Tree:
    made: Tree = json.loads(
        json.dumps(root).replace("{id}", "{pet}").replace('"name": "id"', '"name": "pet"')
    )
    return made


def lifted(root: Tree) -> Tree:
    """A parameter of an operation, and one of a path, each where the other was."""
    item, one = root["paths"]["/pets"], root["paths"]["/pets/{id}"]
    item["parameters"] = []
    one["get"]["parameters"] = one.pop("parameters")
    root["paths"]["/pets"] = {"get": item["get"], "post": item["post"]}
    return root


def secured_one_by_one(root: Tree) -> Tree:
    needs = root.pop("security")
    for item in root["paths"].values():
        for method in ("get", "post"):
            if method in item:
                item[method]["security"] = needs
    return root


def scheme_renamed(root: Tree) -> Tree:
    schemes = root["components"]["securitySchemes"]
    schemes["token"] = {**schemes.pop("key"), "description": "Ask for one."}
    root["security"] = [{"token": []}]
    return root


def in_words(root: Tree) -> Tree:
    root["info"] = {"title": "The Shop", "version": "2", "description": "Pets."}
    root["tags"] = [{"name": "animals"}]
    root["paths"]["/pets"]["get"] |= {"summary": "All pets", "description": "…", "tags": ["animals"]}
    root["components"]["schemas"]["Pet"] |= {
        "title": "Pet",
        "description": "A pet.",
        "example": {"name": "Rex"},
    }
    return root


def flattened(root: Tree) -> Tree:
    """A part of the schema in an allOf, and a reference in an allOf of one."""
    pet = root["components"]["schemas"]["Pet"]
    tags = pet["properties"].pop("tags")
    pet["properties"]["parent"] = {"allOf": [{"$ref": "#/components/schemas/Pet"}]}
    root["components"]["schemas"]["Pet"] = {
        "allOf": [pet, {"type": "object", "properties": {"tags": tags}, "additionalProperties": True}]
    }
    return root


def unused(root: Tree) -> Tree:
    root["components"]["schemas"]["Unused"] = {"type": "string"}
    root["components"]["headers"] = {"X-Unused": {"schema": {"type": "string"}}}
    return root


REWRITES: list[Callable[[Tree], Tree]] = [
    *(reversed_keys, inlined, renamed, modern, based, called_otherwise, lifted, secured_one_by_one),
    *(in_words, flattened, unused, scheme_renamed),
]


@pytest.mark.parametrize("rewritten", REWRITES, ids=lambda rewrite: rewrite.__name__)
def test_what_is_written_otherwise_is_no_change(rewritten: Callable[[Tree], Tree]) -> None:
    one, other = shop(), rewritten(copy.deepcopy(shop()))
    assert json.dumps(one) != json.dumps(other)
    assert between(one, other).changes == ()
    assert between(other, one).changes == ()


def test_all_at_once_is_no_change_either() -> None:
    other = shop()
    for rewrite in (
        flattened,
        in_words,
        unused,
        secured_one_by_one,
        based,
        called_otherwise,
        modern,
        reversed_keys,
    ):
        other = rewrite(other)
    assert between(shop(), other).changes == ()
    assert between(other, shop()).changes == ()


def test_swagger_is_the_same_in_its_own_form() -> None:
    swagger = {
        "swagger": "2.0",
        "info": {"title": "Shop", "version": "1"},
        "host": "api.test",
        "basePath": "/v1",
        "schemes": ["https"],
        "produces": [JSON],
        "paths": {
            "/pets": {"get": {"responses": {"200": {"description": "", "schema": {"type": "string"}}}}}
        },
    }
    answer = {"responses": {"200": {"description": "", "content": {JSON: {"schema": {"type": "string"}}}}}}
    modern_one = {
        "openapi": "3.0.3",
        "info": {"title": "Shop", "version": "1"},
        "servers": [{"url": "https://api.test/v1"}],
        "paths": {"/pets": {"get": answer}},
    }
    assert between(swagger, modern_one).changes == ()


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs $HARNESS_CORPUS")
@pytest.mark.parametrize(
    "name", ["stripe.spec3.2022-04-12.json", "twilio_api_v2010.json", "square.connect.api.json"]
)
def test_real_documents_with_other_names_are_the_same(name: str) -> None:
    root = json.loads((CORPUS / "documents" / name).read_text())
    schemas = root.get("components", {}).get("schemas", {})
    other = json.loads(json.dumps(root).replace('"#/components/schemas/', '"#/components/schemas/Our'))
    other["components"]["schemas"] = {f"Our{key}": other["components"]["schemas"][key] for key in schemas}
    assert between(root, reversed_keys(other)).changes == ()


def test_an_operation_of_nothing_is_no_change() -> None:
    assert between({**shop(), "paths": {}}, {**shop(), "paths": {}}).changes == ()
    assert (
        between(
            {**shop(), "paths": {"/a": {"get": ok()}}}, {**shop(), "paths": {"/a": {"get": ok()}}}
        ).changes
        == ()
    )


def ref(name: str) -> Tree:
    return {"$ref": f"#/components/schemas/{name}"}


TEXT: Tree = {"type": "string"}
LONG, SHORT = {**TEXT, "maxLength": 9}, {**TEXT, "maxLength": 5}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ((ref("A"), {"A": SHORT}), ({"allOf": [ref("B"), {"maxLength": 5}]}, {"B": TEXT})),
        (
            ({"allOf": [ref("A"), {"maxLength": 5}]}, {"A": LONG}),
            ({"allOf": [ref("A"), {"maxLength": 9}]}, {"A": SHORT}),
        ),
        (
            (ref("Tree"), {"Tree": {"type": "object", "properties": {"next": ref("Tree"), "v": TEXT}}}),
            (
                ref("Node"),
                {
                    "Node": {
                        "type": "object",
                        "allOf": [{"properties": {"next": ref("Node")}}, {"properties": {"v": TEXT}}],
                    }
                },
            ),
        ),
    ],
    ids=["a keyword moved out of what is renamed", "bounds that change places", "recursion by another name"],
)
def test_changes_that_undo_each_other_are_none(
    old: tuple[Tree, dict[str, Tree]], new: tuple[Tree, dict[str, Tree]]
) -> None:
    for one, other in ((old, new), (new, old)):
        for direction in ("request", "response"):
            assert schema_changes(contract(*one), contract(*other), direction) == ()


ENUMERATED: Tree = {"type": "string", "enum": ["a", "b"]}
NULLABLE_30: Tree = {**ENUMERATED, "nullable": True}
NULLABLE_31: Tree = {**ENUMERATED, "type": ["string", "null"]}


def saying(version: str, schema: Tree) -> Tree:
    """A document that takes and gives that, alone and as a definition."""
    named = {"$ref": "#/components/schemas/Named"}
    inline = {"type": "object", "required": ["here"], "properties": {"here": schema, "there": named}}
    content = {"content": {JSON: {"schema": inline}}}
    answer = {"200": {"description": "", **content}}
    return {
        "openapi": version,
        "info": {"title": "Shop", "version": "1"},
        "paths": {"/pets": {"post": {"requestBody": content, "responses": answer}}},
        "components": {"schemas": {"Named": schema}},
    }


def test_null_that_is_named_beside_enumerated_values_is_written_in_either_version() -> None:
    old, new = saying("3.0.3", NULLABLE_30), saying("3.1.0", NULLABLE_31)
    assert between(old, new).changes == ()
    assert between(new, old).changes == ()


def test_null_that_was_among_the_enumerated_values_is_gone_though_it_is_still_named() -> None:
    listed: Tree = {**NULLABLE_30, "enum": ["a", "b", None]}
    for old in (saying("3.0.3", listed), saying("3.1.0", {**NULLABLE_31, "enum": ["a", "b", None]})):
        rules = {(each.rule, each.level) for each in between(old, saying("3.1.0", NULLABLE_31)).changes}
        assert rules == {("request.nullable.removed", "breaking"), ("response.nullable.removed", "info")}


def test_null_that_is_no_longer_named_beside_enumerated_values_is_gone() -> None:
    changes = between(saying("3.0.3", NULLABLE_30), saying("3.1.0", ENUMERATED)).changes
    assert {each.rule for each in changes} == {"request.nullable.removed", "response.nullable.removed"}


def needing(name: str) -> Tree:
    return {"type": "object", "required": [name], "properties": {name: TEXT}}


@pytest.mark.parametrize("choice", ["anyOf", "oneOf"])
def test_choices_that_hold_at_once_are_the_choice_among_what_they_make_together(choice: str) -> None:
    ones, others = [needing("a"), needing("b")], [needing("c"), needing("d")]
    old = {"allOf": [{choice: ones}, {choice: others}]}
    new = {choice: [{"allOf": [one, other]} for one in ones for other in others]}
    for direction in ("request", "response"):
        assert schema_changes(contract(old), contract(new), direction) == ()
        assert schema_changes(contract(new), contract(old), direction) == ()


def test_a_member_that_a_closed_part_forbids_is_none() -> None:
    closed = {"type": "object", "properties": {"a": TEXT}, "additionalProperties": False}
    both = {"allOf": [closed, {"type": "object", "properties": {"b": TEXT}}]}
    for direction in ("request", "response"):
        assert schema_changes(contract(closed), contract(both), direction) == ()
        assert schema_changes(contract(both), contract(closed), direction) == ()


def test_a_member_that_a_closed_part_has_a_pattern_for_is_one() -> None:
    closed = {"type": "object", "patternProperties": {"^x": TEXT}, "additionalProperties": False}

    def both(member: Tree) -> Tree:
        return {"allOf": [closed, {"type": "object", "properties": {"x1": member}}]}

    for direction in ("request", "response"):
        found = schema_changes(contract(closed), contract(both(TEXT)), direction)
        assert [(each.rule, each.level) for each in found] == [("property.added", "info")]
    [_, change] = schema_changes(contract(closed), contract(both(SHORT)), "request")
    assert (change.level, change.value) == ("breaking", "/x1")
    assert change.example is not MISSING
