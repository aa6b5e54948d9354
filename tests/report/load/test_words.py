"""What of a run is told in words."""

from __future__ import annotations

import msgspec
import pytest

from harness.model.load_report import (
    BreakerSight,
    Compared,
    Comparison,
    Figure,
    Honesty,
    ProcessReport,
    WindowReport,
)
from harness.report.load import words
from tests.report.load.factory import COMPARISON, report

P95 = Compared("p95_s", "p95", "s", "outside", 0.1, 0.1, 0.0, "same", False)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (P95, "same (within noise)"),
        (msgspec.structs.replace(P95, change=0.04), "same (4 % apart, within noise)"),
        (msgspec.structs.replace(P95, change=15.3), "same (1,530 % apart, within noise)"),
        (msgspec.structs.replace(P95, change=0.4, word="worse", beyond_noise=True), "worse by 40 %"),
        (msgspec.structs.replace(P95, change=-0.4, word="better", beyond_noise=True), "better by 40 %"),
        (
            msgspec.structs.replace(P95, change=9.0, word="worse", beyond_noise=True),
            "worse, 10-fold",
        ),
        (msgspec.structs.replace(P95, change=None, word="worse", beyond_noise=True), "worse"),
        (msgspec.structs.replace(P95, before=None, change=None, word="unknown"), "cannot be told"),
    ],
)
def test_a_change_is_told_with_how_much_and_whether_it_is_noise(row: Compared, told: str) -> None:
    assert words.compared(row) == told


def test_what_is_worse_comes_first() -> None:
    assert [row.word for row in words.changes(COMPARISON)] == ["worse", "better"]
    assert [row.word for row in words.others(COMPARISON)] == ["same", "unknown"]
    assert words.in_sum(COMPARISON) == "1 worse, 1 better, 1 the same within noise, 1 cannot be told"
    assert words.in_sum(Comparison("earlier.json", ())) == "nothing to compare"


def test_facts_are_told_once_and_only_where_there_is_something() -> None:
    known = {
        "scenario": "outage",
        "calls": {"read": "shop:read"},
        "sees_refusals": True,
        "notes": [],
        "users": 8.0,
    }
    assert list(words.facts(report(facts=known))) == [
        ("calls", "read shop:read"),
        ("sees refusals", "yes"),
        ("users", "8"),
    ]


def test_the_only_window_is_the_time_while_it_failed() -> None:
    figures = (
        Figure("success", "success", "ratio", "window", 0.1),
        Figure("herd", "herd", "times", "outage", 1.5),
    )
    alone = report(figures=figures, windows=report().windows[:1])
    assert words.measured(alone)[0] == ("while it failed",)
    assert words.measured(report(figures=figures))[0] == ("while it failed", "outage")


def test_a_recovery_that_was_not_seen_is_told_with_its_reason() -> None:
    lasting = WindowReport("outage", 20, 35, 1, 2, None, "calls were still failing 25 s later")
    assert words.window(lasting) == (
        "outage, 20 s to 35 s: 1 call, 2 attempts; recovery: calls were still failing 25 s later"
    )


def test_the_ends_of_a_window_are_told_no_finer_than_matters() -> None:
    assert words.between(WindowReport("outage", 20 / 3, 40 / 3, 1, 1)) == "6.67 s to 13.3 s"


def test_a_breaker_tells_when_why_and_what_it_let_through() -> None:
    sight = BreakerSight(0, "read", "outage", 21.2, 1.2, 7, 1_400, 5, 9, 36.1, 1.1)
    assert words.breaker(sight) == (
        "opened at 21.2 s, 1.2 s into the outage, after 7 failures, 1,400 calls refused, 5 probes, "
        "9 attempts came through, closed at 36.1 s, 1.1 s after it healed"
    )


def test_one_that_opened_for_nothing_and_stayed_open_is_told_so() -> None:
    sight = BreakerSight(0, "read", "", 5.0, None, 0, 12, 0, 0, None, None)
    assert words.breaker(sight) == "opened at 5.0 s, 12 calls refused, no probes, open to the end"


def test_a_bottleneck_says_what_it_means_for_the_verdicts() -> None:
    seen = Honesty(
        "mock", "its core was busy for 99 % of the time", (ProcessReport("mock", "mock", 0.99, 1.0),)
    )
    assert words.trust(report(honesty=seen)) == (
        "The mock was at its limit: its core was busy for 99 % of the time. "
        "What it slows down says nothing of the client."
    )
