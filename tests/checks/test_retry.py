"""Retries: bounded, where they should be and only there, and not too soon."""

from __future__ import annotations

import pytest

from harness.contract.behaviour import Advice, Behaviour, RateLimit, Retry, Template
from harness.model.exchange import Fired
from harness.model.policy import BackoffPolicy, Policy, RetryPolicy
from tests.evidence import EPOCH, attempt, call, evidence, findings, given_up, http_date, only, sights, write

DOCS = "https://provider.example/docs"


def advising(retry: str, *statuses: int) -> Behaviour:
    advice = Advice(statuses=statuses, retry=retry, source=DOCS)  # type: ignore[arg-type]
    return Behaviour(retry=Retry(source=DOCS, advice=(advice,), should_retry_header="should-retry"))


LIMITS = Behaviour(
    rate_limit=RateLimit(
        source=DOCS,
        exceeded=(Template(status=429), Template(status=403)),
        reset_header="x-ratelimit-reset",
        reset_unit="epoch_s",
        minimum_wait_s=60,
    )
)


class TestBounded:
    def test_kept_where_the_client_gives_up_within_the_bound(self) -> None:
        found = only(findings("retry.bounded", evidence(call(503, 0.1, 503, 0.2, 503, 0.4, 503))))
        assert (found.sight, found.observed) == ("kept", "3 retries: a 503 4 times, then it gave up")
        assert found.expected == "at most 3 retries of a failed request"
        assert found.source == "team policy: retry.max_retries"

    def test_broken_by_one_retry_more(self) -> None:
        found = only(findings("retry.bounded", evidence(call(503, 503, 503, 503, 503))))
        assert (found.sight, found.observed) == ("broken", "4 retries of a failed request: a 503 5 times")
        assert found.attempts == (1, 2, 3, 4, 5)

    def test_broken_by_a_second_retry_after_a_timeout(self) -> None:
        found = only(findings("retry.bounded", evidence(call(given_up(), given_up(), given_up()))))
        assert (found.sight, found.expected) == ("broken", "at most 1 retry after a timeout")

    def test_a_connection_closed_only_when_the_next_attempt_begins_was_a_timeout_too(self) -> None:
        lazy = attempt("timing.hung", took_s=5.0, outcome="open")
        assert sights("retry.bounded", evidence(call(lazy, lazy, lazy, ok=False))) == ["broken"]

    def test_broken_even_when_the_last_retry_worked(self) -> None:
        assert sights("retry.bounded", evidence(call(503, 503, 503, 503, 200))) == ["broken"]

    def test_broken_when_the_call_was_stopped_beyond_the_bound(self) -> None:
        found = only(findings("retry.bounded", evidence(call(503, 503, 503, 503, 503, ending="cut"))))
        assert found.observed.endswith("and the call was still going on")

    def test_short_when_the_call_was_stopped_within_the_bound(self) -> None:
        found = only(findings("retry.bounded", evidence(call(503, 503, ending="cut"))))
        assert (found.sight, found.observed) == ("short", "the call was stopped after 1 retry")

    def test_nothing_when_the_provider_healed_within_the_bound(self) -> None:
        assert sights("retry.bounded", evidence(call(503, 200), call(200))) == []

    def test_pages_are_not_retries(self) -> None:
        pages = [attempt(200, query=f"page={n}") for n in range(9)]
        assert sights("retry.bounded", evidence(call(*pages))) == []

    def test_requests_for_other_things_are_not_retries(self) -> None:
        others = [attempt(404, path=f"/v1/items/{n}") for n in range(9)]
        assert set(sights("retry.bounded", evidence(call(*others)))) == {"kept"}

    def test_two_requests_at_once_have_a_chain_each(self) -> None:
        one, two = attempt(503, path="/v1/items/1"), attempt(503, path="/v1/items/2")
        assert sights("retry.bounded", evidence(call(one, two, one, two, one, two))) == ["kept", "kept"]

    def test_other_operations_do_not_count(self) -> None:
        token = attempt(503, operation="PostToken", method="POST", path="/token")
        seen = evidence(call(token, token, token, token, token, 503), operation="GetItem")
        assert sights("retry.bounded", seen) == ["kept"]

    def test_refused_connections_count(self) -> None:
        assert sights("retry.bounded", evidence(call(*["connection.refused"] * 5))) == ["broken"]

    def test_a_connection_opened_ahead_does_not_count(self) -> None:
        ahead = attempt("connection.reset_on_accept", faults=())
        assert sights("retry.bounded", evidence(call(ahead, 503, ahead, 503, ahead, 503, 503))) == ["kept"]

    def test_connections_opened_at_once_are_no_retries_of_each_other(self) -> None:
        """As of a client that opens one ahead, or tries two addresses."""
        reset = attempt("connection.reset_on_accept", took_s=0.03)
        at_once, one_by_one = (reset, -0.025, reset, 0.1), (reset, 0.1, reset, 0.1)
        assert sights("retry.bounded", evidence(call(*at_once * 4))) == ["kept", "kept"]
        assert sights("retry.bounded", evidence(call(*one_by_one * 4))) == ["broken"]

    def test_short_where_every_attempt_says_something_else(self) -> None:
        """Attempts that carry their time, say, or other requests: that cannot be told."""
        bodies = [attempt(503, request_body=b'{"at": %d}' % n) for n in range(8)]
        assert set(sights("retry.bounded", evidence(write(*bodies)))) == {"short"}
        assert set(sights("retry.bounded", evidence(write(*bodies[:4])))) == {"kept"}


class TestRetriesTransient:
    @pytest.mark.parametrize("status", [429, 502, 503, 504])
    def test_kept_by_another_attempt(self, status: int) -> None:
        found = only(findings("retry.retries_transient", evidence(call(status, 0.5, 200))))
        assert (found.sight, found.observed) == ("kept", f"attempt 2 followed a {status}")

    def test_broken_by_giving_up_at_once(self) -> None:
        found = only(findings("retry.retries_transient", evidence(call(503))))
        assert (found.sight, found.observed) == (
            "broken",
            "the call gave up after a 503, with no second attempt",
        )
        assert found.source == "team policy: retry.statuses"

    def test_broken_by_giving_up_after_a_timeout(self) -> None:
        assert sights("retry.retries_transient", evidence(call(given_up()))) == ["broken"]

    def test_short_when_the_call_was_stopped(self) -> None:
        assert sights("retry.retries_transient", evidence(call(503, ending="cut"))) == ["short"]

    @pytest.mark.parametrize(
        "what", [500, 408, 409, 425, 400, "connection.reset_before_answer", "body.truncated"]
    )
    def test_nothing_where_a_retry_is_not_asked_for(self, what: int | str) -> None:
        assert sights("retry.retries_transient", evidence(call(what, ok=False))) == []

    def test_nothing_for_a_write_without_a_key(self) -> None:
        assert sights("retry.retries_transient", evidence(write(503))) == []

    def test_broken_for_a_write_with_a_key_that_the_provider_heeds(self) -> None:
        assert sights("retry.retries_transient", evidence(write(503, key="k1"))) == ["broken"]

    def test_nothing_for_a_write_with_a_key_that_the_provider_does_not_know(self) -> None:
        assert (
            sights("retry.retries_transient", evidence(write(503, key="k1"), idempotency_header=None)) == []
        )

    def test_broken_for_a_write_that_the_provider_wants_repeated(self) -> None:
        found = only(
            findings("retry.retries_transient", evidence(write(429), behaviour=advising("always", 429)))
        )
        assert (found.sight, found.source) == ("broken", DOCS)

    def test_nothing_where_the_provider_says_never(self) -> None:
        assert sights("retry.retries_transient", evidence(call(503), behaviour=advising("never", 503))) == []

    def test_nothing_where_the_answer_says_not_to(self) -> None:
        told = attempt(503, response={"should-retry": "false"})
        assert sights("retry.retries_transient", evidence(call(told), behaviour=advising("may", 503))) == []

    def test_nothing_where_the_asked_wait_is_beyond_the_cap(self) -> None:
        assert (
            sights("retry.retries_transient", evidence(call(attempt(503, response={"retry-after": "600"}))))
            == []
        )

    def test_a_retry_budget_may_stop_others(self) -> None:
        assert sights("retry.retries_transient", evidence(call(503, 503), call(503))) == ["kept"]


class TestRecovers:
    def test_kept_by_success_after_a_failure(self) -> None:
        found = only(findings("retry.recovers", evidence(call(503, 0.5, 200))))
        assert found.observed == "a good answer came with attempt 2, after a 503, and the call succeeded"

    def test_broken_by_a_failure_in_spite_of_a_good_answer(self) -> None:
        found = only(
            findings("retry.recovers", evidence(call(503, 200, ok=False, error="ValueError: stale")))
        )
        assert (found.sight, found.observed[-38:]) == (
            "broken",
            "but the call failed: ValueError: stale"[-38:],
        )

    def test_broken_by_not_trying_where_one_more_would_have_worked(self) -> None:
        found = only(findings("retry.recovers", evidence(call(503)), failures=1))
        assert found.observed == "the call failed after 1 of the 2 attempts that it takes"

    def test_short_when_the_call_was_stopped_before(self) -> None:
        assert sights("retry.recovers", evidence(call(503, ending="cut")), failures=1) == ["short"]

    def test_short_when_another_request_failed_later(self) -> None:
        later = attempt(500, path="/v1/other", operation="Other")
        assert sights("retry.recovers", evidence(call(503, 200, later, ok=False))) == ["short"]

    def test_nothing_when_the_provider_never_healed(self) -> None:
        assert sights("retry.recovers", evidence(call(503, 503, 503), call(503))) == []

    def test_nothing_for_a_write_that_was_not_safe_to_repeat(self) -> None:
        assert sights("retry.recovers", evidence(write(503, 200), write(503)), failures=1) == []


class TestOnlyWhatShould:
    @pytest.mark.parametrize("status", [400, 403, 404, 422])
    def test_kept_by_one_attempt(self, status: int) -> None:
        found = only(findings("retry.only_what_should", evidence(call(status))))
        assert (found.sight, found.observed) == ("kept", f"a {status} ended the request")

    def test_broken_by_a_repeat(self) -> None:
        found = only(findings("retry.only_what_should", evidence(call(404, 0.2, 404, 0.4, 404))))
        assert found.observed == "attempt 2 repeated a 404 after 0.20 s; 3 attempts in all"
        assert found.source.startswith("team policy: retry.never; RFC 9110")

    def test_broken_by_a_repeat_that_the_provider_rules_out(self) -> None:
        found = only(
            findings("retry.only_what_should", evidence(call(402, 402), behaviour=advising("never", 402)))
        )
        assert (found.sight, found.source) == ("broken", DOCS)

    def test_broken_by_a_repeat_that_the_answer_rules_out(self) -> None:
        told = attempt(503, response={"should-retry": "false"})
        found = only(
            findings("retry.only_what_should", evidence(call(told, told), behaviour=advising("may", 1)))
        )
        assert found.observed.startswith("attempt 2 repeated a 503 that said not to")

    def test_short_when_the_call_was_stopped(self) -> None:
        assert sights("retry.only_what_should", evidence(call(404, ending="cut"))) == ["short"]

    @pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 503, 401])
    def test_nothing_for_what_may_be_repeated(self, status: int) -> None:
        assert sights("retry.only_what_should", evidence(call(status, status), call(status))) == []

    def test_nothing_where_the_answer_asks_for_a_repeat(self) -> None:
        told = attempt(400, response={"should-retry": "true"})
        assert (
            sights("retry.only_what_should", evidence(call(told, told), behaviour=advising("never", 400)))
            == []
        )

    @pytest.mark.parametrize("headers", [{"retry-after": "2"}, {"x-ratelimit-remaining": "0"}])
    def test_nothing_for_a_403_that_is_a_rate_limit(self, headers: dict[str, str]) -> None:
        limited = attempt(403, response=headers)
        assert sights("retry.only_what_should", evidence(call(limited, 2.0, limited), behaviour=LIMITS)) == []

    def test_broken_by_repeating_a_403_that_is_no_rate_limit(self) -> None:
        denied = attempt(403, response={"x-ratelimit-remaining": "4999"})
        found = only(findings("retry.only_what_should", evidence(call(denied, denied), behaviour=LIMITS)))
        assert (found.sight, found.source[:23]) == ("broken", "RFC 9110 section 15.5.4")

    def test_nothing_for_a_403_repeated_with_another_credential(self) -> None:
        other = attempt(200, request={"authorization": "Bearer other"})
        assert sights("retry.only_what_should", evidence(call(403, other))) == []

    def test_what_was_sent_before_the_answer_is_no_repeat(self) -> None:
        hedged = call(attempt(404, took_s=0.2), -0.1, attempt(404, took_s=0.2))
        assert sights("retry.only_what_should", evidence(hedged)) == ["kept", "kept"]

    def test_short_where_a_healthy_call_sends_as_many_alike(self) -> None:
        """A client that hedges: the second may be no repeat, though it came after the answer to the first."""
        twice = evidence(call(404, 0.02, 404), alike=2)
        assert set(sights("retry.only_what_should", twice)) == {"short"}
        assert set(sights("retry.bounded", evidence(call(*[503] * 5), alike=2))) == {"short"}
        assert set(sights("retry.retries_transient", evidence(call(503, 503), alike=2))) == {"short"}
        assert sights("retry.only_what_should", evidence(call(*[404] * 3), alike=2))[-1] == "broken"
        assert sights("retry.bounded", evidence(call(*[503] * 6), alike=2))[-1] == "broken"


class TestRefreshesOnce:
    def test_kept_by_giving_up(self) -> None:
        assert (
            only(findings("retry.refreshes_once", evidence(call(401)))).observed == "a 401 was not repeated"
        )

    def test_kept_by_one_repeat_with_another_credential(self) -> None:
        fresh = attempt(200, request={"authorization": "Bearer fresh"})
        found = only(findings("retry.refreshes_once", evidence(call(401, fresh))))
        assert (found.sight, found.observed) == ("kept", "a 401 was repeated with another credential")

    def test_broken_by_a_repeat_with_the_same_credential(self) -> None:
        found = only(findings("retry.refreshes_once", evidence(call(401, 401, 401))))
        assert found.observed == "attempt 2 repeated a 401 with the same credential; 3 attempts in all"

    def test_broken_by_refreshing_again_and_again(self) -> None:
        fresh = [attempt(401, request={"authorization": f"Bearer {n}"}) for n in range(3)]
        found = only(findings("retry.refreshes_once", evidence(call(*fresh))))
        assert (found.observed, found.source) == (
            "a 401 was repeated 2 times",
            "team policy: retry.max_refreshes",
        )

    def test_short_when_a_renewed_credential_is_the_same(self) -> None:
        token = attempt(200, operation="PostToken", method="POST", path="/token")
        assert sights("retry.refreshes_once", evidence(call(401, token, 401), operation="GetItem")) == [
            "short"
        ]

    def test_short_when_the_call_was_stopped(self) -> None:
        assert sights("retry.refreshes_once", evidence(call(401, ending="cut"))) == ["short"]

    def test_nothing_without_a_401(self) -> None:
        assert sights("retry.refreshes_once", evidence(call(403), call(200))) == []


class TestHonoursRetryAfter:
    ASKED = attempt(429, response={"retry-after": "2"})

    def test_kept_by_waiting(self) -> None:
        found = only(findings("retry.honours_retry_after", evidence(call(self.ASKED, 2.001, 200))))
        assert (found.sight, found.expected) == ("kept", "at least 2 s")

    def test_kept_within_the_slack(self) -> None:
        assert sights("retry.honours_retry_after", evidence(call(self.ASKED, 1.96, 200))) == ["kept"]

    def test_broken_by_coming_too_soon(self) -> None:
        found = only(findings("retry.honours_retry_after", evidence(call(self.ASKED, 0.4, 200))))
        assert found.observed == "attempt 2 came 0.40 s after a 429 with Retry-After: 2"
        assert (found.sight, found.expected, found.source[:23]) == (
            "broken",
            "at least 2 s",
            "RFC 9110 section 10.2.3",
        )

    def test_holds_for_a_503_too(self) -> None:
        asked = attempt(503, response={"retry-after": "2"})
        assert sights("retry.honours_retry_after", evidence(call(asked, 0.4, 200))) == ["broken"]

    def test_short_when_stopped_while_it_waited(self) -> None:
        asked = attempt(429, response={"retry-after": "600"})
        assert sights("retry.honours_retry_after", evidence(call(asked, ending="cut", ended_s=12.0))) == [
            "short"
        ]

    def test_kept_when_stopped_after_it_had_waited(self) -> None:
        assert sights("retry.honours_retry_after", evidence(call(self.ASKED, ending="cut", ended_s=2.5))) == [
            "kept"
        ]

    def test_nothing_without_another_attempt(self) -> None:
        assert sights("retry.honours_retry_after", evidence(call(self.ASKED), call(429, 0.1, 200))) == []

    @pytest.mark.parametrize("value", ["soon", "-1", "", "Fri, 99 Foo"])
    def test_nothing_where_the_header_says_nothing(self, value: str) -> None:
        asked = attempt(429, response={"retry-after": value})
        assert sights("retry.honours_retry_after", evidence(call(asked, 0.1, 200))) == []

    # At 0.01 s on the lane's clock the epoch second is a quarter past; the date is rounded up, as the mock does.
    DATED = attempt(429, response={"retry-after": http_date(3.0)})

    @pytest.mark.parametrize(
        ("wait_s", "sight"),
        [(0.2, "broken"), (1.0, "broken"), (1.6, "broken"), (2.72, "short"), (2.75, "kept"), (3.7, "kept")],
    )
    def test_a_date_is_judged_as_far_as_whole_seconds_tell(self, wait_s: float, sight: str) -> None:
        """From a quarter past the first second until the third is 2.74 s."""
        assert sights("retry.honours_retry_after", evidence(call(self.DATED, wait_s, 200))) == [sight]

    def test_a_date_is_short_where_no_answer_tells_the_time(self) -> None:
        untimed = attempt(429, response_headers=(("retry-after", http_date(3.0)),))
        silent = attempt("connection.closed")
        assert sights("retry.honours_retry_after", evidence(call(untimed, 0.1, silent))) == ["short"]

    def test_the_provider_reset_counts_where_nothing_remains(self) -> None:
        reset = {"x-ratelimit-reset": str(int(EPOCH) + 3), "x-ratelimit-remaining": "0"}
        limited = attempt(403, response=reset)
        found = only(
            findings("retry.honours_retry_after", evidence(call(limited, 0.3, 200), behaviour=LIMITS))
        )
        assert (found.sight, found.source) == ("broken", DOCS)
        assert sights("retry.honours_retry_after", evidence(call(limited, 2.75, 200), behaviour=LIMITS)) == [
            "kept"
        ]

    def test_retry_after_goes_before_the_reset(self) -> None:
        both = {"retry-after": "1", "x-ratelimit-reset": str(int(EPOCH) + 3600), "x-ratelimit-remaining": "0"}
        assert sights(
            "retry.honours_retry_after",
            evidence(call(attempt(429, response=both), 1.0, 200), behaviour=LIMITS),
        ) == ["kept"]

    def test_the_documented_minimum_holds_without_a_header(self) -> None:
        found = only(findings("retry.honours_retry_after", evidence(call(429, 1.0, 200), behaviour=LIMITS)))
        assert (found.sight, found.expected) == ("broken", "at least 60 s")

    def test_the_draft_field_counts_where_nothing_remains(self) -> None:
        limited = attempt(429, response={"ratelimit": '"default";r=0;t=2'})
        assert sights("retry.honours_retry_after", evidence(call(limited, 0.1, 200))) == ["broken"]
        left = attempt(429, response={"ratelimit": '"default";r=5;t=2'})
        assert sights("retry.honours_retry_after", evidence(call(left, 0.1, 200))) == []

    def test_a_played_rate_limit_is_one_whatever_its_status(self) -> None:
        limited = attempt(403, faults=(Fired("status.rate_limited"),))
        assert sights("retry.honours_retry_after", evidence(call(limited, 1.0, 200), behaviour=LIMITS)) == [
            "broken"
        ]


def test_the_policy_moves_the_bounds() -> None:
    strict = Policy(
        retry=RetryPolicy(max_retries=1, statuses=(500,), never=(409,)), backoff=BackoffPolicy(cap_s=700)
    )
    assert sights("retry.bounded", evidence(call(503, 503, 503), policy=strict)) == ["broken"]
    assert sights("retry.retries_transient", evidence(call(500), policy=strict)) == ["broken"]
    assert sights("retry.only_what_should", evidence(call(409, 409), policy=strict)) == ["broken"]
