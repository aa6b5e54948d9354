"""Request bodies that are no JSON: forms and parts by their encoding, XML by its keywords, and what is readOnly."""

from __future__ import annotations

from typing import Any

import pytest

from harness.contract.contract import Contract
from harness.contract.judge import Judged
from tests.contract.build import asking, contract, judged, said

FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
POINT = {"type": "object", "properties": {"x": {"type": "integer"}}, "additionalProperties": False}
INTEGERS = {"type": "array", "items": {"type": "integer"}}
FILE = {"type": "string", "format": "binary"}


def of(media: str, schema: Any, *, encoding: Any = None, **more: Any) -> Contract:
    operation = asking(schema, media=media, required=True)
    if encoding is not None:
        operation["requestBody"]["content"][media]["encoding"] = encoding
    return contract({"/a": {"post": operation}}, **more)


def sent(found: Contract, body: bytes | str, content_type: str) -> Judged:
    data = body.encode() if isinstance(body, str) else body
    return judged(found, "POST", "/a", body=data, content_type=content_type)


def part(name: str, body: str, *headers: str, file: str = "") -> str:
    disposition = f'form-data; name="{name}"' + (f'; filename="{file}"' if file else "")
    return "\r\n".join(("--B", f"Content-Disposition: {disposition}", *headers, "", body, ""))


def parts(*each: str) -> str:
    return "".join((*each, "--B--\r\n"))


def members(**schemas: Any) -> dict[str, Any]:
    return {"type": "object", "properties": schemas, "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "rule", "text", "value"),
    [
        (INTEGERS, None, "p=1&p=2", [1, 2]),
        (INTEGERS, {"explode": False}, "p=1,2", [1, 2]),
        (INTEGERS, {"style": "pipeDelimited"}, "p=1%7C2", [1, 2]),
        (INTEGERS, {"style": "spaceDelimited", "explode": False}, "p=1%202", [1, 2]),
        (INTEGERS, {"style": "pipeDelimited", "explode": True}, "p=1&p=2", [1, 2]),
        (INTEGERS, {"contentType": "application/json"}, "p=%5B1,2%5D", [1, 2]),
        (POINT, {"style": "deepObject", "explode": True}, "p[x]=1", {"x": 1}),
        (POINT, {"contentType": "application/json"}, "p=%7B%22x%22:1%7D", {"x": 1}),
        (POINT, None, "p=%7B%22x%22:1%7D", {"x": 1}),
        ({"type": "string"}, None, "p=%7B%22x%22:1%7D", '{"x":1}'),
    ],
)
def test_a_forms_member_is_written_as_its_encoding_says(
    schema: Any, rule: Any, text: str, value: object
) -> None:
    found = sent(of(FORM, members(p=schema), encoding=None if rule is None else {"p": rule}), text, FORM)
    assert (found.body, found.deviations) == ({"p": value}, ())


def test_a_member_that_should_be_json_and_is_not_is_malformed() -> None:
    found = sent(
        of(FORM, members(p=POINT), encoding={"p": {"contentType": "application/json"}}), "p=%7B", FORM
    )
    assert [(d.keyword, d.message) for d in found.deviations] == [
        ("malformed", "the member 'p' is not JSON: it ends too early (byte 1)")
    ]


def test_files_of_one_name_are_a_list_where_one_is_declared() -> None:
    body = parts(part("f", "one", file="1.txt"), part("f", "two", file="2.txt"))
    kind = f"{PARTS}; boundary=B"
    assert sent(of(PARTS, members(f={"type": "array", "items": FILE})), body, kind).body == {
        "f": ["one", "two"]
    }
    single = parts(part("f", "one", file="1.txt"))
    assert sent(of(PARTS, members(f={"type": "array", "items": FILE})), single, kind).body == {"f": ["one"]}
    assert sent(of(PARTS, members(f=FILE)), single, kind).body == {"f": "one"}


@pytest.mark.parametrize(
    ("rule", "headers", "text", "value"),
    [
        (None, ("Content-Type: application/json",), '{"x": 1}', {"x": 1}),
        ({"contentType": "application/json"}, (), '{"x": 1}', {"x": 1}),
        (None, (), '{"x": 1}', {"x": 1}),
        (
            {"contentType": "text/plain, application/*"},
            ("Content-Type: application/json",),
            '{"x": 1}',
            {"x": 1},
        ),
    ],
)
def test_a_part_is_read_as_what_it_is_said_to_be(rule: Any, headers: Any, text: str, value: object) -> None:
    found = of(PARTS, members(p=POINT), encoding=None if rule is None else {"p": rule})
    told = sent(found, parts(part("p", text, *headers)), f"{PARTS}; boundary=B")
    assert (told.body, told.deviations) == ({"p": value}, ())


def test_a_part_of_another_media_type_is_told() -> None:
    found = of(PARTS, members(f=FILE), encoding={"f": {"contentType": "image/png, image/jpeg"}})
    kind = f"{PARTS}; boundary=B"
    right, wrong = (
        parts(part("f", "x", f"Content-Type: {t}", file="f")) for t in ("image/jpeg", "image/gif")
    )

    assert said(sent(found, right, kind)) == []
    (deviation,) = sent(found, wrong, kind).deviations
    assert (deviation.pointer, deviation.keyword) == ("/f", "content_type")
    assert deviation.message == "the part 'f' is 'image/gif'; expected image/png, image/jpeg"


def test_the_headers_of_a_part_are_judged() -> None:
    headers = {"X-Limit": {"required": True, "schema": {"type": "integer"}}}
    found = of(PARTS, members(f=FILE), encoding={"f": {"headers": headers}})
    kind = f"{PARTS}; boundary=B"

    assert said(sent(found, parts(part("f", "x", "X-Limit: 5", file="f")), kind)) == []
    assert said(sent(found, parts(part("f", "x", file="f")), kind)) == [("body", "/f", "required")]
    (deviation,) = sent(found, parts(part("f", "x", "X-Limit: many", file="f")), kind).deviations
    assert (deviation.pointer, deviation.keyword) == ("/f", "type")
    assert deviation.message.startswith("the header 'x-limit' of the part 'f': ")


@pytest.mark.parametrize(
    ("charset", "octets"),
    [("", "é".encode()), ("; charset=latin-1", b"\xe9"), ('; charset="UTF-16"', "é".encode("utf-16"))],
)
def test_text_is_in_the_charset_that_it_names(charset: str, octets: bytes) -> None:
    found = of("text/plain", {"type": "string", "const": "é"})
    assert said(sent(found, octets, f"text/plain{charset}")) == []
    assert said(sent(found, b"e", f"text/plain{charset}; charset=nobody")) != []


PET = {
    "type": "object",
    "xml": {"name": "pet"},
    "required": ["name"],
    "properties": {
        "id": {"type": "integer", "xml": {"attribute": True}},
        "name": {"type": "string", "xml": {"name": "called", "prefix": "p", "namespace": "urn:p"}},
        "photos": {
            "type": "array",
            "xml": {"wrapped": True},
            "items": {"type": "string", "xml": {"name": "photo"}},
        },
        "tags": {"type": "array", "items": {"type": "integer", "xml": {"name": "tag"}}},
    },
}


def test_an_xml_body_is_read_by_its_keywords() -> None:
    text = """<?xml version="1.0"?><pet id="7" xmlns:p="urn:p"><p:called>Rex</p:called>
      <photos><photo>a</photo><photo>b</photo></photos><tag>1</tag><tag>2</tag></pet>"""
    found = sent(of("application/xml", PET), text, "application/xml")
    assert (found.body, found.deviations) == (
        {"id": 7, "name": "Rex", "photos": ["a", "b"], "tags": [1, 2]},
        (),
    )


@pytest.mark.parametrize(
    ("text", "deviation"),
    [
        ('<pet id="x"><called>Rex</called></pet>', ("body", "/id", "type")),
        ("<pet/>", ("body", "/name", "required")),
        ("<pet><called>Rex</called><tag>1</tag><tag>b</tag></pet>", ("body", "/tags/1", "type")),
        ("<pet>", ("body", "", "malformed")),
        ("nope", ("body", "", "malformed")),
        ("<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><pet>&c;</pet>", ("body", "", "malformed")),
    ],
)
def test_what_is_wrong_in_an_xml_body_is_pointed_at(text: str, deviation: tuple[str, str, str]) -> None:
    assert said(sent(of("application/xml", PET), text, "application/xml")) == [deviation]


BASE, TREE = ({"$ref": f"#/components/schemas/{name}"} for name in ("Base", "Tree"))
COMPOSED = {"allOf": [{"type": "string"}, {"readOnly": True}]}
OWNED = members(id={"type": "string", "readOnly": True}, name={"type": "string"})


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("schema", "body", "told"),
    [
        ({**OWNED, "required": ["id", "name"]}, '{"name": "n"}', []),
        (OWNED, '{"id": "1", "name": "n"}', [("body", "/id", "readOnly")]),
        ({"type": "array", "items": OWNED}, '[{}, {"id": "1"}]', [("body", "/1/id", "readOnly")]),
        (members(inner=OWNED), '{"inner": {"id": "1"}}', [("body", "/inner/id", "readOnly")]),
        ({"allOf": [BASE], "required": ["id"]}, "{}", []),
        ({"allOf": [BASE, {"required": ["id", "n"]}]}, "{}", [("body", "/n", "required")]),
        (TREE, '{"sub": {"sub": {"id": "1"}}}', [("body", "/sub/sub/id", "readOnly")]),
        ({"anyOf": [OWNED, members(id={"type": "string"})]}, '{"id": "1"}', []),
        (members(id=COMPOSED), '{"id": "1"}', [("body", "/id", "readOnly")]),
        (members(id={**TREE, "readOnly": True}), '{"id": {}}', [("body", "/id", "readOnly")]),
        ({**members(id=COMPOSED), "required": ["id"]}, "{}", []),
        ({"allOf": [BASE, {"properties": {"id": {"maxLength": 9}}}]}, '{"id": "1"}', [("body", "/id", "readOnly")]),
        (OWNED, '{"id": 5}', [("body", "/id", "type"), ("body", "/id", "readOnly")]),
    ],
)  # fmt: skip
def test_what_is_read_only_is_not_demanded_and_told_where_it_is_sent(
    version: str, schema: Any, body: str, told: Any
) -> None:
    tree = {
        "properties": {
            "id": {"type": "string", "readOnly": True},
            "sub": {"$ref": "#/components/schemas/Tree"},
        }
    }
    base = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "readOnly": True}}}
    found = of("application/json", schema, version=version, schemas={"Base": base, "Tree": tree})
    assert said(sent(found, body, "application/json")) == told


def test_what_is_write_only_may_be_sent_and_is_demanded() -> None:
    schema = {**members(secret={"type": "string", "writeOnly": True}), "required": ["secret"]}
    assert said(sent(of("application/json", schema), '{"secret": "s"}', "application/json")) == []
    assert said(sent(of("application/json", schema), "{}", "application/json")) == [
        ("body", "/secret", "required")
    ]


@pytest.mark.parametrize(
    ("schema", "body", "fits"),
    [
        ({"type": "string", "nullable": True}, "null", True),
        ({"type": "string"}, "null", False),
        ({"type": "string", "enum": ["a"], "nullable": True}, "null", True),
        ({"allOf": [{"type": "string"}], "nullable": True}, "null", True),
        ({"type": "string", "nullable": False}, "null", False),
    ],
)
def test_null_is_a_value_where_nullable_says_so(schema: Any, body: str, fits: bool) -> None:
    assert (
        said(sent(of("application/json", schema, version="3.0.3"), body, "application/json")) == []
    ) is fits


@pytest.mark.parametrize(
    ("declared", "content_type", "fits"),
    [
        ("application/json", "application/x-amz-json-1.1", True),
        ("application/json", "application/x-amz-json", False),
        ("application/*", "application/json", True),
        ("application/*", "text/plain", False),
        ("*/*", "application/json", True),
        ("application/vnd.x+json", "application/json", True),
        ("application/vnd.x+json", "application/vnd.x+json; v=1", True),
        ("application/json", "text/json", True),
        ("application/json; charset=utf-8", "application/json", True),
        ("application/xml", "application/json", False),
    ],
)
def test_media_ranges_and_suffixes(declared: str, content_type: str, fits: bool) -> None:
    found = sent(of(declared, {"type": "object"}), "{}", content_type)
    assert said(found) == ([] if fits else [("header", "/content-type", "content_type")])
