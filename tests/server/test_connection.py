"""What a connection does to a socket: requests in order, and each step of a delivery as the client sees it."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
from collections.abc import AsyncIterator

import msgspec
import pytest

from harness.model.clock import Clock
from harness.model.delivery import Close, Delivery, Hold, Reset, Wait, Write
from harness.model.exchange import Exchange, Outcome
from harness.model.message import Response
from harness.protocols.http1 import Abandoned, Limits, Malformed, Received, render
from harness.server.clock import SystemClock
from harness.server.connection import Connection, Played
from harness.server.listener import Listener
from tests.server.talk import Talk, get, post, soon, talk_to

pytestmark = pytest.mark.anyio

PARTIAL = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello"


class Echo:
    """A host that answers with what was asked, or plays the delivery that a path is given."""

    def __init__(self) -> None:
        self.clock: Clock = SystemClock()
        self.limits = Limits(body_bytes=4_000_000, head_bytes=16_384)
        self.deliveries: dict[str, Delivery] = {}
        self.greeting: Delivery | None = None
        self.exchanges: dict[int, Exchange] = {}
        self.connections: list[Connection] = []
        self.unheard: list[Abandoned] = []
        self.left = 0

    def connected(self, connection: Connection) -> int:
        self.connections.append(connection)
        return len(self.connections)

    def disconnected(self, connection: Connection) -> None:
        self.left += 1

    def accept(self, connection: int) -> Played | None:
        if self.greeting is None:
            return None
        return Played(self.greeting, self._enter(Exchange(0, connection, 0.0, stage="accept")))

    def again(self, octets: bytes, connection: int) -> bytes | Played | None:
        return None

    def handle(self, received: Received, connection: int, octets: bytes = b"") -> Played:
        request = received.request
        text = f"{request.method} {request.target} ".encode() + request.body
        head = request.method == "HEAD"
        octets = render(
            Response(200, (), text),
            date="now",
            head=head,
            keep_alive=received.keep_alive,
            http10=received.http10,
        )
        exchange = self._enter(Exchange(0, connection, received.at_s, path=request.path))
        delivery = self.deliveries.get(request.path, (Write(octets),))
        return Played(delivery, exchange, received.keep_alive)

    def refuse(self, malformed: Malformed, connection: int) -> Played:
        octets = render(
            Response(malformed.status, (), malformed.message.encode()), date="now", keep_alive=False
        )
        exchange = self._enter(Exchange(0, connection, malformed.at_s))
        return Played((Write(octets),), exchange, keep_alive=False, linger=True)

    def ended(self, exchange: Exchange, *, outcome: Outcome, ended_s: float, status: int | None) -> None:
        assert self.exchanges[exchange.number].outcome == "open", "a delivery ends once"
        self.exchanges[exchange.number] = msgspec.structs.replace(
            exchange, outcome=outcome, ended_s=ended_s, status=status
        )

    def abandoned(self, abandoned: Abandoned, connection: int) -> None:
        self.unheard.append(abandoned)

    def ending(self, number: int = 1) -> tuple[Outcome, int | None]:
        exchange = self.exchanges[number]
        return exchange.outcome, exchange.status

    def _enter(self, exchange: Exchange) -> Exchange:
        exchange = msgspec.structs.replace(exchange, number=len(self.exchanges) + 1)
        self.exchanges[exchange.number] = exchange
        return exchange


@pytest.fixture
async def host() -> Echo:
    return Echo()


@pytest.fixture
async def port(host: Echo) -> AsyncIterator[int]:
    listener = Listener(lambda: Connection(host), host="127.0.0.1", port=0)
    listener.open()
    yield listener.port
    listener.close()
    for connection in host.connections:
        connection.abort("closed")


@pytest.fixture
async def talk(port: int) -> AsyncIterator[Talk]:
    async with talk_to(port) as talk:
        yield talk


# Requests.


async def test_small_pieces_are_sent_at_once(talk: Talk, host: Echo) -> None:
    talk.say(get("/"))
    await talk.hear()
    assert host.connections[0].its_socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_connection_serves_one_request_after_another(talk: Talk, host: Echo) -> None:
    for number in range(3):
        talk.say(get(f"/{number}"))
        assert (await talk.hear())[2] == f"GET /{number} ".encode()
    assert len(host.connections) == 1
    assert host.ending(3) == ("sent", 200)


async def test_pipelined_requests_are_answered_in_order(talk: Talk, host: Echo) -> None:
    host.deliveries["/slow"] = (Wait(0.05), Write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nslow"))
    talk.say(get("/slow") + post("/fast", b"body") + get("/last"))
    assert [(await talk.hear())[2] for _ in range(3)] == [b"slow", b"POST /fast body", b"GET /last "]


async def test_a_thousand_pipelined_requests_are_answered_in_order(talk: Talk) -> None:
    talk.say(b"".join(get(f"/{number}") for number in range(1000)))
    for number in range(1000):
        assert (await talk.hear())[2] == f"GET /{number} ".encode()


async def test_requests_in_single_bytes_are_understood(talk: Talk) -> None:
    for octet in post("/x?y=1", b"hello"):
        talk.say(bytes([octet]))
        await asyncio.sleep(0)
    assert (await talk.hear())[2] == b"POST /x?y=1 hello"


async def test_requests_cut_at_every_byte_are_understood(port: int) -> None:
    octets = post("/x", b"hello", "Expect: nothing")

    async def halves(cut: int) -> bytes:
        async with talk_to(port) as talk:
            talk.say(octets[:cut])
            await asyncio.sleep(0.005)
            talk.say(octets[cut:])
            return (await talk.hear())[2]

    answers = await asyncio.gather(*(halves(cut) for cut in range(1, len(octets))))
    assert set(answers) == {b"POST /x hello"}


async def test_a_client_that_awaits_100_continue_gets_it(talk: Talk) -> None:
    talk.say(b"POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    assert await talk.hear_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
    talk.say(b"hello")
    assert (await talk.hear())[2] == b"POST /x hello"


async def test_100_continue_waits_for_its_turn(talk: Talk, host: Echo) -> None:
    host.deliveries["/slow"] = (Wait(0.05), Write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nslow"))
    expecting = b"POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    talk.say(get("/slow") + expecting)
    assert (await talk.hear())[2] == b"slow"
    assert await talk.hear_head() == b"HTTP/1.1 100 Continue\r\n\r\n"


async def test_a_chunked_body_arrives_whole(talk: Talk) -> None:
    talk.say(b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    for piece in (b"5\r\nhello\r\n", b"1;n=1\r\n!\r\n", b"0\r\n\r\n"):
        talk.say(piece)
        await asyncio.sleep(0.005)
    assert (await talk.hear())[2] == b"POST /x hello!"


async def test_a_gzip_body_arrives_unzipped(talk: Talk) -> None:
    talk.say(post("/x", gzip.compress(b"hello"), "Content-Encoding: gzip"))
    assert (await talk.hear())[2] == b"POST /x hello"


async def test_head_gets_the_headers_of_get(talk: Talk) -> None:
    talk.say(b"HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n" + get("/y"))
    assert await talk.hear_head() == b"HTTP/1.1 200 OK\r\ndate: now\r\ncontent-length: 8\r\n\r\n"
    assert (await talk.hear())[2] == b"GET /y "


async def test_a_large_body_comes_and_goes(talk: Talk) -> None:
    body = bytes(range(256)) * 8192
    talk.say(post("/x", body))
    assert (await talk.hear())[2] == b"POST /x " + body


async def test_http_1_0_ends_after_an_answer_unless_asked_to_go_on(port: int) -> None:
    async with talk_to(port) as talk:
        talk.say(b"GET / HTTP/1.0\r\n\r\n")
        assert b"connection: close\r\n" in await talk.hear_all()
    async with talk_to(port) as talk:
        for _ in range(2):
            talk.say(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert (await talk.hear())[1]["connection"] == "keep-alive"


async def test_a_client_that_wants_no_more_sees_the_end(talk: Talk, host: Echo) -> None:
    talk.say(get("/", "Connection: close"))
    assert (await talk.hear_all()).endswith(b"GET / ")
    assert host.ending() == ("sent", 200)


async def test_a_client_may_end_its_side_after_asking(talk: Talk) -> None:
    talk.say(get("/x"))
    talk.stop_saying()
    assert (await talk.hear_all()).endswith(b"GET /x ")


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"hello\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (post("/", b"not gzip", "Content-Encoding: gzip"), b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", b"431"),
    ],
)
async def test_what_is_no_request_is_told_so_and_hung_up_on(
    talk: Talk, host: Echo, octets: bytes, status: bytes
) -> None:
    talk.say(octets)
    answer = await talk.hear_all()
    assert answer.split(b" ")[1] == status
    assert b"connection: close\r\n" in answer
    assert host.ending() == ("sent", int(status))


async def test_a_body_that_is_too_large_is_refused_before_it_comes(talk: Talk) -> None:
    talk.say(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4000001\r\n\r\n")
    assert (await talk.hear_all()).startswith(b"HTTP/1.1 413 ")


async def test_a_client_that_goes_on_sending_still_hears_the_refusal(talk: Talk) -> None:
    talk.say(post("/", bytes(5_000_000)))
    assert (await talk.hear_all()).startswith(b"HTTP/1.1 413 ")


async def test_what_came_before_nonsense_is_answered(talk: Talk) -> None:
    talk.say(get("/x") + b"nonsense\r\n\r\n")
    answer = await talk.hear_all()
    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[:3]] == [b"", b"200", b"400"]


async def test_a_client_that_does_not_read_is_not_answered_further(port: int, host: Echo) -> None:
    async with talk_to(port) as talk:
        body = bytes(3_000_000)
        for number in range(20):
            talk.say(post(f"/{number}", body))
        await soon(lambda: len(host.exchanges) > 1)
        await asyncio.sleep(0.05)
        assert len(host.exchanges) < 20
        for _ in range(20):
            assert len((await talk.hear())[2]) > len(body)
        assert len(host.exchanges) == 20


# Deliveries.


async def test_a_wait_is_silence(talk: Talk, host: Echo) -> None:
    host.deliveries["/"] = (Wait(0.1), Write(PARTIAL + b"world"))
    began_s = time.monotonic()
    talk.say(get("/"))
    assert await talk.hears_nothing()
    assert (await talk.hear())[2] == b"helloworld"
    assert time.monotonic() - began_s >= 0.099  # uvloop counts in whole milliseconds
    assert host.ending() == ("sent", 200)


async def test_dribbled_bytes_come_one_by_one(talk: Talk, host: Echo) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    host.deliveries["/"] = tuple(step for octet in answer for step in (Write(bytes([octet])), Wait(0.002)))
    talk.say(get("/"))
    pieces: list[bytes] = []
    while b"".join(pieces) != answer:
        pieces.append(await talk.hear_some())
    assert len(pieces) > 5
    await soon(lambda: host.ending() == ("sent", 200))
    talk.say(get("/next"))
    assert (await talk.hear())[2] == b"GET /next "


async def test_close_is_an_end_in_order(talk: Talk, host: Echo) -> None:
    host.deliveries["/"] = (Write(PARTIAL), Close())
    talk.say(get("/"))
    assert await talk.hear_all() == PARTIAL
    assert host.ending() == ("closed", 200)


async def test_close_without_an_answer_has_no_status(talk: Talk, host: Echo) -> None:
    host.deliveries["/"] = (Close(),)
    talk.say(get("/"))
    assert await talk.hear_all() == b""
    assert host.ending() == ("closed", None)


async def test_reset_is_an_rst(talk: Talk, host: Echo) -> None:
    host.deliveries["/"] = (Reset(),)
    talk.say(get("/"))
    with pytest.raises(ConnectionResetError):
        await talk.hear_all()
    assert host.ending() == ("reset", None)


async def test_reset_in_an_answer_comes_after_its_first_bytes(talk: Talk, host: Echo) -> None:
    host.deliveries["/"] = (Write(PARTIAL), Wait(0.05), Reset())
    talk.say(get("/"))
    assert await talk.hear_some() == PARTIAL
    with pytest.raises(ConnectionResetError):
        await talk.hear_all()
    assert host.ending() == ("reset", 200)


async def test_hold_lasts_until_the_client_closes(talk: Talk, host: Echo) -> None:
    host.deliveries["/"] = (Hold(),)
    talk.say(get("/"))
    assert await talk.hears_nothing()
    assert host.ending() == ("open", None)
    left_s = time.monotonic()
    talk.leave()
    await soon(lambda: host.ending() == ("gone", None))
    ended_s = host.exchanges[1].ended_s
    assert ended_s is not None
    assert 0 <= ended_s - left_s < 1
    await soon(lambda: host.left == 1)


async def test_a_client_that_slams_the_door_is_gone_too(talk: Talk, host: Echo) -> None:
    host.deliveries["/"] = (Write(PARTIAL), Hold())
    talk.say(get("/"))
    await talk.hear_head()
    talk.slam()
    await soon(lambda: host.ending() == ("gone", 200))


async def test_a_delivery_stops_when_the_client_has_gone(talk: Talk, host: Echo) -> None:
    host.deliveries["/"] = (Wait(0.05), Write(PARTIAL), Wait(60))
    talk.say(get("/"))
    await soon(lambda: 1 in host.exchanges)
    talk.leave()
    await soon(lambda: host.ending() == ("gone", None))
    await asyncio.sleep(0.06)
    assert host.ending() == ("gone", None)


async def test_a_request_that_is_not_sent_to_its_end_is_abandoned(talk: Talk, host: Echo) -> None:
    talk.say(post("/a", b"whole")[:-2])
    await asyncio.sleep(0)
    talk.leave()
    await soon(lambda: len(host.unheard) == 1)
    (abandoned,) = host.unheard
    assert abandoned.request is not None
    assert (abandoned.request.path, abandoned.request.body) == ("/a", b"who")
    await soon(lambda: host.left == 1)
    assert len(host.unheard) == 1, "told once"


async def test_a_request_whose_turn_never_came_is_abandoned(talk: Talk, host: Echo) -> None:
    host.deliveries["/held"] = (Hold(),)
    talk.say(get("/held") + get("/behind") + get("/broken-off")[:20])
    await soon(lambda: 1 in host.exchanges)
    talk.slam()
    await soon(lambda: host.left == 1)
    assert host.ending() == ("gone", None)
    behind, broken_off = host.unheard
    assert behind.request is not None
    assert behind.request.path == "/behind"
    assert behind.received_s is not None
    assert (broken_off.request, broken_off.received_s) == (None, None)


async def test_nothing_is_answered_that_nobody_can_hear(
    talk: Talk, host: Echo, caplog: pytest.LogCaptureFixture
) -> None:
    host.deliveries["/slow"] = (Wait(0.05), Write(PARTIAL))
    talk.say(get("/slow") + get("/behind") * 500)
    await soon(lambda: 1 in host.exchanges)
    talk.slam()
    await soon(lambda: host.left == 1)
    assert len(host.exchanges) + len(host.unheard) == 501
    assert "socket.send() raised exception" not in caplog.text


async def test_nothing_is_abandoned_by_a_client_that_was_turned_away(talk: Talk, host: Echo) -> None:
    talk.say(b"nonsense\r\n\r\n" + get("/")[:10])
    assert await talk.hear_all()
    talk.leave()
    await soon(lambda: host.left == 1)
    assert host.unheard == []


async def test_a_status_line_cut_in_the_middle_is_no_status(talk: Talk, host: Echo) -> None:
    host.deliveries["/"] = (Write(b"HTTP/1.1 20"), Close())
    talk.say(get("/"))
    assert await talk.hear_all() == b"HTTP/1.1 20"
    assert host.ending() == ("closed", None)


async def test_a_new_connection_may_be_reset_before_it_asks(host: Echo, port: int) -> None:
    host.greeting = (Reset(),)
    async with talk_to(port) as talk:
        with pytest.raises(ConnectionResetError):
            await talk.hear_all()
    assert host.ending() == ("reset", None)


async def test_a_new_connection_may_be_kept_waiting(host: Echo, port: int) -> None:
    host.greeting = (Wait(0.1),)
    async with talk_to(port) as talk:
        talk.say(get("/x"))
        assert await talk.hears_nothing()
        assert (await talk.hear())[2] == b"GET /x "


async def test_an_abort_ends_what_is_going_on(talk: Talk, host: Echo) -> None:
    host.deliveries["/"] = (Hold(),)
    talk.say(get("/"))
    await soon(lambda: 1 in host.exchanges)
    host.connections[0].abort("reset", reset=True)
    with pytest.raises(ConnectionResetError):
        await talk.hear_all()
    assert host.ending() == ("reset", None)
