"""Nothing that a client sends, and nothing odd in a document, makes the contract fail: it answers with deviations."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.contract.contract import Contract, Match
from harness.contract.document import parse
from harness.errors import FileError
from harness.model.message import Request
from tests.contract.build import NOW_S, asking, contract, judged, luck, taking

ITEM = {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}}
DEEP = {
    "type": "object",
    "properties": {"items": ITEM, "tags": {"type": "array", "items": {"type": "string"}}},
}
FORM = "application/x-www-form-urlencoded"
SHOP: dict[str, Any] = {
    "/a/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
        "get": taking(
            {"name": "deep", "in": "query", "style": "deepObject", "explode": True, "schema": DEEP},
            {
                "name": "list",
                "in": "query",
                "explode": False,
                "schema": {"type": "array", "items": {"type": "integer"}},
            },
            {
                "name": "all",
                "in": "query",
                "schema": {"type": "object", "additionalProperties": {"type": "integer"}},
            },
            {"name": "X-N", "in": "header", "schema": {"type": "integer"}},
        ),
        "post": asking(DEEP, media=FORM),
        "put": asking(DEEP),
        "patch": asking(DEEP, media="multipart/form-data"),
    }
}
CONTRACT = contract(SHOP)
KEYS = st.text("abdeilmnpst[]%0=&,|+", max_size=30)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["GET", "POST", "PUT", "PATCH"]),
    KEYS,
    st.one_of(st.binary(max_size=60), KEYS.map(str.encode), st.just(b"[" * 3000)),
    st.sampled_from(
        ["", "application/json", FORM, "multipart/form-data; boundary=B", "text/plain", ";;", "a/b/c"]
    ),
)
def test_any_request_is_judged(method: str, query: str, body: bytes, content_type: str) -> None:
    match = CONTRACT.match(method, "/a/1")
    assert isinstance(match, Match)
    request = Request(method, "/a/1", "/a/1", query, (("content-type", content_type), ("x-n", "é")), body)
    CONTRACT.judge(match, request)


XML = "application/xml"
NUMBER = b'--B\r\nContent-Disposition: form-data; name="n"\r\n'
TEXT_PART = NUMBER + b"Content-Type: text/plain; charset=%s\r\n\r\n5\r\n--B--\r\n"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b"n=" + b"9" * 5000),
        (FORM, b"n=1e999"),
        (FORM, b"list[" + b"9" * 5000 + b"]=1"),
        (FORM, "list[²]=1".encode()),
        (FORM, b"open" + b"[a]" * 5000 + b"=1"),
        (FORM, b"open" + b"[]" * 5000 + b"=1"),
        (XML, b"<a><n>" + b"9" * 5000 + b"</n></a>"),
        (XML, b"<a>" * 5000 + b"</a>" * 5000),
        (XML, b'<?xml version="1.0" encoding="nobodys"?><a/>'),
        ("application/json", b'{"sub":' * 980 + b"1" + b"}" * 980),
        ("multipart/form-data; boundary=B", TEXT_PART % b"idna"),
        ("multipart/form-data; boundary=B", TEXT_PART % b"nobodys\0"),
    ],
)
def test_what_is_too_long_too_deep_or_of_no_charset_is_judged(kind: str, body: bytes) -> None:
    tree = {
        "type": "object",
        "properties": {
            "n": {"type": "number"},
            "list": {"type": "array", "items": {"type": "integer"}},
            "id": {"type": "integer", "readOnly": True},
            "sub": {"$ref": "#/components/schemas/Tree"},
        },
    }
    media = kind.partition(";")[0]
    asked = asking({"$ref": "#/components/schemas/Tree"}, media=media)
    found = contract({"/a": {"post": asked}}, schemas={"Tree": tree})
    if media.startswith("multipart"):
        assert judged(found, "POST", "/a", body=body, content_type=kind).body == {"n": 5}
    else:
        assert judged(found, "POST", "/a", body=body, content_type=kind).deviations


@pytest.mark.parametrize("query", ["n=" + "9" * 5000, "n=1e999", "deep" + "[a]" * 5000 + "=1"])
def test_a_query_that_is_too_long_or_too_deep_is_judged(query: str) -> None:
    number = {"name": "n", "in": "query", "schema": {"type": "number"}}
    deep = {"name": "deep", "in": "query", "style": "deepObject", "schema": {"type": "object"}}
    (found,) = judged(contract({"/a": {"get": taking(number, deep)}}), "GET", f"/a?{query}").deviations
    assert found.where == "query"
    assert found.keyword in ("type", "malformed")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_path_matches_or_misses(path: str) -> None:
    CONTRACT.match("GET", path)


JUNK: tuple[Any, ...] = (
    None,
    1,
    -3,
    "",
    "x",
    "[",
    [],
    {},
    [1],
    ["a"],
    {"a": 1},
    True,
    {"$ref": "#/x"},
    {"$ref": 5},
    [{}],
)


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, child in children for place in _places(child, (*path, key)))]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9))
def test_a_document_with_junk_in_it_is_used_or_refused_in_words(seed: int) -> None:
    draw = random.Random(seed)
    root: Any = json.loads(json.dumps(CONTRACT.document.root))
    for place in draw.sample(_places(root)[1:], 4):
        node = root
        try:
            for key in place[:-1]:
                node = node[key]
            node[place[-1]] = deepcopy(draw.choice(JUNK))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier piece of junk took the place away
    try:
        found = Contract(parse(json.dumps(root).encode(), name="junk.json"))
    except FileError:
        return
    for operation in found.operations.values():
        status = found.success(operation)
        found.deviations(operation, found.answer(operation, status, rng=luck(), now_s=NOW_S))
        found.security(operation)
        body = b"tags[]=1&items[0][n]=2"
        request = Request(operation.method, "/", "/", "deep[a]=1", (("content-type", FORM),), body)
        found.judge(Match(operation, {"id": "1"}), request)
