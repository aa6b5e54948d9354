"""Answers in each media type, as a reader of that type sees them."""

from __future__ import annotations

import csv
import json
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest

from harness.contract.body import decode
from harness.model.message import Response
from tests.contract.build import NOW_S, answering, contract, luck, schemas_of

PET = {
    "type": "object",
    "required": ["id", "tags", "owner"],
    "properties": {
        "id": {"const": 5},
        "tags": {"type": "array", "items": {"type": "string"}, "example": ["a b", "c&d"]},
        "owner": {"type": "object", "required": ["name"], "properties": {"name": {"const": "Ada"}}},
    },
}
VALUE = {"id": 5, "tags": ["a b", "c&d"], "owner": {"name": "Ada"}}


def answer(schema: dict[str, Any] | None, media: str, **more: Any) -> Response:
    """The answer of an operation that has this media type."""
    content = {media: ({} if schema is None else {"schema": schema}) | more}
    node = {"responses": {"200": {"description": "", "content": content}}}
    found = contract({"/a": {"get": node}})
    return found.answer(found.operation("GET /a"), 200, rng=luck(), now_s=NOW_S)


def test_a_form_is_read_again_as_it_was_said() -> None:
    made = answer(PET, "application/x-www-form-urlencoded")
    assert parse_qsl(made.body.decode()) == [
        ("id", "5"),
        ("tags", "a b"),
        ("tags", "c&d"),
        ("owner[name]", "Ada"),
    ]
    schemas = schemas_of()
    assert decode(schemas, schemas.convert(PET), "application/x-www-form-urlencoded", made.body) == VALUE


def test_a_multipart_names_its_boundary() -> None:
    made = answer(PET, "multipart/form-data")
    schemas = schemas_of()
    assert decode(schemas, schemas.convert(PET), made.header("content-type") or "", made.body) == VALUE


def test_a_table_has_a_row_for_each_object() -> None:
    made = answer({"type": "array", "items": PET, "minItems": 2}, "text/csv")
    rows = list(csv.reader(made.body.decode().splitlines()))
    assert rows == [["id", "tags", "owner"], *[["5", '["a b","c&d"]', '{"name":"Ada"}']] * 2]


def test_message_pack_is_message_pack() -> None:
    assert msgspec.msgpack.decode(answer(PET, "application/msgpack").body) == VALUE


def test_yaml_is_written_as_the_json_that_it_includes() -> None:
    assert json.loads(answer(PET, "application/yaml").body) == VALUE


@pytest.mark.parametrize("schema", [None, {"type": "string", "format": "binary"}, PET])
def test_a_pdf_is_a_pdf_whatever_its_schema_says(schema: dict[str, Any] | None) -> None:
    assert answer(schema, "application/pdf").body.startswith(b"%PDF-1.4")


def test_a_picture_of_any_kind_is_a_png() -> None:
    made = answer({"type": "string", "format": "binary"}, "image/*")
    assert made.header("content-type") == "image/png"
    assert made.body.startswith(b"\x89PNG")


def test_text_is_text_and_its_example_is_kept() -> None:
    assert answer({"type": "string"}, "text/html", example="<b>hi</b>").body == b"<b>hi</b>"
    assert answer({"type": "string", "enum": ["pong"]}, "text/html").body == b"pong"
    assert answer({"type": "string"}, "text/html").body.startswith(b"<!DOCTYPE html>")


def test_an_xml_example_is_given_as_it_is_written_if_it_fits() -> None:
    node = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer"}},
        "xml": {"name": "pet"},
    }
    assert answer(node, "application/xml", example="<pet><id>7</id></pet>").body == b"<pet><id>7</id></pet>"
    for wrong in ("<pet><id>seven</id></pet>", "<pet>"):
        assert b"<id>" in answer(node, "application/xml", example=wrong).body.removeprefix(wrong.encode())


def test_an_xml_example_that_is_a_value_is_written_by_the_keywords() -> None:
    node = {
        "type": "object",
        "properties": {"id": {"type": "integer", "xml": {"attribute": True}}},
        "xml": {"name": "pet"},
    }
    assert answer(node, "application/xml", example={"id": 7}).body.endswith(b'<pet id="7"></pet>')


def test_an_answer_of_another_media_type_is_still_json() -> None:
    found = contract({"/a": {"get": answering(PET, media="application/vnd.shop.v2+json")}})
    made = found.answer(found.operation("GET /a"), 200, rng=luck(), now_s=NOW_S)
    assert json.loads(made.body) == VALUE


def test_an_object_in_a_file_is_told_in_it() -> None:
    assert json.loads(answer({"type": "object"}, "application/octet-stream").body) == {}
    assert (
        b"<p>{&quot;a&quot;:&quot;&lt;b&gt;&quot;}</p>" in answer({"const": {"a": "<b>"}}, "text/html").body
    )
