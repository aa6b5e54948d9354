"""Scales: where a value lies, and which marks stand beside it."""

from __future__ import annotations

import pytest

from harness.report.load.scales import Scale, buckets, from_nothing, of_durations


@pytest.mark.parametrize(
    ("highest", "top"), [(0.0, 1.0), (0.4, 1.0), (7, 8), (212, 250), (640, 800), (1_000_000, 1_000_000)]
)
def test_a_scale_ends_at_a_round_value_above_all(highest: float, top: float) -> None:
    assert from_nothing([None, 0.0, highest]) == Scale(0.0, top)


def test_durations_far_apart_stand_on_powers_of_ten() -> None:
    scale = of_durations([0.004] * 50 + [5.0] * 50)
    assert (scale.low, scale.high, scale.by_powers) == (0.001, 10.0, True)
    assert scale.marks(5) == pytest.approx((0.001, 0.01, 0.1, 1.0, 10.0))
    assert scale.share(0.1) == pytest.approx(0.5)


def test_durations_near_each_other_stand_on_a_scale_from_nothing() -> None:
    assert of_durations([0.010, 0.030, None]) == Scale(0.0, 0.03)


def test_one_slow_second_does_not_flatten_the_rest() -> None:
    assert of_durations([0.004] * 99 + [30.0]).by_powers


def test_what_lies_outside_is_put_on_the_edge() -> None:
    assert Scale(0, 10).share(20) == 1.0
    assert Scale(0.01, 10, by_powers=True).share(0.0) == 0.0


def test_marks_are_round_and_within() -> None:
    assert Scale(0, 250).marks(5) == (0, 50, 100, 150, 200, 250)
    assert Scale(-5, 12).marks(4) == (-5, 0, 5, 10)


def test_buckets_tell_mean_and_highest_and_where_nothing_was_seen() -> None:
    assert list(buckets([1, 3, None, None, 5, 5], 3)) == [(2, 3), (None, None), (5, 5)]


def test_a_short_series_is_drawn_out() -> None:
    assert [highest for _, highest in buckets([1, 2], 4)] == [1, 1, 2, 2]
