"""The contract as a whole: operations, security, answers, and answers judged."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from harness.contract.contract import Contract
from harness.contract.security import Scheme
from harness.contract.xml import PROLOG
from harness.errors import UnknownName
from harness.model.message import Response
from tests.contract.build import NOW_S, answering, contract, luck

PET = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
}


def only(node: dict[str, Any], method: str = "get", **more: Any) -> Contract:
    return contract({"/pets": {method: {"operationId": "pets", **node}}}, **more)


def answer(found: Contract, status: int = 200) -> Response:
    return found.answer(found.operation("pets"), status, rng=luck(), now_s=NOW_S)


def wrong(found: Contract, response: Response) -> list[tuple[str, str, str]]:
    return [(d.where, d.pointer, d.keyword) for d in found.deviations(found.operation("pets"), response)]


def as_json(value: object, status: int = 200) -> Response:
    return Response(status, (("content-type", "application/json"),), json.dumps(value).encode())


def test_operations_are_known_by_id_and_by_method_and_path_in_document_order() -> None:
    found = contract(
        {"/b": {"post": {"operationId": "makeB"}, "get": {}}, "/a": {"get": {"operationId": "makeB"}}}
    )
    assert list(found.operations) == ["makeB", "GET /b", "GET /a"]
    assert found.operation("POST /b") is found.operation("makeB")


def test_an_unknown_operation_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="no operation 'pet'; did you mean 'pets'"):
        only({}).operation("pet")


@pytest.mark.parametrize(
    ("method", "safe", "idempotent"),
    [
        ("get", True, True),
        ("put", False, True),
        ("delete", False, True),
        ("post", False, False),
        ("patch", False, False),
    ],
)
def test_safety_and_idempotency_follow_from_the_method(method: str, safe: bool, idempotent: bool) -> None:
    operation = only({}, method).operation("pets")
    assert (operation.safe, operation.idempotent) == (safe, idempotent)


SCHEMES = {
    "token": {"type": "http", "scheme": "Bearer"},
    "login": {"type": "http", "scheme": "basic"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "Key"},
    "flow": {"type": "oauth2", "flows": {}},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://x"},
}


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, ((Scheme("bearer"),),)),
        ({"security": []}, ()),
        ({"security": [{"login": []}, {"key": [], "query": []}]},
         ((Scheme("basic"),), (Scheme("api_key", "x-key"), Scheme("api_key", "Key", "query")))),
        ({"security": [{}, {"flow": ["a"]}]}, ((), (Scheme("oauth2"),))),
        ({"security": [{"oidc": []}]}, ((Scheme("openid"),),)),
    ],
)  # fmt: skip
def test_security_is_alternatives_of_combinations(own: dict[str, Any], expected: object) -> None:
    found = only(own, components={"securitySchemes": SCHEMES}, security=[{"token": []}])
    assert found.security(found.operation("pets")) == expected


@pytest.mark.parametrize(
    ("statuses", "success", "declared", "undeclared"),
    [
        (["404", "201", "200"], 200, [404, 201], [500]),
        (["default"], 200, [200, 500], []),
        (["2XX", "4xx"], 200, [200, 299, 404], [500]),
        ([], 200, [], [200]),
    ],
)
def test_statuses_are_declared_singly_by_range_or_by_default(
    statuses: list[str], success: int, declared: list[int], undeclared: list[int]
) -> None:
    found = only({"responses": {status: {"description": ""} for status in statuses}})
    operation = found.operation("pets")
    assert found.success(operation) == success
    assert all(found.declares(operation, status) for status in declared)
    assert not any(found.declares(operation, status) for status in undeclared)


def test_an_answer_has_its_body_content_type_and_required_headers() -> None:
    headers = {
        "X-Count": {"required": True, "schema": {"type": "integer"}},
        "X-Other": {"schema": {"type": "string"}},
    }
    node = answering(PET)
    node["responses"]["200"]["headers"] = headers
    found = only(node)
    made = answer(found)
    assert made.header("content-type") == "application/json"
    assert (made.header("x-count") or "").isdigit()
    assert made.header("x-other") is None
    assert wrong(found, made) == []
    assert wrong(found, Response(200, made.headers[:1], made.body)) == [("header", "/x-count", "required")]


def test_an_optional_header_is_sent_where_an_example_says_what_and_no_client_acts_on_it() -> None:
    node = answering(PET)
    node["responses"]["200"]["headers"] = {
        "X-Nonce": {"schema": {"type": "string", "example": "abc"}},
        "X-Kind": {"schema": {"type": "string"}, "example": "pet"},
        "X-Count": {"schema": {"type": "integer", "default": 0}},
        "Link": {"example": "<https://live.example/pets?page=2>; rel=next"},
        "X-RateLimit-Remaining": {"example": 0},
        "Retry-After": {"required": True, "schema": {"type": "integer"}, "example": 7},
    }
    made = dict(answer(only(node)).headers)
    made.pop("content-type")
    assert made == {"x-nonce": "abc", "x-kind": "pet", "x-count": "0", "retry-after": "7"}


def test_the_value_is_what_the_answer_says() -> None:
    found = only(answering(PET))
    value = found.value(found.operation("pets"), 200, rng=luck(), now_s=NOW_S)
    assert json.loads(answer(found).body) == value


def test_an_example_of_the_whole_answer_is_served_only_if_it_is_valid() -> None:
    node = answering(PET)
    media = node["responses"]["200"]["content"]["application/json"]
    media["examples"] = {"bad": {"value": {"id": "x"}}, "good": {"value": {"id": 5, "name": "Rex"}}}
    assert json.loads(answer(only(node)).body) == {"id": 5, "name": "Rex"}
    media["examples"] = {"bad": {"value": {"id": "x"}}}
    assert isinstance(json.loads(answer(only(node)).body)["id"], int)


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_never_have_a_body(status: int) -> None:
    found = only(answering(PET, status=str(status)))
    assert answer(found, status) == Response(status)
    assert found.media_type(found.operation("pets"), status) is None


def test_text_is_text_and_json_is_preferred() -> None:
    found = only(answering({"type": "string"}, media="text/plain"))
    assert answer(found).header("content-type") == "text/plain"
    assert found.value(found.operation("pets"), 200, rng=luck(), now_s=NOW_S) is None
    both = answering({"type": "string"}, media="text/html")
    both["responses"]["200"]["content"]["application/hal+json"] = {"schema": PET}
    assert only(both).media_type(only(both).operation("pets"), 200) == "application/hal+json"


def test_a_range_of_media_types_is_served_as_json() -> None:
    found = only(answering(PET, media="*/*"))
    made = answer(found)
    assert found.media_type(found.operation("pets"), 200) == made.header("content-type") == "application/json"
    assert isinstance(json.loads(made.body)["id"], int)
    assert wrong(found, made) == []


@pytest.mark.parametrize("media", ["text/plain", "text/csv", "text/event-stream"])
def test_an_example_in_another_media_type_is_served_as_it_is_written(media: str) -> None:
    node = answering(PET, media=media)
    node["responses"]["200"]["content"][media]["example"] = "data: <a>1</a>\n\n"
    assert answer(only(node)).body == b"data: <a>1</a>\n\n"


def test_xml_is_served_as_elements() -> None:
    node = {
        "type": "object",
        "properties": {"Id": {"const": 5}, "Tag": {"type": "array", "items": {"const": "<a>"}}},
    }
    made = answer(
        only(answering({"$ref": "#/components/schemas/Pet"}, media="text/xml"), schemas={"Pet": node})
    )
    assert made.body == PROLOG.encode() + b"<Pet><Id>5</Id><Tag>&lt;a&gt;</Tag></Pet>"


def test_json_of_which_nothing_is_said_is_an_empty_object() -> None:
    node = {"responses": {"200": {"description": "", "content": {"application/json": {}}}}}
    assert answer(only(node)).body == b"{}"


def test_an_undeclared_status_has_an_empty_answer() -> None:
    assert answer(only(answering(PET)), 418) == Response(418)


def test_properties_are_merged_from_references_and_all_of() -> None:
    base = {"type": "object", "properties": {"id": {"type": "integer"}}}
    owner = {"type": "object", "properties": {"n": {}}}
    node = {
        "allOf": [
            {"$ref": "#/components/schemas/B"},
            {"properties": {"owner": {"$ref": "#/components/schemas/O"}}},
        ]
    }
    found = only(answering(node), schemas={"B": base, "O": owner})
    properties: Any = found.properties(found.operation("pets"), 200)
    assert set(properties) == {"id", "owner"}
    assert properties["owner"]["type"] == "object"
    assert found.properties(found.operation("pets"), 404) == {}


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (as_json({"id": 1}), []),
        (as_json({"id": 1}, 500), [("status", "", "status")]),
        (as_json({"name": 2}), [("body", "/id", "required"), ("body", "/name", "type")]),
        (
            Response(200, (("content-type", "text/html"),), b"<html>"),
            [("header", "/content-type", "content_type")],
        ),
        (Response(200, (), b'{"id": 1}'), [("header", "/content-type", "content_type")]),
        (Response(200, (("content-type", "application/json"),), b'{"id": 1'), [("body", "", "malformed")]),
        (Response(200, (("content-type", "application/json"),), b""), [("body", "", "malformed")]),
    ],
)
def test_an_answer_is_judged_by_status_type_and_body(
    response: Response, expected: list[tuple[str, str, str]]
) -> None:
    assert sorted(wrong(only(answering(PET)), response)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<pet><id>1</id></pet>", []),
        (b"<pet><id/></pet>", []),
        (b"", []),
        (b"<pet><id>1</id>", [("body", "", "malformed")]),
        (b'{"id": 1}', [("body", "", "malformed")]),
    ],
)
def test_an_answer_in_xml_is_judged_by_whether_it_is_some(
    body: bytes, expected: list[tuple[str, str, str]]
) -> None:
    response = Response(200, (("content-type", "text/xml; charset=utf-8"),), body)
    assert wrong(only(answering(PET, media="application/xml")), response) == expected


def test_an_operation_without_answers_admits_any() -> None:
    assert wrong(only({}), as_json({"any": 1}, 599)) == []


def test_headers_that_an_operation_takes_are_known_without_compiling() -> None:
    found = only(
        {"parameters": [{"name": "Idempotency-Key", "in": "header"}, {"name": "q", "in": "query"}]}, "post"
    )
    assert found.header_names(found.operation("pets")) == {"idempotency-key"}


def test_an_answer_that_cannot_be_made_valid_is_warned_of() -> None:
    found = only(answering({"allOf": [{"type": "string"}, {"type": "integer"}]}))
    answer(found)
    assert "no valid answer was found" in found.warnings[-1].message


def test_reading_a_contract_does_not_import_the_strict_oracle() -> None:
    unwanted = "('openapi_core', 'jsonschema')"
    code = f"import sys, harness.contract.files; print([m for m in {unwanted} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout == b"[]\n"


def test_where_nothing_but_a_redirect_goes_well_it_is_the_success_and_says_where_to() -> None:
    location = {"schema": {"type": "string", "example": "/there"}}
    moved = {"description": "", "headers": {"Location": location}}
    found = only({"responses": {"302": moved, "404": {"description": ""}}})
    answered = answer(found, found.success(found.operation("pets")))
    assert (answered.status, answered.header("location")) == (302, "/there")

    other = only({"responses": {"200": {"description": "", "headers": {"Location": location}}, "302": moved}})
    answered = answer(other, other.success(other.operation("pets")))
    assert (answered.status, answered.header("location")) == (200, None)


def test_each_direction_has_the_schemas_that_its_messages_are_judged_by() -> None:
    found = only(answering(PET))
    media = found.compiled(found.operation("pets")).answer(200)
    assert media is not None
    assert media.json is not None
    assert media.json.schema is not None
    assert not found.schemas("response").valid(media.json.schema, {"name": "Rex"})
    assert (found.schemas("request").direction, found.schemas("response").direction) == (
        "request",
        "response",
    )
