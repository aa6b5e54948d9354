"""The contracts that come with the harness promise no more than the providers do, but for what is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.contract.contract import Contract
from harness.contract.files import load_document, load_provider
from harness.drift.documents.compare import compare
from harness.drift.nights.published import differences, part

CORPUS = Path(os.environ.get("HARNESS_CORPUS", "../shared/corpus")) / "documents"

STRICTER = {
    # Counts are not negative, and ids not 0.
    "github": {"response.minimum.removed", "response.enum.dropped /state"},
    "stripe": {
        "response.minimum.removed",
        "response.pattern.removed /currency",
        "response.enum.dropped /status",
        # Later than the document at hand.
        "response.nullable.added /discounts",
        "response.nullable.added /lines/data/*/discounts",
        "response.property.became-optional /id",
    },
}
"""What our texts say beyond the documents: what those say in words, and what was another version's."""


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize(
    ("name", "document"),
    [("github", "github.api.github.com.json"), ("stripe", "stripe.2025-10.apisguru.json")],
)
def test_answers_promise_no_more_than_the_provider_does(name: str, document: str) -> None:
    ours = load_provider(name).contract
    theirs = part(Contract(load_document(CORPUS / document)), ours)
    found = differences(compare(ours, theirs).changes)
    answers = [each for each in found if each.level == "breaking" and each.rule.startswith("response.")]
    assert answers
    stricter = {
        f"{each.rule} {each.place.value}"
        for each in answers
        if each.rule not in STRICTER[name] and f"{each.rule} {each.place.value}" not in STRICTER[name]
    }
    assert stricter == set()
