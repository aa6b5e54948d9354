"""How a run goes, beside Locust's own part in it: the mock is started, every process gets its client, the plan begins
when all users are there, what was noted is collected, and the mock stops last.

The process with Locust's master (or its only one) conducts. Workers ask it for their part by Locust's own channel,
so that it makes no difference on which machine they are.
"""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from pathlib import Path
from typing import Any, NoReturn

import gevent
import locust
import msgspec
import psutil
from locust.env import Environment
from locust.runners import MasterRunner, Runner

from harness.errors import HarnessError
from harness.locust_plugin.parts import HAND_ON_S, Hello, Part, machine, set_player
from harness.locust_plugin.player import START_S, Player, loading
from harness.run.load import raw
from harness.run.load.mock import Told
from harness.run.load.playing import Playing
from harness.run.load.setup import Ready, Setup

log = logging.getLogger("harness.load")

FINISH_S = 15.0
"""How long workers may take to hand on their last calls."""

ENDING_S = 90.0

SETTLE_S = 1.0
"""For the first calls, which open connections, before the plan begins."""

_conductors: dict[int, Conductor] = {}


def conductor_of(runner: object) -> Conductor | None:
    """Who conducts; None in a worker."""
    return _conductors.get(id(runner))


class Conductor:
    """The run, from the process of Locust's master, or from its only one."""

    def __init__(self, environment: Environment, runner: Runner, folder: Path, setup: Setup) -> None:
        self._environment, self._folder, self._setup = environment, folder, setup
        self._runner = runner
        _conductors[id(runner)] = self
        self._zero_s: float | None = None
        self._beginning = False
        self._finished = False
        self._ending: Any = None
        self._seen = Told("second")
        self._processes: dict[str, psutil.Process] = {}
        self._workers: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._waiting: set[int] = set()
        self._loaded: set[int] = set()
        self._counts: deque[tuple[int, int]] = deque([(0, 0)], maxlen=4)
        self._gone_names: list[str] = []
        self._player: Player | None = None
        options = environment.parsed_options
        if options is not None and options.num_users is None:
            # Else Locust takes 1 for it, and fills it into the form of its page.
            options.num_users = setup.users
            options.spawn_rate = options.spawn_rate or setup.spawn_rate
        self._ready: Ready | None = None
        if isinstance(self._runner, MasterRunner):
            for name in ("hello", "calls", "clients", "clock", "failed"):
                # With a greenlet each, a piece of calls could overtake the one before.
                self._runner.register_message(f"harness.{name}", getattr(self, f"_on_{name}"))
        try:
            self._mock = Playing(folder, self._heard)
            self._ready = self._mock.ready()
        except HarnessError as error:
            self._give_up(str(error))
        self._note_process("mock", "mock", self._mock.pid)
        events: Any = environment.events
        if isinstance(self._runner, MasterRunner):
            self._note_process("master", "master", os.getpid())
        else:
            self._note_process("generator", "generator", os.getpid(), worker=0)
            self._play_here(self._ready)
        events.spawning_complete.add_listener(self._stands)
        events.test_stopping.add_listener(self.finish)
        events.quitting.add_listener(self._quit)
        gevent.spawn(self._watch)

    def wanted(self) -> tuple[int, float] | None:
        """Users and how many may come in a second, now; None when the run is over."""
        setup, options = self._setup, self._environment.parsed_options
        users = getattr(options, "num_users", None)
        rate = getattr(options, "spawn_rate", None) or setup.spawn_rate
        factor = users / setup.users if users else 1.0  # a form of Locust's page may say otherwise
        if self._finished:
            log.error("a run was judged; for another one, start Locust again")
            return None
        if self._zero_s is None:
            return max(1, round(setup.users_at(0.0) * factor)), rate
        since_s = time.monotonic() - self._zero_s
        if since_s >= (getattr(options, "run_time", None) or setup.duration_s):
            return None
        # What a shape asks for in mid-run is to be there at once.
        wanted = max(1, round(setup.users_at(since_s) * factor))
        return wanted, rate if wanted == self._runner.target_user_count else max(rate, float(wanted))

    # The beginning.

    def _play_here(self, ready: Ready) -> None:
        try:
            with loading():
                made = Player(
                    self._setup,
                    ready,
                    worker=0,
                    fire=self._environment.events.request.fire,
                    started=self._client_started,
                    folder=self._folder,
                )
        except HarnessError as error:
            self._give_up(str(error))
        self._player = made
        self._facts(made.overhead_s, made)
        set_player(self._environment, made)
        gevent.spawn(self._hand_on, made)

    def _client_started(self, number: int, pid: int) -> None:
        self._note_process(f"client {number}", "client", pid, worker=0, number=number)

    def _stands(self, user_count: int, **kw: object) -> None:
        """All users of the beginning are there: once their clients are loaded and have called, the plan begins."""
        if self._beginning or self._finished:
            return
        self._beginning = True
        until_s = time.monotonic() + START_S
        while self._waiting - self._loaded and time.monotonic() < until_s:
            gevent.sleep(0.05)
        gevent.sleep(SETTLE_S)
        if not self._finished:
            began = self._mock.begin()
            self._zero_s = began.at_s
            self._news("zero", at_s=began.at_s, text=began.one or "")

    def _give_up(self, why: str) -> NoReturn:
        self._news("note", text=why)
        log.error("%s", why)
        self._finished = True
        mock = getattr(self, "_mock", None)
        if mock is not None:
            mock.stop()
        os._exit(2)  # Locust takes an exception here for a line in its log, and goes on

    # What workers say.

    def _on_hello(self, environment: Environment, msg: Any, **kw: object) -> None:
        if self._ready is None:
            return  # it will ask again
        hello = msgspec.convert(msg.data, Hello)
        if msg.node_id not in self._workers:
            number = self._workers[msg.node_id] = len(self._workers)
            name = self._names[msg.node_id] = f"worker {number + 1}"
            here = hello.machine == machine()
            self._note_process(name, "generator", hello.pid if here else None, worker=number)
            self._waiting.add(number)
        part = Part(self._setup, self._ready, self._workers[msg.node_id], machine())
        self._runner.send_message("harness.part", msgspec.to_builtins(part), client_id=msg.node_id)

    def _on_calls(self, environment: Environment, msg: Any, **kw: object) -> None:
        calls = msgspec.msgpack.decode(msg.data["calls"], type=raw.Calls)
        raw.append(self._folder / raw.CALLS, calls)
        if calls.last:
            self._waiting.discard(calls.worker)

    def _on_clients(self, environment: Environment, msg: Any, **kw: object) -> None:
        worker = self._workers.get(msg.node_id, 0)
        here = msg.data["machine"] == machine()
        for number, pid in msg.data["clients"]:
            name = f"client {worker + 1}.{number}"
            self._note_process(name, "client", pid if here else None, worker=worker, number=number)
        if msg.data.get("overhead_s") is not None:
            self._loaded.add(worker)
            self._facts(msg.data["overhead_s"], None, here=msg.data["here"])
        if msg.data.get("uncertain_s"):
            self._news(
                "note",
                text=f"the clock of {self._names.get(msg.node_id, 'a worker')} is known "
                f"to {1000 * msg.data['uncertain_s']:.1f} ms",
            )

    def _on_clock(self, environment: Environment, msg: Any, **kw: object) -> None:
        told = {"asked_s": msg.data["asked_s"], "at_s": time.monotonic()}
        self._runner.send_message("harness.clock", told, client_id=msg.node_id)

    def _on_failed(self, environment: Environment, msg: Any, **kw: object) -> None:
        self._give_up(msg.data["why"])

    # While it goes on.

    def _watch(self) -> None:
        next_s = time.monotonic()
        while not self._finished:
            next_s += 1.0
            gevent.sleep(max(0.0, next_s - time.monotonic()))
            if not self._finished:
                self._second()
            if self._setup.owner and os.getppid() != self._setup.owner and not self._finished:
                log.error("whoever started the run is gone")
                self._runner.quit()
                return

    def _second(self) -> None:
        cpu: dict[str, float] = {}
        for name, process in list(self._processes.items()):
            try:
                if process.status() == psutil.STATUS_ZOMBIE:
                    raise psutil.NoSuchProcess(process.pid)
                cpu[name] = round(process.cpu_percent() / 100.0, 3)
            except psutil.Error:
                del self._processes[name]
                if not name.startswith("client") and not self._finished:
                    self._gone(name)
        if isinstance(self._runner, MasterRunner):
            for node_id, node in list(self._runner.clients.items()):
                its = self._names.get(node_id)
                if its and its not in cpu:
                    cpu[its] = round(node.cpu_usage / 100.0, 3)
                if its and node.state == "missing":
                    self._gone(its)
        self._news("second", users=self._runner.user_count, cpu=cpu)
        self._live()
        if "mock" not in cpu and not self._mock.running:
            self._give_up("the mock ended in mid-run")

    def _gone(self, name: str) -> None:
        number = next((self._workers[node] for node, its in self._names.items() if its == name), None)
        if number is None or number in self._waiting:
            self._waiting.discard(number if number is not None else -1)
            self._gone_names.append(name)
            self._news("gone", name=name)
            log.warning("%s is gone", name)

    def _live(self) -> None:
        now_s = time.monotonic()
        stats = self._runner.stats.total
        self._counts.append((stats.num_requests, stats.num_failures))
        (calls, failures), (calls_now, failures_now) = self._counts[0], self._counts[-1]
        live = {
            "at_s": None if self._zero_s is None else now_s - self._zero_s,
            "duration_s": self._setup.duration_s,
            "users": self._runner.user_count,
            "calls_per_s": (calls_now - calls) / max(1, len(self._counts) - 1),
            "success": 1 - (failures_now - failures) / (calls_now - calls) if calls_now > calls else None,
            "p95_ms": stats.get_current_response_time_percentile(0.95),
            "attempts": self._seen.attempts,
            "windows": [
                span.name
                for span in self._setup.windows
                if self._zero_s is not None and span.between_s[0] <= now_s - self._zero_s < span.between_s[1]
            ],
            "gone": self._gone_names,
        }
        beside = self._folder / "live.new"
        beside.write_bytes(msgspec.json.encode(live))
        beside.rename(self._folder / raw.LIVE)

    def _heard(self, told: Told) -> None:
        self._seen = told

    def _hand_on(self, player: Player) -> None:
        while not self._finished:
            gevent.sleep(HAND_ON_S)
            if not self._finished:
                raw.append(self._folder / raw.CALLS, player.recorder.take())

    # The end.

    def finish(self, **kw: object) -> None:
        """Users stop: have everything handed on before they do, and stop the mock last. Whoever asks waits for it."""
        # In a greenlet of its own: Locust kills those that it ends a run from.
        if self._ending is None:
            self._finished = True
            self._ending = gevent.spawn(self._finish)
        self._ending.join(ENDING_S)

    def _finish(self) -> None:
        self._news("end")
        if self._player is not None:
            self._player.finish()
            raw.append(self._folder / raw.CALLS, self._player.recorder.take(last=True))
        elif isinstance(self._runner, MasterRunner):
            self._runner.send_message("harness.finish")
            until_s = time.monotonic() + FINISH_S
            while self._waiting and time.monotonic() < until_s:
                gevent.sleep(0.05)
                for name, process in list(self._processes.items()):
                    if not process.is_running():
                        del self._processes[name]
                        self._gone(name)
            for number in self._waiting:
                self._news("gone", name=f"worker {number + 1}")
        self._mock.stop()

    def _quit(self, **kw: object) -> None:
        self.finish()
        if self._player is not None:
            self._player.close()

    # Small things.

    def _facts(self, overhead_s: float, player: Player | None, *, here: bool | None = None) -> None:
        in_process = player.here if player is not None else here
        facts: dict[str, Any] = {
            "overhead_s": overhead_s,
            "in_process": in_process,
            "locust": locust.__version__,
        }
        if not in_process:
            facts["arrivals"] = "closed"
        self._news("facts", facts=facts)

    def _news(self, what: str, *, at_s: float | None = None, **told: Any) -> None:
        piece = raw.News(what=what, at_s=time.monotonic() if at_s is None else at_s, **told)
        raw.append(self._folder / raw.NEWS, piece)

    def _note_process(
        self, name: str, role: str, pid: int | None, *, worker: int = -1, number: int = 0
    ) -> None:
        if pid is not None:
            try:
                self._processes[name] = process = psutil.Process(pid)
                process.cpu_percent()
            except psutil.Error:
                return
        text = str(number) if role == "client" else ""
        self._news("process", name=name, role=role, worker=worker, text=text)
