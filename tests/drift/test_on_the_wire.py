"""What counts is what stands on the wire: texts of queries and forms, letters of a path, bodies of requests."""

from __future__ import annotations

from typing import Any

import pytest

from harness.model.change import Change
from tests.drift.build import Tree, between, changes, given, ok, only, query, taking, tree

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
TEXT: Tree = {"type": "string"}
WHOLE: Tree = {"type": "integer"}


def form(schema: Tree) -> Tree:
    return tree(given({FORM: {"type": "object", "properties": {"size": schema}}}, required=True))


def asked(schema: Tree) -> Tree:
    return tree(taking(query("size", schema)))


@pytest.mark.parametrize("wrap", [form, asked], ids=["form", "query"])
def test_a_number_that_may_be_any_text_now_is_sent_as_before(wrap: Any) -> None:
    change = only(wrap(WHOLE), wrap(TEXT))
    assert change.rule.endswith("type.changed")
    assert (change.level, change.witness) == ("info", None)
    assert "written as a text" in change.message


@pytest.mark.parametrize("wrap", [form, asked], ids=["form", "query"])
def test_a_text_that_must_be_a_number_now_is_refused(wrap: Any) -> None:
    change = only(wrap(TEXT), wrap(WHOLE))
    assert change.level == "breaking"
    proves(change, "size=")


def test_in_json_a_number_is_no_text() -> None:
    change = only(
        tree(given({JSON: WHOLE}, required=True)),
        tree(given({JSON: TEXT}, required=True)),
    )
    assert (change.rule, change.level) == ("request.type.changed", "breaking")
    proves(change, "content-type: application/json")


def test_a_witness_breaks_nothing_but_what_it_is_about() -> None:
    """Two parameters become required: each is shown by a request that lacks it, and says so."""
    old = tree(taking(query("a"), query("b")))
    new = tree(taking(query("a", required=True), query("b", required=True)))
    for name, change in zip("ab", between(old, new).changes, strict=True):
        assert change.witness is not None
        assert f"'{name}'" in change.witness.refusal


def test_a_path_parameter_of_another_kind_is_shown_in_the_path() -> None:
    def one(schema: Tree) -> Tree:
        node = {"name": "id", "in": "path", "required": True, "schema": schema}
        return tree({**ok(), "parameters": [node]}, path="/pets/{id}", method="get")

    change = only(one({**TEXT, "pattern": "^a"}), one({**TEXT, "pattern": "^b"}))
    proves(change, "GET /pets/a")


def test_a_required_body_is_shown_by_a_request_without_one() -> None:
    change = only(tree(given({JSON: WHOLE})), tree(given({JSON: WHOLE}, required=True)))
    assert change.rule == "request.body.became-required"
    proves(change, "POST /pets HTTP/1.1")
    assert change.witness is not None
    assert "content-type" not in change.witness.text


def test_a_list_is_written_in_its_style() -> None:
    old = tree(taking(query("a", {"type": "array", "items": WHOLE}, style="pipeDelimited", explode=False)))
    new = tree(taking(query("a", {"type": "array", "items": WHOLE}, style="form", explode=False)))
    change = only(old, new)
    assert (change.rule, change.level) == ("request.parameter.serialization.changed", "breaking")
    proves(change, "%7C")


def test_what_a_deep_object_says_is_written_in_brackets() -> None:
    def filtered(name: Tree) -> Tree:
        schema = {"type": "object", "properties": {"name": name}, "required": ["name"]}
        return tree(taking(query("filter", schema, style="deepObject", explode=True)))

    change = only(filtered({**TEXT, "enum": ["a", "b"]}), filtered({**TEXT, "enum": ["a"]}))
    assert change.place.value == "/name"
    proves(change, "filter[name]=b")


def test_a_list_of_one_that_could_be_a_text_is_numbered() -> None:
    """What is not the change must be good: `to=a` would be a text, of which there is only the empty one."""
    items = {"anyOf": [{"type": "array", "items": TEXT, "minItems": 1}, {"type": "string", "enum": [""]}]}
    body = {"type": "object", "required": ["to"], "properties": {"to": items}, "example": {"to": ["a"]}}
    old = given({FORM: body}, required=True)
    new = {**old, "parameters": [query("x", required=True)]}
    proves(only(tree(old), tree(new)), "to[0]=a")


def test_a_base_path_that_is_another_is_told_once_and_hides_nothing() -> None:
    old = tree(
        paths={"/a": {"get": ok()}, "/b": {"get": taking(query("x"))}}, servers=[{"url": "https://a.test/v1"}]
    )
    new = tree(
        paths={"/a": {"get": ok()}, "/b": {"get": taking(query("x", required=True))}},
        servers=[{"url": "https://a.test/v2"}],
    )
    found = {change.rule: change for change in between(old, new).changes}
    assert found.keys() == {"server.replaced", "request.parameter.became-required"}
    assert len(found["server.replaced"].places) == 2
    proves(found["request.parameter.became-required"], "GET /v1/b")


def test_a_header_in_which_something_is_written_differs_in_no_letter_case() -> None:
    old = tree(taking({**query("X-Trace"), "in": "header"}))
    new = tree(taking({**query("x-trace"), "in": "header"}))
    assert between(old, new).changes == ()


def proves(change: Change, words: str) -> None:
    """The change has a witness with these words, a request that the old document takes and the new one does not."""
    witness = change.witness
    assert witness is not None, change.message
    assert (witness.kind, witness.fits_old, witness.fits_new) == ("request", True, False)
    assert words in witness.text
    assert witness.refusal


def test_a_member_that_a_form_must_have_is_missed_though_others_changed_and_nothing_had_to_be_sent() -> None:
    def wrapped(schema: Tree) -> Tree:
        return tree(given({FORM: schema}))

    old = wrapped({"type": "object", "properties": {"size": WHOLE}})
    new = wrapped({"type": "object", "properties": {"size": TEXT, "kind": TEXT}, "required": ["kind"]})
    [change] = [each for each in between(old, new).changes if each.level == "breaking"]
    assert change.rule == "request.required-property.added"
    proves(change, "size=")


PARTS = "multipart/form-data"


def filled(kind: str, schema: Tree, **encoding: Tree) -> Tree:
    media = {"schema": {"type": "object", "properties": {"size": schema}}, "encoding": encoding}
    return tree({"requestBody": {"required": True, "content": {kind: media}}, **ok()})


@pytest.mark.parametrize("kind", [FORM, PARTS])
def test_a_text_of_a_form_is_a_list_of_one_where_there_may_be_several(kind: str) -> None:
    several = {"type": "array", "items": TEXT}
    assert changes(filled(kind, TEXT), filled(kind, several)) == [("request.type.changed", "info")]
    joined: Tree = {"size": {"explode": False}}
    assert changes(filled(kind, TEXT, **joined), filled(kind, several, **joined)) == [
        ("request.type.changed", "risky")
    ]


@pytest.mark.parametrize("kind", [FORM, PARTS])
@pytest.mark.parametrize(
    ("several", "rule"),
    [
        ({"items": WHOLE}, "request.type.changed"),
        ({"items": {**TEXT, "pattern": "^[a-z]+$"}}, "request.pattern.added"),
        ({"items": {**TEXT, "enum": ["a"]}}, "request.enum.introduced"),
        ({"items": TEXT, "minItems": 2}, "request.min-items.increased"),
        ({"items": TEXT, "maxItems": 0}, "request.type.changed"),
    ],
)
def test_a_list_of_a_form_that_does_not_take_every_text_refuses_some(
    kind: str, several: Tree, rule: str
) -> None:
    found = between(filled(kind, TEXT), filled(kind, {"type": "array", **several})).changes
    [change] = [each for each in found if each.level == "breaking"]
    assert change.rule == rule
    proves(change, "size")


def test_a_member_of_an_inherited_form_may_become_a_list_as_well() -> None:
    def form_of(member: Tree) -> Tree:
        part = {"type": "object", "properties": {"size": member}}
        return tree(
            given({FORM: {"allOf": [{"$ref": "#/components/schemas/Part"}]}}, required=True),
            components={"schemas": {"Part": part}},
        )

    assert changes(form_of(TEXT), form_of({"type": "array", "items": TEXT})) == [
        ("request.type.changed", "info")
    ]


def test_a_number_of_a_form_that_may_be_a_text_or_a_list_now_is_sent_as_before() -> None:
    change = only(form(WHOLE), form({"oneOf": [TEXT, {"type": "array", "items": TEXT}]}))
    assert (change.rule, change.level) == ("request.type.changed", "info")


def test_a_header_of_an_answer_that_may_be_null_is_a_text_as_before() -> None:
    def limited(schema: Tree) -> Tree:
        header = {"X-Limit": {"schema": schema}}
        return tree({"responses": {"200": {"description": "", "headers": header}}})

    texts = only(limited(TEXT), limited({"type": ["string", "null"]}))
    assert (texts.rule, texts.level) == ("response.header.nullable.added", "info")
    numbers = only(limited(WHOLE), limited({"type": ["integer", "null"]}))
    assert (numbers.rule, numbers.level) == ("response.header.nullable.added", "breaking")
    assert numbers.witness is not None
