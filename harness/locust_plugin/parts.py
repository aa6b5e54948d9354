"""What the processes of a run tell one another of themselves, and who makes the calls in each."""

from __future__ import annotations

import socket
from pathlib import Path

import msgspec
from gevent.event import AsyncResult
from locust.env import Environment

from harness.locust_plugin.player import START_S, Player
from harness.run.load.setup import Ready, Setup

HAND_ON_S = 2.0
"""How often calls are handed on: what a process takes with it when it is killed."""

_players: dict[int, AsyncResult] = {}


class Part(msgspec.Struct, frozen=True):
    """What a worker is told. `machine`: the mock's."""

    setup: Setup
    ready: Ready
    worker: int
    machine: str


class Hello(msgspec.Struct, frozen=True):
    """Who a worker is: `machine` is the same for all on one."""

    pid: int
    machine: str


def expect_player(environment: Environment) -> None:
    """There will be one in this process."""
    _players[id(environment)] = AsyncResult()


def set_player(environment: Environment, player: Player) -> None:
    """Here it is."""
    _players[id(environment)].set(player)


def player_of(environment: Environment) -> Player:
    """Who makes the calls of this process; waits until it is ready."""
    player: Player = _players[id(environment)].get(timeout=START_S)
    return player


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
