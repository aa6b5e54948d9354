"""What went wrong with an attempt, in one word and in the middle of a sentence."""

from __future__ import annotations

import pytest

from harness.model.exchange import Fired
from harness.model.failure import failure_of, in_words
from tests.evidence import Attempt, attempt, exchange, given_up


@pytest.mark.parametrize(
    ("what", "failure", "words"),
    [
        (200, None, "a 200"),
        (304, None, "a 304"),
        (503, "status", "a 503"),
        (given_up(), "timeout", "a timeout"),
        (given_up(5.0, "timing.stalled", status=200), "timeout", "a timeout"),
        (attempt("timing.hung", took_s=None), "open", "silence"),
        (attempt("timing.hung", outcome="closed"), "open", "silence"),
        (attempt("timing.dribbled"), None, "a 200"),
        ("connection.refused", "unconnected", "a refused connection"),
        ("connection.reset_on_accept", "unconnected", "a connection reset before the request"),
        ("connection.reset_before_answer", "unanswered", "a connection reset before the answer"),
        ("connection.closed", "unanswered", "a connection closed without an answer"),
        ("connection.lost_answer", "unanswered", "a connection reset before the answer"),
        ("connection.reset_in_answer", "cut_short", "a connection reset in the answer"),
        ("body.truncated", "cut_short", "a truncated answer"),
        ("body.malformed", "unreadable", "a malformed answer"),
        ("body.empty", "unreadable", "an empty answer"),
        (attempt("body.empty", status=204), None, "a 204"),
        (attempt("body.empty", status=500), "status", "a 500"),
        (attempt(200, outcome="gone"), None, "a 200"),
        (attempt(200, outcome="gone", status=None), "timeout", "a timeout"),
        (attempt(200, outcome="closed"), None, "a 200"),
        (attempt(200, outcome="reset", status=None), "unanswered", "a connection reset before the answer"),
        (attempt(503, faults=(Fired("timing.late"), Fired("status.error"))), "status", "a 503"),
    ],
)
def test_failures(what: int | str | Attempt, failure: str | None, words: str) -> None:
    seen = exchange(1, 0.0, what)
    assert failure_of(seen) == failure
    assert in_words(seen, failure_of(seen)) == words
