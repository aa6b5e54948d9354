"""When a call is cut, and how an outage goes on."""

from __future__ import annotations

import pytest

from harness.model.call import Call, Ending, Outcome
from harness.model.exchange import Exchange, Fired
from harness.model.policy import BreakerPolicy, DeadlinePolicy, Policy
from harness.run.ending import Limits, Outage, heals_midway, limits_of, overdue
from harness.run.scenario import Heal

LIMITS = Limits(silent_s=6.5, call_s=25.0)


def silent(*, since_s: float, fault: str = "timing.hung") -> Exchange:
    return Exchange(1, 1, since_s, received_s=since_s, faults=(Fired(fault),))


def answered(*, at_s: float) -> Exchange:
    return Exchange(1, 1, at_s, received_s=at_s, ended_s=at_s, outcome="sent", status=503)


class TestOverdue:
    def test_an_attempt_in_silence_for_too_long_is_cut(self) -> None:
        assert overdue([silent(since_s=0.3)], began_s=0.0, now_s=6.7, limits=LIMITS) is None
        reason = overdue([silent(since_s=0.3)], began_s=0.0, now_s=6.9, limits=LIMITS)
        assert reason == "cut: attempt 1 had waited in silence for 6.6 s"

    def test_only_the_last_attempt_counts(self) -> None:
        attempts = [silent(since_s=0.0), silent(since_s=5.0)]
        assert overdue(attempts, began_s=0.0, now_s=11.0, limits=LIMITS) is None
        assert overdue(attempts, began_s=0.0, now_s=11.5, limits=LIMITS) is not None

    def test_a_trickle_is_no_silence(self) -> None:
        trickle = silent(since_s=0.0, fault="timing.dribbled")
        assert overdue([trickle], began_s=0.0, now_s=8.0, limits=LIMITS) is None

    def test_a_client_that_waits_between_attempts_may_wait(self) -> None:
        assert overdue([answered(at_s=0.1)], began_s=0.0, now_s=20.0, limits=LIMITS) is None

    def test_no_call_lasts_longer_than_the_limit(self) -> None:
        assert overdue([], began_s=0.0, now_s=24.9, limits=LIMITS) is None
        assert overdue([], began_s=0.0, now_s=25.0, limits=LIMITS) == "cut after 25.0 s in all"

    def test_the_limit_counts_from_the_first_attempt(self) -> None:
        assert overdue([answered(at_s=3.0)], began_s=0.0, now_s=27.9, limits=LIMITS) is None
        assert (
            overdue([answered(at_s=3.0)], began_s=0.0, now_s=28.0, limits=LIMITS) == "cut after 25.0 s in all"
        )

    def test_the_deadline_of_the_policy_decides_what_is_too_long(self) -> None:
        assert limits_of(Policy(deadline=DeadlinePolicy(request_s=2.0))).silent_s == 3.5


def made(at_s: float, *, attempts: int = 1, ok: bool = False, ending: Ending = "ended") -> Call:
    outcome = Outcome(ok, at_s, at_s + 0.01, ending=ending)
    return Call("read", outcome, tuple(answered(at_s=at_s) for _ in range(attempts)))


def playing(pattern: str, *, pace_s: float = 0.2, healed_s: float | None = None) -> str:
    """What comes after calls of this pattern: `1` reached the provider and failed, `.` did not, `+` succeeded."""
    calls = [made(i * pace_s, attempts=0 if c == "." else 1, ok=c == "+") for i, c in enumerate(pattern)]
    outage = Outage(Heal(), BreakerPolicy(), began_s=0.0)
    return outage.next(calls, now_s=len(pattern) * pace_s, healed_s=healed_s)


class TestOutage:
    def test_it_begins_with_calls(self) -> None:
        assert playing("") == "call"
        assert playing("11111") == "call"

    def test_twice_the_threshold_of_failed_calls_shows_that_there_is_no_breaker(self) -> None:
        assert playing("1" * 9) == "call"
        assert playing("1" * 10) == "heal"

    def test_an_open_breaker_is_watched_until_it_lets_a_probe_through(self) -> None:
        assert playing("11111....") == "call"
        assert playing("11111..........1") == "heal"

    def test_a_breaker_that_sends_no_probe_is_not_waited_for_for_ever(self) -> None:
        assert playing("11111" + "." * 29) == "call"
        assert playing("11111" + "." * 30) == "heal"

    def test_slow_clients_are_healed_after_a_while(self) -> None:
        assert playing("11", pace_s=5.0) == "call"
        assert playing("111", pace_s=5.0) == "heal"

    def test_after_healing_three_successes_in_a_row_are_recovery(self) -> None:
        assert playing("11111.....1.....", healed_s=2.1) == "call"
        assert playing("11111.....1.....++", healed_s=2.1) == "call"
        assert playing("11111.....1.....+++", healed_s=2.1) == "stop"

    def test_a_client_that_does_not_recover_is_left_after_a_while(self) -> None:
        assert playing("11111" + "." * 30 + "." * 39, healed_s=7.0) == "call"
        assert playing("11111" + "." * 30 + "." * 41, healed_s=7.0) == "stop"

    def test_a_client_that_sends_nothing_at_all_is_left(self) -> None:
        assert playing("..") == "call"
        assert playing("...") == "stop"

    def test_the_open_time_of_the_policy_is_waited_for(self) -> None:
        policy = BreakerPolicy(open_s=10.0)
        outage = Outage(Heal(), policy, began_s=0.0)
        calls = [made(0.0), made(0.2, attempts=0)]
        assert outage.next(calls, now_s=10.0, healed_s=None) == "call"
        assert outage.next(calls, now_s=11.3, healed_s=None) == "heal"

    @pytest.mark.parametrize("ending", ["cut", "died"])
    def test_it_ends_with_the_client(self, ending: Ending) -> None:
        outage = Outage(Heal(), BreakerPolicy(), began_s=0.0)
        assert outage.next([made(0.0, ending=ending)], now_s=1.0, healed_s=None) == "stop"


class TestOutageOfOneProcess:
    def heals(self, *at_s: float, now_s: float) -> bool:
        exchanges = [answered(at_s=at) for at in at_s]
        return heals_midway(exchanges, now_s=now_s, heal=Heal(), policy=Policy())

    def test_it_heals_after_as_many_exchanges_as_show_that_there_is_no_breaker(self) -> None:
        """With three retries each, ten calls make forty."""
        most = [i * 0.05 for i in range(39)]
        assert not self.heals(*most, now_s=1.95)
        assert self.heals(*most, 1.95, now_s=2.0)

    def test_it_heals_after_a_probe(self) -> None:
        assert not self.heals(0.0, 0.2, 0.4, 0.6, 0.8, now_s=2.9)
        assert self.heals(0.0, 0.2, 0.4, 0.6, 0.8, 3.0, now_s=3.0)

    def test_it_heals_when_no_probe_comes(self) -> None:
        assert self.heals(0.0, 0.2, now_s=6.3)

    def test_it_does_not_heal_before_it_began(self) -> None:
        assert not self.heals(now_s=20.0)
