"""The time line as rows of text."""

from __future__ import annotations

import pytest

from harness.model.load_report import BreakerSight, LoadReport, Series, Timeline, WindowReport
from harness.report.load.timetable import axis, curves, provider, rows
from tests.report.load.factory import report


def spanning(from_s: float, to_s: float, *windows: tuple[str, float, float]) -> LoadReport:
    """A run over that time, with a call every second."""
    series = Series("calls", "calls", "per_s", (1.0,) * int(to_s - from_s))
    return report(
        timeline=Timeline(from_s, 1.0, (series,)),
        windows=tuple(WindowReport(name, begin, end, 1, 1) for name, begin, end in windows),
        breakers=(),
    )


@pytest.mark.parametrize(
    ("windows", "drawn"),
    [
        ((("outage", 15, 45),), "     [outage--]     "),
        ((("outage", 20, 40),), "      [outag]       "),
        ((("outage", 0, 60),), "[outage------------]"),
        ((("flap 1", 6, 9), ("flap 2", 12, 15)), "  # #               "),
        ((("late", 57, 90),), "                   #"),
        ((("before", -30, 3),), "#                   "),
        ((("short", 30, 30.001),), "          #         "),
    ],
)
def test_windows_stand_where_they_were(windows: tuple[tuple[str, float, float], ...], drawn: str) -> None:
    assert provider(spanning(0, 60, *windows), 20).spark == drawn


def test_the_axis_has_its_seconds_where_they_belong() -> None:
    told = axis(spanning(-5, 55), 60).spark
    assert told.index("0 s") == 4
    assert len(told) == 60


@pytest.mark.parametrize("width", [24, 40, 72])
@pytest.mark.parametrize("to_s", [3, 45, 90, 170, 400, 7200])
def test_seconds_of_the_axis_never_run_into_each_other(width: int, to_s: int) -> None:
    told = axis(spanning(0, to_s), width).spark
    assert len(told) == width
    assert told.startswith("0")
    assert all(part.rstrip().endswith(("s", "min")) for part in told.split("  ") if part.strip())


def test_a_run_in_which_nothing_was_seen_has_no_time_line() -> None:
    assert rows(report(timeline=Timeline(0.0, 1.0)), 40) == ()
    unseen = Timeline(0.0, 1.0, (Series("calls", "calls", "per_s", (None, None)),))
    assert rows(report(timeline=unseen), 40) == ()


def test_every_row_is_as_wide_as_asked() -> None:
    for width in (1, 24, 55):
        assert {len(row.spark) for row in rows(report(), width)} == {width}


def test_breakers_are_counted_once_however_often_they_opened() -> None:
    twice = tuple(BreakerSight(0, "read", "", at, None, 5, 1, 1, 1, at + 5, None) for at in (10.0, 30.0))
    (row,) = (row for row in rows(report(breakers=twice), 60) if row.name == "breaker")
    assert row.spark.strip() == "█" * 5 + " " * 15 + "█" * 5
    assert row.range == "open where drawn"


def test_curves_of_what_nobody_saw_are_none() -> None:
    assert curves([report()], "no such series", 40) == ()
