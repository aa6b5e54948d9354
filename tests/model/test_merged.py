"""Journals of several processes as one."""

from __future__ import annotations

import msgspec

from harness.model.exchange import Exchange
from harness.model.merged import Merged


def exchange(number: int, received_s: float, *, connection: int = 1, open: bool = False) -> Exchange:
    return Exchange(
        number=number,
        connection=connection,
        at_s=received_s,
        received_s=received_s,
        ended_s=None if open else received_s,
        path=f"/{received_s:g}",
    )


def told(merged: Merged) -> list[tuple[int, str | None]]:
    return [(each.number, each.path) for each in merged.journal]


def test_exchanges_are_numbered_anew_in_order_of_time() -> None:
    merged = Merged(2)
    merged.take(0, [exchange(1, 1.0), exchange(2, 4.0)])
    merged.take(1, [exchange(1, 2.0), exchange(2, 3.0)])
    merged.settle(10.0)
    assert told(merged) == [(1, "/1"), (2, "/2"), (3, "/3"), (4, "/4")]


def test_no_two_sources_share_a_connection() -> None:
    merged = Merged(2)
    for source in (0, 1):
        merged.take(source, [exchange(1, 1.0), exchange(2, 2.0, connection=2), exchange(3, 3.0)])
    merged.settle(10.0)
    assert [each.connection for each in merged.journal] == [1, 2, 3, 4, 1, 2]


def test_one_source_alone_is_as_it_was() -> None:
    merged = Merged(1)
    before = [exchange(1, 1.0), exchange(2, 2.0, connection=2)]
    merged.take(0, before)
    merged.settle(10.0)
    assert list(merged.journal) == before


def test_what_came_while_the_sources_were_asked_waits_for_those_before_it() -> None:
    merged = Merged(2)
    merged.take(0, [exchange(1, 1.0)])
    merged.take(1, [exchange(1, 6.0)])
    merged.settle(5.0)
    assert told(merged) == [(1, "/1")]
    merged.take(0, [exchange(2, 5.5)])
    merged.settle(10.0)
    assert told(merged) == [(1, "/1"), (2, "/5.5"), (3, "/6")]


def test_a_source_keeps_its_own_order_even_where_a_request_waited_for_its_turn() -> None:
    merged = Merged(2)
    merged.take(0, [exchange(1, 3.0), exchange(2, 1.0)])
    merged.take(1, [exchange(1, 2.0), exchange(2, 4.0)])
    merged.settle(10.0)
    assert told(merged) == [(1, "/2"), (2, "/3"), (3, "/1"), (4, "/4")]


def test_an_open_exchange_is_finished_where_it_stands_settled_or_not() -> None:
    merged = Merged(2)
    merged.take(1, [exchange(1, 1.0, open=True), exchange(2, 9.0, open=True)])
    merged.settle(5.0)
    assert merged.open(0) == ()
    assert merged.open(1) == (1, 2)
    merged.take(1, [msgspec.structs.replace(exchange(n, n, open=True), ended_s=9.5) for n in (1, 2)])
    assert merged.open(1) == ()
    merged.settle(10.0)
    assert [(each.number, each.ended_s) for each in merged.journal] == [(1, 9.5), (2, 9.5)]
    assert merged.seen(1) == 2
