"""What is odd about a document: each rule finds what it is for, and nothing in a document that is well."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.contract.contract import Contract
from harness.contract.document import Document, parse
from harness.contract.files import load_provider
from harness.contract.lint import RULES, counted, lint
from tests.contract.build import answering, asking, document, luck, taking


def found(whole: Document, rule: str) -> list[tuple[str, str]]:
    """What one rule says of a document: where, and what."""
    oddities = lint(Contract(whole), rng=luck())
    return [("/".join(oddity.tokens), oddity.message) for oddity in oddities if oddity.rule == rule]


def odd_schema(schema: dict[str, Any], rule: str, **more: Any) -> list[tuple[str, str]]:
    """What a rule says of an answer's schema, by its place in it."""
    whole = document({"/a": {"get": answering(schema)}}, **more)
    at = "paths//a/get/responses/200/content/application/json/schema"
    return [(place.removeprefix(at), message) for place, message in found(whole, rule)]


WELL = {
    "operationId": "getA",
    "parameters": [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "example": "x"}}
    ],
    "security": [{"key": []}],
    "responses": {
        "200": {
            "description": "",
            "headers": {"x-left": {"schema": {"type": "integer"}, "example": 3}},
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/A"},
                    "examples": {"one": {"value": {"x-own": 1}}},
                }
            },
            "x-ours": {"anything": True},
        },
        "default": {"description": ""},
    },
}


WELL_ANSWERED = {"responses": {"200": {"description": ""}}}


def test_of_a_document_that_is_well_nothing_is_said() -> None:
    schemas = {"A": {"type": "object", "properties": {"x-own": {"type": "integer", "default": 1}}}}
    schemes = {"key": {"type": "http", "scheme": "basic"}}
    whole = document({"/a/{id}": {"get": WELL}}, components={"schemas": schemas, "securitySchemes": schemes})
    assert lint(Contract(whole), rng=luck()) == ()


@pytest.mark.parametrize("name", ["stripe", "github"])
def test_the_bundled_documents_are_well(name: str) -> None:
    oddities = lint(load_provider(name).contract, rng=luck())
    assert [oddity for oddity in oddities if oddity.rule in ("reading", "example", "answer", "keyword")] == []


def test_what_loading_warned_of_is_said_with_its_place() -> None:
    assert odd_schema({"$ref": "#/components/schemas/Pat"}, "reading") == [
        ("", "$ref '#/components/schemas/Pat' dangles: nothing is there; anything is accepted")
    ]
    assert odd_schema({"type": "string", "pattern": "("}, "reading")[0][0] == "/pattern"
    assert odd_schema({"type": "string", "default": 3}, "reading")[0][0] == "/default"


@pytest.mark.parametrize(
    ("schema", "place", "message"),
    [
        (
            {"propertis": {}},
            "/propertis",
            "'propertis' is no field of a schema and ignored; did you mean 'properties'?",
        ),
        ({"type": "strng"}, "/type", "no type 'strng', so it is not checked; did you mean 'string'?"),
        (
            {"properties": {"a": {"type": "string", "required": True}}},
            "/properties/a/required",
            "'required' is a list of names in the object around it; this is ignored",
        ),
        (
            {"properties": {"name": {}}, "required": ["nam"], "additionalProperties": False},
            "/required/0",
            "'nam' is required and not allowed; did you mean 'name'?",
        ),
        ({"enum": []}, "/enum", "an empty enum admits nothing; it is ignored"),
    ],
)
def test_stray_keywords_of_schemas(schema: dict[str, Any], place: str, message: str) -> None:
    assert odd_schema(schema, "keyword") == [(place, message)]


def test_what_stands_beside_a_reference_means_nothing_before_3_1() -> None:
    schema = {"$ref": "#/components/schemas/A", "nullable": True, "maxLength": 3, "description": "fine"}
    schemas = {"A": {"type": "string"}}
    assert odd_schema(schema, "keyword", version="3.0.3", schemas=schemas) == [
        ("/maxLength", "'maxLength' means nothing beside a $ref; it is ignored"),
        ("/nullable", "'nullable' means nothing beside a $ref; it is read as it was meant"),
    ]
    assert odd_schema({**schema, "nullable": False}, "keyword", version="3.1.0", schemas=schemas) == []


def test_stray_fields_of_other_objects() -> None:
    operation = {"operationID": "x", "responses": {"200": {"description": "", "schema": {}}}}
    places = dict(found(document({"/a": {"get": operation}}), "keyword"))
    assert places == {
        "paths//a/get/operationID": "'operationID' is no field of an operation and ignored;"
        " did you mean 'operationId'?",
        "paths//a/get/responses/200/schema": "'schema' is of Swagger 2.0 and ignored; OpenAPI 3 has it under content,"
        " by media type",
    }


def test_examples_that_do_not_fit_their_schema_one_warning_each() -> None:
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "example": "x"}}}
    media = {"schema": schema, "examples": {"good": {"value": {"id": 1}}, "bad": {"value": {}}}}
    parameter = {"name": "n", "in": "query", "schema": {"type": "integer"}, "example": "three"}
    operation = {
        "parameters": [parameter],
        "responses": {"200": {"description": "", "content": {"application/json": media}}},
    }
    places = found(document({"/a": {"get": operation}}), "example")
    at = "paths//a/get/responses/200/content/application/json"
    assert places == [
        ("paths//a/get/parameters/0/example", 'the example is not valid: "three" is not of type "integer"'),
        (f"{at}/examples/bad", "the example is not valid: /id: 'id' is required"),
        (f"{at}/schema/properties/id/example", 'the example is not valid: "x" is not of type "integer"'),
    ]


def test_an_example_is_judged_as_what_it_is_of() -> None:
    schema = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer", "readOnly": True}},
    }
    ask = asking(schema)
    ask["requestBody"]["content"]["application/json"]["example"] = {}
    assert found(document({"/a": {"post": ask}}), "example") == []
    tell = answering(schema)
    tell["responses"]["200"]["content"]["application/json"]["example"] = {}
    assert len(found(document({"/a": {"post": tell}}), "example")) == 1


def test_examples_that_are_no_json_are_left_alone() -> None:
    tell = answering({"type": "object"}, media="application/xml")
    tell["responses"]["200"]["content"]["application/xml"]["example"] = "<a/>"
    assert found(document({"/a": {"get": tell}}), "example") == []


def test_an_operation_id_used_twice() -> None:
    one = {"operationId": "x", **answering({})}
    assert found(document({"/a": {"get": one}, "/b": {"get": dict(one)}}), "operation-id") == [
        ("paths//b/get/operationId", "operationId 'x' is that of GET /a; this one goes by 'GET /b'")
    ]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ("/a/{name}", "the same path as /a/{id} but for the names; /a/{id} answers GET"),
        ("/a/{id}?x=1", "a request has no '?' in its path: this is routed as /a/{id}"),
        ("/{x}/b", "a request may be for /a/{id} too; the earlier literal segment wins"),
    ],
)
def test_ambiguous_paths(other: str, message: str) -> None:
    whole = document({"/a/{id}": {"get": answering({})}, other: {"get": answering({})}})
    assert found(whole, "path") == [(f"paths/{other}", message)]


@pytest.mark.parametrize("other", ["/a/b", "/a/{id}/c", "/b/{id}", "/{x}/{y}"])
def test_a_narrower_path_or_another_is_not_ambiguous(other: str) -> None:
    assert found(document({"/a/{id}": {"get": answering({})}, other: {"get": answering({})}}), "path") == []


def test_methods_that_no_request_can_bring() -> None:
    others = {"COPY": WELL_ANSWERED, "FROB": WELL_ANSWERED}
    whole = document({"/a": {"query": WELL_ANSWERED, "additionalOperations": others}}, version="3.2.0")
    message = "requests with the method 'FROB' are not known here, and get a 501"
    assert found(whole, "method") == [("paths//a/additionalOperations/FROB", message)]


def test_parameters_of_the_path_and_its_template() -> None:
    wrong = {"name": "pet", "in": "path", "required": True, "schema": {}}
    assert found(document({"/a/{id}": {"get": taking(wrong)}}), "parameter") == [
        ("paths//a/{id}/get", "{id} of the path is not declared as a parameter; any text is accepted"),
        (
            "paths//a/{id}/get/parameters/0",
            "path parameter 'pet' is not in /a/{id}; it is ignored; the path has id",
        ),
    ]


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ({"in": "query"}, "a parameter without a name is ignored"),
        ({"name": "x", "in": "qurey"}, "parameter 'x' in 'qurey' is ignored; did you mean 'query'?"),
        ({"name": "Accept", "in": "header"}, "a header parameter called Accept is ignored, as OpenAPI says"),
    ],
)
def test_parameters_that_mean_nothing(parameter: dict[str, Any], message: str) -> None:
    assert found(document({"/a": {"get": taking(parameter)}}), "parameter") == [
        ("paths//a/get/parameters/0", message)
    ]


def test_a_parameter_declared_twice_and_an_optional_one_in_the_path() -> None:
    twice = {"name": "n", "in": "query", "schema": {}}
    place = {"name": "id", "in": "path", "schema": {}}
    messages = [
        m for _, m in found(document({"/a/{id}": {"get": taking(twice, dict(twice), place)}}), "parameter")
    ]
    assert messages == [
        "query parameter 'n' is declared twice here; the last one counts",
        "path parameter 'id' has no 'required: true'; it is required all the same",
    ]


def test_an_operation_overriding_a_parameter_of_its_path_is_well() -> None:
    place = {"name": "id", "in": "path", "required": True, "schema": {}}
    item = {"parameters": [place], "get": taking(dict(place))}
    assert found(document({"/a/{id}": item}), "parameter") == []


def test_security_that_is_not_declared() -> None:
    operation = {**answering({}), "security": [{"baerer": []}]}
    components = {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}
    assert found(document({"/a": {"get": operation}}, components=components), "security") == [
        ("paths//a/get/security/0/baerer", "no security scheme 'baerer'; did you mean 'bearer'?")
    ]


def test_operations_without_an_answer_for_success() -> None:
    assert found(document({"/a": {"get": answering({}, status="404")}}), "success") == [
        ("paths//a/get/responses", "no 2xx answer is declared (there is 404); success is an empty 200")
    ]
    for status in ("201", "2XX", "default"):
        assert found(document({"/a": {"get": answering({}, status=status)}}), "success") == []


def test_answers_that_cannot_be_made_validly() -> None:
    impossible = {"type": "string", "minLength": 5, "maxLength": 2}
    (place, message), *others = odd_schema(impossible, "answer")
    assert (place, others) == ("", [])
    assert message.startswith("no valid answer was found: the body: ")


def test_what_only_callbacks_use_is_neither_unused_nor_answered() -> None:
    called = {"{$request.body#/url}": {"post": asking({"$ref": "#/components/schemas/Event"})}}
    whole = document(
        {"/a": {"post": {**answering({}), "callbacks": {"done": called}}}},
        schemas={"Event": {"type": "string", "minLength": 5, "maxLength": 2}},
    )
    assert found(whole, "unused") == found(whole, "answer") == []


def test_components_that_nothing_leads_to() -> None:
    whole = document({"/a": {"get": answering({})}}, schemas={"Spare": {}})
    assert found(whole, "unused") == [("components/schemas/Spare", "no operation leads to it")]


def test_referenced_files_are_looked_at_in_their_place() -> None:
    files = {"pet.yaml": b"Pet: {type: object, propertis: {}}\n"}
    root = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": answering({"$ref": "pet.yaml#/Pet"})}}}
    whole = parse(json.dumps(root).encode(), name="a.json", read=lambda path: files[path])
    assert [place for place, _ in found(whole, "keyword")] == ["x-harness-files/pet.yaml/Pet/propertis"]


def test_a_swagger_2_document_is_not_scolded_for_its_dialect() -> None:
    root = {
        "swagger": "2.0",
        "info": {"title": "T", "version": "1"},
        "consumes": ["application/json"],
        "paths": {
            "/a": {
                "get": {
                    "parameters": [{"name": "x", "in": "query", "type": "string", "collectionFormat": "csv"}],
                    "responses": {"200": {"description": "", "schema": {"$ref": "#/definitions/A"}}},
                }
            }
        },
        "definitions": {"A": {"type": "object", "propertis": {}}, "Spare": {"type": "string"}},
    }
    whole = parse(json.dumps(root).encode(), name="a.json")
    oddities = lint(Contract(whole), rng=luck())
    assert [(o.rule, o.tokens) for o in oddities] == [
        ("keyword", ("definitions", "A", "propertis")),
        ("unused", ("definitions", "Spare")),
    ]


def test_they_are_counted_by_rule_and_every_rule_says_what_it_is_for() -> None:
    whole = document({"/a": {"get": answering({"x": 1, "y": 2}, status="404")}})
    assert counted(each.rule for each in lint(Contract(whole), rng=luck())) == {"keyword": 2, "success": 1}
    assert all(rule.__doc__ for rule in RULES.values())


def test_a_document_that_was_converted_from_a_model_of_aws_is_taken_at_its_word() -> None:
    info = {
        "title": "S",
        "version": "1",
        "x-origin": [{"converter": {"url": "https://x.example/aws2openapi"}}],
    }
    made = document({}, info=info)
    assert [at for at, _ in found(made, "dialect")] == ["info/x-origin"]
    made.dialect = "aws"
    assert found(made, "dialect") == []
