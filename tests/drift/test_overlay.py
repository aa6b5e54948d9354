"""An overlay makes the new tree of the old one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.drift.nights.overlay import applied, overlay
from harness.errors import FileError


def made(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return overlay(old, new, title="ours made true again", version="2026-11-21")


NAMES = st.sampled_from(["a", "b", "/v1/{id}", "it's", "back\\slash", "\n", "200"])
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from([1.0, "x", "y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(NAMES, TREES, max_size=4)


@given(DOCUMENTS, DOCUMENTS)
def test_whatever_the_trees_are_the_one_is_made_of_the_other(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    result = applied(old, made(old, new))
    assert repr_of(result) == repr_of(new)


def repr_of(tree: Any) -> Any:
    """With the types of numbers, and without the order of names."""
    if isinstance(tree, dict):
        return {key: repr_of(value) for key, value in tree.items()}
    return [repr_of(item) for item in tree] if isinstance(tree, list) else repr(tree)


def test_equal_trees_need_no_action() -> None:
    assert made({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]})["actions"] == []


def test_what_is_new_at_the_end_of_a_list_is_appended() -> None:
    old = {"schema": {"enum": ["paid"]}}
    new = {"schema": {"enum": ["paid", "disputed"]}}
    assert made(old, new)["actions"] == [{"target": "$['schema']", "update": {"enum": ["disputed"]}}]


def test_what_is_gone_is_removed_where_it_stood() -> None:
    old: dict[str, Any] = {"paths": {"/a": {"get": {}}, "/b": {}}}
    assert made(old, {"paths": {"/a": {}, "/b": {}}})["actions"] == [
        {"target": "$['paths']['/a']['get']", "remove": True}
    ]


def test_names_are_quoted_as_paths_have_it() -> None:
    assert made({"it's": {}}, {"it's": {"a": 1}})["actions"][0]["target"] == "$['it\\'s']"


def test_a_target_that_is_no_plain_path_is_told() -> None:
    with pytest.raises(FileError, match=r"\$\.paths\[\*\]' is no normalized path"):
        applied({}, {"actions": [{"target": "$.paths[*]", "remove": True}]})
