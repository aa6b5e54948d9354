"""Several calls of one process, and several lanes of one scenario."""

from __future__ import annotations

import pytest

from harness.model.call import Outcome
from harness.model.exchange import Exchange
from harness.run.telling import merged, ran_at_once, told_apart


def exchange(number: int, at_s: float, *, connection: int = 1) -> Exchange:
    return Exchange(number, connection, at_s)


def outcome(*calls: object) -> Outcome:
    return Outcome(True, 10.0, 20.0, value={"ok": True, "calls": list(calls)}, stdout="talk")


def listed(t0: float, t1: float, *, ok: bool = True, **more: object) -> dict[str, object]:
    return {"t0": t0, "t1": t1, "ok": ok, **more}


def test_an_outcome_without_a_list_is_one_call_with_all_attempts() -> None:
    exchanges = (exchange(1, 11.0), exchange(2, 12.0))
    (call,) = told_apart("read", Outcome(True, 10.0, 20.0), exchanges)
    assert call.attempts == exchanges


def test_attempts_belong_to_the_call_in_whose_time_they_came() -> None:
    told = outcome(listed(11.0, 12.0), listed(13.0, 14.0, ok=False, error_type="Open", error="breaker"))
    first, second = told_apart(
        "read", told, [exchange(1, 11.1), exchange(2, 11.9), exchange(3, 12.5), exchange(4, 13.0)]
    )
    assert [a.number for a in first.attempts] == [1, 2, 3]
    assert [a.number for a in second.attempts] == [4]
    assert (first.outcome.ok, second.outcome.ok, second.outcome.error) == (True, False, "Open: breaker")
    assert first.grouping == "between the times that the client told"


def test_a_call_that_was_told_without_attempts_has_none() -> None:
    told = outcome(listed(11.0, 11.5), listed(12.0, 12.0, ok=False), listed(13.0, 13.1))
    calls = told_apart("read", told, [exchange(1, 11.1), exchange(2, 13.05)])
    assert [len(call.attempts) for call in calls] == [1, 0, 1]


def test_a_clock_that_is_a_little_late_is_forgiven() -> None:
    told = outcome(listed(11.0, 12.0), listed(13.0, 14.0))
    assert [len(c.attempts) for c in told_apart("read", told, [exchange(1, 11.1), exchange(2, 12.97)])] == [
        1,
        1,
    ]


def test_the_last_attempt_before_a_call_that_follows_at_once_is_not_that_calls() -> None:
    """As of calls that last longer than their pace: the next begins when the one before has ended."""
    told = outcome(listed(11.0, 12.0), listed(12.001, 12.002, ok=False), listed(12.2, 12.3))
    calls = told_apart("read", told, [exchange(1, 11.1), exchange(2, 11.98), exchange(3, 12.19)])
    assert [[a.number for a in call.attempts] for call in calls] == [[1, 2], [], [3]]


def test_one_listed_call_gives_the_times_without_the_start_of_the_process() -> None:
    (call,) = told_apart("read", outcome(listed(12.0, 13.0)), [exchange(1, 12.5)])
    assert (call.outcome.began_s, call.outcome.ended_s) == (12.0, 13.0)
    assert call.grouping == "between the driver's marks"
    assert call.outcome.stdout == "talk"


def test_the_output_of_the_process_is_shown_once() -> None:
    calls = told_apart("read", outcome(listed(11.0, 12.0), listed(13.0, 14.0)), [])
    assert [call.outcome.stdout for call in calls] == ["talk", ""]


def test_calls_that_overlap_get_no_attempts_rather_than_wrong_ones() -> None:
    calls = told_apart("read", outcome(listed(11.0, 13.0), listed(11.5, 13.0)), [exchange(1, 12.0)])
    assert [call.attempts for call in calls] == [(), ()]
    assert "at once" in calls[0].grouping
    assert ran_at_once(calls)


def test_calls_that_overlap_are_told_apart_by_their_keys() -> None:
    def keyed(number: int, at_s: float, key: str) -> Exchange:
        return Exchange(number, 1, at_s, method="POST", path="/v1/items", idempotency_key=key)

    told = outcome(listed(11.0, 13.0, ok=False), listed(11.1, 12.0))
    exchanges = [keyed(1, 11.1, "a"), keyed(2, 11.2, "b"), keyed(3, 12.9, "a")]
    first, second = told_apart("create", told, exchanges)
    assert [a.number for a in first.attempts] == [1, 3]
    assert [a.number for a in second.attempts] == [2]
    assert first.grouping == "by operation and idempotency key"


@pytest.mark.parametrize(
    "broken",
    [
        [],
        "many",
        [1],
        [{"t0": 11.0, "t1": 12.0}],
        [listed(12.0, 11.0)],
        [listed(1.0, 2.0)],
        [listed(11.0, 12.0), listed(19.0, 90.0)],
        [{"t0": "11", "t1": 12.0, "ok": True}],
    ],
)
def test_a_list_that_cannot_be_true_is_not_believed(broken: object) -> None:
    whole = Outcome(True, 10.0, 20.0, value={"ok": True, "calls": broken})
    (call,) = told_apart("read", whole, [exchange(1, 11.0)])
    assert (call.outcome, len(call.attempts)) == (whole, 1)


def test_lanes_are_merged_in_order_of_arrival() -> None:
    first, second = merged([[exchange(1, 1.0), exchange(2, 3.0)], [exchange(1, 2.0)]])
    assert [(e.number, e.connection) for e in first] == [(1, 1), (3, 1)]
    assert [(e.number, e.connection) for e in second] == [(2, 2)]


def test_one_lane_alone_keeps_its_numbers() -> None:
    journal = [exchange(1, 1.0, connection=4), exchange(2, 2.0, connection=5)]
    assert [e.number for e in merged([journal])[0]] == [1, 2]
