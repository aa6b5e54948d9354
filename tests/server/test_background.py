"""Lanes in a thread, for code that is not asynchronous."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest

from harness.server.background import Background
from harness.server.lanes import Lanes
from tests.server.shop import shop


def test_a_lane_answers_whoever_waits_for_it() -> None:
    with Background() as background:
        lanes = Lanes()
        lane = background.run(lanes.open(shop()))
        assert httpx.get(f"{lane.url}/ping").status_code == 401
        assert background.do(lambda: [exchange.operation for exchange in lane.journal]) == ["Ping"]
        background.run(lanes.close_all())


def test_a_mistake_is_raised_where_it_was_asked_for() -> None:
    with Background() as background:
        with pytest.raises(ZeroDivisionError):
            background.do(lambda: 1 // 0)
        with pytest.raises(TimeoutError):
            background.run(asyncio.wait_for(asyncio.sleep(5), 0.01))


def test_nothing_is_left_of_it_and_to_stop_twice_does_no_harm() -> None:
    before = threading.active_count()
    background = Background()
    ended: list[str] = []

    async def hang() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    async def begin() -> None:
        background.going_on = asyncio.create_task(hang())  # type: ignore[attr-defined]
        await asyncio.sleep(0)

    background.run(begin())
    background.stop()
    background.stop()
    assert ended == ["cancelled"]
    assert threading.active_count() == before
