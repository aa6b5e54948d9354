"""What is said of operations, members and parameters beside what is valid: some of it matters, some never does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drift.build import Tree, answering, changes, ok, only, query, taking, tree

TEXT: Tree = {"type": "string"}


def pet(**more: Any) -> Tree:
    return tree({**ok(), **more})


@pytest.mark.parametrize(
    ("word", "before", "after"),
    [
        ("summary", "a", "b"),
        ("description", "a", "b"),
        ("tags", ["a"], ["b"]),
        ("externalDocs", {"url": "https://a.test"}, {"url": "https://b.test"}),
        ("x-code-samples", ["a"], ["b"]),
    ],
)
def test_what_is_for_people_alone_is_no_change(word: str, before: object, after: object) -> None:
    assert changes(pet(**{word: before}), pet(**{word: after})) == []
    assert changes(pet(), pet(**{word: after})) == []


def test_a_name_in_generated_code_is_told() -> None:
    assert changes(pet(operationId="a"), pet(operationId="b")) == [("operation.id.changed", "info")]
    assert changes(pet(), pet(operationId="b")) == []


def test_an_extension_says_deprecated_where_there_is_no_word_for_it() -> None:
    said: Tree = {"x-deprecated": True}
    member = {"type": "object", "properties": {"size": TEXT}}
    old_member = {"type": "object", "properties": {"size": {**TEXT, **said}}}
    kind = "application/json"
    assert changes(pet(), pet(**said)) == [("operation.deprecated", "info")]
    assert changes(pet(**said), pet(deprecated=True)) == []
    assert changes(tree(taking(query("a"))), tree(taking(query("a", **said)))) == [
        ("request.parameter.deprecated", "info")
    ]
    assert changes(tree(answering({kind: member})), tree(answering({kind: old_member}))) == [
        ("response.deprecated", "info")
    ]
    assert changes(pet(), pet(**{"x-deprecated": False})) == []


def test_what_was_not_marked_is_no_less_stable_for_being_marked() -> None:
    assert changes(pet(), pet(**{"x-beta": True})) == [("operation.stability.decreased", "info")]
    assert changes(pet(**{"x-beta": True}), pet()) == [("operation.stability.increased", "info")]
    assert changes(pet(), pet(**{"x-stability-level": "stable"})) == []
    stable = pet(**{"x-stability-level": "stable"})
    assert changes(stable, pet(**{"x-experimental": True})) == [("operation.stability.decreased", "risky")]


@pytest.mark.parametrize(
    "name", ["x-ratelimit-limit", "x-rate-limit", "X-RateLimit", "x-throttling", "x-quota"]
)
def test_how_much_may_be_asked_is_told(name: str) -> None:
    few, many = pet(**{name: 10}), pet(**{name: 100})
    assert changes(many, few) == [("operation.limit.changed", "risky")]
    assert changes(few, many) == [("operation.limit.changed", "info")]
    assert only(many, few).message == f"{name} is now 10, before 100"
    assert changes(few, pet(**{name: {"per": "hour", "limit": 100}})) == [
        ("operation.limit.changed", "risky")
    ]
