"""What the documents of AWS have lost is put back: wrapped answers, bodies that are bytes or left out."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from harness.contract.contract import Contract, Match, Miss
from harness.contract.document import Dialect
from harness.model.message import Request
from tests.contract.build import NOW_S, document, judged, luck, matched, said

IDENTITIES = {"type": "object", "required": ["Identities"], "properties": {"Identities": {"type": "string"}}}
BLOB = {
    "type": "object",
    "properties": {"Body": {"type": "string"}, "x-amz-meta-": {"type": "object", "additionalProperties": {}}},
}
CREATE = {
    "type": "object",
    "properties": {"Create": {"type": "object", "properties": {"Place": {"type": "string"}}}},
}
DELETE = {**CREATE, "required": ["Create"]}


def aws(paths: dict[str, Any], *, service: str = "s", dialect: Dialect = "aws") -> Contract:
    made = document(paths, info={"title": "S", "version": "1", "x-serviceName": service})
    made.dialect = dialect
    return Contract(made)


def in_xml(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "", "content": {"text/xml": {"schema": schema}}}


def taking(schema: dict[str, Any], **more: Any) -> Contract:
    body = {"required": True, **in_xml(schema)}
    return aws(
        {"/{Bucket}/{Key}": {"put": {"requestBody": body, "responses": {"200": {"description": ""}}}}}, **more
    )


def answered(found: Contract) -> ElementTree.Element:
    operation = next(iter(found.operations.values()))
    return ElementTree.fromstring(found.answer(operation, 200, rng=luck(), now_s=NOW_S).body)


def test_an_answer_of_the_query_protocol_is_wrapped() -> None:
    found = aws({"/#Action=List": {"post": {"responses": {"200": in_xml(IDENTITIES)}}}})
    root = answered(found)
    assert (root.tag, [child.tag for child in root]) == ("ListResponse", ["ListResult", "ResponseMetadata"])
    assert root.findtext("ListResult/Identities")
    assert root.findtext("ResponseMetadata/RequestId")


def test_an_action_that_answers_nothing_says_so_in_xml() -> None:
    found = aws({"/#Action=Drop": {"post": {"responses": {"200": {"description": ""}}}}})
    root = answered(found)
    assert (root.tag, [child.tag for child in root]) == ("DropResponse", ["ResponseMetadata"])


def test_the_query_protocol_of_ec2_does_not_wrap() -> None:
    paths = {"/#Action=List": {"post": {"responses": {"200": in_xml(IDENTITIES)}}}}
    assert [child.tag for child in answered(aws(paths, service="ec2"))] == ["Identities"]


@pytest.mark.parametrize("content_type", ["", "image/png", "text/plain"])
def test_an_object_is_its_bytes(content_type: str) -> None:
    result = judged(taking(BLOB), "PUT", "/b/a/b.png", body=b"\x89PNG", content_type=content_type or None)
    assert result.deviations == ()


def test_an_object_is_answered_with_its_bytes() -> None:
    found = aws({"/{Bucket}/{Key}": {"get": {"responses": {"200": in_xml(BLOB)}}}})
    operation = found.operation("GET /{Bucket}/{Key}")
    made = found.answer(operation, 200, rng=luck(), now_s=NOW_S)
    assert made.header("content-type") == "application/octet-stream"
    assert made.body
    assert not made.body.startswith(b"<")


@pytest.mark.parametrize("content_type", ["", "text/xml", "application/xml"])
def test_xml_comes_with_or_without_a_content_type(content_type: str) -> None:
    found, kind = taking(DELETE), content_type or None
    body = b"<Create><Place>x</Place></Create>"
    result = judged(found, "PUT", "/b/k", body=body, content_type=kind)
    assert (result.body, result.deviations) == ({"Create": {"Place": "x"}}, ())
    other = judged(found, "PUT", "/b/k", body=b"<Other/>", content_type=kind)
    assert said(other) == [("body", "/Create", "required")]


def test_a_body_of_which_nothing_is_required_may_be_left_out() -> None:
    assert said(judged(taking(CREATE), "PUT", "/b/k")) == []
    assert said(judged(taking(DELETE), "PUT", "/b/k")) == [("body", "", "required")]


def test_other_documents_are_taken_at_their_word() -> None:
    assert said(judged(taking(CREATE, dialect=""), "PUT", "/b/k")) == [("body", "", "required")]
    paths = {"/#Action=List": {"post": {"responses": {"200": in_xml(IDENTITIES)}}}}
    assert answered(aws(paths, dialect="")).tag == "response"


def test_an_object_that_was_put_has_the_etag_of_the_example() -> None:
    output = {"type": "object", "properties": {}, "example": {"ETag": "e-1", "VersionId": "v"}}
    found = aws({"/{Bucket}/{Key}": {"put": {"responses": {"200": in_xml(output)}}}})
    made = found.answer(found.operation("PUT /{Bucket}/{Key}"), 200, rng=luck(), now_s=NOW_S)
    assert made.header("etag") == "e-1"


def test_lists_are_wrapped_unless_they_say_that_they_are_not() -> None:
    texts = {"type": "array", "minItems": 1, "items": {"type": "string"}}
    named = {**texts, "items": {"type": "string", "xml": {"name": "Bucket"}}}
    flat = {**texts, "xml": {"wrapped": False}}
    members = {"Users": texts, "Buckets": named, "Contents": flat}
    output = {"type": "object", "required": [*members], "properties": members}
    root = answered(aws({"/": {"get": {"responses": {"200": in_xml(output)}}}}))
    assert [child.tag for child in root] == ["Users", "Buckets", "Contents"]
    assert [child.tag for part in root for child in part] == ["member", "Bucket"]


def test_a_form_of_the_query_protocol_is_read_as_a_query() -> None:
    action = {"name": "Action", "in": "query", "required": True, "schema": {"enum": ["List"]}}
    post = {"parameters": [action], "requestBody": in_xml(DELETE), "responses": {"200": in_xml(IDENTITIES)}}
    found = aws({"/#Action=List": {"post": post}, "/#Action=Drop": {"post": post}})
    form = "application/x-www-form-urlencoded"
    request = Request("POST", "/", "/", headers=(("content-type", form),), body=b"Action=List&Create.Place=x")
    match = found.asked(request)
    assert isinstance(match, Match)
    assert (match.operation.template, found.judge(match, request).deviations) == ("/#Action=List", ())


@pytest.mark.parametrize(("template", "path"), [("/{Bucket}", "/b/"), ("/functions/", "/functions")])
def test_a_slash_at_the_end_makes_no_difference_unless_both_are_declared(template: str, path: str) -> None:
    get: dict[str, Any] = {"get": {"responses": {}}}
    assert matched(aws({template: get}), "GET", path)[0] == f"GET {template}"
    assert matched(aws({template: get, path: get}), "GET", path)[0] == f"GET {path}"
    assert isinstance(aws({template: get}, dialect="").match("GET", path), Miss)
