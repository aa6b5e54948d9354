"""How likely it is: beside sums that are worked out one by one."""

from __future__ import annotations

from math import comb, exp, factorial

import pytest

from harness.load.luck import binomial_at_least, binomial_at_most, poisson_at_least


@pytest.mark.parametrize(
    ("hits", "number", "part"), [(10, 1000, 0.005), (4, 5, 0.5), (30, 30, 0.9), (60, 80, 0.25)]
)
def test_the_upper_tail_of_a_binomial(hits: int, number: int, part: float) -> None:
    exact = sum(comb(number, k) * part**k * (1 - part) ** (number - k) for k in range(hits, number + 1))
    assert binomial_at_least(hits, number, part) == pytest.approx(exact, rel=1e-9)


def test_the_lower_tail_of_a_binomial() -> None:
    exact = sum(comb(40, k) * 0.8**k * 0.2 ** (40 - k) for k in range(21))
    assert binomial_at_most(20, 40, 0.8) == pytest.approx(exact, rel=1e-9)


def test_the_upper_tail_of_a_poisson() -> None:
    exact = 1 - sum(exp(-10) * 10.0**k / factorial(k) for k in range(20))
    assert poisson_at_least(20, 10.0) == pytest.approx(exact, rel=1e-6)


def test_what_is_no_more_than_to_be_expected_is_always_luck() -> None:
    assert (
        binomial_at_least(5, 1000, 0.005) == poisson_at_least(10, 10.0) == binomial_at_least(0, 0, 0.5) == 1.0
    )


def test_what_cannot_be_is_no_luck() -> None:
    assert binomial_at_least(1, 10, 0.0) == binomial_at_least(11, 10, 0.5) == poisson_at_least(1, 0.0) == 0.0


def test_a_million_takes_no_time() -> None:
    assert binomial_at_least(6_000, 1_000_000, 0.005) < 1e-30
    assert 0.4 < binomial_at_least(5_001, 1_000_000, 0.005) < 0.51
