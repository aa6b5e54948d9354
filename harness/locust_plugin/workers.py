"""What one of Locust's workers does beside making calls: it asks for its part in each run, hands on what it notes."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import gevent
import msgspec
from locust.env import Environment
from locust.runners import WorkerRunner

from harness.errors import HarnessError
from harness.locust_plugin.parts import HAND_ON_S, Hello, Part, at_host, machine
from harness.locust_plugin.player import Player
from harness.locust_plugin.players import Players
from harness.run.load.setup import VARIABLE


class Worker:
    """The part of one of Locust's workers."""

    def __init__(self, environment: Environment, runner: WorkerRunner) -> None:
        self._runner = runner
        self._players = Players(environment)
        self._run = 0
        self._player: Player | None = None
        self._clients: list[tuple[int, int]] = []
        self._clocks: list[tuple[float, float]] = []
        # A worker of another machine's run has a folder of its own; it goes with the process.
        self._own = None if VARIABLE in os.environ else tempfile.TemporaryDirectory(prefix="harness-load-")
        self._folder = Path(self._own.name if self._own else os.environ[VARIABLE])
        runner.register_message("harness.part", self._on_part)
        runner.register_message("harness.clock", self._on_clock)
        runner.register_message("harness.finish", self._on_finish, concurrent=True)
        events: Any = environment.events
        events.test_stop.add_listener(self._stopped)
        events.quitting.add_listener(self._quit)
        gevent.spawn(self._ask)

    def _ask(self) -> None:
        hello = msgspec.to_builtins(Hello(os.getpid(), machine()))
        while not self._run:
            self._runner.send_message("harness.hello", hello)
            gevent.sleep(1.0)

    def _on_part(self, environment: Environment, msg: Any, **kw: object) -> None:
        part = msgspec.convert(msg.data, Part)
        if part.run > self._run:
            self._run = part.run
            self._player = None
            self._clients = []
            # At once: users of this run may come before its client is there.
            self._players.expect()
            gevent.spawn(self._take, part)

    def _take(self, part: Part) -> None:
        ready, offset_s, uncertain_s = at_host(part.ready, self._runner.master_host), 0.0, 0.0
        if part.machine != machine():
            offset_s, uncertain_s = self._offset()
        try:
            player = self._players.make(
                part.setup, ready, worker=part.worker, started=self._started, folder=self._folder
            )
        except HarnessError as error:
            self._say("failed", {"why": str(error)})
            return
        player.recorder.offset_s = offset_s
        self._player = player
        self._tell(player.overhead_s, uncertain_s, player.here)
        self._players.admit(player)
        while self._player is player and not player.finishing:
            gevent.sleep(HAND_ON_S)
            if self._player is player and not player.finishing:
                self._hand_on(player, last=False)

    def _started(self, number: int, pid: int) -> None:
        self._clients.append((number, pid))
        if self._player is not None:
            self._tell()

    def _tell(self, overhead_s: float | None = None, uncertain_s: float = 0.0, here: bool = True) -> None:
        told = {
            "clients": self._clients,
            "machine": machine(),
            "overhead_s": overhead_s,
            "uncertain_s": uncertain_s,
            "here": here,
        }
        self._say("clients", told)
        self._clients = []

    def _offset(self) -> tuple[float, float]:
        """What to add to this clock for the mock's, and how far off that may be: the quickest answer says it best."""
        self._clocks = []
        for _ in range(20):
            self._say("clock", {"asked_s": time.monotonic()})
            gevent.sleep(0.05)
        until_s = time.monotonic() + 5.0
        while not self._clocks and time.monotonic() < until_s:
            gevent.sleep(0.05)
        took_s, offset_s = min(self._clocks) if self._clocks else (float("inf"), 0.0)
        return offset_s, took_s / 2

    def _on_clock(self, environment: Environment, msg: Any, **kw: object) -> None:
        now_s = time.monotonic()
        asked_s, at_s = msg.data["asked_s"], msg.data["at_s"]
        self._clocks.append((now_s - asked_s, at_s - (asked_s + now_s) / 2))

    def _on_finish(self, environment: Environment, msg: Any, **kw: object) -> None:
        player = self._player
        if msg.data["run"] == self._run and player is not None:
            player.finish()
            self._stopped()

    def _stopped(self, **kw: object) -> None:
        player, self._player = self._player, None
        if player is not None:
            player.finishing = True
            self._hand_on(player, last=True)

    def _quit(self, **kw: object) -> None:
        self._stopped()
        self._players.close()

    def _hand_on(self, player: Player, *, last: bool) -> None:
        calls = player.recorder.take(last=last)
        self._say("calls", {"calls": msgspec.msgpack.encode(calls)})

    def _say(self, what: str, told: dict[str, Any]) -> None:
        self._runner.send_message(f"harness.{what}", {"run": self._run, **told})
