"""A provider that has not changed, night after night."""

from __future__ import annotations

from harness.drift.seen.observe import against_contract
from harness.drift.seen.taped import against_recording
from tests.drift.pretend import contract, night

RECORDED = night(0)


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
