"""Lanes that speak TLS, and those that cannot show who they are."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from harness.faults.plan import build_plan
from harness.faults.registry import FAULTS
from harness.server.flaws import FLAWS
from harness.server.lane import Lane
from harness.server.lanes import Lanes
from harness.server.tls import Authority
from tests.server.shop import shop
from tests.server.talk import Talk, get, soon
from tests.server.test_proxy import linking

pytestmark = pytest.mark.anyio

PING = get("/ping", "Authorization: Bearer sk_x")
ONE_ONLY = "tls.client_certificate_required"
BY_THE_CLIENT = sorted(set(FLAWS) - {ONE_ONLY, "tls.tls_1_0"})


@pytest.fixture
async def lanes() -> AsyncIterator[Lanes]:
    lanes = Lanes()
    try:
        yield lanes
    finally:
        await lanes.close_all()


def careful(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.pem.decode())


def careless() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version = ssl.TLSVersion.TLSv1
    return context


@asynccontextmanager
async def talk_by_tls(lane: Lane, context: ssl.SSLContext) -> AsyncIterator[Talk]:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", lane.port, ssl=context, server_hostname="127.0.0.1"
    )
    try:
        yield Talk(reader, writer)
    finally:
        writer.close()


def spoil(lane: Lane, fault: str, **rule: object) -> None:
    lane.set_plan(build_plan([{"fault": fault, **rule}], name="test", path="test"))


async def test_a_secure_lane_is_asked_by_https_and_answers_as_any(lanes: Lanes) -> None:
    lane = await lanes.open(shop(), secure=True)
    assert lane.url == f"https://127.0.0.1:{lane.port}"
    assert lane.env["SHOP_BASE_URL"] == lane.url
    async with talk_by_tls(lane, careful(lanes.authority)) as talk:
        for _ in range(3):
            talk.say(PING)
            assert (await talk.hear())[2] == b'{"pong":true}'
    assert [(exchange.stage, exchange.connection) for exchange in lane.journal] == [("request", 1)] * 3


async def test_requests_that_came_before_lead_back_by_https_too(lanes: Lanes) -> None:
    lane = await lanes.open(linking(), secure=True)
    async with talk_by_tls(lane, careful(lanes.authority)) as talk:
        for _ in range(4):
            talk.say(get("/link"))
            assert (await talk.hear())[2] == b'{"url":"https://x/items/1"}'


async def test_plain_http_is_not_spoken_there(lanes: Lanes) -> None:
    lane = await lanes.open(shop(), secure=True)
    reader, writer = await asyncio.open_connection("127.0.0.1", lane.port)
    writer.write(PING)
    try:
        assert not (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP")
    except ConnectionResetError:
        pass
    finally:
        writer.close()
    assert len(lane.journal) == 0


@pytest.mark.parametrize("fault", ["connection.reset_before_answer", "connection.reset_on_accept"])
async def test_a_reset_is_one_through_tls(lanes: Lanes, fault: str) -> None:
    lane = await lanes.open(shop(), secure=True)
    spoil(lane, fault)
    async with talk_by_tls(lane, careful(lanes.authority)) as talk:
        talk.say(PING)
        with pytest.raises(ConnectionResetError):
            await talk.hear_all()
    assert [exchange.outcome for exchange in lane.journal] == ["reset"]


async def test_a_secure_lane_that_refuses_can_be_healed(lanes: Lanes) -> None:
    lane = await lanes.open(shop(), secure=True)
    spoil(lane, "connection.refused")
    with pytest.raises(ConnectionRefusedError):
        async with talk_by_tls(lane, careful(lanes.authority)):
            pass
    lane.heal()
    async with talk_by_tls(lane, careful(lanes.authority)) as talk:
        talk.say(PING)
        assert (await talk.hear())[0] == b"HTTP/1.1 200 OK"


async def test_a_client_in_the_middle_of_its_handshake_does_not_keep_a_lane_open(lanes: Lanes) -> None:
    lane = await lanes.open(shop(), secure=True)
    reader, writer = await asyncio.open_connection("127.0.0.1", lane.port)
    await soon(lambda: bool(lane._door._arrivals))
    await lanes.close_all()
    try:
        assert await asyncio.wait_for(reader.read(), 5) == b""
    except ConnectionResetError:
        pass
    finally:
        writer.close()


@pytest.mark.parametrize("fault", BY_THE_CLIENT)
async def test_a_careful_client_ends_the_handshake_and_a_careless_one_asks(lanes: Lanes, fault: str) -> None:
    lane = await lanes.open(shop(), secure=True)
    spoil(lane, fault)
    with pytest.raises(ssl.SSLCertVerificationError):
        async with talk_by_tls(lane, careful(lanes.authority)):
            pass
    await soon(lambda: len(lane.journal) == 1)
    async with talk_by_tls(lane, careless()) as talk:
        talk.say(PING)
        assert (await talk.hear())[0] == b"HTTP/1.1 200 OK"
    assert [(e.stage, e.fault, e.outcome, e.connection) for e in lane.journal] == [
        ("handshake", fault, "gone", 1),
        ("handshake", fault, "sent", 2),
        ("request", None, "sent", 2),
    ]


async def test_tls_1_0_is_spoken_with_whoever_still_does(lanes: Lanes) -> None:
    lane = await lanes.open(shop(), secure=True)
    spoil(lane, "tls.tls_1_0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        async with talk_by_tls(lane, careful(lanes.authority)):
            pass
    async with talk_by_tls(lane, careless()) as talk:
        talk.say(PING)
        assert (await talk.hear())[0] == b"HTTP/1.1 200 OK"
    assert [e.outcome for e in lane.journal if e.stage == "handshake"] == ["closed", "sent"]


async def test_without_a_certificate_of_its_own_nobody_asks(lanes: Lanes) -> None:
    lane = await lanes.open(shop(), secure=True)
    spoil(lane, ONE_ONLY)
    with suppress(ssl.SSLError, ConnectionError):
        async with talk_by_tls(lane, careful(lanes.authority)) as talk:
            talk.say(PING)
            assert await talk.hear_all() == b""
    await soon(lambda: len(lane.journal) == 1)
    assert [(e.stage, e.outcome) for e in lane.journal] == [("handshake", "closed")]


async def test_a_spoiled_handshake_may_be_the_first_alone(lanes: Lanes) -> None:
    lane = await lanes.open(shop(), secure=True)
    spoil(lane, "tls.expired", nth=1)
    with pytest.raises(ssl.SSLCertVerificationError):
        async with talk_by_tls(lane, careful(lanes.authority)):
            pass
    async with talk_by_tls(lane, careful(lanes.authority)) as talk:
        talk.say(PING)
        assert (await talk.hear())[0] == b"HTTP/1.1 200 OK"


async def test_every_fault_in_tls_is_shown_by_the_server() -> None:
    assert {fault for fault in FAULTS.ids() if FAULTS[fault].facts["stage"] == "handshake"} == set(FLAWS)


async def test_a_host_that_no_certificate_may_name_goes_by_a_wildcard() -> None:
    authority = Authority()
    for host in ("my_bucket.s3.example.com", "bücher.example", "10.0.0.1"):
        assert isinstance(authority.context(host), ssl.SSLContext)
