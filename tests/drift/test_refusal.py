"""An example is refused for the change that it proves, whatever else changed."""

from __future__ import annotations

from typing import Any

import pytest

from harness.model.change import Change
from tests.drift.build import answering, between, ok, tree

JSON = "application/json"
TEXT = {"type": "string"}


def answers(schema: dict[str, Any]) -> dict[str, Any]:
    return tree(answering({JSON: schema}))


def takes(schema: dict[str, Any]) -> dict[str, Any]:
    return tree({"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}, **ok()})


def thing(*required: str, **members: Any) -> dict[str, Any]:
    return {"type": "object", "required": [*required], "properties": members}


def breaking(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Change]:
    """The breaking changes by their place in the body."""
    return {each.place.value: each for each in between(old, new).changes if each.level == "breaking"}


def refusals(old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    """Why the witness of each breaking change is refused."""
    found = breaking(old, new)
    return {value: each.witness.refusal if each.witness else "" for value, each in found.items()}


def test_a_second_change_that_must_be_there_is_kept_out() -> None:
    old = thing("at", "sha", at={**TEXT, "format": "date-time"}, sha=TEXT)
    new = thing("at", at={**TEXT, "example": "yesterday"}, sha=TEXT)
    said = refusals(answers(old), answers(new))
    assert said["/sha"] == "'sha' is required"
    assert said["/at"].endswith('is not a "date-time"')


def test_a_member_that_the_other_side_needs_is_given() -> None:
    old = thing("sha", sha=TEXT, size={"type": "integer"})
    new = thing("sha", "owner", sha=TEXT, owner=TEXT, size={"type": "integer", "maximum": 5})
    said = refusals(takes(old), takes(new))
    assert said["/owner"] == "'owner' is required"
    assert "maximum of 5" in said["/size"]


def test_of_the_branches_of_a_choice_the_one_that_is_meant_counts() -> None:
    def event(*required: str, state: dict[str, Any]) -> dict[str, Any]:
        tag = {"enum": ["issue"]}
        other = thing("kind", "page", kind={"enum": ["wiki"]}, page=TEXT)
        return {"oneOf": [other, thing("kind", *required, kind=tag, by=TEXT, state=state)]}

    old = event("by", "state", state={"enum": ["open"]})
    new = event("state", state={"enum": ["open", "gone"]})
    said = refusals(answers(old), answers(new))
    assert said["/by"] == "'by' is required"
    assert said["/state"].startswith('"gone" is not')


def test_beside_the_change_stands_only_what_must() -> None:
    members: dict[str, Any] = dict.fromkeys(("a", "b", "c"), TEXT)
    old = thing("a", **members, state={"enum": ["open"]})
    new = thing("a", **members, state={"enum": ["open", "gone"]})
    witness = breaking(answers(old), answers(new))["/state"].witness
    assert witness is not None
    assert isinstance(witness.value, dict)
    assert witness.value.keys() == {"a", "state"}


@pytest.mark.parametrize("closed", [{"additionalProperties": False}, {"unevaluatedProperties": False}])
def test_a_member_that_is_not_taken_is_what_is_refused(closed: dict[str, Any]) -> None:
    old = {**thing(note=TEXT, size={"type": "integer"}), **closed}
    new = {**thing(size={"type": "string"}), **closed}
    said = refusals(takes(old), takes(new))
    assert "'note' is not known" in said["/note"]
    assert "is not of type" in said["/size"]


def test_a_form_of_what_is_taken_anyway_is_no_change() -> None:
    """What speaks of items alone takes every object."""
    untyped = {"properties": {"of": {"items": TEXT}}}
    listed = {
        "properties": {"of": {"anyOf": [{"items": TEXT}, {"type": "object", "properties": {"id": TEXT}}]}}
    }
    assert between(answers(untyped), answers(listed)).changes == ()
