"""How busy the machine is, as we see it."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from harness.run.machine import Machine, Waits, crowd, processor_s


def test_a_span_in_which_we_were_held_up_is_remembered() -> None:
    async def held_up() -> tuple[float, Machine]:
        async with Machine() as machine:
            await asyncio.sleep(0)
            began_s = time.monotonic()
            while time.monotonic() - began_s < 0.06:
                pass
            await asyncio.sleep(0.005)
        return began_s, machine

    began_s, machine = asyncio.run(held_up())
    (stall,) = machine.stalls(began_s)
    assert stall[1] - stall[0] >= 0.04
    assert machine.stalls(stall[1] + 0.001) == ()


def test_waiting_for_a_processor_is_counted_by_the_time_of_having_one() -> None:
    assert crowd((1.0, 0.5), (3.0, 4.5)) == 2.0
    assert crowd((0.0, 0.0), (0.0, 0.0)) == 0.0
    assert all(seconds >= 0 for seconds in processor_s())


@pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="nobody tells how long a process waited"
)
def test_waiting_for_a_processor_is_told_from_one_look_to_the_next() -> None:
    waits = Waits()
    assert waits.since_last(os.getpid()) is None
    told = waits.since_last(os.getpid())
    assert told is not None
    assert told >= 0


def test_a_process_that_nobody_knows_waits_for_nothing() -> None:
    waits = Waits()
    assert [waits.since_last(2**22 + 1) for _ in range(2)] == [None, None]
