"""Calls that nobody told of: what rests on the client's own word is never judged, whatever the wire shows."""

from __future__ import annotations

import pytest

from harness.model.call import Call
from tests.evidence import call, evidence, given_up, sights, write


def unseen(*parts: object, **more: object) -> Call:
    return call(*parts, ending="unseen", error="nobody told", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("check", "seen"),
    [
        ("retry.recovers", unseen(503, 0.5, 200)),
        ("contract.healthy_call_works", unseen(200)),
        ("contract.failure_reported", unseen(503)),
        ("contract.failure_reported", unseen("connection.closed")),
        ("contract.broken_answer_refused", unseen("body.malformed")),
        ("deadline.fails_visibly", unseen(given_up(5.0))),
        ("deadline.call_bounded", unseen(503, 0.5, 503)),
    ],
)
def test_nobody_told_how_the_call_ended_is_too_little(check: str, seen: Call) -> None:
    assert sights(check, evidence(seen)) == ["short"]


def test_a_client_that_stopped_short_of_recovery_may_have_had_a_fallback() -> None:
    assert sights("retry.recovers", evidence(unseen(503)), failures=2) == ["short"]
    assert sights("retry.recovers", evidence(call(503)), failures=2) == ["broken"]


def test_a_call_that_took_too_long_on_the_wire_did_so_whoever_tells() -> None:
    late = unseen(503, 60.0, 503)
    assert sights("deadline.call_bounded", evidence(late)) == ["broken"]


def test_attempts_are_judged_all_the_same() -> None:
    assert sights("retry.bounded", evidence(unseen(503, 503, 503, 503, 503, 503))) == ["broken"]
    assert sights("retry.bounded", evidence(unseen(503, 0.5, 503))) == ["kept"]
    repeated = evidence(write(503, 503, ending="unseen"))
    assert sights("idempotency.only_with_key", repeated) == ["broken", "kept"]


def test_a_row_of_unseen_calls_says_nothing_of_a_breaker() -> None:
    row = [unseen(503, began_s=float(second)) for second in range(12)]
    assert sights("breaker.opens", evidence(*row)) == []
