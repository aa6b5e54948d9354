"""What the processes of a run tell one another of themselves."""

from __future__ import annotations

import socket
from pathlib import Path

import msgspec

from harness.run.load.setup import Ready, Setup

HAND_ON_S = 2.0
"""How often calls are handed on: what a process takes with it when it is killed."""


class Part(msgspec.Struct, frozen=True):
    """What a worker is told of a run, by its number. `machine`: the mock's."""

    run: int
    setup: Setup
    ready: Ready
    worker: int
    machine: str


class Hello(msgspec.Struct, frozen=True):
    """Who a worker is: `machine` is the same for all on one."""

    pid: int
    machine: str


def machine() -> str:
    """The same for all processes of one machine since it was started."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return socket.gethostname()


def at_host(ready: Ready, host: str) -> Ready:
    """The mock as it is known on another machine."""
    before = ready.url.rpartition(":")[0]
    after = f"http://{host}"
    return msgspec.structs.replace(
        ready,
        url=ready.url.replace(before, after),
        env={key: value.replace(before, after) for key, value in ready.env.items()},
    )
