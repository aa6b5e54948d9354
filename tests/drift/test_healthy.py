"""A provider that has not changed, night after night."""

from __future__ import annotations

from datetime import date, timedelta

from harness.drift.nights.counts import Kept
from harness.drift.nights.pool import pooled
from harness.drift.seen.observe import against_contract
from harness.drift.seen.taped import against_recording
from tests.drift.pretend import contract, night

RECORDED = night(0)
OPERATIONS = {operation.name for operation in contract().operations.values()}


def test_a_hundred_nights_beside_the_contract_tell_nothing() -> None:
    known = contract()
    told = {
        n: [change.message for change in against_contract(known, night(n), RECORDED)] for n in range(1, 101)
    }
    assert {number: messages for number, messages in told.items() if messages} == {}


def test_a_hundred_nights_beside_a_recording_tell_nothing() -> None:
    told = {
        n: [change.message for change in against_recording(None, RECORDED, night(n))] for n in range(1, 101)
    }
    assert {number: messages for number, messages in told.items() if messages} == {}


def test_a_hundred_nights_beside_both_tell_nothing() -> None:
    known = contract()
    told = {
        n: [change.message for change in against_recording(known, RECORDED, night(n))] for n in range(1, 101)
    }
    assert {number: messages for number, messages in told.items() if messages} == {}


def test_a_hundred_nights_that_are_remembered_tell_nothing() -> None:
    known, kept = contract(), dict[str, Kept]()
    told = {}
    for number in range(1, 101):
        today = (date(2026, 1, 1) + timedelta(days=number)).isoformat()
        of_night = pooled(known, kept, RECORDED, night(number), asked=OPERATIONS, today=today)
        kept = dict(of_night.kept)
        told[number] = [change.message for change in of_night.changes]
    assert {number: messages for number, messages in told.items() if messages} == {}
    assert kept.keys() == OPERATIONS
