"""The workers of one run, as its master has them: each gets its part, and hands on what it notes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
import msgspec
from locust.runners import MasterRunner

from harness.locust_plugin.parts import Hello, Part, machine
from harness.locust_plugin.player import START_S
from harness.locust_plugin.watch import Watch
from harness.run.load import raw
from harness.run.load.setup import Ready, Setup

FINISH_S = 15.0
"""How long workers may take to hand on their last calls."""


class Crew:
    """Numbered from 0 as they come. `facts`: told of a client that has been loaded; `failed`: of one that could not
    be."""

    def __init__(
        self,
        runner: MasterRunner,
        folder: Path,
        run: int,
        setup: Setup,
        ready: Ready,
        watch: Watch,
        *,
        facts: Callable[[float, bool], None],
        failed: Callable[[str], None],
    ) -> None:
        self._runner, self._folder, self._run = runner, folder, run
        self._setup, self._ready, self._watch = setup, ready, watch
        self._facts, self._failed = facts, failed
        self._numbers: dict[str, int] = {}
        self._at_work: set[int] = set()
        self._loaded: set[int] = set()

    def join(self, node_id: str, hello: Hello) -> None:
        """A worker is there: it is told its part."""
        if node_id not in self._numbers:
            number = self._numbers[node_id] = len(self._numbers)
            here = hello.machine == machine()
            self._watch.add(_name(number), "generator", hello.pid if here else None, worker=number)
            self._watch.add_node(node_id, _name(number))
            self._at_work.add(number)
        part = Part(self._run, self._setup, self._ready, self._numbers[node_id], machine())
        self._runner.send_message("harness.part", msgspec.to_builtins(part), client_id=node_id)

    def hear(self, what: str, node_id: str, told: dict[str, Any]) -> None:
        """What a worker says of this run."""
        number = self._numbers.get(node_id)
        if told["run"] != self._run or number is None:
            return
        if what == "calls":
            self._on_calls(told)
        elif what == "clients":
            self._on_clients(number, told)
        elif what == "failed":
            self._failed(told["why"])

    def left(self, name: str) -> bool:
        """Was this process a worker, and does it leave before its time?"""
        number = next((number for number in self._at_work if _name(number) == name), None)
        if number is not None:
            self._at_work.discard(number)
        return number is not None

    def wait_until_loaded(self) -> None:
        """Until all of them have their clients."""
        until_s = time.monotonic() + START_S
        while self._at_work - self._loaded and time.monotonic() < until_s:
            gevent.sleep(0.05)

    def finish(self) -> None:
        """Have everything handed on; who does not is gone."""
        self._runner.send_message("harness.finish", {"run": self._run})
        until_s = time.monotonic() + FINISH_S
        while self._at_work and time.monotonic() < until_s:
            gevent.sleep(0.05)
            for name in self._watch.dead():
                if self.left(name):
                    self._watch.lost(name)
        for number in self._at_work:
            self._watch.lost(_name(number))

    def _on_calls(self, told: dict[str, Any]) -> None:
        calls = msgspec.msgpack.decode(told["calls"], type=raw.Calls)
        raw.append(self._folder / raw.CALLS, calls)
        if calls.last:
            self._at_work.discard(calls.worker)

    def _on_clients(self, worker: int, told: dict[str, Any]) -> None:
        here = told["machine"] == machine()
        for number, pid in told["clients"]:
            name = f"client {worker + 1}.{number}"
            self._watch.add(name, "client", pid if here else None, worker=worker, number=number)
        if told["overhead_s"] is not None:
            self._loaded.add(worker)
            self._facts(told["overhead_s"], told["here"])
        if told["uncertain_s"]:
            text = f"the clock of {_name(worker)} is known to {1000 * told['uncertain_s']:.1f} ms"
            raw.tell(self._folder, "note", text=text)


def _name(number: int) -> str:
    return f"worker {number + 1}"
