"""The fast reader of YAML: what it takes it reads as the thorough one does, and the rest it leaves to that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from harness.contract import fast_yaml, yaml

pytest.importorskip("yaml12", reason="py-yaml12 has no build for this platform")

PETSTORE = Path(__file__).parents[2] / "loadtests" / "bench" / "petstore.yaml"

# What ends a line in YAML 1.1, as PyYAML has it, is a character like others in 1.2.
TEXTS = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff", include_characters="\n\t"
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS | st.integers(0, 599), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "text",
    [
        "200: a\n404: b\ndefault: c\n",
        "on: 1\nno: 2\nd: 2020-01-01\nt: 12:30:45\n",
        "a: 0o17\nb: 017\nc: 0x1F\nd: 1_000\ne: +5\nf: 1e3\ng: .5\nh: -.INF\n",
        "a: |-\n  x\n\n  y\nb: >\n  x\n  y\n\n  z\n",
        "# c\n%YAML 1.2\n---\na: &x [1]\nb: R&D\n",
        "a: \"\\u00e9\\x41\\/\"\nb: 'it''s'\n",
        "a: b\n  c\nd:\n- 1\n-\n  - e: {f: [1, 2,]}\n",
        "a:\r\n  b: 1\r\n",
    ],
)
def test_what_it_takes_it_reads_alike(text: str) -> None:
    assert fast_yaml.load(text) == (True, yaml.load(text, path="a.yaml"))


@pytest.mark.parametrize(
    "text",
    [
        "x: &x {a: 1}\ny:\n  <<: *x\n",
        "x: &x [1]\ny: *x\n",
        "a: !!str 5\n",
        "a: !Sub text\n",
        "007: a\n",
        "  1.10: a\n",
        "- 0x10: a\n",
        "true: a\n",
        "~: a\n",
        "? [a]\n: 1\n",
        "a: 18446744073709551616\n",
        "a: 1\n---\nb: 2\n",
        "# c\na: 1\n---\nb: 2\n",
        "---\na: 1\n---\nb: 2\n",
        "a: [\n",
    ],
)
def test_what_it_would_read_otherwise_it_leaves(text: str) -> None:
    assert fast_yaml.load(text) == (False, None)


@given(VALUES, st.booleans(), st.sampled_from([None, "'", '"']))
def test_what_a_writer_of_yaml_writes_is_read_alike(value: Any, flow: bool, quotes: str | None) -> None:
    text = pyyaml.safe_dump(value, default_flow_style=flow, default_style=quotes, allow_unicode=True)
    known, read = fast_yaml.load(text)
    if known:
        assert read == yaml.load_document(text, path="a.yaml") == yaml._load(text, "a.yaml", yaml._Lenient)


def test_documents_are_read_by_it() -> None:
    assert fast_yaml.load(PETSTORE.read_text())[0]
