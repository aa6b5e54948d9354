"""What the harness sees of the recorded clients is what the recorder saw: attempts, waits, outcomes, keys,
Retry-After and breakers. `python -m tests.e2e.truth CLIENT` prints the whole table."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e import truth

NAMES = truth.client_names()


@pytest.mark.slow
@pytest.mark.skipif(not NAMES, reason=f"{truth.CLIENTS} is absent; set HARNESS_CLIENTS")
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_seen_that_was_not_recorded(name: str, tmp_path: Path) -> None:
    if reason := truth.missing(truth.client_named(name)):
        pytest.skip(reason)
    rows = list(truth.rows(name, tmp_path))
    assert rows
    assert [str(row) for row in rows if row.differs] == []


@pytest.mark.skipif(not NAMES, reason=f"{truth.CLIENTS} is absent; set HARNESS_CLIENTS")
def test_every_recorded_scenario_is_played_or_said_not_to_be() -> None:
    recorded = {run["scenario"] for run in truth.truth()["runs"]}
    played = {scenario for scenario in recorded if truth.is_played(scenario)}
    assert recorded - played == truth.NOT_PLAYED.keys()


@pytest.mark.skipif(not NAMES, reason=f"{truth.CLIENTS} is absent; set HARNESS_CLIENTS")
def test_what_is_explained_names_clients_and_scenarios_that_were_recorded() -> None:
    recorded = {(run["client"], run["op"], run["scenario"]) for run in truth.truth()["runs"]}
    assert {place[:3] for place in truth.EXPLAINED} <= recorded


class TestPatternsOfABreaker:
    """One mark for each call: `1` reached the provider, a dot did not."""

    def test_a_probe_may_come_one_call_sooner_or_later(self) -> None:
        assert truth.alike("11111..........1....", "11111.........1.....")

    def test_it_opens_at_the_very_call(self) -> None:
        assert not truth.alike("11111..........1....", "111111.........1....")

    def test_a_probe_that_is_two_calls_early_differs(self) -> None:
        assert not truth.alike("11111..........1....", "11111........1......")

    def test_as_many_probes_are_let_through(self) -> None:
        assert not truth.alike("11111..........1....", "11111...............")
