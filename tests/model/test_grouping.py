"""Calls from a journal that nobody marked."""

from __future__ import annotations

from typing import Any

from harness.model.exchange import Exchange
from harness.model.grouping import BY_BODY, BY_CALLER, BY_KEY, BY_ORDER, BY_TURNS, by_caller, group
from tests.evidence import Attempt, exchange

Said = tuple[int | str | Attempt, dict[str, Any]]


def journal(*said: Said) -> list[Exchange]:
    return [exchange(n, float(n), what, **fields) for n, (what, fields) in enumerate(said, 1)]


def numbers(exchanges: list[Exchange]) -> list[tuple[str, list[int]]]:
    return [(how, [e.number for e in attempts]) for how, attempts in group(exchanges)]


def headers(**values: str) -> dict[str, Any]:
    return {"request_headers": tuple((name.replace("_", "-"), value) for name, value in values.items())}


def test_by_a_correlation_header_that_ties_requests_together() -> None:
    one, two = headers(x_correlation_id="c1"), headers(x_correlation_id="c2")
    how = "by the correlation header x-correlation-id"
    assert numbers(journal((503, one), (503, two), (200, one), (200, two))) == [(how, [1, 3]), (how, [2, 4])]


def test_by_the_trace_id_of_traceparent() -> None:
    spans = [
        headers(traceparent=f"00-{trace}-{span}-01")
        for trace, span in (("t1", "a"), ("t1", "b"), ("t2", "c"))
    ]
    assert [n for _, n in numbers(journal(*((503, span) for span in spans)))] == [[1, 2], [3]]


def test_a_number_for_each_request_ties_nothing() -> None:
    ids = [headers(x_request_id=f"r{n}") for n in range(2)]
    assert numbers(journal((503, ids[0]), (200, ids[1]))) == [(BY_BODY, [1, 2])]


def test_a_number_for_the_whole_session_is_one_call_only_if_nothing_else_tells() -> None:
    one, two = headers(x_correlation_id="s"), headers(x_correlation_id="s")
    assert len(numbers(journal((200, one), (200, two)))) == 1


def test_by_operation_and_key() -> None:
    one = {"method": "POST", "idempotency_key": "k1"}
    two = {"method": "POST", "idempotency_key": "k2"}
    assert numbers(journal((503, one), (503, two), (200, one))) == [(BY_KEY, [1, 3]), (BY_KEY, [2])]


def test_by_operation_and_body() -> None:
    one, two = {"request_body": b"a"}, {"request_body": b"b"}
    assert numbers(journal((503, one), (503, two), (200, one))) == [(BY_BODY, [1, 3]), (BY_BODY, [2])]


def test_a_good_answer_ends_a_call() -> None:
    assert numbers(journal((503, {}), (200, {}), (200, {}))) == [(BY_BODY, [1, 2]), (BY_BODY, [3])]


def test_a_refused_connection_belongs_to_the_next_request() -> None:
    assert numbers(journal(("connection.refused", {}), (200, {}))) == [(BY_BODY, [1, 2])]


def test_a_refused_connection_after_a_failure_belongs_to_it() -> None:
    assert numbers(journal((503, {}), ("connection.refused", {}))) == [(BY_BODY, [1, 2])]
    assert numbers(journal((200, {}), ("connection.refused", {}))) == [(BY_BODY, [1]), (BY_ORDER, [2])]


def test_connections_alone_are_one_call() -> None:
    assert numbers(journal(("connection.refused", {}), ("connection.refused", {}))) == [(BY_ORDER, [1, 2])]


def test_nothing_is_no_call() -> None:
    assert group(()) == ()


def regrouped(exchanges: list[Exchange], callers: dict[int, int]) -> list[tuple[str, list[int]]]:
    return [(how, [e.number for e in attempts]) for how, attempts in by_caller(group(exchanges), callers)]


def test_what_one_function_asked_is_one_call_whatever_it_says() -> None:
    said = journal((503, keyed("k1")), (503, keyed("k2")), (200, {"path": "/v1/items/2"}))
    assert regrouped(said, {1: 7, 2: 7, 3: 8}) == [(BY_CALLER, [1, 2]), (BY_BODY, [3])]
    assert regrouped(said, {1: 7, 2: 7, 3: 7}) == [(BY_CALLER, [1, 2, 3])]


def test_what_says_the_same_in_two_functions_is_called_that() -> None:
    said = journal((503, {}), (200, {}))
    assert regrouped(said, {1: 7, 2: 8}) == [(BY_TURNS, [1, 2])]
    assert regrouped(said, {1: 7}) == regrouped(said, {}) == [(BY_BODY, [1, 2])]


def test_a_key_that_was_drawn_makes_one_call_of_what_carries_it() -> None:
    drawn, told = keyed("0b9f2f2e-61c4-4c63-9f0c-5a1f0f1c7d11"), keyed("order-7")
    assert regrouped(journal((503, drawn), (200, drawn)), {1: 7, 2: 8}) == [(BY_KEY, [1, 2])]
    assert regrouped(journal((503, told), (200, told)), {1: 7, 2: 8}) == [(BY_TURNS, [1, 2])]


def keyed(key: str) -> dict[str, Any]:
    return {"idempotency_key": key, "method": "POST"}
