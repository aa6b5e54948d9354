"""OpenAPI 3.2: further methods, whole queries as parameters, streams of items, and documents that name themselves."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from harness.contract.contract import Contract, Miss
from harness.contract.document import parse
from harness.contract.security import Scheme
from harness.model.message import Response
from tests.contract.build import NOW_S, document, judged, luck, matched, said

ITEM = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {"type": "string", "minLength": 1},
        "event": {"enum": ["made"]},
        "retry": {"type": "integer", "minimum": 5},
    },
}


def contract(paths: dict[str, Any], **more: Any) -> Contract:
    return Contract(document(paths, version="3.2.0", **more))


def test_it_is_read_without_a_warning() -> None:
    assert contract({}, **{"$self": "https://x.io/openapi.json"}).warnings == ()


# Methods


def test_query_is_a_method_that_is_safe_and_has_a_body() -> None:
    body = {"content": {"application/json": {"schema": ITEM}}, "required": True}
    found = contract({"/search": {"query": {"operationId": "search", "requestBody": body, "responses": {}}}})
    assert matched(found, "QUERY", "/search") == ("search", {})
    assert found.operation("search").safe
    result = judged(found, "QUERY", "/search", body=b"{}", content_type="application/json")
    assert said(result) == [("body", "/id", "required")]


def test_other_methods_are_known_by_the_very_name_that_is_sent() -> None:
    found = contract({"/a": {"additionalOperations": {"COPY": {"operationId": "copy", "responses": {}}}}})
    assert matched(found, "COPY", "/a") == ("copy", {})
    assert isinstance(found.match("copy", "/a"), Miss)


def test_what_is_odd_in_them_is_a_warning() -> None:
    found = contract({"/a": {"additionalOperations": {"COPY": {}, "MOVE": 1}, "query": {}}})
    assert {warning.pointer for warning in found.warnings} == {
        "/paths/~1a/additionalOperations/COPY",
        "/paths/~1a/additionalOperations/MOVE",
        "/paths/~1a/query",
    }


# The whole query as one parameter


def whole(media: str, schema: dict[str, Any], **more: Any) -> Contract:
    parameter = {"name": "q", "in": "querystring", "content": {media: {"schema": schema}}, **more}
    return contract({"/a": {"get": {"parameters": [parameter], "responses": {}}}})


def test_a_query_may_be_a_form() -> None:
    found = whole("application/x-www-form-urlencoded", ITEM)
    assert judged(found, "GET", "/a?id=7&name=x%20y").query == {"q": {"id": 7, "name": "x y"}}
    assert said(judged(found, "GET", "/a?id=x")) == [("query", "/id", "type")]


def test_a_query_may_be_json() -> None:
    found = whole("application/json", ITEM)
    assert judged(found, "GET", "/a?" + quote('{"id":7}')).query == {"q": {"id": 7}}
    assert said(judged(found, "GET", "/a?" + quote('{"id":"x"}'))) == [("query", "/q/id", "type")]
    assert said(judged(found, "GET", "/a?%7B")) == [("query", "/q", "malformed")]


def test_a_whole_query_may_be_required() -> None:
    assert said(judged(whole("application/json", ITEM, required=True), "GET", "/a")) == [
        ("query", "/q", "required")
    ]
    assert said(judged(whole("application/json", ITEM), "GET", "/a")) == []


# Streams of items


def streaming(media: str, schema: dict[str, Any], key: str = "itemSchema") -> Contract:
    content = {media: {key: schema}}
    responses = {"200": {"description": "", "content": content}}
    return contract({"/a": {"post": {"requestBody": {"content": content}, "responses": responses}}})


@pytest.mark.parametrize(
    ("media", "start", "end"),
    [
        ("application/jsonl", b'{"id":', b"}\n"),
        ("application/x-ndjson", b'{"id":', b"}\n"),
        ("application/json-seq", b'\x1e{"id":', b"}\n"),
        ("text/event-stream", b'data: {"id":', b"}\n\n"),
    ],
)
def test_items_are_answered_one_after_the_other(media: str, start: bytes, end: bytes) -> None:
    found = streaming(media, ITEM)
    answer = found.answer(found.operation("POST /a"), 200, rng=luck(), now_s=NOW_S)
    assert answer.header("content-type") == media
    assert answer.body.startswith(start)
    assert answer.body.endswith(end)


def test_an_event_has_its_fields() -> None:
    found = streaming("text/event-stream", EVENT)
    answer = found.answer(found.operation("POST /a"), 200, rng=luck(), now_s=NOW_S)
    names = [line.partition(":")[0] for line in answer.body.decode().splitlines() if line]
    assert names == ["data", "event", "retry"]
    assert found.deviations(found.operation("POST /a"), answer) == ()


def test_an_answer_of_events_is_judged_item_by_item() -> None:
    found = streaming("text/event-stream", EVENT)
    body = b"event: made\ndata: a\ndata: b\n\nevent: lost\ndata: c\nretry: 1\n\n"
    answer = Response(200, (("content-type", "text/event-stream"),), body)
    wrong = found.deviations(found.operation("POST /a"), answer)
    assert [(d.pointer, d.keyword) for d in wrong] == [("/1/event", "enum"), ("/1/retry", "minimum")]


@pytest.mark.parametrize("body", [b'{"id":1}\n{"id":"x"}\n', b'\n{"id":1}\n\n{"id":"x"}'])
def test_a_request_of_lines_is_judged_item_by_item(body: bytes) -> None:
    result = judged(
        streaming("application/jsonl", ITEM), "POST", "/a", body=body, content_type="application/jsonl"
    )
    assert result.body == [{"id": 1}, {"id": "x"}]
    assert said(result) == [("body", "/1/id", "type")]


def test_a_sequence_is_read_by_its_marks() -> None:
    found = streaming("application/json-seq", ITEM)
    body = b'\x1e{"id":\n1}\n\x1e{"id":2}\n'
    assert judged(found, "POST", "/a", body=body, content_type="application/json-seq").body == [
        {"id": 1},
        {"id": 2},
    ]


def test_a_stream_whose_items_nobody_declared_is_not_judged() -> None:
    found = streaming("application/jsonl", {"type": "string"}, key="schema")
    assert said(judged(found, "POST", "/a", body=b'{"a":1}\n', content_type="application/jsonl")) == []


# References


def test_media_types_may_be_shared() -> None:
    content = {"application/json": {"$ref": "#/components/mediaTypes/item"}}
    root = {
        "openapi": "3.2.0",
        "paths": {"/a": {"post": {"requestBody": {"content": content}, "responses": {}}}},
        "components": {"mediaTypes": {"item": {"schema": ITEM}}},
    }
    found = Contract(parse(json.dumps(root).encode(), name="a.json"))
    assert said(judged(found, "POST", "/a", body=b"{}", content_type="application/json")) == [
        ("body", "/id", "required")
    ]


def test_a_security_scheme_may_be_named_by_its_reference() -> None:
    root = {
        "openapi": "3.2.0",
        "paths": {"/a": {"get": {"security": [{"#/components/securitySchemes/b": []}], "responses": {}}}},
        "components": {"securitySchemes": {"b": {"type": "http", "scheme": "basic"}}},
    }
    found = Contract(parse(json.dumps(root).encode(), name="a.json"))
    assert found.security(found.operation("GET /a")) == ((Scheme("basic"),),)


@pytest.mark.parametrize(
    "ref",
    [
        "https://x.io/v1/openapi.json#/components/schemas/Item",
        "https://x.io/v1/shared/item.json#/Item",
        "shared/item.json#/Item",
    ],
)
def test_references_may_begin_with_the_name_that_the_document_gives_itself(ref: str) -> None:
    body = {"content": {"application/json": {"schema": {"$ref": ref}}}}
    root = {
        "openapi": "3.2.0",
        "$self": "https://x.io/v1/openapi.json",
        "paths": {"/a": {"post": {"requestBody": body, "responses": {}}}},
        "components": {"schemas": {"Item": ITEM}},
    }
    files = {"shared/item.json": json.dumps({"Item": ITEM}).encode()}
    found = Contract(parse(json.dumps(root).encode(), name="local.json", read=files.__getitem__))
    assert found.warnings == ()
    assert said(judged(found, "POST", "/a", body=b"{}", content_type="application/json")) == [
        ("body", "/id", "required")
    ]


def test_an_example_may_be_given_as_data() -> None:
    content = {"application/json": {"schema": ITEM, "examples": {"one": {"dataValue": {"id": 4711}}}}}
    found = contract({"/a": {"get": {"responses": {"200": {"description": "", "content": content}}}}})
    assert found.value(found.operation("GET /a"), 200, rng=luck(), now_s=NOW_S) == {"id": 4711}
