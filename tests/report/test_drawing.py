"""Attempts laid out on an axis of seconds."""

from __future__ import annotations

import pytest

from harness.model.report import Attempt
from harness.report.drawing import LEFT, RIGHT, Kind, draw, kind
from tests.report.factory import attempt, battery, call, run


def test_a_bar_lies_where_its_attempt_lay() -> None:
    row = draw(run(calls=[call(attempt(5.0, took_s=2.5), began_s=0.0, ended_s=10.0)])).rows[0]
    half = LEFT + (RIGHT - LEFT) / 2
    assert row.bars[0].left == pytest.approx(half)
    assert row.bars[0].width == pytest.approx((RIGHT - LEFT) / 4)
    assert (row.ends[0].left, row.ends[0].right) == (LEFT, RIGHT)


def test_an_attempt_that_never_ended_reaches_to_the_end_of_its_call() -> None:
    row = draw(run(calls=[call(attempt(0.0, None, took_s=None), ended_s=6.5, ok=False)])).rows[0]
    assert row.bars[0].left + row.bars[0].width == pytest.approx(RIGHT)
    assert "never ended" in row.bars[0].told


@pytest.mark.parametrize(
    ("one", "what"),
    [
        (attempt(status=200), "success"),
        (attempt(status=304), "success"),
        (attempt(status=200, fault="body.truncated"), "spoiled"),
        (attempt(status=503), "error"),
        (attempt(status=429, fault="status.rate_limited"), "error"),
        (attempt(status=None, fault="connection.reset_before_answer"), "none"),
    ],
)
def test_an_attempt_is_coloured_by_what_it_brought(one: Attempt, what: Kind) -> None:
    assert kind(one) == what


def test_waits_are_drawn_between_attempts_and_labelled_where_there_is_room() -> None:
    gaps = (
        draw(run(calls=[call(attempt(0, took_s=0), attempt(0.01, took_s=0), attempt(2.01, took_s=0))]))
        .rows[0]
        .gaps
    )
    assert [gap.label for gap in gaps] == ["", "2.00 s"]


def test_labels_that_would_touch_are_put_above_each_other_and_the_rest_left_out() -> None:
    close = [attempt(n * 0.001, 503, took_s=0) for n in range(5)]
    bars = draw(run(calls=[call(*close, ended_s=10.0)])).rows[0].bars
    heights = [bar.label_y for bar in bars if bar.label]
    assert len(heights) == 3
    assert heights == sorted(set(heights), reverse=True)


def test_a_long_label_at_the_end_is_written_to_the_left() -> None:
    bars = (
        draw(run(calls=[call(attempt(0), attempt(5, None, fault="connection.reset_before_answer"))]))
        .rows[0]
        .bars
    )
    assert bars[1].leftward
    assert bars[1].label == "reset_before_answer"


def test_a_few_calls_have_a_row_each() -> None:
    rows = draw(run(calls=[call(attempt(n), began_s=n) for n in range(3)])).rows
    assert [row.name for row in rows] == ["1", "2", "3"]
    assert rows[0].y + rows[0].bar_height < rows[1].y


def test_many_calls_in_a_row_share_one() -> None:
    (row,) = draw(run(calls=[call(attempt(n), began_s=n, ended_s=n + 0.5) for n in range(20)])).rows
    assert len(row.ends) == len(row.bars) == 20


def test_many_calls_at_once_have_rows_of_their_own() -> None:
    assert len(draw(run(calls=[call(attempt(0.1), ended_s=1.0)] * 6)).rows) == 6


def test_a_call_that_the_breaker_stopped_is_drawn_without_an_attempt() -> None:
    calls = [call(began_s=n, ended_s=n + 0.01, ok=False) for n in range(6)]
    assert not any(end.tried for row in draw(run(calls=calls)).rows for end in row.ends)


def test_the_axis_has_a_handful_of_round_marks() -> None:
    ticks = draw(run(calls=[call(attempt(0.1), ended_s=25.0)])).ticks
    assert [tick.label for tick in ticks] == ["0", "5", "10", "15", "20", "25"]


def test_a_run_without_any_time_still_has_an_axis() -> None:
    drawing = draw(run(calls=[call()]))
    assert drawing.ticks[0].label.startswith("0")


def test_nothing_lies_outside_the_drawing() -> None:
    for one in battery(careful=False).scenarios:
        drawing = draw(one)
        for row in drawing.rows:
            assert row.y + row.bar_height < drawing.axis_y < drawing.height
            for bar in row.bars:
                assert LEFT <= bar.left <= bar.left + bar.width <= RIGHT + 0.01


def test_those_who_cannot_see_it_are_told_the_same() -> None:
    drawing = draw(run(calls=[call(attempt(0.0, 503), attempt(0.404, 200))]))
    assert drawing.title == "error_503, read: 1 call, 2 attempts"
    assert drawing.description == "0.00 GET 503 | +0.40 GET 200 -> ok"
