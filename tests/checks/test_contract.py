"""The contract: healthy calls work, requests fit, broken answers and errors are not taken for success."""

from __future__ import annotations

import pytest

from tests.evidence import attempt, call, deviation, evidence, findings, only, sights, write

BROKEN_ANSWERS = {
    "body.truncated": "a truncated answer",
    "body.malformed": "a malformed answer",
    "body.empty": "an empty answer",
    "connection.reset_in_answer": "a connection reset in the answer",
}


class TestHealthyCallWorks:
    def test_kept(self) -> None:
        found = only(findings("contract.healthy_call_works", evidence(call(200))))
        assert (found.sight, found.observed) == ("kept", "the call succeeded with 1 request")

    def test_broken_by_failing(self) -> None:
        found = only(
            findings("contract.healthy_call_works", evidence(call(200, ok=False, error="KeyError: 'id'")))
        )
        assert (found.sight, found.observed) == ("broken", "the call failed: KeyError: 'id'")

    def test_broken_by_a_request_that_was_refused(self) -> None:
        refused = attempt(400, faults=())
        found = only(findings("contract.healthy_call_works", evidence(call(refused))))
        assert found.observed == "the call failed after a 400: ClientError: it did not work"

    def test_short_without_a_request(self) -> None:
        assert sights("contract.healthy_call_works", evidence(call(ok=True))) == ["short"]
        assert sights("contract.healthy_call_works", evidence(call(ok=False))) == ["short"]

    def test_short_where_the_mock_itself_failed(self) -> None:
        assert sights("contract.healthy_call_works", evidence(call(attempt(501, faults=())))) == ["short"]

    def test_short_when_the_call_was_stopped(self) -> None:
        assert sights("contract.healthy_call_works", evidence(call(200, ending="cut"))) == ["short"]

    def test_nothing_where_faults_were_played(self) -> None:
        assert sights("contract.healthy_call_works", evidence(call(503))) == []
        assert (
            sights("contract.healthy_call_works", evidence(call(200), faults_planned=("status.error",))) == []
        )


class TestRequestsConform:
    def test_kept(self) -> None:
        assert only(findings("contract.requests_conform", evidence(call(200, 200)))).observed == (
            "2 requests without a deviation"
        )

    def test_broken_names_the_first(self) -> None:
        wrong = attempt(200, deviations=(deviation(), deviation("unknown", pointer="/x")))
        found = only(findings("contract.requests_conform", evidence(call(200, wrong))))
        assert (
            found.observed
            == "GET /v1/items/1: query /limit: expected an integer; 1 more deviations in 1 request"
        )
        assert (found.sight, found.attempts) == ("broken", (2,))

    def test_kept_though_members_were_sent_that_are_read_only(self) -> None:
        sent_back = attempt(200, deviations=(deviation(keyword="readOnly", where="body", pointer="/id"),))
        found = only(findings("contract.requests_conform", evidence(call(sent_back))))
        assert (found.sight, found.observed) == (
            "kept",
            "1 request without a deviation, but for 1 readOnly member",
        )

    def test_broken_by_what_else_is_wrong_beside_a_read_only_member(self) -> None:
        wrong = attempt(200, deviations=(deviation(keyword="readOnly", pointer="/id"), deviation()))
        found = only(findings("contract.requests_conform", evidence(call(wrong))))
        assert found.observed == "GET /v1/items/1: query /limit: expected an integer"

    def test_short_without_a_request(self) -> None:
        assert sights("contract.requests_conform", evidence(call("connection.refused"))) == ["short"]


class TestBrokenAnswerRefused:
    @pytest.mark.parametrize(("fault", "words"), BROKEN_ANSWERS.items())
    def test_broken_by_success(self, fault: str, words: str) -> None:
        found = only(findings("contract.broken_answer_refused", evidence(call(fault, ok=True))))
        assert (found.sight, found.observed) == ("broken", f"the call reported success after {words}")

    def test_the_source_is_the_contract_where_the_answer_came_whole(self) -> None:
        found = only(findings("contract.broken_answer_refused", evidence(call("body.malformed", ok=True))))
        assert found.source == "the provider's contract"

    @pytest.mark.parametrize("fault", BROKEN_ANSWERS)
    def test_kept_by_a_failure(self, fault: str) -> None:
        assert sights("contract.broken_answer_refused", evidence(call(fault, ok=False))) == ["kept"]

    def test_kept_by_a_fallback_that_is_said_to_be_one(self) -> None:
        fell_back = call("body.malformed", ok=True, fallback=True)
        assert sights("contract.broken_answer_refused", evidence(fell_back)) == ["kept"]

    def test_short_when_the_call_was_stopped(self) -> None:
        assert sights("contract.broken_answer_refused", evidence(call("body.truncated", ending="cut"))) == [
            "short"
        ]

    def test_nothing_where_a_good_answer_came_after(self) -> None:
        assert sights("contract.broken_answer_refused", evidence(call("body.truncated", 200))) == []

    @pytest.mark.parametrize(
        "bodiless", [attempt("body.empty", status=204), attempt("body.empty", method="HEAD")]
    )
    def test_nothing_where_no_body_is_due(self, bodiless: object) -> None:
        assert sights("contract.broken_answer_refused", evidence(call(bodiless, ok=True))) == []  # type: ignore[arg-type]


class TestFailureReported:
    @pytest.mark.parametrize(
        "what", [500, 503, 429, 400, 401, 403, 422, "connection.closed", "connection.refused"]
    )
    def test_broken_by_success(self, what: int | str) -> None:
        assert sights("contract.failure_reported", evidence(call(what, ok=True))) == ["broken"]

    @pytest.mark.parametrize("what", [503, 429, 404, "connection.refused"])
    def test_kept_by_a_fallback_that_is_said_to_be_one(self, what: int | str) -> None:
        fell_back = call(what, ok=True, fallback=True)
        found = only(findings("contract.failure_reported", evidence(fell_back)))
        assert (found.sight, found.observed[:36]) == ("kept", "the call says that it fell back afte")

    def test_it_says_what_happened(self) -> None:
        found = only(findings("contract.failure_reported", evidence(call(503, 0.1, 503, ok=True))))
        assert found.observed == "the call reported success after a 503"
        assert (found.expected, found.attempts) == ("a failure, since the call ended with a 503", (2,))

    @pytest.mark.parametrize("what", [500, 404, 409, "connection.reset_before_answer"])
    def test_kept_by_a_failure(self, what: int | str) -> None:
        assert sights("contract.failure_reported", evidence(call(what))) == ["kept"]

    @pytest.mark.parametrize("status", [404, 410, 409])
    def test_short_where_the_error_may_be_an_answer(self, status: int) -> None:
        assert sights("contract.failure_reported", evidence(call(status, ok=True))) == ["short"]

    def test_a_404_is_no_answer_to_a_write(self) -> None:
        assert sights("contract.failure_reported", evidence(write(404, ok=True))) == ["broken"]

    def test_short_where_only_a_part_failed(self) -> None:
        second = attempt(500, query="page=2")
        assert sights("contract.failure_reported", evidence(call(200, second, ok=True))) == ["short"]

    def test_short_when_the_call_was_stopped_or_died(self) -> None:
        assert sights(
            "contract.failure_reported", evidence(call(503, ending="cut"), call(503, ending="died"))
        ) == [
            "short",
            "short",
        ]

    def test_nothing_where_the_last_answer_was_good(self) -> None:
        assert sights("contract.failure_reported", evidence(call(503, 200), call(200), call())) == []
