"""The normal form of a schema: its kinds of value, merged exactly."""

from __future__ import annotations

from typing import Any

from harness.drift.schemas.alternatives import Alternative
from harness.drift.schemas.branches import are_apart, paired
from harness.drift.schemas.form import Form, Forms
from tests.drift.sides import AT, contract, side


def form(schema: Any, components: dict[str, Any] | None = None) -> Form:
    of = contract(schema, components)
    return Forms(of.schemas("response")).of(side(of, "response").schema, AT)


def alternatives(schema: Any) -> list[Alternative]:
    return list(form(schema).alternatives)


def test_null_is_told_apart_from_the_kinds() -> None:
    made = form({"anyOf": [{"type": "null"}, {"type": ["string", "integer"]}]})
    assert made.nullable
    assert made.kinds == ("string", "integer")


def test_keywords_without_a_type_bound_the_values_of_their_kind_alone() -> None:
    made = form({"properties": {"a": {}}})
    assert made.is_of_all_kinds
    assert {each.kind for each in made.alternatives if not each.is_plain} == {"object"}
    assert form({"enum": ["a", 1]}).kinds == ("string", "integer")
    assert form({}).is_anything


def test_what_must_not_be_of_some_kinds_is_of_the_others() -> None:
    assert form({"not": {"type": ["string", "number"]}}).kinds == ("object", "array", "boolean")
    assert not form({"not": {"type": "null"}}).nullable
    assert form({"not": {"required": ["a"]}}).kinds == ("object",)
    [text] = alternatives({"type": "string", "not": {"type": "integer"}})
    assert text.is_plain


def test_two_equal_forms_of_which_only_one_may_be_meant_take_nothing() -> None:
    assert not alternatives({"oneOf": [{"type": "string"}, {"type": "string"}]})
    [left] = alternatives({"oneOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]})
    assert left.words["enum"] == ["a", "c"]
    assert not form({"oneOf": [{"type": ["string", "null"]}, {"type": "null"}]}).nullable


def test_members_of_one_part_must_fit_what_another_part_says_of_further_ones() -> None:
    [made] = alternatives(
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
                {"type": "object", "properties": {"b": {"type": "string"}}},
            ]
        }
    )
    assert made.words["properties"] == {"a": {"type": "string"}}
    assert made.origin("properties", "a") == f"{AT}/allOf/0/properties/a"


def test_a_member_that_must_be_there_and_may_not_is_one_still() -> None:
    [made] = alternatives(
        {
            "allOf": [
                {"type": "object", "additionalProperties": False},
                {"properties": {"b": {}}, "required": ["b"]},
            ]
        }
    )
    assert made.words["properties"] == {"b": False}


def test_choices_that_are_to_hold_at_once_are_chosen_from_one_by_one() -> None:
    def needs(*names: str) -> dict[str, Any]:
        return {"type": "object", "required": [*names]}

    for choice in ("anyOf", "oneOf"):
        parts = [{choice: [needs(first), needs(second)]} for first, second in ("ab", "cd", "ef")]
        made = alternatives({"allOf": parts})
        assert sorted("".join(sorted(each.words["required"])) for each in made) == [
            *("ace", "acf", "ade", "adf"),
            *("bce", "bcf", "bde", "bdf"),
        ]


def test_bounds_of_several_parts_are_the_narrower_ones() -> None:
    [made] = alternatives({"allOf": [{"type": "integer", "minimum": 1}, {"minimum": 3, "maximum": 9}]})
    assert made.words == {"type": "integer", "minimum": 3, "maximum": 9}


def test_a_choice_is_merged_with_what_stands_beside_it() -> None:
    made = alternatives(
        {
            "type": "object",
            "properties": {"a": {"type": "string"}},
            "anyOf": [{"required": ["a"]}, {"properties": {"b": {"type": "string"}}}],
        }
    )
    assert [each.words.get("required") for each in made] == [["a"], None]
    assert [sorted(each.words["properties"]) for each in made] == [["a"], ["a", "b"]]


def test_branches_are_paired_by_the_value_that_tells_them_apart() -> None:
    def tagged(tag: str, **members: Any) -> dict[str, Any]:
        kind = {"type": "string", "enum": [tag]}
        return {"type": "object", "required": ["kind"], "properties": {"kind": kind, **members}}

    old = alternatives({"oneOf": [tagged("a", x={"type": "string"}), tagged("b")]})
    new = alternatives({"oneOf": [tagged("b", x={"type": "string"}), tagged("a")]})
    pairs, left_old, left_new = paired(list(old), list(new))
    assert [(old.index(one), new.index(other)) for one, other in pairs] == [(0, 1), (1, 0)]
    assert not left_old
    assert not left_new
    assert are_apart(old[0], new[0])
    assert not are_apart(old[0], new[1])
