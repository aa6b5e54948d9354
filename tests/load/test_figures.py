"""Figures beside the truth that simulated clients and providers counted themselves."""

from __future__ import annotations

import numpy as np
import pytest

from harness.load.columns import Run
from harness.load.targets import Targets
from harness.load.verdict import judge
from harness.model.load_report import LoadReport
from tests.load.runs import attempts, calls, run
from tests.load.simulate import Client, Trouble, Truth, World

CAREFUL = Client(budget="aws", breaker_failures=5)
OUTAGE = (Trouble(30, 50),)


def played(
    client: Client, troubles: tuple[Trouble, ...], seed: int, **how: object
) -> tuple[LoadReport, Truth]:
    of, truth = World(client, troubles, seed=seed, duration_s=90, **how).play()  # type: ignore[arg-type]
    return judge(of, Targets()), truth


def measured(report: LoadReport, figure_id: str, where: str = "overall") -> float:
    figure = report.figure(figure_id, where)
    assert figure is not None
    assert figure.value is not None
    return figure.value


@pytest.mark.parametrize("client", [Client(), CAREFUL, Client(budget="aws"), Client(budget="a6", retries=4)])
def test_amplification_and_retries_are_what_the_provider_counted(client: Client) -> None:
    report, truth = played(client, OUTAGE, seed=1)
    assert measured(report, "amplification") == pytest.approx(truth.attempts / truth.calls, rel=0.01)
    # A retry that waits at the end of the run was granted, and never came.
    assert measured(report, "retries") == pytest.approx(truth.retries, rel=0.02)


@pytest.mark.parametrize("kind", ["503", "refused", "hang"])
@pytest.mark.parametrize("rate_per_s", [8.0, 40.0])
def test_breakers_open_and_close_when_they_said_so(kind: str, rate_per_s: float) -> None:
    for seed in range(3):
        report, truth = played(CAREFUL, (Trouble(30, 50, kind),), seed, rate_per_s=rate_per_s)  # type: ignore[arg-type]
        for (worker, name), breaker in truth.breakers.items():
            mine = [sight for sight in report.breakers if (sight.worker, sight.name) == (worker, name)]
            opened = [at_s for at_s, what in breaker.history if what == "opened"]
            closed = [at_s for at_s, what in breaker.history if what == "closed"]
            assert len(mine) == len(opened) == len(closed) == 1
            assert mine[0].opened_after_s == pytest.approx(opened[0] - 30, rel=0.1, abs=0.1)
            assert mine[0].closed_after_s == pytest.approx(closed[0] - 50, rel=0.02, abs=0.02)


def test_each_time_that_a_breaker_opens_is_told_apart() -> None:
    flapping = tuple(Trouble(30 + 10 * i, 35 + 10 * i, name=f"flap {i}") for i in range(3))
    client = Client(budget="aws", breaker_failures=3, breaker_open_s=2)
    report, truth = played(client, flapping, seed=2)
    for (worker, _), breaker in truth.breakers.items():
        mine = [sight for sight in report.breakers if sight.worker == worker]
        opened = [at_s for at_s, what in breaker.history if what == "opened"]
        closed = [at_s for at_s, what in breaker.history if what == "closed"]
        assert [sight.opened_s for sight in mine] == pytest.approx(opened, abs=0.3)
        assert [sight.closed_s for sight in mine] == pytest.approx(closed, abs=0.05)


def test_requests_past_an_open_breaker_are_what_the_provider_saw() -> None:
    seen = real = 0
    for seed in range(5):
        report, truth = played(CAREFUL, OUTAGE, seed)
        real += sum(truth.past_open.values())
        seen += sum(sight.let_through for sight in report.breakers)
    assert seen == pytest.approx(real, rel=0.1)


def test_recovery_is_when_the_last_call_failed() -> None:
    for seed in range(5):
        of, _ = World(CAREFUL, OUTAGE, seed=seed, duration_s=90).play()
        bad = of.calls.ended_s[~of.calls.ok & (of.calls.ended_s > 50)]
        report = judge(of, Targets())
        assert report.windows[0].recovered_s == pytest.approx(float(bad.max()) - 50, rel=0.1)


def test_what_waits_behind_a_slow_call_counts_as_slow() -> None:
    """Coordinated omission: each user should call every second, and one call takes ten."""
    began, lasted, late = [], [], []
    at_s = 0.0
    for number in range(600):
        took_s = 10.0 if number == 300 else 0.02
        began.append(max(at_s, float(number)))
        late.append(began[-1] - number)
        lasted.append(took_s)
        at_s = began[-1] + took_s
    report = judge(run(calls(began, lasted, late_s=np.array(late)), duration_s=610), Targets())
    assert measured(report, "p99_s") > 3
    assert measured(report, "service_p99_s") == pytest.approx(0.02)
    assert report.honesty.bottleneck == ""


def test_percentiles_are_by_nearest_rank() -> None:
    of = run(calls(np.arange(100) / 10, np.arange(1, 101) / 100), duration_s=12)
    report = judge(of, Targets())
    assert [measured(report, f"{name}_s") for name in ("p50", "p95", "p99", "max")] == pytest.approx(
        [0.50, 0.95, 0.99, 1.00]
    )


def test_a_percentile_of_too_few_calls_is_not_told() -> None:
    report = judge(run(calls(np.arange(50) / 10), duration_s=12), Targets())
    figure = report.figure("p99_s")
    assert figure is not None
    assert figure.value is None


def test_calls_that_ask_twice_by_nature_retry_nothing() -> None:
    began = np.arange(200) / 4
    at_s = np.sort(np.concatenate([began + 0.001, began + 0.03]))
    of = run(calls(began, 0.06), attempts(at_s, call=np.repeat(np.arange(200), 2)))
    assert measured(judge(of, Targets()), "retries") == 0


@pytest.mark.parametrize(
    "of",
    [
        run(),
        run(calls([1.0])),
        run(calls([1.0], float("nan"))),
        run(None, attempts([1.0])),
        run(calls([0.5]), attempts([0.5], call=0), duration_s=0.0),
        run(connections=((0.0, 1.0), (float("nan"), 2.0))),
    ],
    ids=[
        "nothing",
        "one call",
        "a call that never ended",
        "an attempt of nobody",
        "no time",
        "connections alone",
    ],
)
def test_runs_with_next_to_nothing_in_them_pass_nothing(of: Run) -> None:
    report = judge(of, Targets())
    assert report.outcome == "inconclusive"
    assert not [verdict for verdict in report.verdicts if verdict.verdict == "fail"]
