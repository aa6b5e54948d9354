"""Requests judged: parameters in every style, bodies of every kind, and what is said of those that do not fit."""

from __future__ import annotations

from typing import Any

import pytest

from harness.contract.contract import Contract
from tests.contract.build import asking, contract, judged, said, taking

INTEGERS = {"type": "array", "items": {"type": "integer"}}
POINT = {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}}


def one(where: str, schema: Any, *, name: str = "p", **more: Any) -> Contract:
    path = "/a/{p}" if where == "path" else "/a"
    return contract({path: {"get": taking({"name": name, "in": where, "schema": schema, **more})}})


@pytest.mark.parametrize(
    ("schema", "more", "query", "value"),
    [
        ({"type": "integer"}, {}, "p=5", 5),
        ({"type": "number"}, {}, "p=-1.5e2", -150.0),
        ({"type": "boolean"}, {}, "p=true", True),
        ({"type": "string"}, {}, "p=5", "5"),
        ({"type": "string"}, {}, "p=a+b%2Bc", "a b+c"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, {}, "p=5", 5),
        ({"oneOf": [{"type": "string", "enum": ["now"]}, {"type": "integer"}]}, {}, "p=now", "now"),
        ({}, {}, "p=5", "5"),
        (INTEGERS, {}, "p=1&p=2", [1, 2]),
        (INTEGERS, {}, "p=1", [1]),
        (INTEGERS, {"explode": False}, "p=1,2,3", [1, 2, 3]),
        ({"type": "array", "items": {"type": "string"}}, {"explode": False}, "p=a%2Cb,c", ["a,b", "c"]),
        (INTEGERS, {"style": "spaceDelimited", "explode": False}, "p=1%202+3", [1, 2, 3]),
        (INTEGERS, {"style": "pipeDelimited", "explode": False}, "p=1|2%7C3", [1, 2, 3]),
        (POINT, {"explode": False}, "p=x,1,y,2", {"x": 1, "y": 2}),
        (POINT, {}, "x=1&y=2", {"x": 1, "y": 2}),
        (POINT, {"style": "deepObject"}, "p[x]=1&p%5By%5D=2", {"x": 1, "y": 2}),
        (INTEGERS, {"style": "deepObject"}, "p[]=1&p[]=2", [1, 2]),
        (INTEGERS, {"style": "deepObject"}, "p[1]=2&p[0]=1", [1, 2]),
        ({"anyOf": [POINT, {"type": "integer"}]}, {"style": "deepObject"}, "p=3", 3),
        ({"anyOf": [POINT, {"type": "integer"}]}, {"style": "deepObject"}, "p[x]=3", {"x": 3}),
    ],
)
def test_query_parameters_in_every_style(schema: Any, more: Any, query: str, value: object) -> None:
    found = judged(one("query", schema, **more), "GET", f"/a?{query}")
    assert (found.query["p"], found.deviations) == (value, ())


def test_a_parameter_may_be_json_by_its_content() -> None:
    found = contract(
        {
            "/a": {
                "get": taking(
                    {"name": "p", "in": "query", "content": {"application/json": {"schema": POINT}}}
                )
            }
        }
    )
    assert judged(found, "GET", "/a?p=%7B%22x%22:1%7D").query == {"p": {"x": 1}}
    assert said(judged(found, "GET", "/a?p=%7B")) == [("query", "/p", "malformed")]


@pytest.mark.parametrize(
    ("schema", "more", "segment", "value"),
    [
        ({"type": "integer"}, {}, "5", 5),
        (INTEGERS, {}, "1,2", [1, 2]),
        (POINT, {}, "x,1,y,2", {"x": 1, "y": 2}),
        (POINT, {"explode": True}, "x=1,y=2", {"x": 1, "y": 2}),
        (INTEGERS, {"style": "label"}, ".1,2", [1, 2]),
        ({"type": "integer"}, {"style": "matrix"}, ";p=5", 5),
    ],
)
def test_path_parameters_in_every_style(schema: Any, more: Any, segment: str, value: object) -> None:
    found = judged(one("path", schema, required=True, **more), "GET", f"/a/{segment}")
    assert (found.path["p"], found.deviations) == (value, ())


def test_headers_and_cookies_are_read_by_their_schemas() -> None:
    assert judged(one("header", INTEGERS, name="X-Ids"), "GET", "/a", x_ids="1, 2").headers["x-ids"] == [1, 2]
    assert judged(one("cookie", {"type": "integer"}), "GET", "/a", cookie="q=1; p=7").cookies == {"p": 7}


def test_headers_that_openapi_keeps_for_itself_are_not_judged() -> None:
    found = one("header", {"type": "string", "enum": ["x"]}, name="Content-Type", required=True)
    assert said(judged(found, "GET", "/a", content_type="text/plain")) == []


@pytest.mark.parametrize("where", ["query", "header", "cookie"])
def test_a_required_parameter_that_is_absent_is_told(where: str) -> None:
    assert said(judged(one(where, {"type": "integer"}, required=True), "GET", "/a")) == [
        (where, "/p", "required")
    ]


def test_an_absent_deep_object_is_no_deviation() -> None:
    assert said(judged(one("query", {"type": "integer"}, style="deepObject"), "GET", "/a")) == []


@pytest.mark.parametrize(
    ("schema", "more", "query", "pointer", "keyword"),
    [
        ({"type": "integer"}, {}, "p=five", "/p", "type"),
        ({"type": "integer", "maximum": 9}, {}, "p=10", "/p", "maximum"),
        (INTEGERS, {}, "p=1&p=x", "/p/1", "type"),
        (POINT, {"style": "deepObject"}, "p[x]=a", "/p/x", "type"),
        (POINT, {}, "x=a", "/x", "type"),
        ({"type": "string", "format": "date-time"}, {}, "p=today", "/p", "format"),
    ],
)
def test_a_wrong_value_is_pointed_at(schema: Any, more: Any, query: str, pointer: str, keyword: str) -> None:
    assert said(judged(one("query", schema, **more), "GET", f"/a?{query}")) == [("query", pointer, keyword)]


@pytest.mark.parametrize(
    ("parameter", "query", "says"),
    [
        ({"schema": {"type": "integer"}}, "p=1&p=2", "stands 2 times; form style writes it once"),
        ({"schema": {"type": "integer"}}, "p=1&p=1&p=1", "stands 3 times; form style writes it once"),
        (
            {"schema": INTEGERS, "explode": False},
            "p=1&p=2",
            "stands 2 times; form style without explode writes it once",
        ),
        (
            {"content": {"application/json": {"schema": INTEGERS}}},
            "p=1&p=%5B%5D",
            "stands 2 times; its content writes it once",
        ),
    ],
)
def test_a_name_stands_once_but_for_an_exploded_list(parameter: Any, query: str, says: str) -> None:
    found = contract({"/a": {"get": taking({"name": "p", "in": "query", **parameter})}})
    (deviation,) = judged(found, "GET", f"/a?{query}").deviations
    assert (deviation.pointer, deviation.keyword) == ("/p", "malformed")
    assert deviation.message == f"query parameter 'p' {says}"


@pytest.mark.parametrize("schema", [INTEGERS, {}, {"anyOf": [INTEGERS, {"type": "integer"}]}])
def test_the_name_of_what_may_be_an_exploded_list_may_stand_twice(schema: Any) -> None:
    assert said(judged(one("query", schema), "GET", "/a?p=1&p=2")) == []


def test_cookies_of_one_name_may_be_several() -> None:
    found = judged(one("cookie", {"type": "integer"}), "GET", "/a", cookie="p=1; p=2")
    assert said(found) == []


def test_an_unknown_query_parameter_is_told_with_the_nearest() -> None:
    (deviation,) = judged(one("query", {}, name="limit"), "GET", "/a?limti=1").deviations
    assert deviation.keyword == "unknown"
    assert deviation.message == "unknown query parameter 'limti'; did you mean 'limit'?"


def test_an_api_key_in_the_query_is_not_unknown() -> None:
    schemes = {"securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "key"}}}
    found = contract({"/a": {"get": taking()}}, components=schemes)
    assert said(judged(found, "GET", "/a?key=1&kye=2")) == [("query", "/kye", "unknown")]


def test_the_operations_own_parameter_overrides_the_paths() -> None:
    item = {"parameters": [{"name": "p", "in": "query", "schema": {"type": "integer"}}]}
    own = taking({"name": "p", "in": "query", "schema": {"type": "boolean"}})
    assert judged(contract({"/a": {**item, "get": own}}), "GET", "/a?p=true").query == {"p": True}


def body(schema: Any, data: bytes, content_type: str | None = "application/json", **more: Any) -> Any:
    media = more.pop("media", "application/json")
    return judged(
        contract({"/a": {"post": asking(schema, media=media, **more)}}),
        "POST",
        "/a",
        body=data,
        content_type=content_type,
    )


def test_a_json_body_is_read_and_judged() -> None:
    found = body(POINT, b'{"x": 1, "y": "2"}')
    assert found.body == {"x": 1, "y": "2"}
    assert said(found) == [("body", "/y", "type")]


def test_a_missing_member_is_pointed_at_where_it_should_be() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "object", "required": ["b/c"]}}}
    (deviation,) = body(schema, b'{"a": {}}').deviations
    assert (deviation.pointer, deviation.message) == ("/a/b~1c", "'b/c' is required")


def test_an_unexpected_member_is_told_with_the_nearest() -> None:
    schema = {"type": "object", "properties": {"email": {}}, "additionalProperties": False}
    (deviation,) = body(schema, b'{"emial": 1}').deviations
    assert (deviation.pointer, deviation.keyword) == ("/emial", "additionalProperties")
    assert deviation.message == "'emial' is not known here; did you mean 'email'?"


def test_of_several_branches_the_one_that_was_meant_is_judged() -> None:
    schema = {"anyOf": [{"type": "string"}, {"type": "object", "required": ["id"]}]}
    assert said(body(schema, b"{}")) == [("body", "/id", "required")]
    assert said(body(schema, b"1")) == [("body", "", "anyOf")]


@pytest.mark.parametrize(
    ("data", "words"), [(b'{"x": }', "byte 6"), (b'{"x": 1', "ends too early (byte 7)"), (b"\xff", "byte 0")]
)
def test_malformed_json_is_told_with_its_place(data: bytes, words: str) -> None:
    (deviation,) = body(POINT, data).deviations
    assert (deviation.where, deviation.keyword) == ("body", "malformed")
    assert words in deviation.message


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "application/vnd.x+json", "Application/JSON"]
)
def test_json_by_any_other_name_is_json(content_type: str) -> None:
    assert body(POINT, b'{"x": 1}', content_type).deviations == ()


def test_a_missing_or_wrong_content_type_is_told() -> None:
    assert said(body(POINT, b'{"x": 1}', None)) == [("header", "/content-type", "untyped")]
    found = body(POINT, b"x=1", "application/x-www-form-urlencoded")
    assert said(found) == [("header", "/content-type", "content_type")]
    assert found.body == {"x": "1"}


def test_a_required_body_that_is_absent_is_told() -> None:
    assert said(body(POINT, b"", required=True)) == [("body", "", "required")]
    assert said(body(POINT, b"")) == []


FORM = "application/x-www-form-urlencoded"
CUSTOMER = {
    "type": "object",
    "properties": {
        "email": {"type": "string"},
        "balance": {"type": "integer"},
        "metadata": {"anyOf": [{"type": "object", "additionalProperties": {"type": "string"}}, {"enum": [""]}]},
        "items": {"type": "array", "items": {"properties": {"price": {"type": "string"}, "n": {"type": "integer"}}}},
        "expand": {"type": "array", "items": {"type": "string"}},
        "tags": {"type": "array", "items": {"type": "integer"}},
        "automatic": {"type": "object", "properties": {"enabled": {"type": "boolean"}}},
    },
    "additionalProperties": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("email=a%40b.co&balance=-5", {"email": "a@b.co", "balance": -5}),
        ("email=12", {"email": "12"}),
        ("metadata[a]=1&metadata[b+c]=x%26y", {"metadata": {"a": "1", "b c": "x&y"}}),
        ("metadata=", {"metadata": ""}),
        (
            "items[0][price]=p1&items[0][n]=2&items[1][price]=p2",
            {"items": [{"price": "p1", "n": 2}, {"price": "p2"}]},
        ),
        (
            "items[][price]=p1&items[][n]=2&items[][price]=p2",
            {"items": [{"price": "p1", "n": 2}, {"price": "p2"}]},
        ),
        ("expand[]=a&expand[]=b", {"expand": ["a", "b"]}),
        ("expand[0]=a", {"expand": ["a"]}),
        ("tags=1&tags=2", {"tags": [1, 2]}),
        ("tags=1", {"tags": [1]}),
        ("automatic[enabled]=true", {"automatic": {"enabled": True}}),
        ("automatic%5Benabled%5D=false", {"automatic": {"enabled": False}}),
    ],
)
def test_forms_with_nested_keys_are_read_by_their_schema(text: str, value: object) -> None:
    found = body(CUSTOMER, text.encode(), FORM, media=FORM)
    assert (found.body, found.deviations) == (value, ())


def test_a_misspelt_form_key_is_told() -> None:
    (deviation,) = body(CUSTOMER, b"emial=x", FORM, media=FORM).deviations
    assert (deviation.pointer, deviation.message) == (
        "/emial",
        "'emial' is not known here; did you mean 'email'?",
    )


def test_an_empty_form_is_an_empty_object() -> None:
    schema = {**CUSTOMER, "required": ["email"]}
    assert said(body(schema, b"", FORM, media=FORM, required=True)) == [("body", "/email", "required")]


def test_a_multipart_body_is_read_part_by_part() -> None:
    schema = {
        "type": "object",
        "properties": {
            "n": {"type": "integer"},
            "meta": POINT,
            "file": {"type": "string", "format": "binary"},
        },
        "required": ["file"],
    }
    data = (
        b'--B\r\nContent-Disposition: form-data; name="n"\r\n\r\n5\r\n'
        b'--B\r\nContent-Disposition: form-data; name="meta"\r\nContent-Type: application/json\r\n\r\n{"x": 1}\r\n'
        b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n\x00\xff\r\n--B--\r\n'
    )
    kind = "multipart/form-data"
    found = body(schema, data, f"{kind}; boundary=B", media=kind)
    assert (found.body, found.deviations) == ({"n": 5, "meta": {"x": 1}, "file": "\x00ÿ"}, ())
    assert said(body(schema, data, kind, media=kind)) == [("body", "", "malformed")]


def test_text_and_bytes_are_what_they_are() -> None:
    assert body({"type": "string"}, b"hello", "text/plain", media="text/plain").body == "hello"
    assert body({}, b"\x00", "image/png", media="image/*").body == b"\x00"


def test_a_long_value_does_not_flood_the_message() -> None:
    (deviation,) = body({"type": "object"}, b'"' + b"x" * 5000 + b'"').deviations
    assert len(deviation.message) < 300
    assert deviation.message.endswith('is not of type "object"')


def test_a_body_where_none_is_declared_is_wrong_only_where_the_document_says_what_it_gets() -> None:
    def post(*statuses: str) -> Contract:
        return contract({"/a": {"post": {"responses": {status: {"description": ""} for status in statuses}}}})

    assert said(judged(post("200"), "POST", "/a", body=b"x", content_type="text/plain")) == []
    assert said(judged(post("200", "415"), "POST", "/a", body=b"x", content_type="text/plain")) == [
        ("header", "/content-type", "content_type")
    ]
    assert said(judged(post("200", "415"), "POST", "/a", content_type="text/plain")) == []
