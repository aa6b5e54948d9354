"""Deadlines: silence is given up in time, calls end, and both are seen."""

from __future__ import annotations

from msgspec import structs

from harness.model.policy import DeadlinePolicy, Policy
from tests.evidence import attempt, call, evidence, findings, given_up, only, sights

HANGS = attempt("timing.hung", took_s=None)


class TestPerRequest:
    def test_kept_by_giving_up_in_time(self) -> None:
        found = only(findings("deadline.per_request", evidence(call(given_up(5.1)))))
        assert (found.sight, found.observed) == ("kept", "attempt 1 was given up after 5.1 s")
        assert found.expected == "an end within 6.0 s (a timeout of 5 s, 10% of it and 0.5 s)"

    def test_broken_by_still_waiting(self) -> None:
        found = only(findings("deadline.per_request", evidence(call(HANGS, ending="cut", ended_s=6.55))))
        assert (found.sight, found.observed) == ("broken", "attempt 1 was still waiting after 6.5 s")

    def test_broken_when_stopping_the_call_closed_the_connection(self) -> None:
        seen = evidence(call(given_up(6.5), ending="cut", ended_s=6.52))
        assert (
            only(findings("deadline.per_request", seen)).observed == "attempt 1 was still waiting after 6.5 s"
        )

    def test_broken_when_the_end_of_the_scenario_closed_the_connection(self) -> None:
        closed = attempt("timing.hung", took_s=7.0, outcome="closed")
        assert sights("deadline.per_request", evidence(call(closed, ending="cut", ended_s=6.6))) == ["broken"]

    def test_broken_by_giving_up_too_late(self) -> None:
        found = only(findings("deadline.per_request", evidence(call(given_up(10.0)))))
        assert found.observed == "attempt 1 was given up only after 10.0 s"

    def test_short_when_the_call_was_stopped_before(self) -> None:
        assert sights("deadline.per_request", evidence(call(HANGS, ending="cut", ended_s=4.0))) == ["short"]

    def test_short_when_stopping_may_have_closed_it_in_time(self) -> None:
        assert sights("deadline.per_request", evidence(call(given_up(5.5), ending="cut", ended_s=5.6))) == [
            "short"
        ]

    def test_closing_only_to_try_again_is_not_held_against_the_client(self) -> None:
        """It may have given up in time and then have waited, with the connection open."""
        seen = evidence(call(given_up(5.0), given_up(7.0), given_up(5.0)))
        assert sights("deadline.per_request", seen) == ["kept", "short", "kept"]

    def test_stopped_while_it_may_have_waited_to_try_again(self) -> None:
        seen = evidence(call(given_up(5.0), HANGS, ending="cut", ended_s=11.6))
        assert sights("deadline.per_request", seen) == ["kept", "short"]

    def test_broken_by_closing_late_and_then_waiting(self) -> None:
        seen = evidence(call(given_up(8.0), 1.0, given_up(8.0)))
        assert sights("deadline.per_request", seen) == ["broken", "broken"]

    def test_a_connection_left_open_counts_until_the_next_attempt(self) -> None:
        left = attempt("timing.hung", took_s=5.0, outcome="open")
        assert sights("deadline.per_request", evidence(call(left, 0.0, left, ok=False))) == ["kept", "kept"]

    def test_the_end_of_the_call_counts_where_the_connection_stays_open(self) -> None:
        assert sights("deadline.per_request", evidence(call(HANGS, ok=False, ended_s=5.2))) == ["kept"]

    def test_broken_by_reading_a_trickle_to_its_end(self) -> None:
        trickle = attempt("timing.dribbled", took_s=8.0)
        found = only(findings("deadline.per_request", evidence(call(trickle))))
        assert (found.sight, found.observed) == ("broken", "attempt 1 took an answer that trickled for 8.0 s")

    def test_broken_by_reading_one_trickle_after_another(self) -> None:
        trickle = attempt("timing.dribbled", took_s=8.0)
        assert sights("deadline.per_request", evidence(call(trickle, trickle))) == ["broken", "broken"]

    def test_kept_by_giving_up_a_trickle(self) -> None:
        assert sights(
            "deadline.per_request", evidence(call(given_up(5.0, "timing.dribbled", status=200)))
        ) == ["kept"]

    def test_nothing_where_the_trickle_ended_in_time(self) -> None:
        assert sights("deadline.per_request", evidence(call(attempt("timing.dribbled", took_s=3.0)))) == []

    def test_nothing_without_silence(self) -> None:
        assert sights("deadline.per_request", evidence(call(503, 30.0, 200))) == []

    def test_the_timeout_that_the_client_was_told_moves_the_limit(self) -> None:
        assert sights("deadline.per_request", evidence(call(given_up(5.0)), timeout_s=1.0)) == ["broken"]


class TestCallBounded:
    def test_kept(self) -> None:
        found = only(findings("deadline.call_bounded", evidence(call(503, 1.0, 503, 2.0, 503))))
        assert (found.sight, found.observed) == ("kept", "the call ended after 3.0 s")
        assert found.expected == (
            "an end within 50 s (4 attempts of 5 s and 3 waits of 10 s), plus 10% and 1 s"
        )

    def test_broken_by_ending_late(self) -> None:
        found = only(findings("deadline.call_bounded", evidence(call(503, 60.0, 503))))
        assert found.observed == "the call ended after 60.0 s"

    def test_broken_by_still_going_on(self) -> None:
        seen = evidence(call(503, ending="cut", ended_s=60.0))
        assert (
            only(findings("deadline.call_bounded", seen)).observed
            == "the call was still going on after 60.0 s"
        )

    def test_short_when_the_call_was_stopped_before(self) -> None:
        assert sights("deadline.call_bounded", evidence(call(503, ending="cut", ended_s=25.0))) == ["short"]

    def test_a_wait_that_the_provider_asked_for_is_added(self) -> None:
        asked = attempt(429, response={"retry-after": "60"})
        assert sights("deadline.call_bounded", evidence(call(asked, 60.0, 200))) == ["kept"]

    def test_after_timeouts_only_one_retry_is_granted(self) -> None:
        found = only(findings("deadline.call_bounded", evidence(call(*[given_up(5.0)] * 5))))
        assert (found.sight, found.observed) == ("broken", "the call ended after 25.0 s")
        assert found.expected.startswith("an end within 20 s (2 attempts of 5 s and 1 wait of 10 s)")
        assert sights("deadline.call_bounded", evidence(call(given_up(5.5), 10.0, given_up(5.5)))) == ["kept"]

    def test_the_time_that_the_client_takes_to_start_does_not_count(self) -> None:
        late = evidence(call(*[given_up(5.0)] * 4))
        attempts = late.calls[0].attempts
        began_s = attempts[0].at_s - 4.0
        (slow,) = late.calls
        slow = structs.replace(slow, outcome=structs.replace(slow.outcome, began_s=began_s))
        found = only(findings("deadline.call_bounded", structs.replace(late, calls=(slow,))))
        assert (found.sight, found.observed) == ("kept", "the call ended after 20.0 s")

    def test_the_policy_sets_the_limit(self) -> None:
        strict = Policy(deadline=DeadlinePolicy(call_s=2.0))
        assert sights("deadline.call_bounded", evidence(call(503, 4.0, 503), policy=strict)) == ["broken"]

    def test_nothing_when_nothing_failed(self) -> None:
        assert sights("deadline.call_bounded", evidence(call(200), call())) == []


class TestFailsVisibly:
    def test_kept_by_a_failure(self) -> None:
        found = only(findings("deadline.fails_visibly", evidence(call(given_up(), error="ReadTimeout"))))
        assert (found.sight, found.observed) == ("kept", "the call failed: ReadTimeout")

    def test_kept_by_a_fallback_that_is_said_to_be_one(self) -> None:
        fell_back = call(given_up(5.0), ok=True, fallback=True)
        assert sights("deadline.fails_visibly", evidence(fell_back)) == ["kept"]

    def test_broken_by_success(self) -> None:
        assert sights("deadline.fails_visibly", evidence(call(given_up(), ok=True))) == ["broken"]

    def test_short_when_the_call_was_stopped(self) -> None:
        assert sights("deadline.fails_visibly", evidence(call(HANGS, ending="cut"))) == ["short"]

    def test_nothing_where_an_answer_came(self) -> None:
        seen = evidence(
            call(given_up(), 200), call(given_up(5.0, "timing.dribbled", status=200), ok=True), call()
        )
        assert sights("deadline.fails_visibly", seen) == []
