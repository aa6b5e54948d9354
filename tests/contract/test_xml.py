"""Values as XML and back: the examples that OpenAPI itself gives of its xml keywords, and what it leaves open."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from harness.contract.xml import PROLOG, NotXml, read, written
from tests.contract.build import schemas_of

XSI = "http://www.w3.org/2001/XMLSchema-instance"
TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
ANIMAL = {"type": "string", "xml": {"name": "animal"}}
SAMPLE = {"namespace": "https://example.com/schema/sample", "prefix": "sample"}


def xml(node: dict[str, Any], value: object, **named: Any) -> str:
    """The document of a value, after it was seen to stand for that value and to be XML to others."""
    schemas = schemas_of("3.1.0", **named)
    schema = schemas.convert(node)
    text = written(schemas, schema, value)
    ElementTree.fromstring(text)
    assert read(schemas, schema, text) == value
    assert text.startswith(PROLOG)
    return text.removeprefix(PROLOG)


def within(member: dict[str, Any], value: object, *, name: str = "animals") -> str:
    """What stands for one member of an object."""
    found = re.fullmatch(
        r"<o>(.*)</o>", xml({"xml": {"name": "o"}, "properties": {name: member}}, {name: value})
    )
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        (TEXTS, "<animals>a</animals><animals>b</animals>"),
        ({"type": "array", "items": ANIMAL}, "<animal>a</animal><animal>b</animal>"),
        (
            {"type": "array", "items": ANIMAL, "xml": {"name": "aliens"}},
            "<animal>a</animal><animal>b</animal>",
        ),
        (TEXTS | {"xml": {"wrapped": True}}, "<animals><animals>a</animals><animals>b</animals></animals>"),
        (
            {"type": "array", "items": ANIMAL, "xml": {"name": "aliens", "wrapped": True}},
            "<aliens><animal>a</animal><animal>b</animal></aliens>",
        ),
        (
            TEXTS | {"xml": {"name": "aliens", "wrapped": True}},
            "<aliens><aliens>a</aliens><aliens>b</aliens></aliens>",
        ),
        (
            {"type": "array", "items": ANIMAL, "xml": {"wrapped": True}},
            "<animals><animal>a</animal><animal>b</animal></animals>",
        ),
    ],
)
def test_lists_are_named_and_wrapped_as_openapi_shows_it(member: dict[str, Any], expected: str) -> None:
    assert within(member, ["a", "b"]) == expected


def test_attributes_namespaces_and_prefixes_are_as_openapi_shows_them() -> None:
    person = {
        "type": "object",
        "properties": {
            "id": {"type": "integer", "xml": {"attribute": True}},
            "name": {"type": "string", "xml": SAMPLE},
        },
    }
    expected = '<Person id="5"><sample:name xmlns:sample="https://example.com/schema/sample">Ada</sample:name></Person>'
    assert xml({"$ref": "#/components/schemas/Person"}, {"id": 5, "name": "Ada"}, Person=person) == expected


def test_a_namespace_is_declared_once_and_holds_within() -> None:
    member = {"type": "string", "xml": {"prefix": "sample"}}
    node = {"xml": {"name": "o", **SAMPLE}, "properties": {"a": member, "b": member}}
    text = '<sample:o xmlns:sample="https://example.com/schema/sample"><sample:a>1</sample:a><sample:b>2</sample:b></sample:o>'
    assert xml(node, {"a": "1", "b": "2"}) == text


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ({"name": "other"}, "<other>x &amp; y</other>"),
        ({"prefix": "nobody"}, "<animals>x &amp; y</animals>"),
        ({"namespace": "urn:a"}, '<animals xmlns="urn:a">x &amp; y</animals>'),
        ({"name": "a b!"}, "<a_b_>x &amp; y</a_b_>"),
        ({"nodeType": "element"}, "<animals>x &amp; y</animals>"),
        ({"nodeType": "text"}, "x &amp; y"),
        ({"nodeType": "cdata"}, "<![CDATA[x & y]]>"),
    ],
)
def test_a_text_is_written_as_its_keywords_say(keywords: dict[str, Any], expected: str) -> None:
    assert within(TEXT | {"xml": keywords}, "x & y") == expected


def test_an_attribute_may_have_a_prefix_of_its_own() -> None:
    node = {
        "xml": {"name": "o"},
        "properties": {"Type": {"type": "string", "xml": {"name": "xsi:type", "attribute": True}}},
    }
    expected = f'<o xmlns:xsi="{XSI}" xsi:type="User"></o>'
    assert xml(node, {"Type": "User"}) == expected


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ({"type": "boolean"}, True, "<animals>true</animals>"),
        ({"type": ["integer", "null"]}, None, f'<animals xmlns:xsi="{XSI}" xsi:nil="true"/>'),
        ({"type": "number"}, 0.5, "<animals>0.5</animals>"),
        (
            {"type": "object", "additionalProperties": {"type": "integer"}},
            {"k": 1},
            "<animals><k>1</k></animals>",
        ),
        (
            {"type": "array", "items": TEXTS},
            [["a", "b"]],
            "<animals><animals>a</animals><animals>b</animals></animals>",
        ),
    ],
)
def test_what_openapi_leaves_open_can_be_read_again(
    member: dict[str, Any], value: object, expected: str
) -> None:
    assert within(member, value) == expected


def test_keywords_are_seen_through_references_and_all_of() -> None:
    member = {"allOf": [{"$ref": "#/components/schemas/Errors"}, {"xml": {"name": "Error"}}]}
    errors = {"type": "array", "items": TEXT, "xml": {"wrapped": False}}
    node = {"xml": {"name": "o"}, "properties": {"Errors": member}}
    assert xml(node, {"Errors": ["a", "b"]}, Errors=errors) == "<o><Error>a</Error><Error>b</Error></o>"


def test_a_document_may_be_a_member_of_an_object_without_a_name() -> None:
    schemas = schemas_of()
    delete = {"type": "object", "properties": {"Quiet": {"type": "boolean"}}}
    schema = schemas.convert({"type": "object", "properties": {"Delete": delete, "Other": TEXT}})
    assert read(schemas, schema, '<Delete xmlns="urn:s"><Quiet>true</Quiet></Delete>') == {
        "Delete": {"Quiet": True}
    }
    assert read(schemas, schema, "<any><Other>a</Other></any>") == {"Other": "a"}
    assert read(schemas, schema, "<Other><Other>a</Other></Other>") == {"Other": "a"}


def test_a_list_that_is_the_whole_body_stands_in_one_element() -> None:
    pets = {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}
    assert xml(pets, ["a", "b"], Pet=TEXT) == "<response><Pet>a</Pet><Pet>b</Pet></response>"


def test_characters_that_xml_does_not_have_are_left_out() -> None:
    schemas = schemas_of()
    assert written(schemas, schemas.convert(TEXT), "a\x00b\x1b") == f"{PROLOG}<response>ab</response>"


def test_what_is_no_xml_is_said_to_be_none() -> None:
    schemas = schemas_of()
    with pytest.raises(NotXml, match="the body is not XML: mismatched tag"):
        read(schemas, {}, "<a><b></a>")
