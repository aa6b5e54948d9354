"""Clients that reach a lane, a real host or nobody by the proxy, byte for byte."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec
import pytest

from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.contract.hosts import ANY_PORT, Hosts, hosts_of
from harness.contract.provider import Card, Provider
from harness.errors import UsageError
from harness.faults.plan import build_plan
from harness.server.lane import Lane
from harness.server.lanes import Lanes
from harness.server.proxy import Nobody, Proxy
from harness.server.routes import NAMELESS, Routes
from harness.server.tls import Authority
from tests.server.shop import shop
from tests.server.talk import PATIENCE_S, Talk, get, soon, talk_to

pytestmark = pytest.mark.anyio

HOST = "api.shop.example"
HOSTS = hosts_of([f"https://{HOST}/v1", "https://{tenant}.shop.example"])
CONNECT = f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode()
KEY = "Authorization: Bearer sk_x"


class Stage:
    """A lane behind a proxy, and the CA that its clients trust."""

    def __init__(self, lane: Lane, proxy: Proxy, routes: Routes, authority: Authority) -> None:
        self.lane, self.proxy, self.routes = lane, proxy, routes
        self.trusting = ssl.create_default_context(cadata=authority.pem.decode())

    @asynccontextmanager
    async def tunnel(
        self, host: str = HOST, *, trusting: ssl.SSLContext | None = None
    ) -> AsyncIterator[Talk]:
        """A client that speaks TLS with the host through the proxy."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy.port)
        try:
            writer.write(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
            assert b" 200 " in head
            await writer.start_tls(trusting or self.trusting, server_hostname=host)
            yield Talk(reader, writer)
        finally:
            writer.close()

    @asynccontextmanager
    async def led_here(self, host: str = HOST) -> AsyncIterator[Talk]:
        """A client that knows of no proxy, and takes it for the host."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.proxy.port, ssl=self.trusting, server_hostname=host
        )
        try:
            yield Talk(reader, writer)
        finally:
            writer.close()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    lanes = Lanes()
    authority = lanes.authority
    lane = await lanes.open(shop(), vouched=True)
    routes = Routes([(lane, HOSTS)], allowed=["real.example", "*.allowed.example:8443"])
    proxy = Proxy(routes, authority)
    proxy.start()
    try:
        yield Stage(lane, proxy, routes, authority)
    finally:
        await proxy.close()
        await lanes.close_all()


def plan(stage: Stage, *rules: dict[str, object]) -> None:
    stage.lane.set_plan(build_plan(list(rules), name="test", path="test"))


async def test_a_tunnel_leads_to_the_lane_and_stays_open(stage: Stage) -> None:
    async with stage.tunnel() as talk:
        for _ in range(3):
            talk.say(get("/ping", KEY))
            status, _, body = await talk.hear()
            assert (status, body) == (b"HTTP/1.1 200 OK", b'{"pong":true}')
    assert [(e.operation, e.connection) for e in stage.lane.journal] == [("Ping", 1)] * 3


async def test_a_client_that_knows_of_no_proxy_is_served_by_the_name_in_its_handshake(stage: Stage) -> None:
    async with stage.led_here("eu.shop.example") as talk:
        talk.say(get("/ping", KEY))
        assert (await talk.hear())[0] == b"HTTP/1.1 200 OK"


async def test_links_lead_back_by_the_way_that_was_asked(stage: Stage) -> None:
    lanes = Lanes()
    lane = await lanes.open(linking(), vouched=True)
    proxy = Proxy(Routes([(lane, HOSTS)]), lanes.authority)
    proxy.start()
    behind = Stage(lane, proxy, stage.routes, lanes.authority)
    try:
        async with behind.tunnel() as talk:
            talk.say(get("/link"))
            assert (await talk.hear())[2] == b'{"url":"https://x/items/1"}'
        async with talk_to(proxy.port) as talk:
            talk.say(f"GET https://{HOST}/link HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
            assert (await talk.hear())[2] == f'{{"url":"https://{HOST}/items/1"}}'.encode()
        async with talk_to(lane.port) as talk:
            talk.say(get("/link"))
            assert (await talk.hear())[2] == b'{"url":"http://x/items/1"}'
    finally:
        await proxy.close()
        await lanes.close_all()


async def test_a_whole_url_is_served_and_its_connection_is_not_kept(stage: Stage) -> None:
    async with talk_to(stage.proxy.port) as talk:
        talk.say(f"GET http://{HOST}/ping HTTP/1.1\r\nHost: {HOST}\r\n{KEY}\r\n\r\n".encode())
        status, headers, _ = await talk.hear()
        assert status == b"HTTP/1.1 200 OK"
        assert headers["connection"] == "close"
        assert await talk.hear_all() == b""


async def test_a_body_that_comes_after_the_head_is_read_too(stage: Stage) -> None:
    async with talk_to(stage.proxy.port) as talk:
        fields = f"Host: {HOST}\r\n{KEY}\r\nContent-Type: application/json\r\nContent-Length: 14"
        talk.say(f"POST http://{HOST}/items HTTP/1.1\r\n{fields}\r\n\r\n".encode())
        await asyncio.sleep(0.02)
        talk.say(b'{"name": "pen"}'[:14])
        assert (await talk.hear())[0].startswith(b"HTTP/1.1 400")  # it is a byte short of JSON
    assert [exchange.request_body for exchange in stage.lane.journal] == [b'{"name": "pen"']


async def test_a_tunnel_may_carry_plain_http(stage: Stage) -> None:
    async with talk_to(stage.proxy.port) as talk:
        talk.say(f"CONNECT {HOST}:80 HTTP/1.1\r\n\r\n".encode())
        assert b" 200 " in await talk.hear_head()
        talk.say(get("/ping", KEY))
        assert (await talk.hear())[0] == b"HTTP/1.1 200 OK"


async def test_a_reset_is_a_reset_and_a_cut_answer_a_cut_answer(stage: Stage) -> None:
    plan(stage, {"fault": "connection.reset_before_answer", "nth": 1}, {"fault": "body.truncated"})
    async with stage.tunnel() as talk:
        talk.say(get("/ping", KEY))
        with pytest.raises(ConnectionResetError):
            await talk.hear_all()
    async with stage.tunnel() as talk:
        talk.say(get("/ping", KEY))
        answer = await talk.hear_all()
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert not answer.endswith(b'{"pong":true}')
    assert [exchange.outcome for exchange in stage.lane.journal] == ["reset", "closed"]


async def test_while_nobody_listens_the_tunnel_is_reset_and_the_attempt_is_seen(stage: Stage) -> None:
    plan(stage, {"fault": "connection.refused"})
    async with talk_to(stage.proxy.port) as talk:
        talk.say(CONNECT)
        with pytest.raises(ConnectionResetError):
            await talk.hear_all()
    await soon(lambda: len(stage.lane.journal) == 1)
    assert [(e.stage, e.outcome) for e in stage.lane.journal] == [("connect", "reset")]


async def test_a_host_of_nobody_is_refused_by_name(stage: Stage) -> None:
    async with talk_to(stage.proxy.port) as talk:
        talk.say(b"CONNECT telemetry.example:443 HTTP/1.1\r\n\r\n")
        status, _, body = await talk.hear()
        assert status == b"HTTP/1.1 403 Forbidden"
        assert body == b"no provider claims telemetry.example; --allow telemetry.example lets it through\n"
    with pytest.raises((ConnectionError, ssl.SSLError)):
        async with stage.led_here("telemetry.example"):
            pass
    assert stage.routes.refused == {"telemetry.example:443": 2}
    assert len(stage.lane.journal) == 0


async def test_a_client_that_does_not_trust_us_is_counted(stage: Stage) -> None:
    with pytest.raises(ssl.SSLError):
        async with stage.tunnel(trusting=ssl.create_default_context()):
            pass
    await soon(lambda: stage.proxy.broken_off == {HOST: 1})


async def test_what_makes_no_sense_is_told_so(stage: Stage) -> None:
    async with talk_to(stage.proxy.port) as talk:
        talk.say(b"HELO there\r\n\r\n")
        status, _, body = await talk.hear()
        assert status == b"HTTP/1.1 400 Bad Request"
        assert b"no HTTP request" in body


async def test_an_opening_in_pieces_is_waited_for(stage: Stage) -> None:
    async with talk_to(stage.proxy.port) as talk:
        for piece in (CONNECT[:10], CONNECT[10:40], CONNECT[40:]):
            talk.say(piece)
            await asyncio.sleep(0.01)
        assert b" 200 " in await talk.hear_head()


async def test_this_machine_is_let_through_in_a_tunnel_and_by_whole_urls(stage: Stage) -> None:
    near = stage.lane.url.removeprefix("http://")
    async with talk_to(stage.proxy.port) as talk:
        talk.say(f"CONNECT {near} HTTP/1.1\r\n\r\n".encode())
        assert b" 200 " in await talk.hear_head()
        talk.say(get("/ping", KEY))
        assert (await talk.hear())[0] == b"HTTP/1.1 200 OK"
    async with talk_to(stage.proxy.port) as talk:
        talk.say(f"GET http://{near}/ping HTTP/1.1\r\nHost: {near}\r\n{KEY}\r\n\r\n".encode())
        assert (await talk.hear())[0] == b"HTTP/1.1 200 OK"
    assert [exchange.path for exchange in stage.lane.journal] == ["/ping", "/ping"]


async def test_a_real_host_that_cannot_be_reached_is_a_bad_gateway(stage: Stage) -> None:
    async with talk_to(stage.proxy.port) as talk:
        talk.say(b"CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n")
        status, _, body = await talk.hear()
        assert status == b"HTTP/1.1 502 Bad Gateway"
        assert b"127.0.0.1:1 cannot be reached" in body


async def test_allowed_hosts_are_let_through_and_nothing_else(stage: Stage) -> None:
    reached = [
        type(stage.routes(host, port)).__name__
        for host, port in (
            ("real.example", 443),
            ("real.example", 22),
            ("www.allowed.example", 8443),
            ("www.allowed.example", 443),
            ("other.example", 443),
            (HOST, 443),
        )
    ]
    assert reached == ["Through", "Through", "Through", "Nobody", "Nobody", "Played"]


async def test_the_surest_claim_wins_and_two_of_one_host_are_a_mistake() -> None:
    lanes = Lanes()
    try:
        wide, narrow = await lanes.open(named("wide")), await lanes.open(named("narrow"))
        every, one = hosts_of(["https://{any}.example.com"]), hosts_of(["https://api.example.com"])
        routes = Routes([(wide, every), (narrow, one)])
        assert routes.claimant("api.example.com", 443) is narrow
        assert routes.claimant("www.example.com", 443) is wide
        assert routes.claimant("www.example.org", 443) is None
        with pytest.raises(UsageError, match=r"wide and narrow both claim api\.example\.com"):
            Routes([(wide, one), (narrow, one)])
        assert Routes([(wide, Hosts())]).claimant("", 443) is None
    finally:
        await lanes.close_all()


async def test_who_does_not_say_the_port_is_known_by_the_name() -> None:
    lanes = Lanes()
    try:
        usual, odd = await lanes.open(named("usual")), await lanes.open(named("odd"))
        at = [
            hosts_of(["https://a.example.com"]),
            hosts_of(["https://a.example.com:8443", "https://b.example.com:8443"]),
        ]
        routes = Routes(zip([usual, odd], at, strict=True))
        assert routes.claimant("a.example.com", ANY_PORT) is usual
        assert routes.claimant("b.example.com", ANY_PORT) is odd
        assert routes.claimant("b.example.com", 443) is None
        assert routes("", ANY_PORT) == Nobody(NAMELESS)
        assert routes.refused == {"": 1}
    finally:
        await lanes.close_all()


async def test_nothing_is_left_when_the_proxy_is_closed(stage: Stage) -> None:
    async with talk_to(stage.proxy.port) as talk:
        talk.say(CONNECT[:10])
        await asyncio.sleep(0.02)
        await stage.proxy.close()
        with suppress(ConnectionResetError):
            assert await talk.hear_all() == b""


def named(name: str) -> Provider:
    provider = shop()
    provider.card = msgspec.structs.replace(provider.card, name=name)
    return provider


def linking() -> Provider:
    """A provider whose only answer has a link to the provider itself."""
    example = {"url": f"https://{HOST}/items/1"}
    answer = {"description": "ok", "content": {"application/json": {"schema": {}, "example": example}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": f"https://{HOST}"}],
        "paths": {"/link": {"get": {"responses": {"200": answer}}}},
    }
    card = Card(name="linking", title="Linking", kind="links", docs="", document="")
    return Provider(card, Contract(parse(json.dumps(document).encode(), name="t")))


async def test_a_spoiled_handshake_is_spoiled_by_the_proxy_too(stage: Stage) -> None:
    plan(stage, {"fault": "tls.expired"})
    with pytest.raises(ssl.SSLCertVerificationError):
        async with stage.tunnel():
            pass
    careless = ssl.create_default_context()
    careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
    async with stage.tunnel(trusting=careless) as talk:
        talk.say(get("/ping", KEY))
        assert (await talk.hear())[0] == b"HTTP/1.1 200 OK"
    assert [(e.stage, e.outcome, e.connection) for e in stage.lane.journal] == [
        ("handshake", "gone", 1),
        ("handshake", "sent", 2),
        ("request", "sent", 2),
    ]
    assert not stage.proxy.broken_off
