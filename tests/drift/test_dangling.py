"""Where one document refers to nothing, nothing is said to have changed: it could not be compared."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drift.build import answering, between, ok, tree

JSON = "application/json"
THING = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
REF = {"$ref": "#/components/schemas/Thing"}


def document(schemas: dict[str, Any], *, asked: bool) -> dict[str, Any]:
    body = {"type": "object", "properties": {"one": REF, "many": {"type": "array", "items": REF}}}
    taking = {"requestBody": {"content": {JSON: {"schema": body}}}, **ok()}
    return tree(taking if asked else answering({JSON: body}), components={"schemas": schemas})


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("side", ["old", "new"])
def test_a_schema_that_is_not_there_is_told_of_once(side: str, *, asked: bool) -> None:
    sides = document({}, asked=asked), document({"Thing": THING}, asked=asked)
    found = between(*(sides if side == "old" else reversed(sides)))
    assert found.changes == ()
    assert found.untold == (
        f"$ref '#/components/schemas/Thing' leads to nothing in the {side} document: not compared in POST /pets",
    )


def test_an_answer_that_is_not_there_is_told_of() -> None:
    refers = tree({"responses": {"200": {"$ref": "#/components/responses/Fine"}}})
    fine = {"description": "", "content": {JSON: {"schema": THING}}}
    found = between({**refers, "components": {"responses": {"Fine": fine}}}, refers)
    assert found.changes == ()
    assert "#/components/responses/Fine" in found.untold[0]


def test_what_both_lack_is_no_change() -> None:
    found = between(
        document({}, asked=False), {**document({}, asked=False), "info": {"title": "", "version": "2"}}
    )
    assert (found.changes, found.untold) == ((), ())


def test_what_else_changed_is_told_as_ever() -> None:
    old, new = document({"Thing": THING}, asked=False), document({}, asked=False)
    new["paths"]["/pets"]["post"]["responses"]["201"] = {"description": ""}
    assert [change.rule for change in between(old, new).changes] == ["response.status.added"]
