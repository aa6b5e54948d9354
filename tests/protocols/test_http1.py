"""Bytes in, requests out; an answer in, bytes out."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.message import WIRE_METHODS, Request, Response
from harness.protocols.http1 import (
    USUAL_LIMITS,
    Abandoned,
    Event,
    Limits,
    Malformed,
    Received,
    RequestReader,
    gunzip,
    render,
    split_target,
    status_sent,
)

DATE = "Sun, 06 Nov 1994 08:49:37 GMT"

CONVERSATION = (
    b"POST /v1/items?a=1&b=%20 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
    b"POST /chunks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;note=1\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Trailer: t\r\n\r\n"
    b"HEAD / HTTP/1.1\r\nHOST: x\r\nX-Team: Bl\xfcten\r\n\r\n"
)


def read(*pieces: bytes, limits: Limits = USUAL_LIMITS) -> list[Event]:
    reader = RequestReader(limits)
    return [event for number, piece in enumerate(pieces) for event in reader.feed(piece, at_s=float(number))]


def requests(*pieces: bytes) -> list[Request]:
    events = read(*pieces)
    assert all(isinstance(event, Received) for event in events), events
    return [event.request for event in events if isinstance(event, Received)]


def refusal(*pieces: bytes, limits: Limits = USUAL_LIMITS) -> Malformed:
    event = read(*pieces, limits=limits)[-1]
    assert isinstance(event, Malformed)
    return event


def test_a_conversation_becomes_its_requests() -> None:
    first, second, third = requests(CONVERSATION)
    assert (first.method, first.target, first.path, first.query) == (
        "POST",
        "/v1/items?a=1&b=%20",
        "/v1/items",
        "a=1&b=%20",
    )
    assert first.body == b"hello"
    assert first.headers == (("host", "x"), ("content-length", "5"))
    assert second.body == b"abcdefg"
    assert second.header("x-trailer") is None
    assert (third.method, third.header("x-team")) == ("HEAD", "Blüten")


def test_pieces_make_no_difference_wherever_they_are_cut() -> None:
    whole = requests(CONVERSATION)
    for cut in range(1, len(CONVERSATION)):
        assert requests(CONVERSATION[:cut], CONVERSATION[cut:]) == whole, f"cut at byte {cut}"
    assert requests(*(bytes([octet]) for octet in CONVERSATION)) == whole


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_no_bytes_make_the_reader_raise(pieces: list[bytes]) -> None:
    read(*pieces)


@given(st.binary(max_size=60))
def test_no_bytes_after_a_good_head_make_the_reader_raise(rest: bytes) -> None:
    read(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" + rest)


@given(st.text("htp:/[]?#%@.a1", max_size=30))
def test_no_target_makes_the_reader_raise(target: str) -> None:
    read(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())


def test_the_time_is_that_of_the_first_byte() -> None:
    late = read(b"G", b"ET / HTTP/1.1\r\nHost:", b" x\r\n\r\nG", b"ET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert [event.at_s for event in late] == [0.0, 2.0]
    assert [event.received_s for event in late if isinstance(event, Received)] == [2.0, 3.0]


@pytest.mark.parametrize(
    ("head", "keep_alive"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
    ],
)
def test_the_client_says_whether_the_connection_goes_on(head: bytes, keep_alive: bool) -> None:
    (event,) = read(head)
    assert isinstance(event, Received)
    assert event.keep_alive is keep_alive


def test_what_follows_the_last_request_concerns_nobody() -> None:
    assert len(requests(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n")) == 1


def test_a_client_may_wait_before_it_sends_the_body() -> None:
    reader = RequestReader()
    head = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    assert reader.feed(head, at_s=0) == []
    assert reader.awaits_continue
    reader.continue_sent()
    assert not reader.awaits_continue
    assert len(reader.feed(b"ok", at_s=0)) == 1


def test_a_client_that_sends_the_body_at_once_does_not_wait() -> None:
    reader = RequestReader()
    reader.feed(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\no", at_s=0)
    assert not reader.awaits_continue


def test_an_offer_of_another_protocol_is_ignored() -> None:
    offer = b"Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"
    seen = requests(
        b"GET /1 HTTP/1.1\r\n" + offer + b"\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /3 HTTP/1.1\r\nContent-Length: 2\r\n" + offer + b"\r\nokGET /4 HTTP/1.1\r\nHost: x\r\n\r\n",
    )
    assert [(request.path, request.body) for request in seen] == [
        ("/1", b""),
        ("/2", b""),
        ("/3", b"ok"),
        ("/4", b""),
    ]


def test_a_gzip_body_arrives_unzipped() -> None:
    body = gzip.compress(b"hello")
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    assert requests(head.encode() + body)[0].body == b"hello"
    assert refusal(head.encode() + b"!" * len(body)).status == 400
    assert refusal(head.replace(str(len(body)), "9").encode() + body[:9]).status == 400


def test_a_gzip_bomb_is_not_inflated() -> None:
    bomb = gzip.compress(bytes(1_000_000))
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    assert refusal(head.encode() + bomb, limits=Limits(body_bytes=10_000)).status == 413


def test_gzip_members_are_joined() -> None:
    assert gunzip(gzip.compress(b"ab") + gzip.compress(b"cd"), limit_bytes=4) == b"abcd"
    with pytest.raises(OverflowError):
        gunzip(gzip.compress(b"ab") + gzip.compress(b"cde"), limit_bytes=4)


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"hello\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx", 415),
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        (b"GET /\r\n\r\n", 505),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + b"x" * 101, 413),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 200 + b"\r\n\r\n", 431),
        (b"GET /" + b"x" * 200 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    ],
)
def test_what_is_no_request_or_too_much_is_refused(octets: bytes, status: int) -> None:
    assert refusal(octets, limits=Limits(body_bytes=100, head_bytes=200)).status == status


@pytest.mark.parametrize(
    ("octets", "says"),
    [(b"\x16\x03\x01\x02\x00\x01", "begins with http://"), (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1")],
)
def test_another_protocol_is_named(octets: bytes, says: str) -> None:
    assert says in refusal(octets).message


@pytest.mark.parametrize("coding", ["identity", "utf-8", "aws-chunked", ""])
def test_a_body_that_is_not_compressed_is_taken_as_it_is(coding: str) -> None:
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: {coding}\r\nContent-Length: 1\r\n\r\n"
    (asked,) = requests(head.encode() + b"x")
    assert asked.body == b"x"


def test_a_head_without_end_is_refused() -> None:
    pieces = [b"GET / HTTP/1.1\r\nHost: x\r\nX: ", *[b"x" * 50] * 10]
    assert refusal(*pieces, limits=Limits(head_bytes=200)).status == 431


def test_a_body_in_many_pieces_does_not_count_as_head() -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    small = Limits(head_bytes=100)
    events = read(head, *[b"x" * 100] * 10, head, *[b"x" * 100] * 10, limits=small)
    assert [type(event) for event in events] == [Received, Received]


def test_a_refusal_tells_what_was_understood() -> None:
    refused = refusal(b"POST /big HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n", limits=Limits(100))
    assert refused.request is not None
    assert (refused.request.method, refused.request.path) == ("POST", "/big")
    assert refused.message == "the body is longer than 100 bytes"


def test_a_target_may_be_absolute() -> None:
    assert split_target("http://api.example/v1/x?y=1") == ("/v1/x", "y=1")
    assert split_target("http://api.example") == ("/", "")
    assert split_target("/redirect?to=http://api.example/") == ("/redirect", "to=http://api.example/")
    assert split_target("http://api.example?y=1") == ("/", "y=1")
    assert split_target("http://[::1/x") == ("/x", "")
    assert split_target("*") == ("*", "")


def test_an_answer_is_framed() -> None:
    response = Response(200, (("content-type", "text/plain"),), b"hello")
    assert render(response, date=DATE) == (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"
        b"date: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-length: 5\r\n\r\nhello"
    )


def test_the_answer_to_head_tells_the_length_and_sends_no_body() -> None:
    rendered = render(Response(200, (), b"hello"), date=DATE, head=True)
    assert rendered.endswith(b"content-length: 5\r\n\r\n")


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_body(status: int) -> None:
    rendered = render(Response(status, (), b"ignored"), date=DATE)
    assert b"content-length" not in rendered
    assert rendered.endswith(b"\r\n\r\n")


def test_the_connection_header_is_there_when_needed() -> None:
    assert b"connection" not in render(Response(200), date=DATE)
    assert b"connection: close\r\n" in render(Response(200), date=DATE, keep_alive=False)
    assert b"connection: keep-alive\r\n" in render(Response(200), date=DATE, http10=True)


def test_headers_of_the_answer_itself_stand() -> None:
    rendered = render(Response(200, (("date", "x"), ("content-length", "99")), b"hello"), date=DATE)
    assert rendered == b"HTTP/1.1 200 OK\r\ndate: x\r\ncontent-length: 99\r\n\r\nhello"


def test_a_header_value_cannot_begin_another_header() -> None:
    rendered = render(Response(200, (("x", "a\r\nset-cookie: b"), ("y", "naïve ☃"))), date=DATE)
    assert b"x: a  set-cookie: b\r\n" in rendered
    assert "y: naïve ☃\r\n".encode() in rendered


def test_a_status_without_a_name_is_sent() -> None:
    assert render(Response(599), date=DATE).startswith(b"HTTP/1.1 599 \r\n")


def test_the_status_sent_is_that_of_a_whole_status_line() -> None:
    assert status_sent(b"HTTP/1.1 503 Service Unavailable\r\ndate") == 503
    assert status_sent(b"HTTP/1.1 503 Service Unav") is None
    assert status_sent(b"") is None
    assert status_sent(b"<html>\r\n") is None


HEAD = b"POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"


@pytest.mark.parametrize("octets", [b"", HEAD + b"body", HEAD + b"body" + HEAD + b"body", b"\r\n", b"GET\0"])
def test_bytes_that_end_between_two_requests_abandon_none(octets: bytes) -> None:
    reader = RequestReader()
    reader.feed(octets, at_s=1.0)
    assert reader.abandoned() is None


@pytest.mark.parametrize("before", [b"", HEAD + b"body"])
@pytest.mark.parametrize("length", range(1, len(HEAD)))
def test_a_head_that_breaks_off_is_abandoned_and_says_nothing(before: bytes, length: int) -> None:
    reader = RequestReader()
    reader.feed(before, at_s=1.0)
    reader.feed(HEAD[:length], at_s=2.0)
    assert reader.abandoned() == Abandoned(None, 2.0)


@pytest.mark.parametrize("body", [b"", b"b", b"bod"])
def test_a_body_that_breaks_off_is_abandoned_with_its_head(body: bytes) -> None:
    reader = RequestReader()
    reader.feed(HEAD, at_s=1.0)
    reader.feed(body, at_s=2.0)
    abandoned = reader.abandoned()
    assert abandoned is not None
    assert abandoned.request is not None
    assert (abandoned.request.method, abandoned.request.path, abandoned.request.query) == (
        "POST",
        "/a",
        "b=c",
    )
    assert (abandoned.request.body, abandoned.at_s) == (body, 1.0)


@pytest.mark.parametrize("method", sorted(WIRE_METHODS - {"CONNECT"}))
def test_methods_of_the_wire_are_read(method: str) -> None:
    (request,) = requests(f"{method} /a HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert request.method == method


@pytest.mark.parametrize("method", ["FROB", "TELL-ALL", "get"])
def test_other_methods_are_not(method: str) -> None:
    assert method not in WIRE_METHODS
    refused = refusal(f"{method} /a?b HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert refused.status == 501
    assert f"the method {method!r} is not known here" in refused.message
    assert ("methods are upper case: GET" in refused.message) == (method == "get")
    assert refused.request is not None
    assert (refused.request.method, refused.request.path) == (method, "/a")
