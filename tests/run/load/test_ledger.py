from __future__ import annotations

import math

import msgspec
import pytest

from harness.model.exchange import Exchange, Fired
from harness.model.journal import Journal
from harness.run.load.ledger import Ledger


def exchange(number: int, **more: object) -> Exchange:
    plain = Exchange(
        number=number, connection=1, at_s=float(number), received_s=number + 0.1, ended_s=number + 0.3,
        outcome="sent", operation="GetCustomers", status=200,
    )  # fmt: skip
    return msgspec.structs.replace(plain, **more)


def test_every_exchange_is_counted_however_little_the_journal_keeps() -> None:
    journal = Journal(limit_bytes=2_000_000)
    ledger = Ledger(journal)
    for number in range(1, 20_001):
        journal.enter(exchange(number))
        if number % 500 == 0:
            while ledger.drain():
                pass
    assert len(ledger) == 20_000
    assert journal.dropped_exchanges > 0
    assert ledger.lost == 0
    assert ledger.at_s[-1] == 20_000.0


def test_what_was_dropped_before_it_was_read_is_told() -> None:
    journal = Journal(limit_bytes=1_000_000)
    ledger = Ledger(journal)
    for number in range(1, 5001):
        journal.enter(exchange(number))
    ledger.drain(None)
    assert ledger.lost == journal.dropped_exchanges > 0
    assert ledger.lost + len(ledger) == 5000


def test_an_exchange_that_goes_on_has_no_end_until_it_ends() -> None:
    journal = Journal()
    ledger = Ledger(journal)
    late = exchange(1, ended_s=None, status=None, outcome="open", faults=(Fired("timing.late"),))
    journal.enter(late)
    ledger.drain()
    assert math.isnan(ledger.ended_s[0])
    assert ledger.status[0] == 0
    assert ledger.going_on == 1
    journal.replace(msgspec.structs.replace(late, ended_s=9.0, status=200, outcome="sent"))
    assert (ledger.ended_s[0], ledger.status[0], ledger.going_on) == (9.0, 200, 0)


def test_the_end_is_known_even_where_the_journal_has_dropped_the_exchange() -> None:
    journal = Journal(limit_bytes=1_000_000)
    ledger = Ledger(journal)
    hanging = exchange(1, ended_s=None, status=None, outcome="open", faults=(Fired("timing.hung"),))
    journal.enter(hanging)
    ledger.drain()
    for number in range(2, 5000):
        journal.enter(exchange(number))
    assert journal.dropped_exchanges > 0
    journal.replace(msgspec.structs.replace(hanging, ended_s=60.0, outcome="gone"))
    assert ledger.ended_s[0] == 60.0


def test_the_mocks_own_time_is_known_where_the_answer_went_out_at_once() -> None:
    journal = Journal()
    ledger = Ledger(journal)
    journal.enter(exchange(1))
    journal.enter(exchange(2, faults=(Fired("status.error"),), status=503))
    journal.enter(exchange(3, faults=(Fired("timing.late"),), ended_s=None, outcome="open"))
    ledger.drain()
    assert ledger.served_s[0] == pytest.approx(0.2)
    assert ledger.served_s[1] == pytest.approx(0.2)
    assert math.isnan(ledger.served_s[2])


def test_connections_come_and_go() -> None:
    ledger = Ledger(Journal())
    ledger.came(1, ("127.0.0.1", 40001), 8080, 1.0)
    ledger.came(3, ("127.0.0.1", 40002), 8080, 2.0)
    ledger.left(1, 5.0)
    assert list(ledger.from_port) == [40001, 0, 40002]
    assert ledger.closed_s[0] == 5.0
    assert math.isnan(ledger.opened_s[1])
    assert math.isnan(ledger.closed_s[2])


def test_the_operation_that_is_called_most() -> None:
    journal = Journal()
    ledger = Ledger(journal)
    for number, operation in enumerate(["A", "B", "B", None, None, None], 1):
        journal.enter(exchange(number, operation=operation))
    ledger.drain()
    assert ledger.most_called() == "B"
    assert Ledger(Journal()).most_called() is None
