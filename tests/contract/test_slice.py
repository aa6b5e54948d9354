"""A slice holds just what its operations need, and answers and judges them as the whole document does."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.contract.contract import Contract, Match, Operation
from harness.contract.document import Document, parse
from harness.contract.files import contracts_folder, load_document
from harness.contract.slice import sliced, unused
from harness.contract.written import written
from harness.model.message import Request
from tests.contract.build import NOW_S, answering, document, luck

CORPUS = Path(os.environ.get("HARNESS_CORPUS", "../shared/corpus")) / "documents"


def ref(name: str, kind: str = "schemas") -> dict[str, Any]:
    return {"$ref": f"#/components/{kind}/{name}"}


def cut(whole: Document, *operations: str) -> dict[str, Any]:
    """The slice with these operations, told as `GET /pets`."""
    method_and_path = [operation.split(" ") for operation in operations]
    return sliced(whole, [(method, path) for method, path in method_and_path])


def read_again(tree: dict[str, Any]) -> Contract:
    return Contract(parse(json.dumps(tree).encode(), name="slice.json"))


def test_of_paths_and_methods_only_the_wanted_are_kept_in_their_order() -> None:
    answer = answering({"type": "string"})
    item = {"summary": "Pets", "get": answer, "post": answer}
    whole = document({"/c": {"get": answer}, "/a": item, "/b": {"get": answer}})
    tree = cut(whole, "GET /a", "GET /c")
    assert list(tree) == ["openapi", "info", "paths"]
    assert tree["paths"] == {"/c": {"get": answer}, "/a": {"summary": "Pets", "get": answer}}


def test_what_is_referred_to_is_kept_however_indirectly_and_nothing_else() -> None:
    whole = document(
        {
            "/a": {"get": answering({"type": "array", "items": ref("Pet")})},
            "/b": {"get": answering(ref("Shop"))},
        },
        schemas={
            "Shop": {"properties": {"pets": ref("Pet")}},
            "Pet": {"properties": {"owner": ref("Owner"), "friend": ref("Pet")}},
            "Owner": {"properties": {"name": {"type": "string"}}},
            "Other": {},
        },
    )
    assert list(cut(whole, "GET /a")["components"]["schemas"]) == ["Pet", "Owner"]
    assert list(cut(whole, "GET /b")["components"]["schemas"]) == ["Shop", "Pet", "Owner"]


def test_every_kind_of_component_is_followed() -> None:
    operation = {
        "parameters": [ref("Limit", "parameters")],
        "requestBody": ref("Body", "requestBodies"),
        "responses": {"200": ref("Good", "responses")},
        "callbacks": {"done": ref("Done", "callbacks")},
    }
    components = {
        "parameters": {"Limit": {"name": "limit", "in": "query", "schema": ref("Int")}, "Spare": {}},
        "requestBodies": {
            "Body": {"content": {"application/json": {"examples": {"one": ref("One", "examples")}}}}
        },
        "responses": {"Good": {"description": "", "headers": {"x-a": ref("A", "headers")}}, "Spare": {}},
        "headers": {"A": {"schema": ref("Text")}},
        "examples": {"One": {"value": {"$ref": "#/components/schemas/Spare"}}},
        "callbacks": {"Done": {"{$request.body#/url}": {"post": answering(ref("Called"))}}},
        "schemas": {"Int": {}, "Text": {}, "Called": {}, "Spare": {}},
    }
    whole = document({"/a": {"post": operation}}, components=components)
    kept = cut(whole, "POST /a")["components"]
    assert {kind: list(named) for kind, named in kept.items()} == {
        "parameters": ["Limit"],
        "requestBodies": ["Body"],
        "responses": ["Good"],
        "headers": ["A"],
        "examples": ["One"],
        "callbacks": ["Done"],
        "schemas": ["Int", "Text", "Called"],
    }


def test_a_property_called_example_is_no_example() -> None:
    schema = {"properties": {"example": ref("Deep")}, "example": {"$ref": "#/components/schemas/Spare"}}
    whole = document({"/a": {"get": answering(schema)}}, schemas={"Deep": {}, "Spare": {}})
    assert list(cut(whole, "GET /a")["components"]["schemas"]) == ["Deep"]


def test_security_schemes_and_tags_in_use_are_kept() -> None:
    schemes = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "own": {"type": "apiKey", "in": "header", "name": "x-own"},
        "spare": {"type": "http", "scheme": "basic"},
        "asked": {"type": "apiKey", "in": "query", "name": "key"},
    }
    whole = document(
        {"/a": {"get": {**answering({}), "security": [{"own": []}], "tags": ["a"]}}},
        components={"securitySchemes": schemes},
        security=[{"bearer": []}],
        tags=[{"name": "b"}, {"name": "a", "description": "of a"}],
    )
    tree = cut(whole, "GET /a")
    # `asked`: a key in the query is no stray parameter, whichever operation it is sent to.
    assert list(tree["components"]["securitySchemes"]) == ["bearer", "own", "asked"]
    assert tree["tags"] == [{"name": "a", "description": "of a"}]


def test_a_discriminators_branches_are_kept_mapped_or_built_upon() -> None:
    whole = document(
        {"/a": {"get": answering(ref("Pet"))}, "/b": {"get": answering(ref("Base"))}},
        schemas={
            "Pet": {
                "discriminator": {
                    "propertyName": "k",
                    "mapping": {"c": "#/components/schemas/Cat", "d": "Dog"},
                }
            },
            "Cat": {},
            "Dog": {},
            "Base": {"discriminator": {"propertyName": "k"}},
            "Heir": {"allOf": [ref("Base"), {"properties": {"of": ref("Farm")}}]},
            "Farm": {},
        },
    )
    assert list(cut(whole, "GET /a")["components"]["schemas"]) == ["Pet", "Cat", "Dog"]
    assert list(cut(whole, "GET /b")["components"]["schemas"]) == ["Base", "Heir", "Farm"]


def test_a_shared_path_item_is_written_out_with_the_methods_that_each_path_keeps() -> None:
    item = {"parameters": [ref("Id", "parameters")], "get": answering({}), "delete": answering({})}
    whole = document(
        {"/a": {"$ref": "#/components/pathItems/Item"}, "/b": {"$ref": "#/components/pathItems/Item"}},
        components={"pathItems": {"Item": item}, "parameters": {"Id": {"name": "i", "in": "query"}}},
    )
    tree = cut(whole, "GET /a", "DELETE /b")
    assert {path: list(kept) for path, kept in tree["paths"].items()} == {
        "/a": ["parameters", "get"],
        "/b": ["parameters", "delete"],
    }
    assert list(tree["components"]) == ["parameters"]


def test_a_part_of_an_operation_that_is_not_kept_finds_another_place() -> None:
    inner = "#/paths/~1a~1%7Bid%7D/get/responses/200/content/application~1json/schema"
    whole = document(
        {
            "/a/{id}": {"get": answering({"type": "object", "properties": {"x": ref("X")}})},
            "/b": {"get": answering({"$ref": inner})},
        },
        schemas={"X": {"type": "integer"}},
    )
    tree = cut(whole, "GET /b")
    contract = read_again(tree)
    assert list(contract.operations) == ["GET /b"]
    assert contract.document.warnings == ()
    value = contract.value(contract.operation("GET /b"), 200, rng=luck(), now_s=NOW_S)
    assert isinstance(value, dict)
    assert isinstance(value["x"], int)
    assert cut(whole, "GET /a/{id}", "GET /b")["paths"]["/b"] == whole.root["paths"]["/b"]


def test_parts_of_other_files_come_with_it() -> None:
    files = {
        "pet.yaml": b"Pet: {type: object, required: [of], properties: {of: {$ref: '#/Owner'}}}\n"
        b"Owner: {const: me}\nSpare: {}\n"
    }
    root = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": answering({"$ref": "pet.yaml#/Pet"})}}}
    whole = parse(json.dumps(root).encode(), name="a.json", read=lambda path: files[path])
    tree = cut(whole, "GET /a")
    assert list(tree["x-harness-files"]["pet.yaml"]) == ["Owner", "Pet"]
    contract = read_again(tree)
    assert contract.value(contract.operation("GET /a"), 200, rng=luck(), now_s=NOW_S) == {"of": "me"}


def test_links_to_what_is_gone_are_gone() -> None:
    links = {"next": {"operationId": "b"}, "self": {"operationId": "a"}, "shared": ref("ToB", "links")}
    operation = {"operationId": "a", "responses": {"200": {"description": "", "links": links}}}
    other = {"operationId": "b", **answering({})}
    whole = document(
        {"/a": {"get": operation}, "/b": {"get": other}},
        components={"links": {"ToB": {"operationRef": "#/paths/~1b/get"}}},
    )
    tree = cut(whole, "GET /a")
    assert tree["paths"]["/a"]["get"]["responses"]["200"]["links"] == {"self": {"operationId": "a"}}
    assert cut(whole, "GET /a", "GET /b")["paths"]["/a"]["get"] == operation


def test_the_whole_document_is_left_as_it_was() -> None:
    whole = load_document(contracts_folder() / "stripe" / "openapi.yaml")
    before = json.dumps(whole.root)
    cut(whole, "POST /v1/customers")
    assert json.dumps(whole.root) == before


def test_swagger_2_stays_swagger_2() -> None:
    root = {
        "swagger": "2.0",
        "info": {"title": "T", "version": "1"},
        "paths": {
            "/a": {"get": {"responses": {"200": {"description": "", "schema": {"$ref": "#/definitions/A"}}}}},
            "/b": {"get": {"responses": {"200": {"$ref": "#/responses/B"}}}},
        },
        "definitions": {"A": {"type": "string"}, "B": {"type": "integer"}},
        "responses": {"B": {"description": "", "schema": {"$ref": "#/definitions/B"}}},
        "securityDefinitions": {"spare": {"type": "basic"}},
    }
    tree = cut(parse(json.dumps(root).encode(), name="a.json", as_written=True), "GET /b")
    assert tree == {
        "swagger": "2.0",
        "info": root["info"],
        "paths": {"/b": root["paths"]["/b"]},  # type: ignore[index]
        "definitions": {"B": {"type": "integer"}},
        "responses": root["responses"],
    }


def test_components_that_nothing_leads_to_are_unused() -> None:
    whole = document(
        {"/a": {"get": answering(ref("Used"))}},
        schemas={"Used": {}, "Spare": {"properties": {"x": ref("OfSpare")}}, "OfSpare": {}},
    )
    assert list(unused(whole)) == [("components", "schemas", "Spare"), ("components", "schemas", "OfSpare")]


BUNDLED = [contracts_folder() / name / "openapi.yaml" for name in ("stripe", "github")]
LARGE = [
    CORPUS / name
    for name in (
        "square.connect.api.json",
        "twilio_api_v2010.json",
        "box.apisguru.json",
        "slack.web_openapi_v2.json",
    )
]
PLACES = [path for path in (*BUNDLED, *LARGE) if path.is_file()]
_WHOLE: dict[Path, Document] = {}


def whole_of(path: Path) -> Contract:
    """A contract without a past: what was once found of a schema has a part in how its luck is spent."""
    if path not in _WHOLE:
        _WHOLE[path] = load_document(path)
    return Contract(_WHOLE[path])


def requests_for(operation: Operation) -> list[Request]:
    """Good and bad ones; what matters is that both judge them alike."""
    path = operation.template.replace("{", "").replace("}", "")
    json_type = ("content-type", "application/json")
    form = ("content-type", "application/x-www-form-urlencoded")
    return [
        Request(operation.method, path, path, "", (), b""),
        Request(operation.method, path, path, "limit=x&page=1&nonsense=1&key=k", (("accept", "*/*"),), b""),
        Request(operation.method, path, path, "", (json_type,), b'{"name": 1, "amount": "x", "id": null}'),
        Request(operation.method, path, path, "", (form,), b"name=x&amount=y&metadata[a]=b&expand[]=c"),
    ]


@pytest.mark.parametrize("path", PLACES, ids=lambda path: f"{path.parent.name}/{path.name}")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_slice_answers_and_judges_as_the_whole_does(path: Path, data: st.DataObject) -> None:
    whole = whole_of(path)
    chosen = data.draw(
        st.lists(st.sampled_from(sorted(whole.operations)), min_size=1, max_size=4, unique=True)
    )
    wanted = [whole.operations[name] for name in chosen]
    written_as = parse(path.read_bytes(), name=path.name, as_written=True)
    text = written(sliced(written_as, [(op.method, op.template) for op in wanted]), path=path.name)
    part = Contract(parse(text.encode(), name=path.name))

    assert {op.name for op in part.operations.values()} == {op.name for op in wanted}
    assert list(part.operations) == [name for name in whole.operations if name in part.operations]
    dangling = {warning.message for warning in part.document.warnings if "dangles" in warning.message}
    assert dangling <= {warning.message for warning in whole.document.warnings}
    for operation in wanted:
        same = part.operations[operation.id]
        assert part.security(same) == whole.security(operation)
        for status in (200, 201, 400, 404, 500):
            answers = [
                contract.answer(one, status, rng=luck(status), now_s=NOW_S)
                for contract, one in ((whole, operation), (part, same))
            ]
            assert answers[0] == answers[1]
        for request in requests_for(operation):
            match = Match(operation, {})
            assert part.judge(Match(same, {}), request) == whole.judge(match, request)


@pytest.mark.parametrize("path", PLACES[:2], ids=lambda path: path.parent.name)
def test_a_slice_of_a_slice_is_the_slice(path: Path) -> None:
    whole = load_document(path)
    operations = [(op.method, op.template) for op in list(Contract(whole).operations.values())[:5]]
    once = sliced(whole, operations)
    assert sliced(parse(written(once, path="a.json").encode(), name="a.json"), operations) == once


def test_what_an_alias_of_yaml_repeats_is_used() -> None:
    whole = parse(
        b"openapi: 3.1.0\n"
        b"info: {title: Shop, version: '1'}\n"
        b"components: {schemas: {text: &text {type: string}, spare: &spare {type: string}}}\n"
        b"paths: {/a: {get: {responses: {'200': {content: {application/json: {schema: *text}}}}}}}\n",
        name="shop.yaml",
    )
    assert list(unused(whole)) == [("components", "schemas", "spare")]
