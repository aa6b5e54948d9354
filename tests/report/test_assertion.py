"""Verdicts as the text of a failed assertion."""

from __future__ import annotations

from harness.model.finding import Verdict, VerdictName
from harness.model.report import ScenarioReport
from harness.report.assertion import calls_told, unmet
from tests.report.factory import RFC_9110_10_2_3, attempt, call


def run(*, error: str | None = None) -> ScenarioReport:
    attempts = (attempt(status=429, number=1), attempt(0.4, number=2))
    return ScenarioReport(
        "test_shop.py::test_read", "stripe", True, (call(*attempts, ok=not error, error=error),), ()
    )


def verdict(check: str = "retry.honours_retry_after", word: VerdictName = "fail") -> Verdict:
    return Verdict(
        check, word, "attempt 2 came 0.40 s after", "at least 2 s", RFC_9110_10_2_3, "pytest x", (1, 2)
    )


def test_a_broken_promise_has_its_source_its_attempts_and_how_to_see_it_again() -> None:
    assert unmet(run(), [verdict()], notes=["mark the call"]).splitlines() == [
        "FAIL retry.honours_retry_after: attempt 2 came 0.40 s after; expected at least 2 s",
        "     [RFC 9110 section 10.2.3]",
        "     0.00 GET 429 | +0.40 GET 200 -> ok",
        "     mark the call",
        "again: pytest x",
    ]


def test_the_worst_comes_first_and_the_same_attempts_are_told_once() -> None:
    told = unmet(run(), [verdict("retry.recovers", "inconclusive"), verdict()]).splitlines()
    assert [line.split(":")[0] for line in told if not line.startswith(" ")] == [
        "FAIL retry.honours_retry_after",
        "INCONCLUSIVE retry.recovers",
        "again",
    ]
    assert sum("GET 429" in line for line in told) == 1
    assert sum("[RFC 9110" in line for line in told) == 2


def test_what_was_not_put_to_the_test_is_one_line_a_family() -> None:
    told = unmet(
        run(),
        [
            verdict("idempotency.same_key", "not_applicable"),
            verdict("idempotency.same_body", "not_applicable"),
        ],
    )
    assert told.splitlines()[0] == (
        "NOT APPLICABLE idempotency: nothing that happened puts it to the test (same_key, same_body)"
    )


def test_nothing_that_a_client_wrote_moves_the_readers_cursor() -> None:
    assert "\x1b" not in unmet(run(error="\x1b[2Jgone"), [verdict()])


def test_of_many_calls_the_last_are_told() -> None:
    calls = [(f"call {number}", call(attempt())) for number in range(1, 9)]
    assert calls_told(calls, most=2) == (
        "(6 calls before)",
        "call 7: 0.00 GET 200 -> ok",
        "call 8: 0.00 GET 200 -> ok",
    )
