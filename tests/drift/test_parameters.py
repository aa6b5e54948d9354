"""How the values of parameters are written, and which of them stands where."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drift.build import Tree, between, changes, ok, only, query, taking, tree

TEXT: Tree = {"type": "string"}
TEXTS: Tree = {"type": "array", "items": TEXT}
POINT: Tree = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
WRITTEN = "request.parameter.serialization.changed"


def shelf(schema: Tree, **more: Any) -> Tree:
    """A document whose path has a parameter."""
    node = {"name": "shelf", "in": "path", "required": True, "schema": schema, **more}
    return tree(taking(node), path="/shelves/{shelf}")


def asking(schema: Tree, **more: Any) -> Tree:
    """A document whose query has a parameter."""
    return tree(taking(query("q", schema, **more)))


@pytest.mark.parametrize("style", ["label", "matrix"])
def test_a_single_value_that_is_written_with_something_before_it_is_another_text(style: str) -> None:
    change = only(shelf({"type": "integer"}), shelf({"type": "integer"}, style=style))
    assert (change.rule, change.level) == (WRITTEN, "breaking")
    assert change.witness is not None
    assert change.witness.fits_old
    assert not change.witness.fits_new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (asking(TEXT), asking(TEXT, explode=False)),
        (asking(TEXT), asking(TEXT, style="pipeDelimited")),
        (asking(TEXTS), asking(TEXTS, explode=True)),
        (asking(TEXTS), asking(TEXTS, style="pipeDelimited", explode=True)),
        (shelf(TEXTS), shelf(TEXTS, explode=True)),
        (shelf(TEXT), shelf(TEXT, explode=True)),
    ],
)
def test_what_is_written_in_the_same_way_by_another_name_is_no_change(old: Tree, new: Tree) -> None:
    assert changes(old, new) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (asking({"description": "any"}), asking({"description": "any"}, explode=False)),
        (asking(TEXTS), asking(TEXTS, style="spaceDelimited")),
        (shelf(POINT), shelf(POINT, explode=True)),
        (shelf(TEXTS, style="label"), shelf(TEXTS, style="label", explode=True)),
    ],
)
def test_what_may_be_a_list_or_an_object_is_written_otherwise(old: Tree, new: Tree) -> None:
    assert (WRITTEN, "breaking") in changes(old, new)


def test_the_names_of_a_path_in_another_order_are_other_parameters() -> None:
    both = [
        {"name": "shelf", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "place", "in": "path", "required": True, "schema": {"type": "integer"}},
    ]
    old, new = (tree(taking(*both), path=path) for path in ("/{shelf}/{place}", "/{place}/{shelf}"))
    assert ("request.parameter.type.changed", "breaking") in changes(old, new)


def test_a_name_of_a_path_alone_is_no_change() -> None:
    old = shelf(TEXT)
    renamed = {"name": "rack", "in": "path", "required": True, "schema": TEXT}
    assert changes(old, tree(taking(renamed), path="/shelves/{rack}")) == []


def test_a_name_in_a_path_is_a_text_before_the_document_says_so() -> None:
    silent = tree(ok(), path="/shelves/{shelf}")
    assert changes(silent, shelf(TEXT)) == []
    assert changes(shelf(TEXT), silent) == []
    change = only(silent, shelf({"type": "integer"}))
    assert (change.rule, change.level) == ("request.parameter.type.changed", "breaking")
    assert change.witness is not None
    assert change.witness.fits_old
    assert not change.witness.fits_new


def test_a_parameter_of_a_path_that_does_not_name_it_is_none() -> None:
    stray = {"name": "shelf", "in": "path", "required": True, "schema": TEXT}
    assert changes(shelf(TEXT), tree(taking(stray), path="/shelves/{rack}")) == []


def test_a_text_of_a_query_is_a_list_of_one_where_lists_are_written_item_by_item() -> None:
    assert changes(asking(TEXT), asking(TEXTS)) == [("request.parameter.type.changed", "info")]


def test_a_text_that_is_parted_at_commas_now_is_taken_and_may_mean_something_else() -> None:
    assert changes(asking(TEXT), asking(TEXTS, explode=False)) == [
        ("request.parameter.type.changed", "risky")
    ]
    assert changes(shelf(TEXT), shelf(TEXTS)) == [("request.parameter.type.changed", "risky")]
    whole = {"type": "integer"}
    assert changes(shelf(whole), shelf({"type": "array", "items": whole})) == [
        ("request.parameter.type.changed", "info")
    ]


def test_a_list_of_which_more_is_said_is_compared_with_the_text_itself() -> None:
    none = only(asking(TEXT), asking({**TEXTS, "maxItems": 0}))
    assert (none.rule, none.level) == ("request.parameter.type.changed", "breaking")
    assert none.witness is not None
    nullable = {"anyOf": [{**TEXTS, "minItems": 2}, {"type": "null"}]}
    found = dict(changes(asking(TEXT), asking(nullable)))
    assert found["request.parameter.min-items.increased"] == "breaking"


@pytest.mark.parametrize(
    ("listed", "rule"),
    [
        ({"type": "array", "items": {"type": "integer"}}, "type.changed"),
        ({"type": "array", "items": {**TEXT, "pattern": "^[a-z]+$"}}, "pattern.added"),
        ({"type": "array", "items": {**TEXT, "enum": ["a"]}}, "enum.introduced"),
        ({**TEXTS, "minItems": 2}, "min-items.increased"),
    ],
)
def test_a_list_that_does_not_take_every_text_refuses_some_alone(listed: Tree, rule: str) -> None:
    found = [each for each in between(asking(TEXT), asking(listed)).changes if each.level == "breaking"]
    [change] = found
    assert change.rule == f"request.parameter.{rule}"
    assert change.witness is not None


def test_what_stands_in_a_request_as_text_is_a_text_before_the_document_says_so() -> None:
    told = changes(asking({"description": "any"}), asking(TEXT))
    assert told == [("request.parameter.type.narrowed", "info")]


@pytest.mark.parametrize("where", ["query", "header", "cookie"])
def test_what_is_wrong_with_another_parameter_proves_nothing(where: str) -> None:
    def asked(schema: Tree, *more: Tree) -> Tree:
        return tree(taking({"name": "page", "in": where, "schema": schema}, *more))

    new = {"name": "team", "in": where, "required": True, "schema": TEXT}
    found = between(asked({"type": "integer"}), asked(TEXT, new)).changes
    assert [(change.rule, change.level) for change in found] == [
        ("request.parameter.added-required", "breaking"),
        ("request.parameter.type.changed", "info"),
    ]
    bounded = between(asked(TEXT), asked({**TEXT, "maxLength": 3}, new)).changes
    [shorter] = [change for change in bounded if change.rule == "request.parameter.max-length.added"]
    assert shorter.witness is not None
    assert "team" not in shorter.witness.refusal


def test_the_members_of_an_object_that_stand_under_their_own_names_prove_what_changed_in_it() -> None:
    def asked(size: Tree) -> Tree:
        schema = {"type": "object", "properties": {"size": size, "kind": TEXT}}
        return asking(schema, style="form", explode=True)

    change = only(asked(TEXT), asked({**TEXT, "maxLength": 3}))
    assert (change.level, change.place.value) == ("breaking", "/size")
    assert change.witness is not None


def test_a_pattern_without_a_type_is_that_of_a_text_where_all_is_text() -> None:
    told = changes(asking({"pattern": "^a"}), asking({**TEXT, "pattern": "^a"}))
    assert told == [("request.parameter.type.narrowed", "info")]


def test_numbers_enumerated_for_a_text_are_the_texts_that_they_are_written_as() -> None:
    one, two = asking({**TEXT, "enum": [1]}), asking({**TEXT, "enum": [1, 2]})
    assert changes(two, one) == [("request.parameter.enum.removed", "breaking")]
    assert changes(two, asking({**TEXT, "enum": ["1", "2"]})) == []


def test_a_list_of_two_that_is_written_item_by_item_is_no_single_value() -> None:
    """A list of one is sent as before: only a longer one shows that lists are taken no more."""
    single = {"oneOf": [TEXT, TEXTS]}
    for old, rule in ((TEXTS, "type.changed"), (single, "type.narrowed")):
        change = only(asking(old), asking(TEXT))
        assert (change.rule, change.level) == (f"request.parameter.{rule}", "breaking")
        assert change.witness is not None
        assert change.witness.text.count("q=") == 2


@pytest.mark.parametrize("where", ["header", "path"])
@pytest.mark.parametrize("parted", [TEXTS, POINT])
def test_a_text_that_was_written_of_several_parts_is_read_as_one(where: str, parted: Tree) -> None:
    def asked(schema: Tree) -> Tree:
        node = {"name": "shelf", "in": where, "required": True, "schema": schema}
        return tree(taking(node), path="/shelves/{shelf}" if where == "path" else "/shelves")

    assert changes(asked(parted), asked(TEXT)) == [("request.parameter.type.changed", "risky")]


def paging(*required: str, name: str = "paging", **members: Tree) -> Tree:
    """An object whose members stand under their own names."""
    schema = {"type": "object", "properties": members, "required": list(required)}
    return query(name, schema, style="form", explode=True)


WHOLE: Tree = {"type": "integer"}
FEW: Tree = {**WHOLE, "maximum": 5}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([query("page", WHOLE), query("size", WHOLE)], [paging(page=WHOLE, size=WHOLE)]),
        ([query("page", WHOLE), query("sort", TEXT)], [paging(page=WHOLE), query("sort", TEXT)]),
        ([query("page", WHOLE), query("size", WHOLE)], [paging(name="page", page=WHOLE, size=WHOLE)]),
        ([paging(page=WHOLE, size=WHOLE)], [paging(name="part", page=WHOLE, size=WHOLE)]),
        ([paging(page=WHOLE), query("size", WHOLE)], [paging(page=WHOLE, size=WHOLE)]),
        ([paging(page=WHOLE), paging(name="part", size=WHOLE)], [paging(page=WHOLE, size=WHOLE)]),
    ],
    ids=["all", "some", "one of its own name", "by another name", "one more", "two in one"],
)
def test_an_object_whose_members_stand_under_their_own_names_is_these(
    old: list[Tree], new: list[Tree]
) -> None:
    assert changes(tree(taking(*old)), tree(taking(*new))) == []
    assert changes(tree(taking(*new)), tree(taking(*old))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [(query("page", WHOLE), paging(page=FEW)), (paging(page=WHOLE), query("page", FEW))],
    ids=["there", "back"],
)
def test_what_a_member_takes_no_more_is_shown_under_its_name(old: Tree, new: Tree) -> None:
    change = only(tree(taking(old)), tree(taking(new)))
    assert (change.rule, change.level) == ("request.parameter.maximum.added", "breaking")
    assert change.witness is not None
    assert "page=6" in change.witness.text


def test_a_member_that_its_object_needs_is_missed_where_another_one_is() -> None:
    change = only(
        tree(taking(query("page", WHOLE), query("size", WHOLE))),
        tree(taking(paging("size", page=WHOLE, size=WHOLE))),
    )
    assert (change.rule, change.level) == ("request.parameter.became-required", "breaking")
    assert change.witness is not None
    assert "page=" in change.witness.text
    added = dict(
        changes(tree(taking(query("page", WHOLE))), tree(taking(paging("size", page=WHOLE, size=WHOLE))))
    )
    assert added == {"request.parameter.added-required": "breaking"}


def test_an_object_is_none_of_the_parameters_that_stand_elsewhere() -> None:
    cookie = {"name": "page", "in": "cookie", "schema": WHOLE}
    assert changes(tree(taking(cookie)), tree(taking(paging(page=WHOLE)))) == [
        ("request.parameter.removed", "risky"),
        ("request.parameter.added", "info"),
    ]
