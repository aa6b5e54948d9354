"""What was seen of a provider is declared, and then the same answers are no drift any more."""

from __future__ import annotations

import json
import re

import pytest

from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.contract.rewritten import rewritten
from harness.contract.written import written
from harness.drift.documents.compare import compare
from harness.drift.nights.mend import mended, settled
from harness.drift.nights.overlay import applied, overlay, unshared
from harness.drift.seen.observe import against_contract
from harness.model.change import Change
from tests.drift.pretend import CALLS, DOCUMENT, Drift, contract, night
from tests.drift.test_drifting import CASES

LEFT = {"seen.value.unfit", "seen.header.unfit", "seen.body.malformed", "seen.object.other", "seen.sunset"}
"""What no document can be made to say by itself."""


def seen(drift: Drift, by: Contract) -> tuple[Change, ...]:
    return against_contract(by, night(1, drift))


@pytest.mark.parametrize("name", CASES)
def test_what_is_declared_is_no_drift_any_more(name: str) -> None:
    drift, *_ = CASES[name]
    tree, left = settled(DOCUMENT, seen(drift, contract()), lambda tree: seen(drift, contract(tree)))
    assert seen(drift, contract(tree)) == left
    assert {change.rule for change in left} <= LEFT


@pytest.mark.parametrize("name", CASES)
def test_the_overlay_says_the_same(name: str) -> None:
    drift, *_ = CASES[name]
    tree, _ = mended(DOCUMENT, seen(drift, contract()))
    told = overlay(DOCUMENT, tree, title="", version="")
    assert applied(DOCUMENT, told) == tree


@pytest.mark.parametrize("name", CASES)
def test_nothing_else_is_declared_otherwise(name: str) -> None:
    drift, *_ = CASES[name]
    told = seen(drift, contract())
    tree, _ = settled(DOCUMENT, told, lambda tree: seen(drift, contract(tree)))
    found = compare(contract(), contract(tree)).changes
    assert {p.operation for each in found for p in each.places} <= {
        p.operation for e in told for p in e.places
    }
    assert not any(each.rule.startswith("request.") for each in found)


@pytest.mark.parametrize("name", CASES)
def test_the_text_keeps_its_comments(name: str) -> None:
    drift, *_ = CASES[name]
    tree, _ = settled(DOCUMENT, seen(drift, contract()), lambda tree: seen(drift, contract(tree)))
    text = re.sub(
        r"^( +)(/v1/[^:]*:)$",
        r"\1# Asked for often.\n\1\2",
        written(unshared(DOCUMENT), path="o.yaml"),
        flags=re.M,
    )
    assert text.count("# Asked for often.") == len(DOCUMENT["paths"])
    told = rewritten(text, DOCUMENT, tree, path="o.yaml")
    assert parse(told.encode(), name="o.yaml", as_written=True).root == tree
    assert told.count("# Asked for often.") >= len(tree["paths"])


def test_a_healthy_night_changes_nothing() -> None:
    before = json.dumps(DOCUMENT)
    tree, left = mended(DOCUMENT, seen(lambda reply: None, contract()))
    assert (tree, left) == (DOCUMENT, ())
    assert json.dumps(DOCUMENT) == before
    assert len(night(1)) == len(CALLS)
