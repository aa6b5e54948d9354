"""What a value meets of a schema judges it as the whole schema does."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from harness.contract.contract import Contract
from harness.drift.schemas.projection import Sparing
from harness.model.message import Response
from tests.drift.build import answering, tree
from tests.drift.mutation.draw import CORPUS, SMALL, part_of
from tests.drift.mutation.judge import contract

DOCUMENTS = sorted(path for path in CORPUS.glob("*.json") if path.name.startswith(SMALL))
OTHERS: tuple[Any, ...] = (None, True, 0, 1.5, "", "text", [], {}, [None], {"other": 1})

with_corpus = pytest.mark.skipif(
    not DOCUMENTS, reason=f"no corpus of documents at {CORPUS} (set HARNESS_CORPUS)"
)


def spoiled(value: Any, rng: Random) -> Any:
    """The value with something else, or nothing, somewhere in it."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        name = rng.choice(list(value))
        if rng.random() < 0.2:
            return {key: member for key, member in value.items() if key != name}
        return {**value, name: spoiled(value[name], rng)}
    if isinstance(value, list) and value and rng.random() < 0.9:
        index = rng.randrange(len(value))
        return [*value[:index], spoiled(value[index], rng), *value[index + 1 :]]
    return rng.choice(OTHERS)


def judged(rng: Random) -> Iterator[tuple[bool, bool, str]]:
    """By the part and by the whole: values of the answers of some operations, and spoiled ones."""
    path = rng.choice(DOCUMENTS)
    whole = contract(part_of(path, rng), path.name)
    schemas = whole.schemas("response")
    for operation in whole.operations.values():
        status = whole.success(operation)
        schema = whole.schema(operation, status)
        if schema is None:
            continue
        value = whole.value(operation, status, rng=rng, now_s=0.0)
        by_part = Sparing.of(schemas)
        for each in (value, *(spoiled(value, rng) for _ in range(6)), *OTHERS):
            yield by_part.valid(schema, each), schemas.valid(schema, each), f"{operation.name}: {each}"


@with_corpus
def test_the_part_that_a_value_meets_judges_it_as_the_whole_does() -> None:
    rng = Random(3)
    found = [each for _ in range(40) for each in judged(rng)]
    assert {part for part, _, _ in found} == {True, False}
    assert [shown for part, whole, shown in found if part != whole] == []


RECURSIVE = {
    "type": "object",
    "properties": {"next": {"$ref": "#/components/schemas/Node"}},
    "required": ["id"],
}


@pytest.mark.parametrize(
    ("schema", "value", "is_fine"),
    [
        ({"$ref": "#/components/schemas/Node"}, {"id": 1, "next": {"id": 2}}, True),
        ({"$ref": "#/components/schemas/Node"}, {"id": 1, "next": {}}, False),
        ({"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False}, {"a": 1}, True),
        ({"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False}, {"b": 1}, False),
        ({"type": "array", "contains": {"type": "string"}}, [1], False),
        ({"propertyNames": {"maxLength": 1}}, {"long": 1}, False),
    ],
)
def test_whole_answers_are_judged_alike(schema: Any, value: Any, is_fine: bool) -> None:
    root = tree(answering({"application/json": schema}), components={"schemas": {"Node": RECURSIVE}})
    usual = contract(root, "nodes.json")
    body = str(value).replace("'", '"').encode()
    response = Response(200, (("content-type", "application/json"),), body)
    for made in (usual, Contract(usual.document, schemas=Sparing)):
        operation = made.operation("POST /pets")
        assert (made.deviations(operation, response) == ()) is is_fine
