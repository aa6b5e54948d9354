"""Validators: made one by one at first, shared when there are many, and telling the same all the while."""

from __future__ import annotations

from typing import Any

import pytest

from harness.contract import validators
from harness.contract.schema import Schemas
from tests.contract.build import document

PETS: dict[str, Any] = {
    f"Pet{n}": {"type": "object", "properties": {"next": {"$ref": f"#/components/schemas/Pet{(n + 1) % 30}"}}}
    for n in range(30)
}
PETS["Pet29"]["properties"]["age"] = {"type": "integer"}


def schemas() -> Schemas:
    return Schemas(document({}, components={"schemas": PETS}), "response")


def deep(depth: int, age: object) -> dict[str, Any]:
    value: dict[str, Any] = {"age": age}
    for _ in range(depth):
        value = {"next": value}
    return value


def told(known: Schemas, schema: dict[str, Any], value: object) -> list[tuple[list[str | int], str]]:
    return [
        (list(error.instance_path), error.message) for error in known.validator(schema).iter_errors(value)
    ]


def test_shared_validators_tell_what_single_ones_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    single = schemas()
    monkeypatch.setattr(validators, "MOST_DEFINITIONS", 40)
    shared = schemas()
    for n in range(30):
        node = {"type": "object", "required": [f"r{n}"], "allOf": [{"$ref": f"#/components/schemas/Pet{n}"}]}
        ours, theirs = shared.convert(node), single.convert(node)
        for value in (deep(29 - n, 3), deep(29 - n, "three"), {f"r{n}": 1, **deep(29 - n, 3)}):
            assert shared.valid(ours, value) == single.valid(theirs, value)
            assert told(shared, ours, value) == told(single, theirs, value)
    assert type(shared.validator(ours)) is type(shared.validator(ours))


def test_they_hold_no_more_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validators, "MOST_DEFINITIONS", 40)
    monkeypatch.setattr(validators, "MOST_SHARED", 5)
    made: list[int] = []
    compiled = validators.Validators._compiled

    def counting(self: Any, schema: Any, closure: Any) -> Any:
        made.append(len(closure))
        return compiled(self, schema, closure)

    monkeypatch.setattr(validators.Validators, "_compiled", counting)
    known = schemas()
    all_ = [known.convert({"minProperties": n, "$ref": "#/components/schemas/Pet0"}) for n in range(2)]
    all_ += [known.convert({"type": "object", "minProperties": n}) for n in range(200)]
    for schema in all_:
        assert known.valid(schema, {}) is (schema.get("minProperties", 0) == 0)
    held = known.validator.__self__  # type: ignore[attr-defined]
    assert len(held._shared) == 5
    before = len(made)
    assert known.valid(all_[0], {})
    assert len(made) > before, "what was forgotten is made anew"


def test_a_word_of_data_that_looks_like_a_reference_is_none() -> None:
    known = schemas()
    schema = known.convert({"const": {"$ref": "#/components/schemas/Nobody"}})
    assert known.valid(schema, {"$ref": "#/components/schemas/Nobody"})
    assert not known.valid(schema, {})
