"""Pointers lead to what stands in the document, not to what conversion made of it."""

from __future__ import annotations

from harness.drift.schemas.pointers import standing
from tests.drift.sides import AT, contract


def test_steps_that_only_conversion_made_are_left_out() -> None:
    """`nullable` beside a reference becomes a choice of two."""
    document = contract({"type": "object", "properties": {"a/b": {"type": "string"}}}).document
    assert standing(document, f"{AT}/anyOf/0/properties/a~1b") == f"{AT}/properties/a~1b"


def test_what_is_not_there_ends_the_pointer() -> None:
    document = contract({"type": "object"}).document
    assert standing(document, f"{AT}/properties/a/maxLength") == AT
    assert standing(document, "") == ""
