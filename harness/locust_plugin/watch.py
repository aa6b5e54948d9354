"""How a run goes, noted every second: processor time of its processes, who is gone, a line for whoever looks on."""

from __future__ import annotations

import logging
import time
from collections import deque
from pathlib import Path
from typing import Any

import msgspec
import psutil
from locust.runners import MasterRunner, Runner

from harness.run.load import raw
from harness.run.load.mock import Told
from harness.run.load.setup import Setup
from harness.run.machine import Waits

log = logging.getLogger("harness.load")


class Watch:
    """The processes of one run, by their names in its report."""

    def __init__(self, runner: Runner, folder: Path, setup: Setup) -> None:
        self._runner, self._folder, self._setup = runner, folder, setup
        self._processes: dict[str, psutil.Process] = {}
        self._waits = Waits()
        self._nodes: dict[str, str] = {}
        self._counts: deque[tuple[int, int]] = deque([(0, 0)], maxlen=4)
        self.gone: list[str] = []

    def add(self, name: str, role: str, pid: int | None, *, worker: int = -1, number: int = 0) -> None:
        """There is a process; `pid` is None where it is on another machine."""
        if pid is not None:
            try:
                self._processes[name] = process = psutil.Process(pid)
                process.cpu_percent()
            except psutil.Error:
                return
        text = str(number) if role == "client" else ""
        raw.tell(self._folder, "process", name=name, role=role, worker=worker, text=text)

    def add_node(self, node_id: str, name: str) -> None:
        """One of Locust's nodes is this process."""
        self._nodes[node_id] = name

    def lost(self, name: str) -> None:
        """A process is gone before its time."""
        self._processes.pop(name, None)
        if name not in self.gone:
            self.gone.append(name)
            raw.tell(self._folder, "gone", name=name)
            log.warning("%s is gone", name)

    def dead(self) -> list[str]:
        """Those that have ended since one looked last, but clients: they are started again."""
        ended = [name for name, process in self._processes.items() if not _runs(process)]
        for name in ended:
            del self._processes[name]
        missing = [
            name
            for node_id, name in self._nodes.items()
            if isinstance(self._runner, MasterRunner)
            and (node := self._runner.clients.get(node_id)) is not None
            and node.state == "missing"
        ]
        return [name for name in dict.fromkeys([*ended, *missing]) if not name.startswith("client")]

    def second(self, zero_s: float | None, seen: Told) -> None:
        """A second has passed. `zero_s`: when the plan began; `seen`: what the mock told last."""
        users = self._runner.user_count
        raw.tell(self._folder, "second", users=users, cpu=self._cpu(), waited=self._waited())
        beside = self._folder / "live.new"
        beside.write_bytes(msgspec.json.encode(self._live(zero_s, seen)))
        beside.rename(self._folder / raw.LIVE)

    def _cpu(self) -> dict[str, float]:
        cpu: dict[str, float] = {}
        for name, process in self._processes.items():
            try:
                cpu[name] = round(process.cpu_percent() / 100.0, 3)
            except psutil.Error:
                continue  # `dead` tells of it
        if isinstance(self._runner, MasterRunner):
            for node_id, node in list(self._runner.clients.items()):
                its = self._nodes.get(node_id)
                if its and its not in cpu:
                    cpu[its] = round(node.cpu_usage / 100.0, 3)
        return cpu

    def _waited(self) -> dict[str, float]:
        told = {name: self._waits.since_last(process.pid) for name, process in self._processes.items()}
        return {name: round(part, 3) for name, part in told.items() if part is not None}

    def _live(self, zero_s: float | None, seen: Told) -> dict[str, Any]:
        stats = self._runner.stats.total
        if stats.num_requests < self._counts[-1][0]:  # they were reset
            self._counts.clear()
        self._counts.append((stats.num_requests, stats.num_failures))
        (calls, failures), (calls_now, failures_now) = self._counts[0], self._counts[-1]
        at_s = None if zero_s is None else time.monotonic() - zero_s
        return {
            "at_s": at_s,
            "duration_s": self._setup.duration_s,
            "users": self._runner.user_count,
            "calls_per_s": (calls_now - calls) / max(1, len(self._counts) - 1),
            "success": 1 - (failures_now - failures) / (calls_now - calls) if calls_now > calls else None,
            "p95_ms": stats.get_current_response_time_percentile(0.95),
            "attempts": seen.attempts,
            "windows": [
                span.name
                for span in self._setup.windows
                if at_s is not None and span.between_s[0] <= at_s < span.between_s[1]
            ],
            "gone": self.gone,
        }


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
