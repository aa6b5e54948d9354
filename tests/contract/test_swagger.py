"""Swagger 2.0: read as OpenAPI is, and what is odd is a warning that leads into the document as it was written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.contract.contract import Contract
from harness.contract.document import Document, parse
from harness.contract.security import Scheme
from harness.contract.yaml import line_of
from harness.errors import FileError
from tests.contract.build import NOW_S, judged, luck, matched, said

PET = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}


def swagger(paths: dict[str, Any] | None = None, **more: Any) -> Document:
    root = {"swagger": "2.0", "info": {"title": "Pets", "version": "1"}, "paths": paths or {}, **more}
    return parse(json.dumps(root).encode(), name="pets.json")


def contract(paths: dict[str, Any], **more: Any) -> Contract:
    return Contract(swagger(paths, **more))


def taking(*parameters: dict[str, Any], method: str = "get", **more: Any) -> Contract:
    """A contract of `/pets` with these parameters; what else its operation says is in `more`."""
    operation = {"parameters": list(parameters), "responses": {"200": {"description": ""}}, **more}
    return contract({"/pets": {method: operation}})


def answering(answer: dict[str, Any], **more: Any) -> Contract:
    return contract({"/pets": {"get": {"responses": {"200": answer}}}}, **more)


def messages(document: Document) -> dict[str, str]:
    return {warning.pointer: warning.message for warning in document.warnings}


def media(found: Contract, status: str = "200") -> dict[str, Any]:
    operation = found.document.root["paths"]["/pets"]["get"]
    content = found.document.follow(operation["responses"][status]).get("content", {})
    assert isinstance(content, dict)
    return content


# The document


def test_it_is_read_without_a_warning_and_keeps_its_version() -> None:
    document = swagger({"/pets": {"get": {"responses": {"200": {"description": "", "schema": PET}}}}})
    assert (document.version, document.title, document.warnings) == ("2.0", "Pets", ())


def test_a_version_written_as_a_number_is_understood() -> None:
    assert parse(b"swagger: 2.0\npaths: {}\n", name="a.yaml").version == "2.0"


def test_swagger_1_is_refused_with_the_nearest_that_works() -> None:
    with pytest.raises(FileError, match=r"a\.yaml:1: Swagger '1\.2' is not supported; .* '2\.0'"):
        parse(b'swaggerVersion: "1.2"\napis: []\n', name="a.yaml")


def test_what_it_becomes_is_openapi_with_nothing_of_swagger_at_its_top() -> None:
    root = swagger(host="x.io", basePath="/v1", consumes=["a/b"], definitions={"Pet": PET}, tags=[]).root
    assert list(root) == ["openapi", "info", "servers", "tags", "paths", "components"]


def test_a_document_can_be_kept_as_it_was_written() -> None:
    schema = {"type": "file", "x-nullable": True, "discriminator": "kind"}
    root = {"swagger": "2.0", "paths": {}, "definitions": {"A": schema}}
    assert parse(json.dumps(root).encode(), name="a.json", as_written=True).root == root


@pytest.mark.parametrize(
    ("more", "urls"),
    [
        ({}, ("/",)),
        ({"basePath": "/v1/"}, ("/v1",)),
        ({"host": "x.io"}, ("https://x.io",)),
        ({"host": "x.io:8080", "schemes": ["http", "https"]}, ("http://x.io:8080", "https://x.io:8080")),
        ({"host": "x.io", "basePath": "/v1", "schemes": ["https"]}, ("https://x.io/v1",)),
    ],
)
def test_host_base_path_and_schemes_are_its_servers(more: dict[str, Any], urls: tuple[str, ...]) -> None:
    assert contract({}, **more).server_urls == urls


def test_operations_are_found_with_and_without_the_base_path() -> None:
    found = contract({"/pets/{id}": {"get": {"operationId": "pet", "responses": {}}}}, basePath="/v2")
    assert matched(found, "GET", "/v2/pets/7") == matched(found, "GET", "/pets/7") == ("pet", {"id": "7"})


# Parameters


@pytest.mark.parametrize(
    ("format_", "query"),
    [
        (None, "ids=1,2"),
        ("csv", "ids=1,2"),
        ("ssv", "ids=1%202"),
        ("ssv", "ids=1+2"),
        ("tsv", "ids=1%092"),
        ("pipes", "ids=1|2"),
        ("pipes", "ids=1%7C2"),
        ("multi", "ids=1&ids=2"),
    ],
)
def test_lists_in_a_query_are_written_by_their_collection_format(format_: str | None, query: str) -> None:
    ids = {"name": "ids", "in": "query", "type": "array", "items": {"type": "integer"}}
    found = judged(taking({**ids, "collectionFormat": format_} if format_ else ids), "GET", f"/pets?{query}")
    assert (found.query, found.deviations) == ({"ids": [1, 2]}, ())


@pytest.mark.parametrize(
    ("format_", "text"), [("csv", "1,2"), ("ssv", "1 2"), ("tsv", "1\t2"), ("pipes", "1|2")]
)
def test_lists_in_a_header_are_too(format_: str, text: str) -> None:
    ids = {"name": "X-Ids", "in": "header", "type": "array", "items": {"type": "integer"}}
    found = judged(taking({**ids, "collectionFormat": format_}), "GET", "/pets", x_ids=text)
    assert (found.headers, found.deviations) == ({"x-ids": [1, 2]}, ())


@pytest.mark.parametrize(("format_", "text"), [("csv", "1,2"), ("pipes", "1%7C2"), ("ssv", "1%202")])
def test_lists_in_a_path_are_too(format_: str, text: str) -> None:
    ids = {"name": "ids", "in": "path", "required": True, "type": "array", "items": {"type": "integer"}}
    operation = {"parameters": [{**ids, "collectionFormat": format_}], "responses": {}}
    found = judged(contract({"/pets/{ids}": {"get": operation}}), "GET", f"/pets/{text}")
    assert (found.path, found.deviations) == ({"ids": [1, 2]}, ())


@pytest.mark.parametrize(
    ("format_", "body"),
    [
        ("csv", "ids=1,2"),
        ("csv", "ids=1%2C2"),
        ("pipes", "ids=1|2"),
        ("tsv", "ids=1%092"),
        ("multi", "ids=1&ids=2"),
    ],
)
def test_lists_in_a_form_are_too(format_: str, body: str) -> None:
    ids = {"name": "ids", "in": "formData", "type": "array", "items": {"type": "integer"}}
    found = taking({**ids, "collectionFormat": format_}, method="post")
    result = judged(
        found, "POST", "/pets", body=body.encode(), content_type="application/x-www-form-urlencoded"
    )
    assert (result.body, result.deviations) == ({"ids": [1, 2]}, ())


def test_values_are_judged_by_what_stands_beside_the_name() -> None:
    limit = {"name": "limit", "in": "query", "type": "integer", "maximum": 10, "exclusiveMaximum": True}
    assert said(judged(taking(limit), "GET", "/pets?limit=9")) == []
    assert said(judged(taking(limit), "GET", "/pets?limit=10")) == [("query", "/limit", "exclusiveMaximum")]


def test_shared_parameters_are_known_by_their_reference_and_overridden_by_the_operations_own() -> None:
    limit = {"name": "limit", "in": "query", "type": "integer"}
    item = {
        "parameters": [{"$ref": "#/parameters/limit"}, {"name": "q", "in": "query", "type": "string"}],
        "get": {"responses": {}},
        "post": {"responses": {}, "parameters": [{**limit, "type": "boolean"}]},
    }
    found = contract({"/pets": item}, parameters={"limit": limit})
    assert judged(found, "GET", "/pets?limit=7&q=x").query == {"limit": 7, "q": "x"}
    assert said(judged(found, "POST", "/pets?limit=7")) == [("query", "/limit", "type")]
    assert found.warnings == ()


def test_a_whole_path_item_may_stand_in_another_file() -> None:
    files = {
        "pets.yaml": b"post:\n  parameters:\n  - {$ref: 'shared.yaml#/body'}\n  responses: {}\n",
        "shared.yaml": b"body: {name: b, in: body, required: true, schema: {$ref: 'main.yaml#/definitions/Pet'}}\n",
    }
    data = (
        b"swagger: '2.0'\npaths: {/pets: {$ref: pets.yaml}}\n"
        b"definitions: {Pet: {type: object, required: [id]}}\n"
    )
    found = Contract(parse(data, name="docs/main.yaml", read=files.__getitem__))
    result = judged(found, "POST", "/pets", body=b"{}", content_type="application/json")
    assert said(result) == [("body", "/id", "required")]
    assert found.warnings == ()


# Bodies


def test_a_body_is_what_the_operation_consumes_else_what_the_document_does_else_json() -> None:
    body = {"name": "pet", "in": "body", "schema": PET}
    operation = {"parameters": [body], "responses": {}}
    item = {"post": {**operation, "consumes": ["application/x-pet+json"]}, "put": operation}

    def kinds(method: str, **more: Any) -> list[str]:
        return list(
            contract({"/pets": item}, **more).document.root["paths"]["/pets"][method]["requestBody"][
                "content"
            ]
        )

    assert kinds("post", consumes=["text/xml"]) == ["application/x-pet+json"]
    assert kinds("put", consumes=["text/xml", "application/json"]) == ["text/xml", "application/json"]
    assert kinds("put") == ["application/json"]


def test_a_body_is_judged_and_may_be_required() -> None:
    found = taking({"name": "pet", "in": "body", "required": True, "schema": PET}, method="post")
    assert said(judged(found, "POST", "/pets", body=b'{"id":"x"}', content_type="application/json")) == [
        ("body", "/id", "type")
    ]
    assert said(judged(found, "POST", "/pets")) == [("body", "", "required")]


def test_a_form_is_an_object_of_its_fields() -> None:
    found = taking(
        {"name": "name", "in": "formData", "type": "string", "required": True},
        {"name": "age", "in": "formData", "type": "integer"},
        method="post",
        consumes=["application/x-www-form-urlencoded"],
    )
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert judged(found, "POST", "/pets", body=b"name=Rex&age=3", **form).body == {"name": "Rex", "age": 3}
    assert said(judged(found, "POST", "/pets", body=b"age=x", **form)) == [
        ("body", "/name", "required"),
        ("body", "/age", "type"),
    ]


def test_a_form_is_json_too_where_json_is_consumed() -> None:
    found = taking(
        {"name": "age", "in": "formData", "type": "integer"},
        method="post",
        consumes=["application/x-www-form-urlencoded", "application/json"],
    )
    assert judged(found, "POST", "/pets", body=b'{"age":3}', content_type="application/json").deviations == ()


def test_a_file_is_a_part_of_a_multipart_body() -> None:
    found = taking(
        {"name": "photo", "in": "formData", "type": "file", "required": True},
        {"name": "age", "in": "formData", "type": "integer"},
        method="post",
    )
    body = (
        b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.png"\r\n\r\n\x89PNG\r\n'
        b'--x\r\nContent-Disposition: form-data; name="age"\r\n\r\n3\r\n--x--\r\n'
    )
    result = judged(found, "POST", "/pets", body=body, content_type="multipart/form-data; boundary=x")
    assert (result.body, result.deviations) == ({"photo": "\x89PNG", "age": 3}, ())


def test_a_shared_form_field_makes_a_body_of_every_operation() -> None:
    item = {
        "parameters": [{"$ref": "#/parameters/token"}],
        "post": {"responses": {}},
        "put": {"responses": {}, "parameters": [{"name": "age", "in": "formData", "type": "integer"}]},
    }
    token = {"name": "token", "in": "formData", "type": "string", "required": True}
    found = contract({"/pets": item}, parameters={"token": token})
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert judged(found, "POST", "/pets", body=b"token=a", **form).body == {"token": "a"}
    assert judged(found, "PUT", "/pets", body=b"token=a&age=3", **form).body == {"token": "a", "age": 3}


# Answers


def test_an_answer_has_its_schema_under_each_type_that_is_produced() -> None:
    answer = {"description": "", "schema": PET}
    assert list(media(answering(answer))) == ["application/json"]
    assert list(media(answering(answer, produces=["text/xml", "a/b"]))) == ["text/xml", "a/b"]
    assert media(answering({"description": ""}, produces=["text/xml"])) == {}


def test_an_answer_is_valid_and_has_the_headers_that_are_declared() -> None:
    headers = {"X-Rate": {"type": "integer", "minimum": 5}}
    found = answering(
        {"description": "", "schema": {"$ref": "#/definitions/Pet"}, "headers": headers},
        definitions={"Pet": PET},
    )
    operation = found.operation("GET /pets")
    answer = found.answer(operation, 200, rng=luck(), now_s=NOW_S)
    assert isinstance(json.loads(answer.body)["id"], int)
    assert found.deviations(operation, answer) == ()
    assert found.document.root["paths"]["/pets"]["get"]["responses"]["200"]["headers"] == {
        "X-Rate": {"schema": {"type": "integer", "minimum": 5}}
    }


def test_an_example_is_served_where_it_is_valid() -> None:
    def body(example: object) -> object:
        found = answering({"schema": PET, "examples": {"application/json": example}})
        return json.loads(found.answer(found.operation("GET /pets"), 200, rng=luck(), now_s=NOW_S).body)

    assert body({"id": 4711}) == {"id": 4711}
    assert body({"id": "x"}) != {"id": "x"}


def test_examples_say_the_types_where_nothing_else_does() -> None:
    assert list(media(answering({"examples": {"text/plain": "hello"}}))) == ["text/plain"]
    assert list(media(answering({"schema": PET, "examples": {"text/xml": "<a/>"}}))) == [
        "application/json",
        "text/xml",
    ]


def test_what_stands_in_an_example_is_data() -> None:
    example = {"$ref": "nowhere", "default": 1, "type": "string"}
    assert answering({"examples": {"application/json": example}}).warnings == ()


def test_a_shared_answer_is_of_the_types_that_each_operation_produces() -> None:
    answer = {"responses": {"200": {"$ref": "#/responses/pet"}}}
    found = contract(
        {"/pets": {"get": answer, "put": {**answer, "produces": ["text/xml"]}}},
        responses={"pet": {"description": "", "schema": PET}},
    )
    paths = found.document.root["paths"]["/pets"]
    assert list(paths["get"]["responses"]["200"]["content"]) == ["application/json"]
    assert list(paths["put"]["responses"]["200"]["content"]) == ["text/xml"]


def test_a_file_is_answered_as_octets() -> None:
    found = answering({"schema": {"type": "file"}})
    assert media(found) == {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


# Schemas


def test_x_nullable_admits_null_there_and_nowhere_else() -> None:
    properties = {"a": {"type": "string", "x-nullable": True}, "b": {"type": "string"}}
    found = taking({"name": "b", "in": "body", "schema": {"properties": properties}}, method="post")
    result = judged(found, "POST", "/pets", body=b'{"a":null,"b":null}', content_type="application/json")
    assert said(result) == [("body", "/b", "type")]


def test_a_discriminator_that_is_a_text_names_the_property() -> None:
    definitions = {
        "Pet": {
            "type": "object",
            "discriminator": "kind",
            "required": ["kind"],
            "properties": {"kind": {"type": "string"}},
        },
        "Cat": {"allOf": [{"$ref": "#/definitions/Pet"}, {"properties": {"lives": {"type": "integer"}}}]},
    }
    found = answering({"schema": {"$ref": "#/definitions/Cat"}}, definitions=definitions)
    value = found.value(found.operation("GET /pets"), 200, rng=luck(), now_s=NOW_S)
    assert isinstance(value, dict)
    assert value["kind"] == "Cat"


@pytest.mark.parametrize(
    "ref",
    [
        "#/paths/~1pets/post/responses/200/schema",
        "#/paths/~1pets/post/parameters/0/schema",
        "#/responses/pet/schema",
        "#/parameters/pet/schema/properties/of",
        "#/definitions/Pet",
        "Pet",
    ],
)
def test_a_reference_into_what_has_moved_still_leads_there(ref: str) -> None:
    body = {"name": "pet", "in": "body", "schema": {"properties": {"of": PET}}}
    paths = {
        "/pets": {
            "post": {
                "parameters": [{**body, "schema": PET}],
                "responses": {"200": {"description": "", "schema": PET}},
            }
        },
        "/toys": {
            "post": {
                "parameters": [
                    {"name": "toy", "in": "body", "schema": {"properties": {"pet": {"$ref": ref}}}}
                ],
                "responses": {},
            }
        },
    }
    found = contract(
        paths, definitions={"Pet": PET}, responses={"pet": {"schema": PET}}, parameters={"pet": body}
    )
    result = judged(found, "POST", "/toys", body=b'{"pet":{"id":"x"}}', content_type="application/json")
    assert said(result) == [("body", "/pet/id", "type")]


# Security


def test_security_definitions_are_the_same_schemes_by_other_names() -> None:
    definitions = {
        "basic": {"type": "basic"},
        "key": {"type": "apiKey", "in": "query", "name": "token"},
        "implicit": {"type": "oauth2", "flow": "implicit", "authorizationUrl": "u", "scopes": {"a": "b"}},
        "password": {"type": "oauth2", "flow": "password", "tokenUrl": "t", "scopes": {}},
        "application": {"type": "oauth2", "flow": "application", "tokenUrl": "t", "scopes": {}},
        "code": {"type": "oauth2", "flow": "accessCode", "authorizationUrl": "u", "tokenUrl": "t"},
    }
    found = contract(
        {"/pets": {"get": {"responses": {}, "security": [{"basic": [], "key": []}, {"code": []}]}}},
        securityDefinitions=definitions,
    )
    assert found.security(found.operation("GET /pets")) == (
        (Scheme("basic"), Scheme("api_key", "token", "query")),
        (Scheme("oauth2"),),
    )
    schemes = found.document.root["components"]["securitySchemes"]
    assert {name: list(node["flows"]) for name, node in schemes.items() if "flows" in node} == {
        "implicit": ["implicit"],
        "password": ["password"],
        "application": ["clientCredentials"],
        "code": ["authorizationCode"],
    }
    assert schemes["implicit"]["flows"]["implicit"] == {"authorizationUrl": "u", "scopes": {"a": "b"}}
    assert found.warnings == ()


# Oddities

GET = "/paths/~1pets/get"


@pytest.mark.parametrize(
    ("operation", "pointer", "message"),
    [
        ({}, GET, "no responses"),
        ({"parameters": {}, "responses": {}}, f"{GET}/parameters", "'parameters' is a list"),
        ({"parameters": [{"in": "query"}], "responses": {}}, f"{GET}/parameters/0", "needs 'name' and 'in'"),
        (
            {"parameters": [{"name": "a", "in": "qurey", "type": "string"}], "responses": {}},
            f"{GET}/parameters/0/in",
            "unknown place 'qurey' of a parameter; did you mean 'query'",
        ),
        ({"parameters": [{"name": "a", "in": "query"}], "responses": {}}, f"{GET}/parameters/0", "no type"),
        (
            {"parameters": [{"name": "a", "in": "query", "schema": {"type": "string"}}], "responses": {}},
            f"{GET}/parameters/0/schema",
            "only a body has a schema",
        ),
        (
            {"parameters": [{"name": "a", "in": "query", "type": "object"}], "responses": {}},
            f"{GET}/parameters/0/type",
            "an object has no form outside a body",
        ),
        (
            {"parameters": [{"name": "a", "in": "query", "type": ["string", "null"]}], "responses": {}},
            f"{GET}/parameters/0/type",
            "a list of types",
        ),
        (
            {
                "parameters": [{"name": "a", "in": "query", "type": "array", "collectionFormat": "pipe"}],
                "responses": {},
            },
            f"{GET}/parameters/0/collectionFormat",
            "unknown format 'pipe' is read as 'csv'; did you mean 'pipes'",
        ),
        (
            {
                "parameters": [{"name": "a", "in": "header", "type": "array", "collectionFormat": "multi"}],
                "responses": {},
            },
            f"{GET}/parameters/0/collectionFormat",
            "only a query and a form repeat a name",
        ),
        (
            {"parameters": [{"name": "a", "in": "body"}], "responses": {}},
            f"{GET}/parameters/0",
            "a body without",
        ),
        (
            {
                "parameters": [
                    {"name": "a", "in": "body", "schema": {}},
                    {"name": "b", "in": "formData", "type": "string"},
                ],
                "responses": {},
            },
            f"{GET}/parameters",
            "both a body and a form",
        ),
        (
            {
                "parameters": [{"name": "b", "in": "formData", "type": "string"}],
                "consumes": ["application/json"],
                "responses": {},
            },
            f"{GET}/parameters",
            "a form, but only application/json is consumed",
        ),
        ({"consumes": "application/json", "responses": {}}, f"{GET}/consumes", "is a list of media types"),
        ({"produces": ["json"], "responses": {}}, f"{GET}/produces/0", "read as 'application/json'"),
        ({"produces": ["nonsense"], "responses": {}}, f"{GET}/produces/0", "no media type; ignored"),
        ({"responses": {"200": None}}, f"{GET}/responses/200", "an answer is an object"),
        (
            {"responses": {"200": {"examples": {"id": 1}}}},
            f"{GET}/responses/200/examples",
            "read as one example",
        ),
    ],
)
def test_what_is_odd_in_an_operation_is_a_warning(
    operation: dict[str, Any], pointer: str, message: str
) -> None:
    found = contract({"/pets": {"get": operation}})
    told = messages(found.document)
    assert list(told) == [pointer]
    assert message in told[pointer]
    assert found.answer(found.operation("GET /pets"), 200, rng=luck(), now_s=NOW_S).status == 200


@pytest.mark.parametrize(
    ("more", "pointer", "message"),
    [
        ({"host": "https://x.io/"}, "/host", "read as 'x.io'"),
        ({"basePath": "v1"}, "/basePath", "read as '/v1'"),
        ({"basePath": "https://x.io/v1"}, "/basePath", "read as '/v1'"),
        ({"definitions": None}, "/definitions", "must be an object, not null"),
        ({"definitons": {}}, "/definitons", "did you mean 'definitions'"),
        (
            {"securityDefinitions": {"a": {"type": "http"}}},
            "/securityDefinitions/a/type",
            "knows no security",
        ),
        (
            {"securityDefinitions": {"a": {"type": "oauth2", "flow": "acessCode"}}},
            "/securityDefinitions/a/flow",
            "did you mean 'accessCode'",
        ),
    ],
)
def test_what_is_odd_at_the_top_is_a_warning(more: dict[str, Any], pointer: str, message: str) -> None:
    told = messages(swagger({}, **more))
    assert list(told) == [pointer]
    assert message in told[pointer]


def test_a_shared_parameter_is_warned_of_once_and_where_it_stands() -> None:
    item = {"parameters": [{"$ref": "#/parameters/a"}], "responses": {}}
    document = swagger({"/a": {"get": item, "put": item}}, parameters={"a": {"name": "a", "in": "query"}})
    assert [warning.pointer for warning in document.warnings] == ["/parameters/a"]


def test_a_dangling_reference_is_told_as_it_was_written() -> None:
    answer = {"schema": {"$ref": "#/definitions/Nobody"}}
    told = messages(swagger({"/pets": {"get": {"responses": {"200": answer}}}}))
    assert "'#/definitions/Nobody' dangles" in told[f"{GET}/responses/200/schema"]


# Where things stood


@pytest.mark.parametrize(
    ("pointer", "written"),
    [
        ("/components/schemas/Pet/properties/id", "/definitions/Pet/properties/id"),
        ("/components/securitySchemes/o/flows/implicit/scopes", "/securityDefinitions/o/scopes"),
        ("/servers/0", "/basePath"),
        ("/info/title", "/info/title"),
        ("/paths/~1pets/get/responses/200/content/a~1b/schema/type", "/responses/pet/schema/type"),
        ("/paths/~1pets/get/responses/200/content/a~1b/example/id", "/responses/pet/examples/a~1b/id"),
        ("/paths/~1pets/get/responses/200/content/a~1b", "/responses/pet"),
        ("/paths/~1pets/get/responses/200/headers/X/schema/type", "/responses/pet/headers/X/type"),
        ("/paths/~1pets/get/parameters/0/schema/maximum", "/paths/~1pets/get/parameters/1/maximum"),
        ("/paths/~1pets/get/parameters/0/explode", "/paths/~1pets/get/parameters/1"),
        (
            "/paths/~1pets/get/requestBody/content/c~1d/schema/type",
            "/paths/~1pets/get/parameters/0/schema/type",
        ),
        ("/paths/~1pets/post/requestBody/content/c~1d/schema/properties/f/type", "/parameters/f/type"),
        ("/paths/~1pets/get/operationId", "/paths/~1pets/get/operationId"),
    ],
)
def test_a_pointer_into_our_form_leads_back_to_where_it_was_written(pointer: str, written: str) -> None:
    document = swagger(
        {
            "/pets": {
                "parameters": [{"$ref": "#/parameters/f"}],
                "get": {
                    "operationId": "pets",
                    "parameters": [
                        {"name": "b", "in": "body", "schema": {"type": "object"}},
                        {"name": "q", "in": "query", "type": "integer", "maximum": 3},
                    ],
                    "responses": {"200": {"$ref": "#/responses/pet"}},
                },
                "post": {"responses": {}},
            }
        },
        basePath="/",
        definitions={"Pet": PET},
        parameters={"f": {"name": "f", "in": "formData", "type": "string"}},
        responses={
            "pet": {"schema": PET, "examples": {"a/b": {"id": 1}}, "headers": {"X": {"type": "string"}}}
        },
        securityDefinitions={"o": {"type": "oauth2", "flow": "implicit", "scopes": {}}},
    )
    assert document.origin(pointer) == written


def test_the_line_of_a_warning_is_that_of_the_file() -> None:
    text = (
        "swagger: '2.0'\npaths:\n  /pets:\n    get:\n      parameters:\n      - name: a\n        in: query\n"
        "        type: object\n      responses: {}\n"
    )
    (warning,) = parse(text.encode(), name="a.yaml").warnings
    assert line_of(text, warning.pointer) == 8


def test_schemes_of_an_operation_are_its_own_addresses() -> None:
    paths = {"/pets": {"get": {"schemes": ["http"], "responses": {}}, "post": {"responses": {}}}}
    document = swagger(paths, host="https://a.test", schemes=["https"])
    assert document.root["servers"] == [{"url": "https://a.test"}]
    assert document.root["paths"]["/pets"]["get"]["servers"] == [{"url": "http://a.test"}]
    assert "servers" not in document.root["paths"]["/pets"]["post"]
    assert document.origin("/paths/~1pets/get/servers") == "/paths/~1pets/get/schemes"
    assert document.origin("/servers") == "/host"
    assert [warning.pointer for warning in document.warnings].count("/host") == 1
    assert "servers" not in swagger(paths).root["paths"]["/pets"]["get"]
