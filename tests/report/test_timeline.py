"""A call told in one line."""

from __future__ import annotations

from harness.report.timeline import lines, pattern, told
from tests.report.factory import attempt, call, run, verdict


def test_a_call_is_told_with_its_waits() -> None:
    one = call(
        attempt(10.0, 503, took_s=0.0), attempt(10.4, 503, took_s=0.01), attempt(11.22, 200), began_s=10.0
    )
    assert told(one) == "0.00 GET 503 | +0.40 GET 503 | +0.81 GET 200 -> ok"


def test_a_wait_counts_from_the_end_of_the_attempt_before() -> None:
    one = call(attempt(0.0, None, took_s=5.0, fault="timing.hung"), attempt(5.4, 200))
    assert told(one) == "0.00 GET no status (timing.hung) after 5.00 s | +0.40 GET 200 -> ok"


def test_steps_that_are_alike_are_counted() -> None:
    one = call(*(attempt(n * 0.1, 500, took_s=0.0) for n in range(6)), ok=False, error="Boom:\n gone")
    assert told(one) == "0.00 GET 500 | +0.10 GET 500, 5 times -> failed: Boom: gone"


def test_of_very_many_attempts_the_middle_is_left_out() -> None:
    one = call(*(attempt(n * n * 0.1, 500) for n in range(12)))
    assert "(8 more)" in told(one, most=4)
    assert told(one, most=4).count("GET") == 4


def test_a_connection_that_never_became_a_request_is_told() -> None:
    one = call(attempt(0.0, None, method=None, fault="connection.refused"), ok=False)
    assert told(one) == "0.00 connect no status (connection.refused) -> failed"


def test_a_spoiled_answer_names_its_fault_and_a_planned_status_does_not() -> None:
    one = call(attempt(0.0, 503, fault="status.error"), attempt(0.104, 200, fault="body.truncated"))
    assert told(one) == "0.00 GET 503 | +0.10 GET 200 (body.truncated) -> ok"


def test_an_attempt_that_never_ended_says_so() -> None:
    one = call(attempt(0.0, None, took_s=None, fault="timing.hung"), ok=False, ending="cut")
    assert (
        told(one) == "0.00 GET no status (timing.hung), never ended -> cut: still running at the time limit"
    )


def test_a_call_without_an_attempt_says_so() -> None:
    assert told(call(ok=False, error="CircuitBreakerError")) == "no attempt -> failed: CircuitBreakerError"


def test_attempts_that_overlap_never_wait_less_than_nothing() -> None:
    assert "+0.00" in told(call(attempt(0.0, took_s=2.0), attempt(1.0)))


def test_a_driver_that_gave_no_outcome_is_not_taken_for_a_client_that_failed() -> None:
    assert told(call(ok=False, ending="died")).endswith("the driver died without an outcome")
    assert told(call(ok=False, ending="garbage")).endswith("the driver printed no outcome")


def test_a_run_of_many_calls_is_a_pattern() -> None:
    calls = [call(*[attempt()] * n) for n in (1, 1, 0, 0, 3, 12)]
    assert pattern(run(calls=calls)) == "11..3+"
    assert lines(run(calls=calls))[0] == "6 calls, attempts of each: 11..3+"


def test_the_calls_that_a_verdict_points_at_are_the_ones_told() -> None:
    calls = [
        call(attempt(0, 200, number=1)),
        call(attempt(0, 503, number=2)),
        call(attempt(0, 404, number=3)),
    ]
    assert lines(run(calls=calls), verdict(attempts=(2,))) == ("0.00 GET 503 -> ok",)
    assert len(lines(run(calls=calls), verdict())) == 3


def test_the_words_of_a_refusal_are_told_up_to_a_length() -> None:
    assert told(call(attempt(0.0, 404, said="No such\ncustomer"))) == "0.00 GET 404 No such customer -> ok"
    assert f"404 {'x' * 77}... ->" in told(call(attempt(0.0, 404, said="x" * 200)))
