"""Sampled answers: valid, repeatable, and as realistic as names, formats and examples allow."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.contract.realistic import FORMATS, Luck
from harness.contract.sample import Sampler
from tests.contract.build import NOW_S, luck, schemas_of


def sample(
    node: dict[str, Any], *, seed: int = 7, version: str = "3.1.0", name: str = "", **named: Any
) -> Any:
    """A valid value of a schema; fails when none was found."""
    schemas = schemas_of(version, **named)
    value, valid = Sampler(schemas).valid_value(schemas.convert(node), Luck(luck(seed), NOW_S), name=name)
    assert valid, value
    return value


REF = {"$ref": "#/components/schemas/A"}


def test_the_same_luck_gives_the_same_value_whatever_was_made_before() -> None:
    impossible = {"type": "string", "pattern": "^a$", "minLength": 5}
    node = {"type": "object", "required": ["id"], "properties": {"bad": impossible, "id": {"type": "string"}}}
    schemas = schemas_of("3.1.0")
    sampler, schema = Sampler(schemas), schemas.convert(node)
    first = sampler.valid_value(schema, Luck(luck(3), NOW_S))
    assert first[1]
    assert sampler.valid_value(schema, Luck(luck(3), NOW_S)) == first


def test_the_same_luck_gives_the_same_value_and_other_luck_another() -> None:
    node = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    assert sample(node, seed=1) == sample(node, seed=1)
    assert sample(node, seed=1) != sample(node, seed=2)


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_every_format_is_valid(format_: str) -> None:
    for seed in range(10):
        sample({"type": "string", "format": format_}, seed=seed)


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"const": 5}, 5),
        ({"enum": [None, "a", "b"]}, "a"),
        ({"type": "string", "example": "cus_1"}, "cus_1"),
        ({"type": "string", "examples": ["one", "two"]}, "one"),
        ({"type": "string", "default": "d"}, "d"),
        ({"type": "null"}, None),
        ({"type": "boolean"}, False),
        ({"type": "integer", "minimum": 3, "maximum": 3}, 3),
        ({"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5}, 4),
        ({"type": "integer", "multipleOf": 7, "minimum": 50, "maximum": 60}, 56),
        ({"type": "array", "items": {"const": 1}, "minItems": 2}, [1, 1]),
        ({"type": "array", "maxItems": 0}, []),
    ],
)
def test_what_the_schema_leaves_no_choice_in_is_taken(node: dict[str, Any], value: object) -> None:
    assert sample(node) == value


@pytest.mark.parametrize(
    "node",
    [
        {"type": "integer", "example": "five"},
        {"type": "string", "maxLength": 2, "default": "too long"},
        {"type": "string", "format": "uuid", "examples": ["1", 2]},
        {
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"type": "integer"}},
            "example": {"a": "x"},
        },
        {"type": "string", "enum": ["a"], "default": None},
    ],
)
def test_an_example_or_default_that_is_wrong_is_not_used(node: dict[str, Any]) -> None:
    assert sample(node) not in [node.get("example"), node.get("default")]


@pytest.mark.parametrize(
    ("name", "kind", "pattern"),
    [
        ("email", "string", r".+@example\.com"),
        ("currency", "string", r"[a-z]{3}"),
        ("country", "string", r"[A-Z]{2}"),
        ("url", "string", r"https://example\.com/.+"),
        ("html_url", "string", r"https://.+"),
        ("phone", "string", r"\+\d{11}"),
        ("created_at", "string", r"20\d\d-\d\d-\d\dT.*Z"),
        ("last4", "string", r"\d{4}"),
        ("emailAddress", "string", r".+@example\.com"),
        ("CreatedAt", "string", r"20\d\d-\d\d-\d\dT.*Z"),
        ("updated-at", "string", r"20\d\d-\d\d-\d\dT.*Z"),
        ("customerID", "string", r"\w{14}"),
        ("countryCode", "string", r"[A-Z]{2}"),
        ("bankIban", "string", r"DE\d{20}"),
        ("roleArn", "string", r"arn:aws:.+"),
        ("isActive", "boolean", "True"),
        ("latitude", "number", r"-?[1-5]?\d(\.5)?"),
        ("first_name", "string", r"[A-Z][a-z]+"),
        ("created", "integer", r"1799\d{6}|1800000000"),
        ("expires_at", "integer", r"1802\d{6}"),
        ("amount", "integer", r"\d+00"),
        ("has_more", "boolean", "False"),
        ("active", "boolean", "True"),
    ],
)
def test_names_are_taken_at_their_word(name: str, kind: str, pattern: str) -> None:
    node = {"type": "object", "required": [name], "properties": {name: {"type": kind}}}
    assert re.fullmatch(pattern, str(sample(node)[name]))


def test_an_iban_has_its_check_digits() -> None:
    for seed in range(20):
        iban = sample({"type": "string", "format": "iban"}, seed=seed)
        moved = iban[4:] + iban[:4]
        assert int("".join(str(int(letter, 36)) for letter in moved)) % 97 == 1


def test_objects_have_required_and_optional_scalar_members() -> None:
    node = {
        "type": "object",
        "required": ["id", "owner"],
        "properties": {
            "id": {"type": "string"},
            "owner": {"type": "object", "properties": {"n": {"type": "integer"}}},
            "note": {"type": "string"},
            "big": {"type": "object", "properties": {"x": {}}},
        },
    }
    assert list(sample(node)) == ["id", "owner", "note"]


def test_what_is_write_only_is_in_no_answer() -> None:
    secret = {"type": "string", "writeOnly": True}
    node = {
        "type": "object",
        "required": ["id", "secret"],
        "properties": {
            "id": {"type": "integer"},
            "secret": secret,
            "named": {"$ref": "#/components/schemas/Secret"},
            "part": {"allOf": [{"type": "string"}, {"writeOnly": True}]},
        },
    }
    assert sample(node, Secret=secret).keys() == {"id"}


def test_an_object_of_which_nothing_is_required_is_not_empty() -> None:
    node = {"properties": {"items": {"type": "array", "items": {"properties": {"id": {"type": "string"}}}}}}
    assert list(sample(node)["items"][0]) == ["id"]


@pytest.mark.parametrize(
    "name",
    [
        "next_page_uri",
        "nextPageToken",
        "NextMarker",
        "NextContinuationToken",
        "next",
        "next_cursor",
        "cursor",
    ],
)
def test_a_list_that_was_made_up_has_no_other_page(name: str) -> None:
    text = {"type": "string"}
    members = {"items": {"type": "array", "items": text}, name: text}
    assert sample({"type": "object", "required": ["items"], "properties": members}).keys() == {"items"}
    assert sample({"type": "object", "required": [name], "properties": members})[name] == ""
    null = {"type": ["string", "null"], "format": "uri"}
    assert sample({"type": "object", "properties": {**members, name: null}})[name] is None
    told = {**text, "example": "x"}
    assert sample({"type": "object", "properties": {**members, name: told}})[name] == "x"


@pytest.mark.parametrize("name", ["next_action", "next_billing_date", "context", "nextcloud_url", "page"])
def test_other_members_are_made(name: str) -> None:
    assert sample({"type": "object", "properties": {name: {"type": "string"}}})[name]


@pytest.mark.parametrize("format_", ["int64", "uint32"])
def test_a_whole_number_as_a_text_can_be_read_as_one(format_: str) -> None:
    assert int(sample({"type": "string", "format": format_}, name="generation")) > 0


def test_an_optional_member_that_recurs_is_left_out() -> None:
    tree = {
        "type": "object",
        "properties": {"n": {"type": "integer"}, "next": REF, "all": {"type": "array", "items": REF}},
    }
    assert set(sample(REF, A=tree)) == {"n", "all"}
    assert sample(REF, A=tree)["all"] == []


def test_a_required_member_that_recurs_ends_in_null_or_an_empty_list() -> None:
    chain = {
        "type": "object",
        "required": ["next"],
        "properties": {"next": {"anyOf": [REF, {"type": "null"}]}},
    }
    assert sample(REF, A=chain) == {"next": None}
    forest = {"type": "object", "required": ["all"], "properties": {"all": {"type": "array", "items": REF}}}
    assert sample(REF, A=forest) == {"all": []}


def test_a_recursion_without_end_gives_up_and_says_so() -> None:
    schemas = schemas_of(A={"type": "object", "required": ["next"], "properties": {"next": REF}})
    _, valid = Sampler(schemas).valid_value(schemas.convert(REF), Luck(luck(), NOW_S))
    assert valid is False


def test_parts_of_all_of_are_merged() -> None:
    base = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "maxLength": 5}}}
    node = {"allOf": [REF, {"required": ["n"], "properties": {"n": {"type": "integer", "minimum": 3}}}]}
    assert set(sample(node, A=base)) == {"id", "n"}


def test_the_same_member_in_two_parts_obeys_both() -> None:
    node = {
        "allOf": [
            {"type": "object", "required": ["n"], "properties": {"n": {"type": "number", "minimum": 10}}},
            {"properties": {"n": {"type": "integer", "maximum": 10}}},
        ]
    }
    assert sample(node)["n"] == 10


@pytest.mark.parametrize("key", ["oneOf", "anyOf"])
def test_the_first_branch_that_works_is_taken(key: str) -> None:
    assert sample({key: [{"type": "null"}, {"not": {}}, {"const": 3}]}) == 3


def test_one_of_branches_that_overlap_are_told_apart() -> None:
    node = {"oneOf": [{"type": "number"}, {"type": "integer"}, {"type": "string"}]}
    assert isinstance(sample(node), float | str)


def test_a_discriminator_names_the_branch() -> None:
    cat = {
        "type": "object",
        "required": ["kind", "lives"],
        "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}},
    }
    node = {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}],
        "discriminator": {"propertyName": "kind", "mapping": {"feline": "#/components/schemas/Cat"}},
    }
    assert sample(node, Cat=cat)["kind"] == "feline"
    node["discriminator"] = {"propertyName": "kind"}
    assert sample(node, Cat=cat)["kind"] == "Cat"


def pets(*, mapping: dict[str, str] | None) -> dict[str, Any]:
    """A base with two children, as schemas by name."""
    base = {"$ref": "#/components/schemas/Pet"}
    discriminator = {"propertyName": "kind"} | ({"mapping": mapping} if mapping else {})
    kind = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}
    return {
        "Pet": {**kind, "discriminator": discriminator},
        "Cat": {"allOf": [base, {"required": ["lives"], "properties": {"lives": {"type": "integer"}}}]},
        "Dog": {"allOf": [base, {"required": ["good"], "properties": {"good": {"const": True}}}]},
    }


def test_a_base_is_answered_with_one_that_its_mapping_names() -> None:
    named = pets(mapping={"feline": "#/components/schemas/Cat", "canine": "Dog"})
    value = sample({"$ref": "#/components/schemas/Pet"}, **named)
    assert value["kind"] == "feline"
    assert isinstance(value["lives"], int)
    assert sample({"$ref": "#/components/schemas/Dog"}, **named) == {"kind": "canine", "good": True}


def test_a_base_without_a_mapping_is_itself() -> None:
    assert sample({"$ref": "#/components/schemas/Pet"}, **pets(mapping=None)) == {"kind": "Pet"}


def test_of_several_words_for_a_branch_one_that_the_branch_admits_is_taken() -> None:
    cat = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string", "enum": ["tom"]}},
    }
    ref = "#/components/schemas/Cat"
    discriminator = {"propertyName": "kind", "mapping": {"feline": ref, "tom": ref}}
    assert sample({"oneOf": [{"$ref": ref}], "discriminator": discriminator}, Cat=cat) == {"kind": "tom"}


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        ({"kind": "feline", "lives": 3}, {"kind": "feline", "lives": 3}),
        ({"lives": 3}, {"kind": "feline", "lives": 3}),
        ({"kind": "unheard of", "lives": 3}, None),
        ({"kind": "canine", "lives": 3}, None),
    ],
)
def test_an_example_names_its_branch_or_is_completed_or_is_not_used(
    example: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    kind = {"kind": {"type": "string"}}
    cat = {"type": "object", "required": ["lives"], "properties": {"lives": {"type": "integer"}, **kind}}
    dog = {"type": "object", "required": ["good"], "properties": {"good": {"type": "boolean"}, **kind}}
    node = {
        "anyOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"feline": "Cat", "canine": "Dog"}},
        "example": example,
    }
    value = sample(node, Cat=cat, Dog=dog)
    assert value["kind"] == "feline"
    assert (value == example) is (example == expected)
    assert expected is None or value == expected


def test_choices_in_several_parts_are_all_made() -> None:
    def choice(*names: str) -> dict[str, Any]:
        return {"oneOf": [{"required": [name], "properties": {name: {"const": name}}} for name in names]}

    assert set(sample({"allOf": [choice("a", "b"), choice("c", "d"), choice("e")]})) == {"a", "c", "e"}


def test_items_of_two_parts_obey_both() -> None:
    one, other = {"items": {"type": "integer", "minimum": 5}}, {"type": "array", "items": {"maximum": 5}}
    assert sample({"allOf": [one, other]}) == [5]


def test_branches_that_differ_in_an_optional_list_are_told_apart_by_it() -> None:
    def error(item: dict[str, Any]) -> dict[str, Any]:
        members = {"message": {"type": "string"}, "errors": {"type": "array", "items": item}}
        return {"type": "object", "required": ["message"], "properties": members}

    value = sample({"oneOf": [error({"type": "object"}), error({"type": "string"})]})
    assert len(value["errors"]) == 1


def test_a_child_of_a_discriminated_base_carries_its_own_name() -> None:
    pet = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}},
        "discriminator": {"propertyName": "kind"},
    }
    cat = {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"lives": {"type": "integer"}}}]}
    assert sample({"$ref": "#/components/schemas/Cat"}, Pet=pet, Cat=cat)["kind"] == "Cat"


@pytest.mark.parametrize(
    "node",
    [
        {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": True},
        {"type": "array", "items": {"type": "string", "example": "x"}, "minItems": 3, "uniqueItems": True},
        {"type": "array", "items": {"type": "integer"}, "minItems": 5, "uniqueItems": True},
        {"type": "array", "contains": {"const": "a"}},
        {"type": "array", "contains": {"enum": ["a", "b"]}, "minContains": 3, "items": {"type": "string"}},
        {"type": "array", "prefixItems": [{"type": "null"}], "contains": {"type": "string"}, "minContains": 2},
        {"type": "array", "contains": {"const": 1}, "items": {"enum": [1, 2]}, "minItems": 2},
        {"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}},
        {"type": "object", "required": ["a", "b"], "additionalProperties": {"type": "integer"}},
        {"type": "string", "minLength": 30},
        {"type": "string", "maxLength": 2},
        {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{2}$"},
        {"type": "string", "format": "email", "maxLength": 40},
        {"type": "string", "format": "date-time", "pattern": "^[0-9-]+T[0-9:]+Z$", "minLength": 20, "maxLength": 64},
        {"type": "number", "minimum": 0, "maximum": 1},
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "multipleOf": 0.5},
        {"type": "integer", "maximum": -5},
        {"type": ["null", "integer"]},
        {"minimum": 5},
        {"not": {"type": "object"}, "type": "string"},
        {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False, "minItems": 2},
        {"if": {"required": ["a"]}, "then": {"required": ["b"]}, "properties": {"a": {}, "b": {}}},
        {"type": "object", "properties": {"a": {"not": {}}}, "additionalProperties": False},
        {},
    ],
)  # fmt: skip
def test_constraints_are_kept(node: dict[str, Any]) -> None:
    for seed in range(5):
        sample(node, seed=seed)


def test_what_is_remembered_does_not_grow_with_the_values_made() -> None:
    node = {
        "type": "object",
        "required": ["x", "y", "z"],
        "properties": {"x": {"anyOf": [REF, {"type": "string"}], "description": "d"}, "y": {"type": "array"}},
        "additionalProperties": {
            "oneOf": [{"$ref": "#/components/schemas/A", "minProperties": 1}, {"type": "string"}]
        },
    }
    schemas = schemas_of(A={"type": "object", "minProperties": 1})
    sampler, schema = Sampler(schemas), schemas.convert(node)

    def kept() -> int:
        owned = (*vars(sampler).values(), *vars(sampler.merger).values(), *vars(schemas).values())
        return sum(len(cache) for cache in owned if isinstance(cache, dict))

    for seed in range(3):
        sampler.valid_value(schema, Luck(luck(seed), NOW_S))
    before = kept()
    for seed in range(50):
        sampler.valid_value(schema, Luck(luck(seed), NOW_S))
    assert kept() == before


def _between(kind: str, low: str, high: str) -> Any:
    """Schemas of one kind with two bounds in order."""
    numbers = st.integers(0, 40) if kind == "string" else st.integers()
    return st.tuples(numbers, numbers).map(lambda two: {"type": kind, low: min(two), high: max(two)})


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _merged(properties: dict[str, Any]) -> dict[str, Any]:
    return {"allOf": [{"type": "object", "properties": properties}, {"required": sorted(properties)}]}


SCALARS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    _between("string", "minLength", "maxLength"),
    _between("integer", "minimum", "maximum"),
    st.sampled_from(sorted(FORMATS)).map(lambda format_: {"type": "string", "format": format_}),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": "number"}]),
)
NAMES = st.sampled_from(["id", "email", "created", "amount", "url", "state", "name"])
SCHEMAS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.builds(lambda i, n: {"type": "array", "items": i, "minItems": n}, inner, st.integers(0, 3)),
        st.dictionaries(NAMES, inner, max_size=4).map(_object),
        st.dictionaries(NAMES, inner, max_size=3).map(_merged),
        st.lists(inner, min_size=1, max_size=3).map(lambda many: {"anyOf": many}),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(SCHEMAS, st.integers(0, 1000))
def test_any_schema_of_these_kinds_gets_a_valid_value(node: dict[str, Any], seed: int) -> None:
    sample(node, seed=seed)


def test_overlapping_branches_are_told_apart_where_nothing_else_helps() -> None:
    one = {"type": "object", "properties": {"pets": {"type": "array"}}}
    other = {"type": "object", "properties": {"error": {"type": "string"}}}
    value = sample({"oneOf": [one, other]})
    assert "pets" in value or "error" in value


def test_a_member_that_no_value_fits_is_left_out_where_it_may_be() -> None:
    impossible = {"type": "string", "maxLength": 2, "pattern": "^abc$"}
    node = {
        "type": "object",
        "properties": {
            "name": {"const": "x"},
            "more": {"type": "object", "required": ["bad"], "properties": {"bad": impossible}},
        },
    }
    assert sample(node) == {"name": "x"}


def test_the_documents_own_examples_are_not_changed_by_that() -> None:
    impossible = {"type": "string", "maxLength": 2, "pattern": "^abc$"}
    example = {"a": {"b": 1}}
    node = {
        "type": "object",
        "properties": {"given": {"type": "object", "example": example}, "bad": impossible},
    }
    assert sample(node) == {"given": example}
    assert example == {"a": {"b": 1}}


@pytest.mark.parametrize("least", [20, 25, 26, 27, 30])
def test_a_date_time_is_as_long_as_it_has_to_be(least: int) -> None:
    assert len(sample({"type": "string", "format": "date-time", "minLength": least})) >= least


def test_an_enum_that_its_own_type_excludes_is_not_taken() -> None:
    schemas = schemas_of()
    schema = schemas.convert({"type": "array", "enum": ["a"], "items": {"type": "string", "enum": ["a"]}})
    assert Sampler(schemas).valid_value(schema, Luck(luck(), NOW_S)) == (["a"], False)


def test_of_an_enumeration_that_may_grow_a_known_value_is_taken_and_others_are_valid() -> None:
    node = {"type": "string", "x-extensible-enum": ["open", "paid"]}
    assert sample(node, name="status") == "open"
    schemas = schemas_of("3.1.0")
    assert schemas.valid(schemas.convert(node), "shipped")
    assert sample({**node, "example": "paid"}) == "paid"
