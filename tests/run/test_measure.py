"""Measured behaviour: facts, with no opinion."""

from __future__ import annotations

import json

from harness.run.measure import measure
from tests.evidence import attempt, call, evidence, given_up, http_date, row, write

RETRIES = (503, 0.2, 503, 0.4, 503, 0.8, 503)


def test_attempts_and_waits_of_each_scenario() -> None:
    facts = measure([("error_503", evidence(call(*RETRIES))), ("status_404", evidence(call(404)))])
    assert facts["attempts"] == {
        "error_503": {"attempts": 4, "waits_s": [0.2, 0.4, 0.8]},
        "status_404": {"attempts": 1, "waits_s": []},
    }


def test_calls_made_at_once_that_differ_are_listed() -> None:
    scene = evidence(call(503, 0.1, 503), call(503, 0.1, 503, 0.2, 503), parallel=True)
    assert measure([("error_503", scene)])["attempts"] == {
        "error_503": {"attempts": [2, 3], "waits_s": [0.1, 0.2]}
    }


def test_a_call_that_was_stopped_is_marked() -> None:
    scene = evidence(call(503, 0.1, 503, ending="cut"))
    assert measure([("error_503", scene)])["attempts"] == {
        "error_503": {"attempts": 2, "waits_s": [0.1], "cut": True}
    }


def test_what_was_retried_and_what_was_not() -> None:
    facts = measure(
        [
            ("a", evidence(call(503, 0.1, 503))),
            ("b", evidence(call("connection.refused", 0.1, "connection.refused"))),
            ("c", evidence(call(404))),
            ("d", evidence(call("body.truncated", ok=False))),
            ("e", evidence(call(500, ending="cut"))),
        ]
    )
    assert facts["retried"] == {"statuses": [503], "network": ["refused"], "methods": ["GET"]}
    assert facts["not_retried"] == {"statuses": [404], "network": ["truncated"]}


def test_backoff() -> None:
    calls = [call(*RETRIES) for _ in range(6)]
    facts = measure([("error_503", evidence(*calls, parallel=True))])
    assert facts["backoff"] == {"base_s": 0.2, "factor": 2.0, "jitter": "no"}


def test_backoff_is_that_of_the_scenario_with_the_least_noise() -> None:
    scenes = [
        (name, evidence(call(503, wait, 503))) for name, wait in (("a", 0.333), ("b", 0.002), ("c", 0.1))
    ]
    assert measure(scenes)["backoff"] == {"base_s": 0.002, "jitter": "unknown"}


def test_backoff_of_which_chance_hides_the_factor() -> None:
    calls = [call(503, 0.1 * n, 503, 0.9 - 0.1 * n, 503) for n in range(1, 9)]
    assert measure([("error_503", evidence(*calls, parallel=True))])["backoff"] == {
        "base_s": 0.45,
        "jitter": "yes",
    }


def test_backoff_whose_first_retry_comes_at_once_and_that_has_a_cap() -> None:
    facts = measure([("error_503", evidence(call(503, 0.001, 503, 0.6, 503, 1.2, 503, 1.2, 503)))])
    assert facts["backoff"] == {
        "first": "at once",
        "base_s": 0.6,
        "factor": 2.0,
        "cap_s": 1.2,
        "jitter": "unknown",
    }


def test_retry_after_in_each_form() -> None:
    seconds = attempt(429, response={"retry-after": "2"})
    date = attempt(429, response={"retry-after": http_date(3.0)})
    facts = measure(
        [
            ("seconds", evidence(call(seconds, 2.0, 200))),
            ("date", evidence(call(date, 0.2, 200))),
        ]
    )
    assert facts["retry_after"] == {"seconds": "yes", "date": "no"}
    assert measure([("x", evidence(call(seconds)))])["retry_after"] == {"seconds": "no retry"}
    assert measure([("x", evidence(call(seconds, ending="cut")))])["retry_after"] == {
        "seconds": "still waiting"
    }


def test_timeout() -> None:
    assert measure([("hang", evidence(call(given_up(5.0), 0.5, given_up(7.0))))])["timeout_s"] == 5.0
    stuck = evidence(call(attempt("timing.hung", took_s=None), ending="cut", ended_s=6.51))
    assert measure([("hang", stuck)])["timeout_s"] == "none within 6.5 s"


def test_idempotency_keys() -> None:
    assert measure([("x", evidence(write(503, 503, key="k")))])["idempotency_keys"] == {
        "sent": "yes",
        "stable": "yes",
    }
    assert measure([("x", evidence(write(503, key="k")))])["idempotency_keys"] == {
        "sent": "yes",
        "stable": "unknown",
    }
    assert measure([("x", evidence(write(503, 503)))])["idempotency_keys"] == {"sent": "no"}
    changing = [attempt(503, idempotency_key=f"k{n}") for n in range(2)]
    assert measure([("x", evidence(write(*changing)))])["idempotency_keys"] == {"sent": "yes", "stable": "no"}
    assert "idempotency_keys" not in measure([("x", evidence(call(503)))])


def test_breaker() -> None:
    facts = measure([("outage", row("11111..........1..........11111", heals_at=18))])
    assert facts["breaker"] == {
        "threshold": 5,
        "open_s": 2.17,
        "probes": 1,
        "calls": "11111..........1..........11111",
    }
    assert measure([("outage", row("1" * 10))])["breaker"] == "none seen in 10 calls"


def test_a_healthy_row_of_calls_hides_no_breaker() -> None:
    healthy = evidence(*(call(200, began_s=n * 0.2) for n in range(20)))
    facts = measure([("healthy", healthy), ("outage", row("11111.....1.", heals_at=20))])
    assert isinstance(facts["breaker"], dict)
    assert "breaker" not in measure([("healthy", healthy)])


def test_nothing_seen_is_nothing_said() -> None:
    assert measure([]) == {}
    assert list(measure([("healthy", evidence(call(200)))])) == ["attempts"]


def test_facts_are_json() -> None:
    facts = measure([("error_503", evidence(call(*RETRIES))), ("outage", row("11111...1..."))])
    assert json.loads(json.dumps(facts)) == facts
