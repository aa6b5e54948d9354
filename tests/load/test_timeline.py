"""The time line adds up to the run, in at most 600 steps, however long that was."""

from __future__ import annotations

import numpy as np
import pytest

from harness.load.columns import Window
from harness.load.evidence import Evidence
from harness.load.targets import Targets
from harness.load.timeline import MOST_STEPS, distributions, timeline
from tests.load.runs import attempts, calls, run
from tests.load.simulate import Client, Trouble, World


def line(evidence: Evidence, series: str) -> list[float]:
    return [value or 0.0 for value in timeline(evidence)[series].values]


def test_rates_add_up_to_what_there_was() -> None:
    of, truth = World(Client(), (Trouble(30, 50),), duration_s=90).play()
    evidence = Evidence(of, Targets())
    step_s = timeline(evidence).step_s
    assert sum(line(evidence, "calls")) * step_s == pytest.approx(truth.calls, rel=0.001)
    assert sum(line(evidence, "attempts")) * step_s == pytest.approx(truth.attempts, rel=0.001)
    failed = int(np.count_nonzero(~of.calls.ok & np.isfinite(of.calls.ended_s)))
    assert sum(line(evidence, "failed")) * step_s == pytest.approx(failed, rel=0.001)


def test_what_comes_after_the_end_is_no_part_of_the_last_step() -> None:
    began = np.array([0.2, 1.2, 2.2, 3.1, 3.2, 3.3])
    of = run(calls(began), attempts(began, call=np.arange(6)), duration_s=3.0)
    evidence = Evidence(of, Targets())
    assert line(evidence, "calls") == line(evidence, "attempts") == [2.0, 0.0, 2.0, 0.0, 2.0, 0.0]


@pytest.mark.parametrize("duration_s", [0.0, 3.0, 59.0, 61.0, 601.0, 86_400.0, 4_000_000.0])
def test_there_are_never_too_many_steps(duration_s: float) -> None:
    began = np.linspace(0, duration_s, 100)
    evidence = Evidence(
        run(calls(began), attempts(began, call=np.arange(100)), duration_s=duration_s), Targets()
    )
    told = timeline(evidence)
    assert {len(series.values) for series in told.series} == {len(told.series[0].values)}
    assert len(told.series[0].values) <= MOST_STEPS
    assert told.step_s * len(told.series[0].values) >= duration_s


def test_percentiles_are_of_the_calls_that_ended_in_a_step() -> None:
    began = np.concatenate([np.arange(20) / 20, 10 + np.arange(20) / 20])
    lasted = np.concatenate([np.full(20, 0.01), np.full(20, 0.4)])
    evidence = Evidence(run(calls(began, lasted), duration_s=100), Targets())
    p50 = timeline(evidence)["p50_s"].values
    assert (p50[0], p50[5], p50[10]) == pytest.approx((0.01, None, 0.4))


def test_a_percentile_of_few_calls_a_step_is_that_of_several_steps_and_never_of_both_sides_of_a_window() -> (
    None
):
    began = np.arange(400) / 4
    slow = (began >= 30) & (began < 60)
    lasted = np.where(slow, 0.4, 0.01)
    of = run(calls(began, lasted), duration_s=100, windows=(Window("brown-out", 30, 60),))
    series = timeline(Evidence(of, Targets()))["p95_s"]
    assert series.label == "p95 duration of a call (of 20 or more)"
    assert None not in series.values
    assert set(series.values[:30]) == {0.01}
    assert set(series.values[31:60]) == {0.4}
    assert set(series.values[61:]) == {0.01}


def test_too_few_calls_for_a_percentile_have_none() -> None:
    evidence = Evidence(run(calls(np.arange(19.0)), duration_s=100), Targets())
    told = timeline(evidence)
    assert set(told["p95_s"].values) == {None}
    assert told["p50_s"].values[:20] == (0.05,) * 19 + (None,)


def test_breakers_are_open_from_when_they_opened_until_they_closed() -> None:
    of, truth = World(
        Client(breaker_failures=5, budget="aws"), (Trouble(30, 50),), workers=1, duration_s=90
    ).play()
    ((_, breaker),) = truth.breakers.items()
    evidence = Evidence(of, Targets())
    (opened_s, _), (closed_s, _) = breaker.history
    open_ = np.flatnonzero(line(evidence, "breaker_open"))
    assert open_[0] == int(opened_s)
    assert open_[-1] == int(closed_s)


def test_distributions_hold_every_call() -> None:
    of, _ = World(Client(), duration_s=30).play()
    told = {each.id: each for each in distributions(Evidence(of, Targets()))}
    ended = int(np.count_nonzero(np.isfinite(of.calls.ended_s)))
    assert sum(told["service"].counts) == ended
    assert len(told["service"].edges) == len(told["service"].counts) + 1
