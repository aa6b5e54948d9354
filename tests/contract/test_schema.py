"""Schemas as JSON Schema 2020-12: the 3.0 dialect turned, what cannot be compiled left out, directions kept apart."""

from __future__ import annotations

from typing import Any

import pytest

from harness.contract.schema import Schemas
from tests.contract.build import schemas_of


def accepts(schemas: Schemas, node: dict[str, Any], *values: object) -> list[bool]:
    schema = schemas.convert(node)
    return [schemas.valid(schema, value) for value in values]


@pytest.mark.parametrize(
    ("node", "good", "bad"),
    [
        ({"type": "string", "nullable": True}, [None, "a"], [1]),
        ({"type": "string", "enum": ["a"], "nullable": True}, [None, "a"], ["b"]),
        ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, [2], [1]),
        ({"type": "integer", "maximum": 3, "exclusiveMaximum": False}, [3], [4]),
        ({"type": "array", "items": {"type": "string", "nullable": True}}, [[None, "a"]], [[1]]),
        ({"allOf": [{"type": "object"}], "nullable": True}, [None, {}], [1]),
        ({"type": "string", "format": "date-time"}, ["2024-01-01T00:00:00Z"], ["yesterday"]),
        ({"type": "integer", "format": "int64"}, [1], ["1"]),
    ],
)
def test_the_3_0_dialect_means_what_it_says(
    node: dict[str, Any], good: list[object], bad: list[object]
) -> None:
    schemas = schemas_of("3.0.3")
    assert all(accepts(schemas, node, *good))
    assert not any(accepts(schemas, node, *bad))


def test_siblings_of_a_reference_count_in_3_1_only() -> None:
    node = {"$ref": "#/components/schemas/A", "maxLength": 1}
    assert accepts(schemas_of("3.0.3", A={"type": "string"}), node, "long") == [True]
    assert accepts(schemas_of("3.1.0", A={"type": "string"}), node, "long") == [False]


def test_a_nullable_reference_admits_null() -> None:
    node = {"$ref": "#/components/schemas/A", "nullable": True}
    assert accepts(schemas_of("3.0.3", A={"type": "string"}), node, None, "a", 1) == [True, True, False]


def test_recursive_schemas_are_checked_all_the_way_down() -> None:
    tree = {
        "type": "object",
        "properties": {"left": {"$ref": "#/components/schemas/Tree"}, "n": {"type": "integer"}},
    }
    good, bad = {"left": {"left": {"n": 1}}}, {"left": {"left": {"n": "x"}}}
    assert accepts(schemas_of(Tree=tree), {"$ref": "#/components/schemas/Tree"}, good, bad) == [True, False]


def test_names_that_would_be_one_key_stay_two() -> None:
    named: dict[str, Any] = {"a b": {"type": "string"}, "a-b": {"type": "integer"}}
    schemas = schemas_of(**named)
    assert accepts(schemas, {"$ref": "#/components/schemas/a b"}, "x", 1) == [True, False]
    assert accepts(schemas, {"$ref": "#/components/schemas/a-b"}, "x", 1) == [False, True]


def test_references_with_encoded_names_are_followed() -> None:
    named: dict[str, Any] = {"a/b": {"type": "string"}}
    schemas = schemas_of(**named)
    assert accepts(schemas, {"$ref": "#/components/schemas/a~1b"}, "x", 1) == [True, False]


def test_a_dangling_reference_accepts_anything() -> None:
    assert accepts(schemas_of(), {"$ref": "#/components/schemas/Nobody"}, 1, "a", None) == [True, True, True]


def test_read_only_is_not_required_in_requests_nor_write_only_in_answers() -> None:
    node = {
        "type": "object",
        "required": ["id", "secret"],
        "properties": {
            "id": {"type": "string", "readOnly": True},
            "secret": {"type": "string", "writeOnly": True},
        },
    }
    assert accepts(schemas_of(direction="request"), node, {"secret": "s"}, {"id": "1"}) == [True, False]
    assert accepts(schemas_of(direction="response"), node, {"secret": "s"}, {"id": "1"}) == [False, True]


def test_an_unusable_pattern_is_left_out() -> None:
    schemas = schemas_of()
    node = {"type": "string", "pattern": "(?<broken", "maxLength": 3}
    assert accepts(schemas, node, "abc", "abcd") == [True, False]
    assert accepts(schemas, {"type": "string", "pattern": "(?<broken"}, "abc") == [True]


@pytest.mark.parametrize(
    "node",
    [
        {"type": "file"},
        {"type": "strnig"},
        {"required": True},
        {"minLength": "3"},
        {"enum": []},
        {"properties": []},
        {"items": "x"},
        {"maximum": None},
        {"multipleOf": 0},
        {"additionalProperties": "no"},
        {"pattern": 1},
        {"format": None},
        {"allOf": []},
        {"maxItems": -1},
    ],
)
def test_keywords_of_a_wrong_shape_are_left_out(node: dict[str, Any]) -> None:
    assert accepts(schemas_of(), node, "anything") == [True]


@pytest.mark.parametrize(
    ("node", "good", "bad"),
    [
        ({"type": "string", "enum": [1, 2]}, ["1", "2"], [1, "3"]),
        ({"type": "string", "enum": [True, "no", "true"]}, ["true", "no"], [True]),
        ({"type": ["integer", "null"], "enum": ["1", "x", None]}, [1, None], ["1", 2, "x"]),
        ({"type": "number", "enum": ["1.5", "1e999"]}, [1.5], ["1.5"]),
        ({"type": "boolean", "enum": ["true"]}, [True], [False, "true"]),
        ({"type": ["string", "integer"], "enum": [1, "2"]}, [1, "2"], ["1", 2]),
        ({"type": "string", "const": 1}, ["1"], [1]),
        ({"enum": [1]}, [1], ["1"]),
        ({"enum": [1, True]}, [1, True], [False]),
    ],
)
def test_enumerated_values_are_meant_in_the_type_that_is_declared(
    node: dict[str, Any], good: list[object], bad: list[object]
) -> None:
    schemas = schemas_of()
    assert all(accepts(schemas, node, *good))
    assert not any(accepts(schemas, node, *bad))


def test_boolean_schemas_mean_all_and_nothing() -> None:
    schemas = schemas_of()
    assert accepts(schemas, {"properties": {"a": True, "b": False}}, {"a": 1}, {"b": 1}) == [True, False]
    assert schemas.valid(schemas.convert(False), 1) is False


def test_old_tuples_check_item_by_item() -> None:
    node = {"type": "array", "items": [{"type": "string"}, {"type": "integer"}]}
    assert accepts(schemas_of(), node, ["a", 1], [1, "a"]) == [True, False]


def test_bytes_are_base64_in_requests_of_either_alphabet() -> None:
    node = {"type": "string", "format": "byte"}
    good = ("cmFuZG9t", "cmFuZG9tcw==", "a-_b", "", "YWJj\nYWJj\n")

    assert all(accepts(schemas_of(direction="request"), node, *good))
    assert accepts(schemas_of(direction="request"), node, "%", "a?b", "a=b") == [False, False, False]
    assert accepts(schemas_of(direction="response"), node, "%") == [True]
    assert accepts(schemas_of(direction="request"), {**node, "pattern": "^%$"}, "%") == [True]
