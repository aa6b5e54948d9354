"""A lane that plays a cassette: recorded answers, faults on top, near misses, and the live provider where told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from harness.cassette.recorded import Cassette, Recorded, request_to
from harness.cassette.replay import Replay
from harness.faults.plan import build_plan
from harness.model.message import Response
from harness.server.lane import Lane
from harness.server.lanes import Lanes
from harness.server.player import MISSED, Live, Player
from tests.server.shop import shop

pytestmark = pytest.mark.anyio

KEY = {"authorization": "Bearer sk_test_any"}


def recorded(method: str, path: str, answer: object, body: object = None, status: int = 200) -> Recorded:
    sent = (("content-type", "application/json"),) if body is not None else ()
    octets = b"" if body is None else json.dumps(body).encode()
    origin, request = request_to(method, f"https://api.shop.example{path}", sent, octets)
    response = Response(
        status, (("content-type", "application/json"), ("x-run", "7")), json.dumps(answer).encode()
    )
    return Recorded(request, response, origin, "OK", "2026-11-21T15:00:00Z")


@asynccontextmanager
async def playing(*exchanges: Recorded, live: Live | None = None) -> AsyncIterator[Lane]:
    provider, lanes = shop(), Lanes()
    player = Player(Replay(Cassette(exchanges), provider.contract), provider, live=live)
    try:
        yield await lanes.open(provider, source=player)
    finally:
        await lanes.close_all()
        if live is not None:
            await live.close()


@asynccontextmanager
async def client_of(lane: Lane) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=lane.url, headers=KEY, trust_env=False) as client:
        yield client


async def test_what_was_recorded_is_answered_in_order_and_journalled() -> None:
    item = [recorded("GET", "/items/it_1", {"id": "it_1", "name": name}) for name in ("new", "done")]
    async with playing(*item) as lane, client_of(lane) as client:
        answers = [await client.get("/items/it_1") for _ in range(3)]
    assert [answer.json()["name"] for answer in answers] == ["new", "done", "done"]
    assert answers[0].headers["x-run"] == "7"
    assert [(e.operation, e.status, e.replayed, e.deviations) for e in lane.journal] == [
        ("GetItem", 200, False, ()),
        ("GetItem", 200, False, ()),
        ("GetItem", 200, True, ()),
    ]


async def test_a_write_has_an_effect_and_its_key_gets_the_same_answer_again() -> None:
    writes = [recorded("POST", "/items", {"id": f"it_{n}", "name": "a"}, {"name": "a"}, 201) for n in (1, 2)]
    async with playing(*writes) as lane, client_of(lane) as client:
        ids = [
            (await client.post("/items", json={"name": "a"}, headers={"idempotency-key": key})).json()["id"]
            for key in ("k1", "k1", "k2")
        ]
    assert ids == ["it_1", "it_1", "it_2"]
    assert next(exchange.effect for exchange in lane.journal) == "CreateItem"


async def test_what_was_never_recorded_is_refused_and_says_what_comes_nearest() -> None:
    async with playing(recorded("GET", "/items/it_1", {})) as lane, client_of(lane) as client:
        answer = await client.get("/items/it_2")
    assert answer.status_code == MISSED
    assert 'path /id is "it_2", recorded was "it_1"' in answer.text.replace('\\"', '"')
    (exchange,) = lane.journal
    assert [(each.keyword, each.where) for each in exchange.deviations] == [("cassette", "operation")]


async def test_faults_strike_and_the_retry_is_owed_the_same_answer() -> None:
    rules = [{"fault": "connection.reset_in_answer", "with": {"keep_ratio": 0.5}, "nth": "1"}]
    plan = build_plan(rules, name="cut", path="cut.yaml")
    item = [recorded("GET", "/items/it_1", {"id": "it_1", "name": name}) for name in ("new", "done")]
    async with playing(*item) as lane, client_of(lane) as client:
        lane.set_plan(plan)
        with pytest.raises(httpx.TransportError):
            await client.get("/items/it_1")
        names = [(await client.get("/items/it_1")).json()["name"] for _ in range(2)]
    assert names == ["new", "done"]


async def test_what_the_cassette_lacks_comes_from_the_live_provider_and_is_kept() -> None:
    lanes = Lanes()
    real = await lanes.open(shop())
    live = Live(real.url)
    known = recorded("GET", "/items/it_1", {"id": "it_1", "name": "known"})
    try:
        async with playing(known, live=live) as lane, client_of(lane) as client:
            assert (await client.get("/items/it_1")).json()["name"] == "known"
            made = (await client.post("/items", json={"name": "fresh"})).json()
            paths = [f"/items/{made['id']}"] * 2
            read = await asyncio.gather(*(client.get(path) for path in paths))
    finally:
        await lanes.close_all()
    assert [answer.json() for answer in read] == [made, made]
    assert [each.request.path for each in live.recorded][:2] == ["/items", paths[0]]
    first = live.recorded[0]
    assert (first.origin, first.response.status, first.request.body) == (real.url, 201, b'{"name":"fresh"}')
    assert first.request.header("host") == real.url.removeprefix("http://")
    assert json.loads(first.response.body) == made
    assert len(lane.journal) == 4


async def test_a_live_provider_that_is_away_is_told() -> None:
    lanes = Lanes()
    away = (await lanes.open(shop())).url
    await lanes.close_all()
    live = Live(away)
    async with playing(live=live) as lane, client_of(lane) as client:
        answer = await client.get("/ping")
    assert answer.status_code == 502
    assert "could not be asked" in answer.text
    assert live.recorded == []


@pytest.mark.parametrize(
    ("base_url", "target", "address"),
    [
        ("https://a.test", "/v1/x?y=1", "https://a.test/v1/x?y=1"),
        ("https://a.test/v1/", "/v1/x", "https://a.test/v1/x"),
        ("https://a.test/v1", "/x", "https://a.test/v1/x"),
        ("https://a.test/v1", "/v10", "https://a.test/v1/v10"),
    ],
)
async def test_a_base_path_is_there_once(base_url: str, target: str, address: str) -> None:
    assert Live(base_url).address(target) == address


async def test_a_client_that_leaves_while_the_live_provider_thinks_does_no_harm() -> None:
    lanes = Lanes()
    slow = await lanes.open(shop())
    slow.set_plan(
        build_plan([{"fault": "timing.late", "with": {"delay_s": 0.2}}], name="slow", path="slow.yaml")
    )
    live = Live(slow.url)
    try:
        async with playing(live=live) as lane:
            async with client_of(lane) as client:
                with pytest.raises(httpx.TimeoutException):
                    await client.get("/ping", timeout=httpx.Timeout(5.0, read=0.05))
            await _until(lambda: len(live.recorded) == 1)
            async with client_of(lane) as client:
                assert (await client.get("/ping")).status_code == 200
    finally:
        await lanes.close_all()


async def _until(true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")
