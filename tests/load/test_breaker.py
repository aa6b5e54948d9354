"""Breakers in the report beside what the simulated ones counted themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.load.targets import Targets
from harness.load.verdict import judge
from tests.load.simulate import BUSY, Client, Trouble, World

THREE = ("read", "write", "list")
OUTAGE = (Trouble(30, 50),)
HANGING = (Trouble(30, 50, "hang"),)
FLAPPING = tuple(Trouble(30 + 10 * i, 35 + 10 * i, name=f"flap {i + 1}") for i in range(3))
CLIENT = Client(budget="aws", breaker_failures=5)
INSIDE = replace(CLIENT, breaker_inside=True)
SHARED = replace(CLIENT, breaker_failures=3, breaker_open_s=2, shared_breaker=True)


@pytest.mark.parametrize(
    ("client", "troubles", "how"),
    [
        pytest.param(CLIENT, OUTAGE, {}, id="around the retries"),
        pytest.param(CLIENT, OUTAGE, {"machine": BUSY}, id="on a busy machine"),
        pytest.param(CLIENT, OUTAGE, {"rate_per_s": 16, "workers": 8}, id="in many processes"),
        pytest.param(CLIENT, HANGING, {}, id="hanging"),
        pytest.param(INSIDE, OUTAGE, {}, id="inside of the retries"),
        pytest.param(replace(INSIDE, probes=0), HANGING, {}, id="inside, any number of probes at once"),
        pytest.param(replace(CLIENT, probes=0), HANGING, {}, id="any number of probes at once"),
        pytest.param(replace(CLIENT, breaker_failures=3, breaker_open_s=2), FLAPPING, {}, id="flapping"),
        pytest.param(CLIENT, OUTAGE, {"names": THREE}, id="one for each operation"),
        pytest.param(SHARED, OUTAGE, {"names": THREE}, id="one for all operations"),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_breakers_are_told_of_as_they_were(
    client: Client, troubles: tuple[Trouble, ...], how: dict[str, Any], seed: int
) -> None:
    run, truth = World(client, troubles, seed=seed, duration_s=90, **how).play()
    told = judge(run, Targets(breaker_open_s=10)).breakers
    for (worker, name), breaker in truth.breakers.items():
        mine = [each for each in told if each.worker == worker and name in (each.name, "*")]
        opened = [at_s for at_s, what in breaker.history if what == "opened"]
        closed = [at_s for at_s, what in breaker.history if what == "closed"]
        assert [each.opened_s for each in mine] == pytest.approx(opened, abs=0.05)
        assert [each.closed_s for each in mine] == pytest.approx(closed, abs=0.05)
        assert sum(each.probes for each in mine) == breaker.tried
        assert all(each.failures >= client.breaker_failures for each in mine)


def test_a_breaker_shared_by_all_is_told_of_once_with_all_their_names() -> None:
    run, _ = World(SHARED, OUTAGE, duration_s=90, names=THREE).play()
    assert {each.name for each in judge(run, Targets()).breakers} == {"read, write and list"}
