"""How sure it is that something is gone."""

from __future__ import annotations

from math import comb

import pytest

from harness.drift.seen.absent import chance, confidence, is_sure, most_likely_rate


@pytest.mark.parametrize(("there", "seen", "now"), [(3, 3, 2), (5, 9, 4), (1, 1, 1), (40, 60, 20)])
def test_the_chance_is_fishers(there: int, seen: int, now: int) -> None:
    ways = comb(seen, there) / comb(seen + now, there)
    assert chance(there, seen, now) == pytest.approx(ways)
    assert confidence(there, seen, now) == pytest.approx(1 - ways)


def test_what_was_seen_once_and_not_again_may_be_chance() -> None:
    assert confidence(1, 1, 1) == pytest.approx(0.5)
    assert not is_sure(1, 1, 1)


def test_what_ten_of_ten_had_and_none_of_ten_has_is_gone() -> None:
    assert is_sure(10, 10, 10)


def test_what_half_of_them_had_takes_more_to_be_gone() -> None:
    assert not is_sure(5, 10, 10)
    assert is_sure(50, 100, 30)


@pytest.mark.parametrize(("there", "now"), [(0, 10), (10, 0)])
def test_nothing_is_gone_that_never_came_or_was_not_looked_for(there: int, now: int) -> None:
    assert confidence(there, 10, now) == 0.0
    assert not is_sure(there, 10, now)


def test_the_rule_of_three() -> None:
    assert most_likely_rate(100) == pytest.approx(3 / 100, rel=0.02)
    assert most_likely_rate(0) == 1.0
