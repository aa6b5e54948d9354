"""What is said of clients of which everything is known: planted defects are found, and nothing else."""

from __future__ import annotations

import pytest

from tests.load.simulate import QUIET
from tests.load.study import CASES, Case, tally

SEEDS = range(3)

BY_ID = [pytest.param(case, id=case.id) for case in CASES]


def judged(case: Case, seeds: range) -> None:
    told = tally(case, seeds)
    assert not told.false_fails
    assert not told.false_passes
    assert set(told.flips) <= case.may_break


@pytest.mark.parametrize("case", BY_ID)
def test_what_is_wrong_is_found_and_nothing_else(case: Case) -> None:
    judged(case, SEEDS)


@pytest.mark.slow
@pytest.mark.parametrize("case", BY_ID)
def test_whatever_luck_does(case: Case) -> None:
    judged(case, range(100, 140))


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.id)
        for case in CASES
        if case.machine is QUIET and not case.breaks and not case.may_break
    ],
)
def test_a_client_that_keeps_its_promises_passes(case: Case) -> None:
    assert not tally(case, SEEDS).unclear
