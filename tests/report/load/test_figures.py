"""How figures of a run under load are written."""

from __future__ import annotations

import math

import pytest

from harness.report.load.figures import duration, number, percent, rate


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1240000, "1,240,000"),
        (1204.4, "1,204"),
        (82.13, "82.1"),
        (3.14159, "3.14"),
        (0.0523, "0.052"),
        (2.0, "2"),
        (None, "-"),
        (math.inf, "infinite"),
        (math.nan, "-"),
    ],
)
def test_a_number_has_three_digits_or_all_before_the_point(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value_s", "text"),
    [
        (0.0, "0 s"),
        (0.00084, "840 µs"),
        (0.0124, "12.4 ms"),
        (0.9999, "1 s"),
        (3.2, "3.2 s"),
        (125, "2 min 5 s"),
        (7200, "120 min"),
        (None, "-"),
    ],
)
def test_a_duration_has_the_unit_that_fits(value_s: float | None, text: str) -> None:
    assert duration(value_s) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.5, "50 %"),
        (0.995, "99.5 %"),
        (0.9996, "99.96 %"),
        (0.99999, "99.999 %"),
        (0.9999999, "above 99.999 %"),
        (0.1234, "12.3 %"),
        (0.0002, "0.02 %"),
        (1.35, "135 %"),
        (4.123, "412.3 %"),
        (31.63, "3,163 %"),
        (None, "-"),
    ],
)
def test_a_share_that_is_not_all_is_never_rounded_to_all(share: float | None, text: str) -> None:
    assert percent(share) == text


def test_a_rate_says_per_what() -> None:
    assert rate(212.3) == "212/s"
