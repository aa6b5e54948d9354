"""Series over time as paths, and the marks beside them."""

from __future__ import annotations

import pytest

from harness.report.load.chart import Span, columns, grid, line
from harness.report.load.scales import Scale

MINUTE = Span(0.0, 60.0)


def test_a_series_goes_from_left_to_right_and_up_where_there_is_more() -> None:
    drawn = line("calls", "calls", [0, 30, 60], [0, 5, 10], MINUTE, Scale(0, 10))
    assert drawn.path == "M0 100L500 50L1000 0"
    assert not drawn.filled


def test_a_line_is_broken_where_nothing_was_seen() -> None:
    drawn = line("p50", "low", [0, 15, 30, 45, 60], [5, 5, None, 10, 10], MINUTE, Scale(0, 10))
    assert drawn.path == "M0 50L250 50M750 0L1000 0"


def test_a_lone_point_is_seen() -> None:
    assert line("p50", "low", [0, 30, 60], [None, 5, None], MINUTE, Scale(0, 10)).path == "M500 50h2"


def test_points_on_one_level_are_told_once() -> None:
    drawn = line("users", "dashed", list(range(61)), [5.0] * 61, MINUTE, Scale(0, 10))
    assert drawn.path == "M0 50L1000 50"


def test_an_area_is_closed_along_the_bottom() -> None:
    drawn = line("ok", "good", [0, 60], [1, 1], MINUTE, Scale(0, 1), filled=True)
    assert drawn.filled == "M0 0L1000 0L1000 100L0 100Z"


def test_a_series_of_nothing_draws_nothing() -> None:
    assert line("p50", "low", [0, 1], [None, None], MINUTE, Scale(0, 1)).path == ""


def test_a_window_is_seen_however_short_it_was() -> None:
    assert MINUTE.shade("outage", 30, 45).width == 250
    assert MINUTE.shade("reset", 30, 30.001).width == 2
    assert MINUTE.shade("outage", 30, 90).width == 500


@pytest.mark.parametrize(
    ("span", "labels"),
    [
        (MINUTE, ["0 s", "10 s", "20 s", "30 s", "40 s", "50 s", "60 s"]),
        (Span(-5, 20), ["-5 s", "0 s", "5 s", "10 s", "15 s", "20 s"]),
        (Span(0, 1), ["0.0 s", "0.2 s", "0.4 s", "0.6 s", "0.8 s", "1.0 s"]),
        (Span(0, 300), ["0 min", "1 min", "2 min", "3 min", "4 min", "5 min"]),
        (Span(0, 200), ["0 min", "0:30 min", "1 min", "1:30 min", "2 min", "2:30 min", "3 min"]),
    ],
)
def test_ticks_are_round_seconds_or_minutes(span: Span, labels: list[str]) -> None:
    assert [tick.label for tick in span.ticks()] == labels


def test_the_grid_goes_from_the_bottom_up() -> None:
    assert [(mark.place, mark.label) for mark in grid(Scale(0, 100), str, most=2)] == [
        (100, "0.0"),
        (50, "50.0"),
        (0, "100.0"),
    ]


def test_parts_of_the_time_with_nothing_to_tell_are_left_out() -> None:
    told = columns(MINUTE, lambda from_s, to_s: "busy" if from_s < 30 else "")
    assert len(told) == 60
    assert told[-1].left < 500
