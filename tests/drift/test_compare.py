"""Two documents compared: what is the same, what is gone, and that each breaking change is proven."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drift.build import Tree, answering, between, changes, given, ok, only, query, taking, tree

JSON, XML, TEXT = "application/json", "application/xml", {"type": "string"}
BEARER = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
}
SECURE: dict[str, Any] = {"components": {"securitySchemes": BEARER}}


def test_a_document_is_no_change_from_itself() -> None:
    one = tree(given({JSON: {"type": "object"}}), **SECURE)
    assert between(one, one).changes == ()
    assert between(one, one).looked_at == 0


def test_a_removed_operation_is_proven_by_a_request_for_it() -> None:
    old = tree(ok(), paths={"/pets/{id}": {"get": ok(), "delete": ok()}})
    change = only(old, tree(paths={"/pets/{id}": {"get": ok()}}))
    assert (change.rule, change.level, change.place.operation) == (
        *("operation.removed", "breaking"),
        "DELETE /pets/{id}",
    )
    assert change.place.old == "/paths/~1pets~1{id}/delete"
    assert change.witness is not None
    assert change.witness.text.startswith("DELETE /pets/1 HTTP/1.1")
    assert (change.witness.fits_old, change.witness.fits_new) == (True, False)


def test_a_request_that_another_operation_takes_is_no_proof_of_a_removal() -> None:
    old = tree(paths={"/pets/mine": {"get": ok()}, "/pets/{id}": {"get": ok()}})
    change = only(old, tree(paths={"/pets/{id}": {"get": ok()}}))
    assert (change.rule, change.witness) == ("operation.removed", None)
    assert "taken for GET /pets/{id}" in change.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            tree(path="/pets/{id}"),
            tree(path="/pets/{pet}"),
        ),
        (
            tree(path="/pets", servers=[{"url": "https://a.test/v1"}]),
            tree(path="/v1/pets", servers=[{"url": "https://a.test"}]),
        ),
        (
            tree(servers=[{"url": "https://a.test/"}]),
            tree(servers=[{"url": "https://a.test"}]),
        ),
        (
            tree(taking(query("a"), query("b"))),
            tree(taking(query("b"), query("a"))),
        ),
        (
            tree(taking(query("a"))),
            tree(paths={"/pets": {"parameters": [query("a")], "post": ok()}}),
        ),
        (
            tree({**ok(), "security": [{"bearer": []}]}, **SECURE),
            tree(
                {**ok(), "security": [{"token": []}]},
                components={"securitySchemes": {"token": {"type": "http", "scheme": "Bearer"}}},
            ),
        ),
        (tree({**ok(), "tags": ["a"], "summary": "A"}), tree({**ok(), "tags": ["b"], "description": "B"})),
        (
            tree(
                {"responses": {"200": {"$ref": "#/components/responses/Fine"}}},
                components={"responses": {"Fine": {"description": "fine"}}},
            ),
            tree({"responses": {"200": {"description": "other words"}}}),
        ),
    ],
    ids=["parameter's name", "base path", "slash", "order", "lifted", "scheme's name", "words", "inlined"],
)
def test_what_is_written_otherwise_is_no_change(old: Any, new: Any) -> None:
    found = [
        change.rule for change in between(old, new).changes if not change.rule.startswith("security.scheme")
    ]
    assert found == []


def test_one_change_of_many_operations_is_told_once_with_all_places() -> None:
    needs: dict[str, Any] = {"security": [{"bearer": []}], **SECURE}
    paths = {"/pets": {"get": ok(), "post": ok()}, "/dogs": {"get": ok()}}
    change = only(tree(paths=paths, **SECURE), tree(paths=paths, **needs))
    assert (change.rule, change.level) == ("security.added", "breaking")
    assert [place.operation for place in change.places] == ["GET /pets", "POST /pets", "GET /dogs"]
    assert change.witness is not None


def test_answers_that_are_no_longer_told_of_are_those_of_the_default() -> None:
    error = {"description": "", "content": {JSON: {"schema": {"type": "object"}}}}
    old = tree({"responses": {"200": {"description": ""}, "404": error, "default": error}})
    new = tree({"responses": {"200": {"description": ""}, "default": error}})
    assert changes(old, new) == []


def test_a_success_of_several_that_is_gone_was_never_sure_to_come() -> None:
    both = {"responses": {"200": {"description": ""}, "202": {"description": ""}}}
    assert changes(tree(both), tree(ok())) == [("response.status.removed", "risky")]


def test_an_answer_in_another_form_is_proven_by_that_answer() -> None:
    change = only(tree(answering({JSON: TEXT})), tree(answering({XML: TEXT, JSON: TEXT})))
    assert (change.rule, change.level) == ("response.media-type.added", "info")
    old = tree(answering({JSON: TEXT, XML: TEXT}))
    change = only(old, tree(answering({JSON: TEXT})))
    assert change.rule == "response.media-type.removed"
    assert change.witness is not None
    assert "accept: application/xml" in change.witness.text


FORM = "application/x-www-form-urlencoded"


def test_a_list_of_one_is_written_in_a_form_so_that_it_is_one() -> None:
    def form(*values: str) -> Any:
        listed = {"type": "array", "items": {"type": "string", "enum": list(values)}}
        schema = {"type": "object", "properties": {"ways": {"anyOf": [listed, {"enum": [""]}]}}}
        return tree({"requestBody": {"content": {FORM: {"schema": schema}}}, **ok()})

    change = only(form("card", "cash"), form("card"))
    assert change.rule == "request.enum.removed"
    assert change.witness is not None
    assert change.witness.text.endswith("ways[0]=cash")


def test_a_member_that_is_refused_now_is_shown_with_something_in_it() -> None:
    def form(**members: Any) -> Any:
        schema = {"type": "object", "properties": members, "additionalProperties": False}
        return tree({"requestBody": {"content": {FORM: {"schema": schema}}}, **ok()})

    notes = {"type": "object", "additionalProperties": {"type": "string"}}
    change = only(form(notes=notes), form())
    assert change.rule == "request.property.refused"
    assert change.witness is not None
    assert "notes[" in change.witness.text


def test_a_default_without_any_success_is_the_success() -> None:
    def whole(schema: Any) -> Any:
        return tree({"responses": {"default": {"description": "", "content": {JSON: {"schema": schema}}}}})

    assert changes(whole(TEXT), tree(answering({JSON: TEXT}))) == []
    assert changes(whole(TEXT), tree(answering({JSON: {"type": "integer"}}))) == [
        ("response.type.changed", "breaking")
    ]


def test_an_error_by_its_own_name_is_compared_with_the_default_of_before() -> None:
    def failing(**errors: Any) -> Any:
        made = {
            status.removeprefix("s"): {"description": "", "content": {JSON: {"schema": schema}}}
            for status, schema in errors.items()
        }
        return tree({"responses": {"200": {"description": ""}, **made}})

    assert changes(failing(default=TEXT), failing(default=TEXT, s404=TEXT)) == []
    change = only(failing(default=TEXT), failing(default=TEXT, s404={"type": "integer"}))
    assert (change.rule, change.place.part) == ("response.type.changed", "response 404 application/json")
    assert change.witness is not None
    assert change.witness.text.startswith("HTTP/1.1 404")


def test_a_range_tells_of_each_of_its_statuses() -> None:
    old = tree(answering({JSON: TEXT}, "2XX"))
    assert changes(old, tree(answering({JSON: TEXT}, "200"))) == []
    wider = changes(tree(answering({JSON: TEXT}, "200")), tree(answering({JSON: TEXT}, "2xx")))
    assert wider == [("response.status.added", "risky")]
    assert changes(old, tree(answering({JSON: {"type": "integer"}}, "200"))) == [
        ("response.type.changed", "breaking")
    ]


def test_servers_of_a_path_are_those_of_its_operations() -> None:
    def served(url: str) -> Any:
        return tree(paths={"/pets": {"servers": [{"url": url}], "get": ok()}})

    assert changes(served("https://a.test"), served("https://a.test/")) == []
    assert changes(served("https://a.test"), served("https://b.test")) == [("server.replaced", "breaking")]


def test_a_credential_that_no_document_declares_cannot_be_compared() -> None:
    old = tree({**ok(), "security": [{"forgotten": []}]})
    new = tree({**ok(), "security": [{"bearer": []}]}, **SECURE)
    assert [rule for rule, _ in changes(old, new) if not rule.startswith("security.scheme")] == []


def test_credentials_that_are_both_needed_are_more_than_each() -> None:
    def needing(*needs: Any) -> Any:
        return tree({**ok(), "security": list(needs)}, **SECURE)

    assert changes(needing({"bearer": []}), needing({"bearer": [], "key": []})) == [
        ("security.alternative.removed", "breaking")
    ]
    assert changes(needing({"bearer": [], "key": []}), needing({"bearer": []})) == [
        ("security.alternative.added", "info")
    ]
    assert changes(needing({"bearer": []}), needing({"bearer": []}, {})) == [("security.removed", "info")]


def test_the_same_path_by_another_name_is_the_one_of_that_name_first() -> None:
    """Two templates fit the same paths: each is compared with its namesake."""
    by_id, by_name = ok(), taking(query("x"))
    old = tree(paths={"/pets/{id}": {"get": by_id}, "/pets/{name}": {"get": by_name}})
    new = tree(paths={"/pets/{name}": {"get": by_name}, "/pets/{id}": {"get": by_id}})
    assert changes(old, new) == []


def test_what_a_204_says_of_a_body_is_nothing() -> None:
    assert changes(tree(answering({JSON: TEXT}, "204")), tree(answering({XML: TEXT}, "204"))) == []


def test_what_head_says_of_a_body_is_nothing() -> None:
    old, new = answering({JSON: TEXT}), answering({JSON: {"type": "integer"}})
    assert changes(tree(old, method="head"), tree(new, method="head")) == []


def hook(schema: Any) -> Any:
    header = {"name": "X-Event", "in": "header", "required": True, "schema": schema}
    return tree(ok(), webhooks={"paid": {"post": {"parameters": [header], **ok()}}})


def test_the_headers_of_webhooks_are_compared_as_those_of_answers() -> None:
    short, long = {"type": "string", "maxLength": 3}, {"type": "string", "maxLength": 9}
    change = only(hook(short), hook(long))
    assert (change.rule, change.level) == ("response.header.max-length.increased", "breaking")
    assert change.witness is not None
    assert change.witness.text.startswith("POST /your-receiver HTTP/1.1\nx-event: ")
    assert only(hook(long), hook(short)).level == "info"
    assert changes(hook({"type": "integer"}), hook({"type": "integer"})) == []


def test_the_order_of_the_values_of_a_servers_variable_says_nothing() -> None:
    def serving(*regions: str) -> Any:
        region = {"default": "r1", "enum": list(regions)}
        return tree(ok(), servers=[{"url": "https://{region}.shop.test", "variables": {"region": region}}])

    many = [f"r{number}" for number in range(40)]
    assert changes(serving(*many), serving(*reversed(many))) == []
    assert changes(serving(*many), serving(*many[:-1])) == [("server.removed", "risky")]


def test_a_reference_that_is_no_text_leads_nowhere() -> None:
    assert changes(tree(taking(query("a"))), tree({"parameters": [{"$ref": 7}], **ok()})) == [
        ("request.parameter.removed", "risky")
    ]


def test_a_deep_object_has_one_form() -> None:
    def deep(explode: bool) -> Any:
        schema = {"type": "object", "properties": {"a": {"type": "string"}}}
        return tree(taking(query("filter", schema, style="deepObject", explode=explode)))

    assert changes(deep(True), deep(False)) == []


def test_a_document_that_says_no_more_where_it_is_served_moved_nobody_for_sure() -> None:
    served = tree(ok(), servers=[{"url": "https://a.test/v1"}])
    assert changes(served, tree(ok())) == [("server.replaced", "risky")]
    assert changes(tree(ok()), served) == [("server.added", "info")]


def test_what_comes_of_a_range_of_media_types_is_still_of_it() -> None:
    problem = {"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}}
    whatever = answering({"*/*": problem}, status="default")
    looser = {**problem, "required": []}
    named = {
        "responses": {
            **whatever["responses"],
            "400": answering({"application/json": problem}, "400")["responses"]["400"],
        }
    }
    assert [rule for rule, level in changes(tree(whatever), tree(named)) if level == "breaking"] == []
    change = only(tree(answering({"*/*": problem})), tree(answering({"application/json": looser})))
    assert change.rule == "response.property.became-optional"


def test_a_form_that_could_only_be_empty_is_hardly_missed() -> None:
    def form(**more: Any) -> Any:
        schema = {"type": "object", "properties": {}, **more}
        return tree({"requestBody": {"content": {FORM: {"schema": schema}}}, **ok()})

    assert changes(form(additionalProperties=False), tree(ok())) == [("request.body.removed", "risky")]
    assert changes(form(), tree(ok())) == [("request.body.removed", "breaking")]


def test_a_parameter_written_out_in_many_operations_changed_once() -> None:
    def listing(most: int) -> Any:
        limit = query("limit", {"type": "integer", "maximum": most})
        asked = {path: {"get": taking(limit)} for path in ("/cats", "/dogs", "/owls")}
        return tree(paths={**asked, "/all": {"get": taking(query("limit", {"type": "integer"}))}})

    change = only(listing(100), listing(50))
    assert change.rule == "request.parameter.maximum.decreased"
    assert [place.operation for place in change.places] == ["GET /cats", "GET /dogs", "GET /owls"]
    assert change.witness is not None


def test_a_component_that_several_parameters_have_changed_once() -> None:
    def listing(*sizes: str) -> Any:
        size = {"$ref": "#/components/schemas/Size"}
        asked = {f"/{name}": {"get": taking(query(name, size))} for name in ("hat", "shoe")}
        return tree(paths=asked, components={"schemas": {"Size": {"enum": [*sizes]}}})

    assert len(only(listing("s", "m"), listing("s")).places) == 2


def test_an_address_with_variables_is_told_of_once() -> None:
    def served(host: str) -> Any:
        region = {"default": "a", "enum": ["a", "b", "c"]}
        return tree(servers=[{"url": "https://{region}." + host, "variables": {"region": region}}])

    change = only(served("a.test"), served("b.test"))
    told = "asked for at https://{region}.b.test, before at https://{region}.a.test "
    assert change.message.startswith(told)


def test_names_of_headers_and_of_schemes_are_the_same_in_any_case() -> None:
    def guarded(name: str, scheme: str) -> Tree:
        schemes = {
            "key": {"type": "apiKey", "in": "header", "name": name},
            "basic": {"type": "http", "scheme": scheme},
        }
        either: Tree = {"security": [{"key": []}, {"basic": []}]}
        return tree({**ok(), **either}, components={"securitySchemes": schemes})

    assert changes(guarded("X-Key", "basic"), guarded("x-key", "Basic")) == []
    assert ("security.alternative.removed", "breaking") in changes(
        guarded("X-Key", "basic"), guarded("Y-Key", "basic")
    )


def test_a_request_that_another_operation_refuses_proves_a_removal() -> None:
    any_shelf = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    numbered = {"get": {**ok(), "parameters": [any_shelf]}}
    old = tree(paths={"/shelves/mine": {"get": ok()}, "/shelves/{id}": numbered})
    change = only(old, tree(paths={"/shelves/{id}": numbered}))
    assert (change.rule, change.level) == ("operation.removed", "breaking")
    assert change.witness is not None
    assert "GET /shelves/{id}" in change.witness.refusal
