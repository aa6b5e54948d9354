"""What the algebra of schemas tells, and what it is not asked."""

from __future__ import annotations

from harness.drift.schemas.algebra import MOST_BYTES, Algebra


def test_it_tells_what_covers_what() -> None:
    ask = Algebra().covers
    assert ask({"type": "number"}, {"type": "integer"}) == "yes"
    assert ask({"type": "integer", "maximum": 3}, {"type": "integer"}) == "no"
    assert ask({"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^ab"}) == "unknown"


def test_formats_count_and_annotations_do_not() -> None:
    ask = Algebra().covers
    assert ask({"type": "string", "format": "date"}, {"type": "string"}) == "no"
    assert ask({"type": "string", "default": "a"}, {"type": "string", "deprecated": True}) == "yes"
    assert ask({"properties": {"default": {"type": "string"}}}, {"properties": {"default": {}}}) == "no"


def test_references_and_large_schemas_are_left_to_rules() -> None:
    ask = Algebra().covers
    assert ask({"$ref": "contract:/#/$defs/a"}, {"type": "string"}) == "unknown"
    assert ask({"enum": ["a" * MOST_BYTES]}, {"enum": ["b"]}) == "unknown"
