"""How a run goes, beside Locust's own part in it: the mock is started, every process gets its client, the plan begins
when all users are there, what was noted is collected, and the mock stops last.

The process with Locust's master (or its only one) conducts. Workers are told their part by Locust's own channel, so
that it makes no difference on which machine they are.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gevent
import locust
from locust.runners import MasterRunner, Runner

from harness.errors import HarnessError
from harness.locust_plugin.crew import Crew
from harness.locust_plugin.parts import HAND_ON_S, Hello
from harness.locust_plugin.player import START_S, Player
from harness.locust_plugin.players import Players
from harness.locust_plugin.watch import Watch
from harness.run.load import raw
from harness.run.load.folders import ENOUGH
from harness.run.load.mock import Told
from harness.run.load.playing import Playing
from harness.run.load.setup import Ready, Setup

ENDING_S = 90.0

SETTLE_S = 1.0
"""For the first calls, which open connections, before the plan begins."""


class Conductor:
    """One run, from the process of Locust's master, or from its only one. HarnessError where it cannot be.

    `hellos`: of the workers that are there. `end`: ends the run, with the reason where it can go no further, empty
    where it was enough.
    """

    def __init__(
        self,
        runner: Runner,
        players: Players,
        folder: Path,
        number: int,
        setup: Setup,
        *,
        hellos: Mapping[str, Hello],
        end: Callable[[str], None],
    ) -> None:
        self.number, self.folder, self.setup = number, folder, setup
        self._runner, self._players, self._end = runner, players, end
        self._zero_s: float | None = None
        self._beginning = False
        self._ending: Any = None
        self._seen = Told("second")
        self._wanted = (setup.users_at(0.0), setup.spawn_rate)
        self._player: Player | None = None
        self._crew: Crew | None = None
        self._watch = Watch(runner, folder, setup)
        self._mock = Playing(folder, self._heard)
        try:
            ready = self._mock.ready()
            self._watch.add("mock", "mock", self._mock.pid)
            self._gather_hands(ready, hellos)
        except HarnessError as error:
            self.give_up(str(error))
            raise
        gevent.spawn(self._follow)

    @property
    def is_over(self) -> bool:
        """Does it end, or has it ended?"""
        return self._ending is not None

    def wanted(self, users: int | None, run_time_s: float | None) -> tuple[int, float] | None:
        """Users and how many may come in a second, now; None when the run is over. `users`: of the beginning, as they
        were changed meanwhile; `run_time_s`: after which it is to end."""
        if self.is_over:
            return self._wanted
        setup, since_s = self.setup, 0.0
        if self._zero_s is not None:
            since_s = time.monotonic() - self._zero_s
            if since_s >= (run_time_s or setup.duration_s):
                return None
        count = max(1, round(setup.users_at(since_s) * (users or setup.users) / setup.users))
        # What a shape asks for in mid-run is to be there at once.
        at_once = self._zero_s is not None and count != self._runner.target_user_count
        self._wanted = count, max(setup.spawn_rate, float(count)) if at_once else setup.spawn_rate
        return self._wanted

    def join(self, node_id: str, hello: Hello) -> None:
        """A worker is there."""
        if self._crew is not None:
            self._crew.join(node_id, hello)

    def hear(self, what: str, node_id: str, told: dict[str, Any]) -> None:
        """A worker says something."""
        if self._crew is not None:
            self._crew.hear(what, node_id, told)

    def stands(self) -> None:
        """All users of the beginning are there: once their clients are loaded and have called, the plan begins."""
        if self._beginning or self.is_over:
            return
        self._beginning = True
        if self._crew is not None:
            self._crew.wait_until_loaded()
        gevent.sleep(SETTLE_S)
        settled_s = time.monotonic()
        while not self.is_over and not self._is_warm(settled_s):
            gevent.sleep(0.05)
        if not self.is_over:
            began = self._mock.begin()
            self._zero_s = began.at_s
            raw.tell(self.folder, "zero", at_s=began.at_s, text=began.one or "")

    def finish(self) -> None:
        """Users stop: have everything handed on before they do, and stop the mock last. Whoever asks waits for it."""
        # In a greenlet of its own: Locust kills those that it ends a run from.
        if self._ending is None:
            self._ending = gevent.spawn(self._finish)
        self._ending.join(ENDING_S)

    def give_up(self, why: str) -> None:
        """It cannot go on. Nothing of it is left running but the client."""
        raw.tell(self.folder, "note", text=why)
        self._ending = gevent.spawn(self._mock.stop)
        self._ending.join(ENDING_S)

    def _gather_hands(self, ready: Ready, hellos: Mapping[str, Hello]) -> None:
        if not isinstance(self._runner, MasterRunner):
            self._watch.add("generator", "generator", os.getpid(), worker=0)
            self._play_here(ready)
            return
        self._watch.add("master", "master", os.getpid())
        self._crew = Crew(
            self._runner,
            self.folder,
            self.number,
            self.setup,
            ready,
            self._watch,
            facts=self._facts,
            failed=self._end,
        )
        for node_id, hello in hellos.items():
            self._crew.join(node_id, hello)

    def _play_here(self, ready: Ready) -> None:
        self._players.expect()
        player = self._players.make(
            self.setup, ready, worker=0, started=self._client_started, folder=self.folder
        )
        self._player = player
        self._facts(player.overhead_s, player.here)
        self._players.admit(player)
        gevent.spawn(self._hand_on, player)

    def _client_started(self, number: int, pid: int) -> None:
        self._watch.add(f"client {number}", "client", pid, worker=0, number=number)

    def _is_warm(self, since_s: float) -> bool:
        late = time.monotonic() > since_s + START_S
        return late or self._player is None or self._player.is_warm(since_s)

    def _follow(self) -> None:
        next_s = time.monotonic()
        while not self.is_over:
            next_s += 1.0
            gevent.sleep(max(0.0, next_s - time.monotonic()))
            if not self.is_over:
                self._second()

    def _second(self) -> None:
        for name in self._watch.dead():
            if self._crew is None or self._crew.left(name) or name == "mock":
                self._watch.lost(name)
        self._watch.second(self._zero_s, self._seen)
        if not self._mock.running:
            self._end("the mock ended in mid-run")
        elif (self.folder / ENOUGH).exists():
            self._end("")

    def _heard(self, told: Told) -> None:
        self._seen = told

    def _hand_on(self, player: Player) -> None:
        while not self.is_over:
            gevent.sleep(HAND_ON_S)
            if not self.is_over:
                raw.append(self.folder / raw.CALLS, player.recorder.take())

    def _finish(self) -> None:
        raw.tell(self.folder, "end")
        if self._player is not None:
            self._player.finish()
            raw.append(self.folder / raw.CALLS, self._player.recorder.take(last=True))
        elif self._crew is not None:
            self._crew.finish()
        self._mock.stop()

    def _facts(self, overhead_s: float, here: bool) -> None:
        facts: dict[str, Any] = {"overhead_s": overhead_s, "in_process": here, "locust": locust.__version__}
        if not here:
            facts["arrivals"] = "closed"
        raw.tell(self.folder, "facts", facts=facts)
