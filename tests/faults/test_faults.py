"""Faults as values: what each makes of an answer, by `==` and without a socket."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.contract.behaviour import UNKNOWN
from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.faults.answer import broken, declared, exactly
from harness.faults.body import empty, malformed, truncated
from harness.faults.connection import (
    closed,
    lost_answer,
    refused,
    reset_before_answer,
    reset_in_answer,
    reset_on_accept,
)
from harness.faults.head import spelled
from harness.faults.registry import FAULTS, Situation
from harness.faults.timing import dribbled, hung, late, stalled
from harness.faults.wire import octets
from harness.model.delivery import Close, Delivery, Hold, Reset, Wait, Write
from harness.model.message import Request, Response
from tests.fakes import FixedLuck

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n"
ANSWER: Delivery = (Write(HEAD + b"0123456789"),)


def test_late_waits_before_the_first_byte() -> None:
    assert late(ANSWER, delay_s=0.5) == (Wait(0.5), *ANSWER)


def test_late_twice_adds_up() -> None:
    assert late(late(ANSWER, delay_s=1), delay_s=2) == (Wait(2), Wait(1), *ANSWER)


def test_dribbled_sends_every_byte_over_the_whole_time() -> None:
    delivery = dribbled(ANSWER, over_s=3.0, chunk_bytes=4)
    assert octets(delivery) == octets(ANSWER)
    assert delivery[0] == Write(HEAD)
    assert sum(step.seconds for step in delivery if isinstance(step, Wait)) == pytest.approx(3.0)
    assert all(len(step.octets) <= 4 for step in delivery[1:] if isinstance(step, Write))


def test_dribbled_keeps_what_ends_the_connection() -> None:
    assert dribbled((*ANSWER, Close()), over_s=1.0)[-1] == Close()


def test_stalled_for_ever_sends_half_and_holds() -> None:
    assert stalled(ANSWER) == (Write(HEAD + b"01234"), Hold())


def test_stalled_for_a_while_sends_the_rest() -> None:
    assert stalled(ANSWER, keep_ratio=0.2, for_s=1.5) == (Write(HEAD + b"01"), Wait(1.5), Write(b"23456789"))


def test_hung_never_writes() -> None:
    assert hung(ANSWER) == (Hold(),)


@pytest.mark.parametrize("fault", [refused, reset_before_answer, lost_answer])
def test_resets_write_nothing(fault: object) -> None:
    assert callable(fault)
    assert fault(ANSWER) == (Reset(),)


def test_reset_on_accept_lets_the_client_notice_that_it_is_connected() -> None:
    pause, end = reset_on_accept(())
    assert isinstance(pause, Wait)
    assert end == Reset()


def test_closed_writes_nothing() -> None:
    assert closed(ANSWER) == (Close(),)


def test_reset_in_answer_leaves_time_to_read_what_was_sent() -> None:
    sent, pause, end = reset_in_answer(ANSWER, keep_ratio=0.3)
    assert sent == Write(HEAD + b"012")
    assert isinstance(pause, Wait)
    assert end == Reset()


def test_truncated_promises_more_than_it_sends() -> None:
    assert truncated(ANSWER, keep_ratio=0.5) == (Write(HEAD + b"01234"), Close())


def test_spelled_writes_names_otherwise_and_leaves_all_else() -> None:
    answer = (Write(b"HTTP/1.1 200 OK\r\nx-request-id: a:B\r\ndate: now\r\n\r\nx-body: as it is"),)
    title = b"HTTP/1.1 200 OK\r\nX-Request-Id: a:B\r\nDate: now\r\n\r\nx-body: as it is"
    assert spelled(answer) == (Write(title),)
    assert spelled((Write(title),), names="lower") == answer
    assert octets(spelled(answer, names="upper")).startswith(b"HTTP/1.1 200 OK\r\nX-REQUEST-ID: a:B\r\n")


def test_truncated_always_leaves_something_out() -> None:
    assert truncated(ANSWER, keep_ratio=1.0) == (Write(HEAD + b"012345678"), Close())
    bare = b"HTTP/1.1 204 No Content\r\n\r\n"
    sent, _ = truncated((Write(bare),), keep_ratio=1.0)
    assert sent == Write(bare[:-1])


@pytest.mark.parametrize("body", [b'{"a": [1, 2, 3]}', b"12345", b'"text"', b"null", b"", b"[]"])
def test_malformed_is_no_json_whatever_it_was(body: bytes) -> None:
    spoilt = malformed(Response(200, (("content-type", "application/json"),), body))
    assert spoilt.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(spoilt.body)


def test_empty_keeps_status_and_headers() -> None:
    headers = (("content-type", "application/json"),)
    assert empty(Response(201, headers, b"{}")) == Response(201, headers, b"")


def test_every_fault_says_where_it_is_seen() -> None:
    assert all("Seen at:" in entry.description for entry in FAULTS)


def test_every_number_carries_its_unit() -> None:
    units = ("_s", "_bytes", "_ratio", "status")
    for entry in FAULTS:
        for name, parameter in entry.parameters.items():
            if parameter.annotation in (int, float):
                assert name.endswith(units), f"{entry.id}: {name}"


def situation(*, asked: bool = True, **responses: Any) -> Situation:
    """A request for an operation with these answers by `s200`, `s404`; or for none."""
    node = {
        "responses": {
            name[1:]: {"description": "", "content": content} for name, content in responses.items()
        }
    }
    root = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": node}}}
    contract = Contract(parse(json.dumps(root).encode(), name="a.json"))
    operation = contract.operation("GET /a") if asked else None
    return Situation(contract, UNKNOWN, operation, Request("GET", "/a", "/a"), 0.0, FixedLuck())


def test_a_declared_answer_is_picked_by_status_and_example() -> None:
    examples = {"application/json": {"examples": {"tom": {"value": "Tom"}, "kit": {"value": "Kit"}}}}
    here = situation(s200=examples, s404={"text/plain": {"example": "none"}})

    assert declared(here, example="kit").body == b'"Kit"'
    assert declared(here).body == b'"Tom"'
    assert (declared(here, status=404).status, declared(here, status=404).body) == (404, b"none")
    assert declared(here, dynamic=True).body not in (b'"Tom"', b'"Kit"')


@pytest.mark.parametrize(
    ("here", "parameters", "says"),
    [
        (situation(s200={}), {"status": 404}, "status 404 is not declared for GET /a; declared: 200"),
        (situation(s200={}), {"example": "tom"}, "GET /a 200 has no example 'tom'; there are none"),
        (situation(asked=False), {}, "no operation was asked for"),
    ],
)
def test_what_is_not_declared_is_not_invented(here: Situation, parameters: dict[str, Any], says: str) -> None:
    answer = declared(here, **parameters)

    assert answer.status == 501
    assert says in json.loads(answer.body)["detail"]


def test_this_very_answer_is_what_the_plan_says() -> None:
    told = exactly(situation(s200={}), status=202, body={"a": None}, headers={"X-Left": "1"})

    assert (told.status, told.body) == (202, b'{"a":null}')
    assert told.headers == (("content-type", "application/json"), ("x-left", "1"))


def test_a_text_stands_as_it_is() -> None:
    assert broken(situation(s200={}), text="<html>", content_type="text/html").body == b"<html>"
    assert exactly(situation(s200={}), status=204, text="", content_type="").headers == ()


def test_the_journal_can_tell_the_allowed_answer_from_the_broken_one() -> None:
    assert FAULTS["answer.exactly"].facts["off_contract"] == "no"
    assert FAULTS["answer.broken"].facts["off_contract"] == "yes"
