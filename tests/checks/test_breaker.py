"""Circuit breakers: rows of calls, `1` for one that reached the provider, `.` for one that sent nothing."""

from __future__ import annotations

import pytest

from harness.model.call import Call
from harness.model.policy import BreakerPolicy, Policy
from tests.evidence import call, evidence, findings, only, row, sights

HEALED = "11111..........1..........11111111111111"
FOR_EVER = "11111..........1..........1..........1.."
ALL = ("breaker.opens", "breaker.fails_fast", "breaker.probes", "breaker.closes")


class TestOpens:
    def test_kept(self) -> None:
        found = only(findings("breaker.opens", row(FOR_EVER)))
        assert (found.sight, found.observed) == ("kept", "call 6 sent nothing, after 5 calls had failed")

    def test_opening_sooner_is_not_judged(self) -> None:
        assert sights("breaker.opens", row("111.....1...")) == ["kept"]

    def test_broken_where_it_never_opens(self) -> None:
        found = only(findings("breaker.opens", row("1" * 10)))
        assert (found.sight, found.observed) == (
            "broken",
            "10 calls in a row failed, and each reached the provider",
        )

    def test_broken_where_it_opens_late(self) -> None:
        found = only(findings("breaker.opens", row("11111111....")))
        assert (found.sight, found.source) == ("broken", "team policy: breaker.failures")

    @pytest.mark.parametrize(
        ("pattern", "observed"),
        [("11", "saw 2 failures, needs 5"), ("1111111", "saw 7 failures in a row; 10 would tell")],
    )
    def test_short_of_failures(self, pattern: str, observed: str) -> None:
        found = only(findings("breaker.opens", row(pattern)))
        assert (found.sight, found.observed) == ("short", observed)

    def test_a_success_in_between_begins_anew(self) -> None:
        calls = [call(200 if n == 5 else 503, began_s=n * 1.0) for n in range(11)]
        assert sights("breaker.opens", evidence(*calls)) == ["short"]

    def test_nothing_where_the_policy_asks_for_none(self) -> None:
        relaxed = Policy(breaker=BreakerPolicy(required=False))
        assert sights("breaker.opens", row("1" * 12, policy=relaxed)) == []
        assert sights("breaker.opens", row(FOR_EVER, policy=relaxed)) == ["kept"]

    @pytest.mark.parametrize("said", [True, False])
    def test_what_the_client_gives_in_the_providers_place_is_no_answer_of_its(self, said: bool) -> None:
        """Fallbacks do not hide a breaker, nor that there is none."""

        def fell_back(n: int, *parts: int) -> Call:
            return call(*parts, ok=True, fallback=said, began_s=n * 0.2, ended_s=n * 0.2 + 0.03)

        failing = [fell_back(n, 503) for n in range(5)]
        assert sights("breaker.opens", evidence(*failing, *(fell_back(n) for n in range(5, 9)))) == ["kept"]
        assert sights("breaker.opens", evidence(*(fell_back(n, 503) for n in range(12)))) == ["broken"]

    def test_a_404_is_no_failure_of_the_provider(self) -> None:
        calls = [call(404, began_s=n * 1.0) for n in range(12)]
        assert sights("breaker.opens", evidence(*calls)) == []


class TestFailsFast:
    def test_kept(self) -> None:
        assert sights("breaker.fails_fast", row(FOR_EVER)) == ["kept"]

    def test_broken_by_slow_failures(self) -> None:
        failing = [call(503, began_s=n * 1.0) for n in range(5)]
        slow = [call(began_s=5.0 + n * 3, ended_s=7.0 + n * 3) for n in range(3)]
        found = only(findings("breaker.fails_fast", evidence(*failing, *slow)))
        assert (found.sight, found.observed) == (
            "broken",
            "3 calls without a request took 2.000 s in the middle",
        )

    def test_one_slow_call_is_noise(self) -> None:
        failing = [call(503, began_s=n * 1.0) for n in range(5)]
        blocked = [call(began_s=5.0 + n, ended_s=5.0 + n + (0.9 if n == 1 else 0.01)) for n in range(3)]
        assert sights("breaker.fails_fast", evidence(*failing, *blocked)) == ["kept"]

    def test_nothing_without_a_breaker(self) -> None:
        assert sights("breaker.fails_fast", row("1" * 10)) == []


class TestProbes:
    def test_kept_by_one_probe_that_failed(self) -> None:
        found = only(findings("breaker.probes", row(FOR_EVER)))
        assert (
            found.observed
            == "call 16 was let through 2.0 s after it opened, failed, and closed the way again"
        )

    def test_kept_by_a_probe_that_succeeded(self) -> None:
        assert sights("breaker.probes", row("11111.....1111", heals_at=8)) == ["kept"]

    def test_broken_by_letting_all_through_again(self) -> None:
        found = only(findings("breaker.probes", row("11111.....11111....11111")))
        assert found.observed == "from call 11 on 5 calls in a row reached the failing provider again"
        assert found.sight == "broken"

    def test_short_without_a_probe(self) -> None:
        assert (
            only(findings("breaker.probes", row("11111....."))).observed
            == "no probe in the 0.8 s that it was open"
        )

    def test_short_where_the_probe_was_the_last_call(self) -> None:
        assert sights("breaker.probes", row("11111.....1")) == ["short"]

    def test_short_where_some_were_let_through(self) -> None:
        assert sights("breaker.probes", row("11111.....11....")) == ["short"]

    def test_broken_by_probing_sooner_than_the_policy_says(self) -> None:
        patient = Policy(breaker=BreakerPolicy(open_s=60))
        found = findings("breaker.probes", row(FOR_EVER, policy=patient))[0]
        assert (found.sight, found.expected) == ("broken", "no probe within 60 s")

    def test_nothing_without_a_breaker(self) -> None:
        assert sights("breaker.probes", row("1" * 10)) == []


class TestCloses:
    def test_kept(self) -> None:
        found = only(findings("breaker.closes", row(HEALED, heals_at=18)))
        assert found.observed == "call 27 succeeded as a probe, and so did 13 calls after it"

    def test_broken_by_staying_open(self) -> None:
        assert sights("breaker.closes", row("11111.....1......", heals_at=8)) == ["broken"]

    @pytest.mark.parametrize("pattern", ["11111..........", "11111.....1", "11111.....1..."])
    def test_short_of_calls_after_healing(self, pattern: str) -> None:
        assert sights("breaker.closes", row(pattern, heals_at=8)) == ["short"]

    def test_short_where_the_provider_never_healed(self) -> None:
        assert only(findings("breaker.closes", row(FOR_EVER))).observed == "the provider never healed"

    def test_nothing_without_a_breaker(self) -> None:
        assert sights("breaker.closes", row("1" * 14, heals_at=10)) == []


@pytest.mark.parametrize("check", ALL)
class TestNothing:
    def test_where_the_client_does_not_live_on(self, check: str) -> None:
        assert sights(check, row("1" * 12, keeps_state=False)) == []

    def test_where_calls_were_made_at_once(self, check: str) -> None:
        assert sights(check, row("1" * 12, parallel=True)) == []

    def test_where_refusals_are_not_seen(self, check: str) -> None:
        calls = [call(began_s=n * 1.0) for n in range(12)]
        assert sights(check, evidence(*calls, faults_planned=("connection.refused",))) == []

    def test_where_nothing_failed(self, check: str) -> None:
        assert sights(check, evidence(*(call(200, began_s=n * 1.0) for n in range(12)))) == []
