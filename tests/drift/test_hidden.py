"""What another branch of a choice takes is hidden there alone: the same definition shows its change elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drift.build import answering, between, tree

Tree = dict[str, Any]
TEXT: Tree = {"type": "string"}
WHOLE: Tree = {"type": "integer"}
JSON = "application/json"


def ref(name: str) -> Tree:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def obj(**members: Tree) -> Tree:
    """An object that has all these members."""
    return {"type": "object", "required": list(members), "properties": members}


def given(root: Tree, version: str = "3.1.0", **schemas: Tree) -> Tree:
    """A document whose answer is that."""
    made = tree(answering({JSON: root}), components={"schemas": schemas})
    return {**made, "openapi": version}


def told(old: Tree, new: Tree) -> list[tuple[str, str, str]]:
    """The changes: rule, level and where each shows first."""
    found = between(old, new).changes
    assert all(change.witness is not None for change in found if change.level == "breaking")
    return [(change.rule, change.level, change.place.value) for change in found]


EITHER = {"anyOf": [ref("Card"), ref("Loose")]}
LOOSE = {"type": "object", "required": ["brand", "last"], "properties": {"last": TEXT}}


@pytest.mark.parametrize(
    ("beside", "value"),
    [
        (ref("Card"), "/x/brand"),
        (obj(y=obj(z=ref("Card"))), "/x/y/z/brand"),
        (ref("Holder"), "/x/card/brand"),
        ({"type": "array", "items": {"anyOf": [ref("Holder"), TEXT]}}, "/x/*/card/brand"),
        (obj(y=obj(z={"anyOf": [ref("Card"), TEXT]})), "/x/y/z/brand"),
    ],
)
def test_a_change_that_one_choice_hides_shows_where_nothing_does(beside: Tree, value: str) -> None:
    old, new = (
        given(
            obj(either=EITHER, x=beside),
            Loose=LOOSE,
            Card=obj(brand=brand, last=TEXT),
            Holder=obj(card=ref("Card")),
        )
        for brand in (TEXT, WHOLE)
    )
    assert told(old, new) == [("response.type.changed", "breaking", value)]


def test_a_change_that_every_choice_hides_hurts_nobody() -> None:
    old, new = (
        given(obj(either=EITHER, x=obj(y=EITHER)), Loose=LOOSE, Card=obj(brand=brand, last=TEXT))
        for brand in (TEXT, WHOLE)
    )
    assert told(old, new) == [("response.type.changed", "info", "/either/brand")]


def nullable(schema: Tree) -> Tree:
    """The schema as OpenAPI 3.0 says that null may stand there, too."""
    return {"nullable": True, **schema}


@pytest.mark.parametrize(
    "may_be_null",
    [
        {"anyOf": [ref("Card"), nullable(TEXT)]},
        nullable({"anyOf": [ref("Card"), ref("Other")]}),
        nullable(ref("Card")),
    ],
)
def test_a_definition_that_may_be_null_is_no_news_where_null_may_be(may_be_null: Tree) -> None:
    card, other = {**obj(last=TEXT), "type": "object"}, obj(other=TEXT)
    old, new = (given(obj(x=may_be_null), "3.0.3", Card=made, Other=other) for made in (card, nullable(card)))
    assert told(old, new) in ([], [("response.nullable.added", "info", "/x")])
    bare_old, bare_new = (
        given(obj(x=may_be_null, y=obj(z=ref("Card"))), "3.0.3", Card=made, Other=other)
        for made in (card, nullable(card))
    )
    assert told(bare_old, bare_new) == [("response.nullable.added", "breaking", "/y/z")]
