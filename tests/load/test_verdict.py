"""What is said of clients of which everything is known: planted defects are found, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from harness.load.columns import Run
from harness.load.targets import Targets
from harness.load.verdict import judge
from harness.model.load_report import LoadReport
from tests.load.simulate import Client, Trouble, World

OUTAGE = (Trouble(30, 50),)
ONE_FAILS = (Trouble(30, 50, operation="write"),)
THREE = ("read", "write", "list")
CAREFUL = Client(budget="aws", breaker_failures=5)
TARGETS = Targets(recovery_s=15, breaker_open_s=10)

SEEDS = range(10)


def played(client: Client, troubles: tuple[Trouble, ...] = OUTAGE, seed: int = 0, **how: object) -> Run:
    run, _ = World(client, troubles, seed=seed, duration_s=90, **how).play()  # type: ignore[arg-type]
    return run


def failures(report: LoadReport) -> set[str]:
    return {verdict.check for verdict in report.verdicts if verdict.verdict == "fail"}


def outcomes(reports: Iterable[LoadReport]) -> set[tuple[str, frozenset[str]]]:
    return {(report.outcome, frozenset(failures(report))) for report in reports}


@pytest.mark.parametrize(
    ("client", "troubles", "how"),
    [
        pytest.param(Client(), (), {}, id="nothing fails"),
        pytest.param(CAREFUL, OUTAGE, {}, id="outage"),
        pytest.param(CAREFUL, OUTAGE, {"users": 60}, id="outage, users who wait for their answer"),
        pytest.param(CAREFUL, (Trouble(30, 50, "hang"),), {}, id="hanging"),
        pytest.param(CAREFUL, (Trouble(30, 50, "refused"),), {}, id="refused"),
        pytest.param(CAREFUL, (Trouble(30, 50, "slow"),), {}, id="brown-out"),
        pytest.param(CAREFUL, (Trouble(30, 50, share=0.5),), {}, id="half of the requests fail"),
        pytest.param(CAREFUL, ONE_FAILS, {"names": THREE, "rate_per_s": 60}, id="one operation fails"),
        pytest.param(
            CAREFUL,
            tuple(Trouble(30 + 10 * i, 35 + 10 * i, name=f"{i}") for i in range(3)),
            {},
            id="flapping",
        ),
        pytest.param(
            Client(budget="a6", breaker_failures=5, backoff="a6"), OUTAGE, {}, id="a budget as gRPC has it"
        ),
    ],
)
def test_a_careful_client_is_never_accused(
    client: Client, troubles: tuple[Trouble, ...], how: dict[str, object]
) -> None:
    reports = [judge(played(client, troubles, seed, **how), TARGETS) for seed in SEEDS]
    assert outcomes(reports) == {("pass", frozenset())}


@pytest.mark.parametrize(
    ("client", "found"),
    [
        pytest.param(
            Client(breaker_failures=5, backoff="fixed", budget="aws"), {"load.jitter"}, id="no jitter"
        ),
        pytest.param(Client(budget="aws", retries=2), {"load.breaker_opens"}, id="no breaker"),
        pytest.param(Client(), {"load.amplification", "load.breaker_opens"}, id="neither breaker nor budget"),
        pytest.param(
            Client(budget="aws", breaker_failures=5, never_closes=True),
            {"load.breaker_closes", "load.recovery"},
            id="a breaker that never closes",
        ),
        pytest.param(
            Client(budget="aws", breaker_failures=5, leak_every=40),
            {"load.connections"},
            id="connections leak",
        ),
    ],
)
def test_what_is_wrong_is_found_and_nothing_else(client: Client, found: set[str]) -> None:
    assert outcomes(judge(played(client, seed=seed), TARGETS) for seed in SEEDS) == {
        ("fail", frozenset(found))
    }


def test_a_breaker_shared_by_all_operations_is_found() -> None:
    client = Client(budget="aws", breaker_failures=5, shared_breaker=True)
    reports = [judge(played(client, ONE_FAILS, seed, names=THREE, rate_per_s=60), TARGETS) for seed in SEEDS]
    # What the others get resets its count, so that it hardly ever opens: that is found, too.
    consequences = {"load.breaker_opens", "load.amplification"}
    assert all(
        {"load.breaker_apart"} <= failures(report) <= {"load.breaker_apart"} | consequences
        for report in reports
    )
