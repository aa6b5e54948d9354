"""A run beside an earlier one: equal clients are never worse, and a client that is worse is seen to be."""

from __future__ import annotations

import functools

import msgspec
import pytest

from harness.load.targets import Targets
from harness.load.verdict import judge
from harness.model.load_report import Comparison, LoadReport
from tests.load.simulate import Client, Trouble, World

CAREFUL = Client(budget="aws", breaker_failures=5)


@functools.cache
def played(
    seed: int, client: Client = CAREFUL, latency_s: float = 0.05, before: int | None = None
) -> LoadReport:
    of, _ = World(client, (Trouble(30, 50),), seed=seed, duration_s=90, latency_s=latency_s).play()
    return judge(of, Targets(), played(before) if before is not None else None)


def comparison(report: LoadReport) -> Comparison:
    assert report.comparison is not None
    return report.comparison


def worse(report: LoadReport) -> set[tuple[str, str]]:
    return {(row.id, row.where) for row in comparison(report).rows if row.word == "worse"}


def test_equal_runs_are_neither_better_nor_worse() -> None:
    for seed in range(15):
        rows = comparison(played(100 + seed, before=seed)).rows
        assert not [row for row in rows if row.beyond_noise], seed


def test_calls_that_take_a_fifth_longer_are_worse_by_a_fifth() -> None:
    for seed in range(5):
        report = played(200 + seed, latency_s=0.06, before=seed)
        assert {("average_s", "outside"), ("p50_s", "outside")} <= worse(report)
        row = next(r for r in comparison(report).rows if (r.id, r.where) == ("p50_s", "outside"))
        assert row.change == pytest.approx(0.2, abs=0.06)
        assert row.beyond_noise


def test_a_budget_that_is_gone_shows_as_amplification() -> None:
    report = played(300, client=Client(), before=0)
    assert {("amplification", "overall"), ("amplification", "outage")} <= worse(report)
    back = judge(World(CAREFUL, (Trouble(30, 50),), seed=301, duration_s=90).play()[0], Targets(), report)
    better = {(row.id, row.where) for row in comparison(back).rows if row.word == "better"}
    assert ("amplification", "overall") in better


def test_runs_that_are_unlike_are_said_to_be() -> None:
    before = msgspec.structs.replace(played(0), client="other", scenario="outage")
    of, _ = World(CAREFUL, (Trouble(30, 50),), seed=1, duration_s=90).play()
    of = msgspec.structs.replace(of, facts={"client": "shop", "scenario": "outage"})
    assert comparison(judge(of, Targets(), before)).notes == (
        "The earlier run was of another client: other, this one shop.",
    )


def test_a_figure_without_an_error_is_never_called_worse() -> None:
    rows = comparison(played(300, client=Client(), before=0)).rows
    assert {row.word for row in rows if row.id == "max_s"} <= {"unknown", "same"}
