"""Two schemas in one direction, keyword by keyword."""

from __future__ import annotations

from typing import Any

import pytest

from harness.drift.schemas.compare import MISSING
from tests.drift.sides import changes, contract, lines

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
NUMBER = {"type": "number"}
LIST = {"type": "array", "items": TEXT}
MAP = {"type": "object", "additionalProperties": TEXT}
NOT_NULL = {"anyOf": [{"type": each} for each in ("string", "object", "array", "number", "boolean")]}
IF_A_THEN_B = {"if": {"required": ["a"]}, "then": {"required": ["b"]}}


def obj(*required: str, **members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members, "required": list(required)}


TIGHTENED = [
    (TEXT, {**TEXT, "maxLength": 5}, "max-length.added", "max-length.removed"),
    ({**TEXT, "maxLength": 9}, {**TEXT, "maxLength": 5}, "max-length.decreased", "max-length.increased"),
    ({**TEXT, "minLength": 2}, {**TEXT, "minLength": 3}, "min-length.increased", "min-length.decreased"),
    (TEXT, {**TEXT, "pattern": "^a"}, "pattern.added", "pattern.removed"),
    (TEXT, {**TEXT, "format": "date"}, "format.added", "format.removed"),
    (TEXT, {**TEXT, "enum": ["a"]}, "enum.introduced", "enum.dropped"),
    ({"enum": ["a", "b"]}, {"enum": ["a"]}, "enum.removed", "enum.added"),
    (WHOLE, {**WHOLE, "minimum": 1}, "minimum.added", "minimum.removed"),
    ({**WHOLE, "maximum": 9}, {**WHOLE, "maximum": 8}, "maximum.decreased", "maximum.increased"),
    (NUMBER, {**NUMBER, "exclusiveMinimum": 0}, "exclusive-minimum.added", "exclusive-minimum.removed"),
    (WHOLE, {**WHOLE, "multipleOf": 5}, "multiple-of.added", "multiple-of.removed"),
    (NUMBER, WHOLE, "type.narrowed", "type.widened"),
    ({"type": ["string", "null"]}, TEXT, "nullable.removed", "nullable.added"),
    ({"type": ["string", "integer"]}, TEXT, "type.narrowed", "type.widened"),
    ({"oneOf": [TEXT, obj("a", a=TEXT)]}, TEXT, "type.narrowed", "type.widened"),
    ({}, TEXT, "type.narrowed", "type.widened"),
    ({}, NOT_NULL, "type.narrowed", "type.widened"),
    ({"type": "object"}, {"type": "object", **IF_A_THEN_B}, "if.added", "if.removed"),
    ({"type": "object", "if": {"required": ["a"]}}, {"type": "object", **IF_A_THEN_B}, "then.added", "then.removed"),
    (obj(a=TEXT), obj("a", a=TEXT), "property.became-required", "property.became-optional"),
    (LIST, {**LIST, "maxItems": 2}, "max-items.added", "max-items.removed"),
    (LIST, {**LIST, "minItems": 2}, "min-items.added", "min-items.removed"),
    (LIST, {**LIST, "uniqueItems": True}, "unique-items.added", "unique-items.removed"),
    (MAP, {**MAP, "maxProperties": 1}, "max-properties.added", "max-properties.removed"),
    (TEXT, {**TEXT, "not": {"enum": ["a"]}}, "not.added", "not.removed"),
    ({"anyOf": [obj("a", a=TEXT), obj("b", b=TEXT)]}, obj("a", a=TEXT), "any-of.removed", "any-of.added"),
]  # fmt: skip
"""A schema, one that takes less, the rule for the change to it and the rule for the way back."""


@pytest.mark.parametrize(("wide", "narrow", "there", "back"), TIGHTENED)
def test_what_takes_less_breaks_requests_and_what_takes_more_breaks_answers(
    wide: Any, narrow: Any, there: str, back: str
) -> None:
    for at, old, new in (
        ("", wide, narrow),
        ("/a", obj(a=wide), obj(a=narrow)),
        ("/*", {"type": "array", "items": wide}, {"type": "array", "items": narrow}),
    ):
        inner = at + ("/a" if "became" in there else "")
        assert lines(old, new, "request") == [f"breaking {there} {inner}".rstrip()]
        assert lines(old, new, "response") == [f"info {there} {inner}".rstrip()]
        assert lines(new, old, "response") == [f"breaking {back} {inner}".rstrip()]
        assert lines(new, old, "request") == [f"info {back} {inner}".rstrip()]
        for direction, before, after in (("request", old, new), ("response", new, old)):
            (change,) = changes(contract(before), contract(after), direction)  # type: ignore[arg-type]
            assert change.example is not MISSING, change.unproven


def test_a_type_that_is_another_one_breaks_both() -> None:
    assert lines(TEXT, WHOLE, "request") == ["breaking type.changed"]
    assert lines(TEXT, WHOLE, "response") == ["breaking type.changed"]


def test_a_member_that_is_gone() -> None:
    old, new = obj("a", a=TEXT, b=TEXT), obj("a", a=TEXT)
    assert lines(old, new, "request") == ["risky property.removed /b"]
    assert lines(old, new, "response") == ["risky property.removed /b"]
    assert lines(obj("a", a=TEXT), obj(), "response") == ["breaking required-property.removed /a"]
    assert lines(obj("a", a=TEXT), obj(), "request") == ["risky required-property.removed /a"]


def test_a_member_that_is_refused_where_nothing_but_declared_ones_is_taken() -> None:
    old = {**obj(a=TEXT, b=TEXT), "additionalProperties": False}
    new = {**obj(a=TEXT), "additionalProperties": False}
    assert lines(old, new, "request") == ["breaking property.refused /b"]


def test_a_new_member() -> None:
    assert lines(obj(), obj(a=TEXT), "request") == ["info property.added /a"]
    assert lines(obj(), obj(a=TEXT), "response") == ["info property.added /a"]
    assert lines(obj(), obj("a", a=TEXT), "request") == ["breaking required-property.added /a"]
    assert lines(obj(), obj("a", a=TEXT), "response") == ["info required-property.added /a"]


def test_what_is_read_only_does_not_count_in_requests() -> None:
    owned = {"type": "string", "readOnly": True}
    assert lines(obj(), obj("a", a=owned), "request") == []
    assert lines(obj("a", a=owned), obj(), "request") == []
    assert lines(obj("a", a=owned), obj(), "response") == ["breaking required-property.removed /a"]
    assert lines(obj(a=TEXT), obj(a=owned), "request") == ["risky property.became-read-only /a"]


def test_what_another_form_takes_is_not_broken() -> None:
    old = {"anyOf": [obj(a=TEXT), obj(b=TEXT)]}
    new = {"anyOf": [obj(a=WHOLE), obj(b=TEXT)]}
    assert lines(old, new, "request") == ["info type.changed /a"]


def test_recursion_ends_and_a_change_is_told_of_once_by_its_shortest_way() -> None:
    tree = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Tree"}, "name": TEXT}}
    grown = {**tree, "required": ["name"]}
    root = obj(
        list={"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        one={"$ref": "#/components/schemas/Tree"},
    )
    found = changes(contract(root, {"Tree": tree}), contract(root, {"Tree": grown}), "request")
    assert [(each.rule, each.value, each.old) for each in found] == [
        ("property.became-required", "/one/name", "/components/schemas/Tree/properties/name")
    ]


def test_changes_of_recursive_definitions_are_found_from_each_of_them() -> None:
    """A is compared while B is, and B is asked for again: nothing of A may be missing then."""
    a = obj(b={"$ref": "#/components/schemas/B"}, x=TEXT)
    b = obj(a={"$ref": "#/components/schemas/A"})
    changed = obj(b={"$ref": "#/components/schemas/B"}, x=WHOLE)
    for root, at in (("A", "/x"), ("B", "/a/x")):
        ref = {"$ref": f"#/components/schemas/{root}"}
        assert lines_of(ref, {"A": a, "B": b}, {"A": changed, "B": b}) == [f"breaking type.changed {at}"]


def lines_of(root: Any, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    found = changes(contract(root, old), contract(root, new), "request")
    return [f"{each.level} {each.rule} {each.value}" for each in found]


def test_what_is_written_in_another_way_is_no_change() -> None:
    pet = obj("a", a=TEXT, b={"type": ["integer", "null"]})
    for old, new in COSMETIC:
        for direction in ("request", "response"):
            assert lines(old, new, direction, {"Pet": pet}) == []
            assert lines(new, old, direction, {"Pet": pet}) == []


COSMETIC: list[tuple[Any, Any]] = [
    ({"$ref": "#/components/schemas/Pet"}, obj("a", a=TEXT, b={"type": ["integer", "null"]})),
    ({"$ref": "#/components/schemas/Pet"}, {"allOf": [{"$ref": "#/components/schemas/Pet"}]}),
    (obj("a", a=TEXT, b=TEXT), {"allOf": [obj("a", a=TEXT), obj(b=TEXT)]}),
    ({"type": ["string", "null"]}, {"anyOf": [{"type": "null"}, TEXT]}),
    ({"type": ["string", "null"]}, {"oneOf": [TEXT, {"type": "null"}]}),
    ({"enum": ["a"]}, {"const": "a"}),
    ({"enum": ["a"]}, {"type": "string", "enum": ["a"]}),
    ({"enum": ["a", "b"]}, {"anyOf": [{"const": "b"}, {"const": "a"}]}),
    ({"oneOf": [TEXT, WHOLE]}, {"anyOf": [WHOLE, TEXT]}),
    ({"oneOf": [TEXT, WHOLE]}, {"type": ["integer", "string"]}),
    (obj(a=TEXT), {**obj(a=TEXT), "additionalProperties": True, "minProperties": 0}),
    (obj(a={}), obj(a=True)),
    ({"type": "string", "maxLength": 3, "enum": ["a"]}, {"enum": ["a"]}),
    ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "minimum": 1}),
    ({"type": "number", "multipleOf": 1}, WHOLE),
    ({"type": "number", "enum": [1, 2]}, {"type": "integer", "enum": [2, 1]}),
    ({"enum": ["a", 1]}, {"type": ["string", "integer"], "enum": ["a", 1]}),
    ({"type": "array"}, {"type": "array", "items": {}, "minItems": 0, "uniqueItems": False}),
    (obj("a", "b", a=TEXT, b=TEXT), obj("b", "a", b=TEXT, a=TEXT)),
    ({"type": "string", "description": "a", "title": "b"}, {"type": "string", "example": "x"}),
    ({"type": "boolean"}, {"type": "boolean", "enum": [True, False]}),
    ({"anyOf": [TEXT, {"type": "string", "enum": ["a"]}]}, TEXT),
    (
        {**obj(a=TEXT), "additionalProperties": False},
        {"allOf": [obj(a=TEXT)], "unevaluatedProperties": False},
    ),
]


def test_of_lists_only_the_places_that_may_be_filled_are_compared() -> None:
    two = {"type": "array", "maxItems": 2, "minItems": 2, "prefixItems": [{"type": "object"}] * 2}
    found = lines(two, {"type": "array", "items": {"type": "object"}}, "request")
    assert [line for line in found if line.startswith("breaking")] == []


def test_what_comes_after_the_places_of_a_list_is_shown_after_them() -> None:
    pair = {"type": "array", "prefixItems": [TEXT, WHOLE]}
    closed = contract({**pair, "items": False})
    [change] = changes(contract(pair), closed, "request")
    assert (change.rule, change.level) == ("type.narrowed", "breaking")
    assert isinstance(change.example, list)
    assert len(change.example) == 3


def test_a_number_that_must_be_whole_is_shown_by_one_that_is_not() -> None:
    [narrowed, _] = changes(contract(NUMBER), contract({**WHOLE, "minimum": 0}), "request")
    assert (narrowed.rule, narrowed.example) == ("type.narrowed", 0.5)


def test_what_must_not_be_is_shown_by_what_the_other_side_rules_out() -> None:
    old, new = (
        {"type": "object", "not": {**obj(name, "size", size=TEXT), "type": "object"}}
        for name in ("round", "square")
    )
    [change] = changes(contract(old), contract(new), "request")
    assert (change.rule, change.level) == ("not.changed", "breaking")
    assert isinstance(change.example, dict)
    assert change.example.keys() >= {"square", "size"}


@pytest.mark.parametrize(
    "none",
    [
        {"type": "integer", "minimum": 5, "maximum": 3},
        {"type": "array", "minItems": 1, "items": False},
        {"type": "object", "required": ["a"], "properties": {"a": False}},
    ],
)
def test_what_no_value_could_be_hurts_nobody_when_it_is_gone(none: Any) -> None:
    assert [line for line in lines(none, TEXT, "request") if line.startswith("breaking")] == []
    assert [line for line in lines(TEXT, none, "response") if line.startswith("breaking")] == []
    assert lines(TEXT, none, "request")[0].startswith("breaking")


def test_a_word_that_a_discriminator_need_not_map_is_as_before() -> None:
    one = {**obj("kind", kind=TEXT), "discriminator": {"propertyName": "kind", "mapping": {"Cat": "Cat"}}}
    other = {**one, "discriminator": {"propertyName": "kind"}}
    assert lines(one, other, "request") == lines(other, one, "response") == []


def test_what_is_asked_where_a_member_is_there_is_shown_with_that_member() -> None:
    new = {"type": "object", "dependentSchemas": {"card": {"properties": {"name": TEXT}}}}
    [change] = changes(contract({"type": "object"}), contract(new), "request")
    assert (change.rule, change.level) == ("dependent-schemas.added", "breaking")
    assert isinstance(change.example, dict)
    assert change.example.keys() >= {"card", "name"}


def test_what_a_format_means_is_told_as_that_format() -> None:
    byte = {"type": "string", "format": "byte"}
    assert lines(TEXT, byte, "request") == ["breaking format.added"]
    assert lines(byte, TEXT, "request") == ["info format.removed"]
    assert lines(byte, {"type": "string", "format": "binary"}, "request") == ["breaking format.changed"]


UNDECLARED: list[tuple[str, Any]] = [
    ("maximum", 5), ("minimum", 5), ("exclusiveMaximum", 5), ("exclusiveMinimum", 5), ("multipleOf", 5),
    ("maxLength", 5), ("minLength", 5), ("pattern", "^a$"), ("maxItems", 5), ("minItems", 5), ("uniqueItems", True),
    ("maxProperties", 5), ("minProperties", 5), ("dependentRequired", {"a": ["b"]}), ("unevaluatedItems", False),
]  # fmt: skip


@pytest.mark.parametrize(("word", "value"), UNDECLARED)
def test_what_declares_no_type_is_bounded_in_values_of_the_kind_alone(word: str, value: Any) -> None:
    bounded = {word: value}
    for direction, old, new in (("request", {}, bounded), ("response", bounded, {})):
        [change] = changes(contract(old), contract(new), direction)  # type: ignore[arg-type]
        assert change.level == "breaking"
        assert change.example is not MISSING
        [back] = changes(contract(new), contract(old), direction)  # type: ignore[arg-type]
        assert back.level == "info"


def test_what_declares_no_type_takes_numbers_whatever_it_says_of_texts() -> None:
    assert lines({"maxLength": 5}, {"maxLength": 5, "maximum": 3}, "request") == ["breaking maximum.added"]
    assert lines({"maxLength": 5}, {}, "request") == ["info max-length.removed"]


def test_forms_that_are_definitions_overlap_when_one_of_them_asks_for_less() -> None:
    either = {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]}
    cat, strict, lax = (
        obj("name", name=TEXT),
        obj("name", "bark", name=TEXT, bark=TEXT),
        obj("name", name=TEXT, bark=TEXT),
    )
    old, new = (contract(either, {"Cat": cat, "Dog": dog}) for dog in (strict, lax))
    assert ("one-of.overlapping", "breaking") in [
        (each.rule, each.level) for each in changes(old, new, "request")
    ]
    assert "one-of.overlapping" not in [each.rule for each in changes(new, old, "request")]


@pytest.mark.parametrize(
    ("keywords", "kind"),
    [
        ({"properties": {"a": TEXT}}, "object"),
        ({"required": ["a"]}, "object"),
        ({"items": TEXT}, "array"),
        ({"minLength": 2}, "string"),
        ({"format": "date"}, "string"),
        ({"minimum": 2}, "number"),
    ],
)
def test_a_type_that_is_written_now_refuses_values_of_all_others(keywords: Any, kind: str) -> None:
    typed = {**keywords, "type": kind}
    for version in ("3.0.3", "3.1.0"):
        untyped, told = (contract(each, version=version) for each in (keywords, typed))
        for direction, old, new in (("request", untyped, told), ("response", told, untyped)):
            [change] = changes(old, new, direction)  # type: ignore[arg-type]
            assert (change.rule, change.level) == (
                "type.narrowed" if direction == "request" else "type.widened",
                "breaking",
            )
            assert change.example is not MISSING
            [back] = changes(new, old, direction)  # type: ignore[arg-type]
            assert back.level == "info"


def test_what_speaks_of_another_kind_takes_any_value_of_this_one() -> None:
    assert lines(obj("a", a=TEXT), {"items": TEXT}, "response") == ["breaking type.widened"]
    assert lines({"items": TEXT}, obj("a", a=TEXT), "request") == ["breaking type.narrowed"]
    assert lines({**WHOLE, "minLength": 2}, WHOLE, "request") == []
    assert lines(WHOLE, {**WHOLE, "format": "date"}, "response") == []
    assert lines(LIST, {**LIST, "minContains": 3, "maxContains": 4}, "request") == []


def test_two_equal_forms_of_one_choice_take_nothing() -> None:
    none = {"oneOf": [TEXT, TEXT]}
    assert lines(TEXT, none, "request") == ["breaking type.narrowed"]
    assert lines(none, TEXT, "response") == ["breaking type.widened"]
    assert lines(none, TEXT, "request") == ["info type.widened"]
    assert lines(none, {"oneOf": [WHOLE, WHOLE]}, "request") == []


def test_what_is_demanded_without_being_declared_may_be_anything() -> None:
    told, demanded = obj("a", a=TEXT), {"type": "object", "required": ["a"]}
    assert lines(demanded, told, "request") == ["breaking type.narrowed /a"]
    assert lines(told, demanded, "response") == ["breaking type.widened /a"]
    secret = obj("a", a={**TEXT, "writeOnly": True})
    assert lines(demanded, secret, "response") == ["breaking property.became-write-only /a"]


def test_forms_that_overlap_no_more_let_values_come_that_fitted_two() -> None:
    one, other = {"type": "object", "required": ["a"]}, {"type": "object", "required": ["b"]}
    apart, any_of = {"oneOf": [one, other]}, {"anyOf": [one, other]}
    assert lines(any_of, apart, "request") == ["breaking one-of.overlapping"]
    assert lines(apart, any_of, "request") == ["info one-of.parted"]
    assert lines(apart, any_of, "response") == ["risky one-of.parted"]
    assert lines(any_of, apart, "response") == ["info one-of.overlapping"]


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ({"type": "array", "maxItems": 0}, {"type": "array", "prefixItems": [TEXT]}),
        ({"type": "array", "contains": WHOLE}, {"type": "array", "minItems": 1}),
        ({"type": "object", "propertyNames": {"enum": ["a"]}}, {"type": "object", "maxProperties": 1}),
        ({"type": "object", "required": ["b"]}, {"type": "object", **IF_A_THEN_B}),
        ({"type": "object", "properties": {"a": False}}, {"type": "object", "additionalProperties": True}),
    ],
)
def test_what_everything_else_rules_out_anyway_hurts_nobody(wide: Any, narrow: Any) -> None:
    assert not [line for line in lines(wide, narrow, "request") if line.startswith("breaking")]
    assert not [line for line in lines(narrow, wide, "response") if line.startswith("breaking")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "object", "propertyNames": {"pattern": "^a"}}, {"type": "object", "minProperties": 1}),
        ({"type": "object", "propertyNames": {"maxLength": 3}}, {"type": "object", "maxProperties": 1}),
        ({"type": "object", **IF_A_THEN_B}, {"type": "object", **IF_A_THEN_B, "then": {"required": ["c"]}}),
        ({"type": "object"}, {"type": "object", "dependentRequired": {"a": ["b", "c"]}}),
        (LIST, {"type": "array", "prefixItems": [TEXT], "items": False}),
        ({"type": "array", "prefixItems": [TEXT]}, {**LIST, "unevaluatedItems": False, "prefixItems": [TEXT]}),
        ({"type": "array", "contains": WHOLE}, {"type": "array", "items": WHOLE}),
        ({**TEXT, "not": {"minLength": 3}}, {"not": TEXT}),
        ({"type": "array", "prefixItems": [TEXT, WHOLE]}, {"type": "array", "uniqueItems": True}),
    ],
)  # fmt: skip
def test_what_only_few_values_show_is_shown(old: Any, new: Any) -> None:
    told = [each for each in changes(contract(old), contract(new), "request") if each.level == "breaking"]
    assert told
    assert [each.rule for each in told if each.unproven] == []


def test_what_a_text_holds_is_compared_wherever_it_is_defined() -> None:
    text = {"type": "string", "contentMediaType": "application/json"}
    held = {**text, "contentSchema": {"$ref": "#/components/schemas/Note"}}
    one, other = obj("a", a=TEXT), obj("a", a=WHOLE)
    for schema, at in ((held, "/a"), (obj(note=held), "/note/a")):
        for direction in ("request", "response"):
            found = changes(contract(schema, {"Note": one}), contract(schema, {"Note": other}), direction)
            assert [(each.rule, each.level, each.value) for each in found] == [
                ("content-schema.changed", "risky", at)
            ]
    inline = {**text, "contentSchema": {"allOf": [one]}}
    assert changes(contract(held, {"Note": one}), contract(inline), "request") == ()


def test_one_of_two_forms_that_says_nothing_takes_what_the_other_one_does_not() -> None:
    assert lines({"oneOf": [{}, TEXT]}, {"not": TEXT}, "request") == []
    assert lines({}, {"oneOf": [{}, {"type": "null"}]}, "request") == ["breaking type.narrowed"]
