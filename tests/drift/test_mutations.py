"""Real documents, changed in one place of which it is known what that does: all that breaks is found, and no more."""

from __future__ import annotations

import pytest

from tests.drift.mutation.draw import CORPUS, SMALL, mutations
from tests.drift.mutation.judge import Score, contract, found
from tests.drift.mutation.proof import Court

DOCUMENTS = sorted(path for path in CORPUS.glob("*.json") if path.name.startswith(SMALL))
ALL = sorted(CORPUS.glob("*.json"))

with_corpus = pytest.mark.skipif(
    not DOCUMENTS, reason=f"no corpus of documents at {CORPUS} (set HARNESS_CORPUS)"
)


@with_corpus
def test_what_breaks_is_found_what_does_not_is_not_and_a_rewriting_is_nothing() -> None:
    score = Score()
    for mutation in mutations(160, 7, DOCUMENTS):
        score.add(mutation, found(mutation))
    assert score.told == [], f"\n{score}"


@with_corpus
def test_a_witness_fits_one_side_and_not_the_other_as_it_is_shown() -> None:
    faults = []
    for mutation in mutations(30, 11, DOCUMENTS):
        court = Court(contract(mutation.old, "old.json"), contract(mutation.new, "new.json"))
        faults += [f"{fault} ({mutation.again})" for each in found(mutation) for fault in court.faults(each)]
    assert faults == []


@with_corpus
@pytest.mark.slow
def test_two_thousand_mutations_of_all_documents() -> None:
    score = Score()
    for mutation in mutations(2000, 1, ALL):
        score.add(mutation, found(mutation))
    print(f"\n{score}")
    assert score.told == []
