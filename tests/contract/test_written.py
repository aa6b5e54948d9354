"""What is written, as JSON or YAML, is read again as the same tree."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import example, given
from hypothesis import strategies as st

from harness.contract import yaml
from harness.contract.written import written
from harness.errors import FileError

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
TREES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(tree=st.dictionaries(TEXTS, TREES, max_size=4))
@example(
    tree={"200": "1e3", "on": "no", "0o17": "0x1F", "date": "2026-01-31", "time": "12:30:45", "null": "~"}
)
@example(tree={"description": "two\nlines\n", "spaces": " x \n y ", "numbers": [1e20, 1e-7, -0.0, 10**30]})
def test_read_again_it_is_the_same(tree: dict[str, Any]) -> None:
    as_yaml = written(tree, path="a.yaml")
    assert yaml.load(as_yaml, path="a.yaml") == tree
    assert json.loads(written(tree, path="a.json")) == tree


def test_other_readers_of_yaml_take_texts_for_texts() -> None:
    tree = {"a": "on", "b": "1e3", "c": "2026-01-31", "d": "0o17", "e": "1_000", "200": "="}
    assert pyyaml.safe_load(written(tree, path="a.yaml")) == tree


def test_order_letters_and_lines_are_kept() -> None:
    text = written({"z": "Zürich", "a": "one\ntwo\n"}, path="a.yaml")
    assert text == "z: Zürich\na: |\n  one\n  two\n"


def test_what_json_cannot_say_is_told() -> None:
    with pytest.raises(FileError, match=r"a\.json: an infinite number cannot be written as JSON"):
        written({"a": float("inf")}, path="a.json")
