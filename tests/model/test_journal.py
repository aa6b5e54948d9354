"""A journal is bounded by bytes: bodies go first, then exchanges, and it says how many."""

from __future__ import annotations

import pytest

from harness.model.exchange import Exchange
from harness.model.journal import AGAIN_BYTES, EXCHANGE_BYTES, Alike, Journal

BODY = b"x" * 5000


def enter(journal: Journal, count: int = 1, *, body: bytes = BODY, ended_s: float | None = 1.0) -> Exchange:
    for _ in range(count):
        exchange = Exchange(journal.next_number(), 1, 0.0, ended_s=ended_s, request_body=body)
        journal.enter(exchange)
    return exchange


def test_numbers_go_up_from_one() -> None:
    journal = Journal()
    enter(journal, 3)

    assert [each.number for each in journal] == [1, 2, 3]
    assert [each.number for each in journal.after(2)] == [3]
    assert [each.number for each in journal.after(0, 2)] == [1, 2]
    assert len(journal) == 3


def test_an_exchange_like_an_earlier_one_is_read_like_any_other() -> None:
    journal = Journal()
    like = enter(journal)
    journal.enter_again(Alike(like, (("date", "today"),)), connection=2, at_s=3.0)

    again = journal.after(1)[0]

    assert (again.number, again.connection, again.at_s, again.received_s, again.ended_s) == (
        2,
        2,
        3.0,
        3.0,
        3.0,
    )
    assert again.response_headers == (("date", "today"),)
    assert again.request_body == like.request_body
    assert like.connection == 1


def test_the_oldest_bodies_go_first() -> None:
    journal = Journal(limit_bytes=3 * EXCHANGE_BYTES + 2 * len(BODY))
    enter(journal, 3)

    assert [len(each.request_body) for each in journal] == [0, 5000, 5000]
    assert (journal.dropped_bodies, journal.dropped_exchanges) == (1, 0)


def test_then_the_oldest_exchanges_go_and_numbers_stay() -> None:
    journal = Journal(limit_bytes=2000 * EXCHANGE_BYTES)
    enter(journal, 5000, body=b"")

    kept = journal.after()
    assert journal.dropped_exchanges == 5000 - len(kept) > 0
    assert len(kept) <= 2000
    assert [each.number for each in kept] == list(range(5000 - len(kept) + 1, 5001))
    assert len(journal) == 5000
    assert journal.next_number() == 5001
    assert [each.number for each in journal.after(4998)] == [4999, 5000]


def test_repeated_exchanges_weigh_less_but_are_bounded_too() -> None:
    journal = Journal(limit_bytes=2000 * AGAIN_BYTES + EXCHANGE_BYTES)
    like = enter(journal, body=b"")
    for _ in range(10_000):
        journal.enter_again(Alike(like, ()), connection=1, at_s=1.0)

    assert 0 < len(journal.after()) <= 2000
    assert journal.after()[-1].number == 10_001


def test_the_newest_keeps_its_body() -> None:
    journal = Journal(limit_bytes=10)
    enter(journal, 2)

    assert [len(each.request_body) for each in journal] == [0, 5000]


@pytest.mark.parametrize("dropped", [False, True])
def test_an_open_exchange_is_finished_unless_it_was_dropped(dropped: bool) -> None:
    journal = Journal(limit_bytes=1500 * EXCHANGE_BYTES)
    going_on = enter(journal, ended_s=None, body=b"")
    enter(journal, 3000 if dropped else 10, body=b"")

    journal.replace(Exchange(going_on.number, 1, 0.0, ended_s=9.0, outcome="gone"))

    finished = [each for each in journal if each.outcome == "gone"]
    assert [each.number for each in finished] == ([] if dropped else [1])


def test_the_body_of_an_open_exchange_stays() -> None:
    journal = Journal(limit_bytes=3 * EXCHANGE_BYTES + 2 * len(BODY))
    enter(journal, ended_s=None)
    enter(journal, 2)

    assert [len(each.request_body) for each in journal] == [5000, 0, 5000]
