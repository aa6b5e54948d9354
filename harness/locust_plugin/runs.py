"""The runs of one process of Locust's, one after another: whoever starts a new one in Locust's page gets a mock, a
client, a plan and a folder of its own for it."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
import msgspec
from locust.env import Environment
from locust.runners import STATE_INIT, STATE_SPAWNING, MasterRunner, Runner

from harness.errors import HarnessError
from harness.locust_plugin.conductor import Conductor
from harness.locust_plugin.parts import Hello
from harness.locust_plugin.players import Players
from harness.run.load.folders import OVER, run_folder
from harness.run.load.setup import Setup, write_setup

log = logging.getLogger("harness.load")

SPAWNING_S = 5.0
"""So long users may take to come before they are stopped all the same."""

OWNER_S = 1.0
"""How often it is seen whether whoever started the runs is still there."""

_of: dict[int, Runs] = {}


def runs_of(runner: object) -> Runs | None:
    """The runs of whoever conducts; None in a worker."""
    return _of.get(id(runner))


class Runs:
    """They lie under `root`. `over` is told the number of each that has ended, once users have stopped.

    The first one is prepared at once, so that what is wrong with the question is told before anything runs, and ends
    the process with 2. What is wrong with a later one is told in Locust's log, and the page stays.
    """

    def __init__(
        self,
        environment: Environment,
        runner: Runner,
        root: Path,
        setup: Setup,
        over: Callable[[int], None],
    ) -> None:
        self._environment, self._runner = environment, runner
        self._root, self._setup, self._over = root, setup, over
        self._players = Players(environment)
        self._hellos: dict[str, Hello] = {}
        self._parts = 0
        self._told = 0
        _of[id(runner)] = self
        options = environment.parsed_options
        if options is not None and options.num_users is None:
            # Else Locust takes 1 for it, and fills it into the form of its page.
            options.num_users = setup.users
            options.spawn_rate = options.spawn_rate or setup.spawn_rate
        if isinstance(runner, MasterRunner):
            # With a greenlet each, a piece of calls could overtake the one before.
            for name in ("hello", "calls", "clients", "clock", "failed"):
                runner.register_message(f"harness.{name}", self._heard)
        self._number = 1
        try:
            self._current = self._prepared()
        except HarnessError as error:
            log.error("%s", error)
            self._players.close()
            os._exit(2)  # Locust takes an exception here for a line in its log, and goes on
        self._has_begun = self._is_orphan = False
        events: Any = environment.events
        events.spawning_complete.add_listener(self._stands)
        events.test_stopping.add_listener(self._stopping)
        events.test_stop.add_listener(self._stopped)
        events.quitting.add_listener(self._quitting)
        for number in (signal.SIGTERM, signal.SIGHUP):
            # Locust has a handler of its own for the first, but without a page not before the run is over.
            if signal.getsignal(number) is not signal.SIG_IGN:
                gevent.signal_handler(number, self._leave)
        if setup.owner:
            gevent.spawn(self._watch_owner)

    @property
    def folder(self) -> Path:
        """Of the run that goes on, or of the last one."""
        return self._current.folder

    def wanted(self) -> tuple[int, float] | None:
        """Users and how many may come in a second, now; None when the run is over."""
        users, _, run_time_s = self._asked()
        if self._runner.state == STATE_INIT and not self._is_ready():
            try:
                self._current = self._prepared()
            except HarnessError as error:
                log.error("run %d: %s", self._number, error)
                self._has_begun = True
                self._stopped()
                return None
        self._has_begun = True
        return self._current.wanted(users, run_time_s)

    def end_early(self) -> None:
        """That is enough of the run."""
        self._end("")

    # The beginning.

    def _is_ready(self) -> bool:
        """Is there a run that has not begun, of the size that is asked for? If not, make room for one."""
        if self._has_begun:
            if self._current.is_over:
                self._number += 1
                self._has_begun = False
                return False
            return True
        if self._current.setup == self._resized():
            return True
        self._discard()
        return False

    def _prepared(self) -> Conductor:
        setup, folder = self._resized(), run_folder(self._root, self._number)
        folder.mkdir()
        write_setup(folder, setup)
        self._parts += 1
        return Conductor(
            self._runner, self._players, folder, self._parts, setup, hellos=self._there(), end=self._end
        )

    def _resized(self) -> Setup:
        users, spawn_rate, _ = self._asked()
        return self._setup.resized(users, spawn_rate)

    def _asked(self) -> tuple[int | None, float | None, float | None]:
        """Users, how many come in a second, and for how long, by the flags and the form of Locust's page."""
        options = self._environment.parsed_options
        return tuple(getattr(options, name, None) or None for name in ("num_users", "spawn_rate", "run_time"))  # type: ignore[return-value]

    def _discard(self) -> None:
        """The run that was prepared does not take place."""
        self._current.give_up("it was never started")
        self._players.close()
        shutil.rmtree(self._current.folder, ignore_errors=True)

    # What Locust and its workers tell.

    def _there(self) -> dict[str, Hello]:
        """Who has said hello, and is still there."""
        nodes = self._runner.clients if isinstance(self._runner, MasterRunner) else {}
        return {
            name: hello
            for name, hello in self._hellos.items()
            if name in nodes and nodes[name].state != "missing"
        }

    def _heard(self, environment: Environment, msg: Any, **kw: object) -> None:
        what = msg.type.removeprefix("harness.")
        if what == "clock":
            told = {"asked_s": msg.data["asked_s"], "at_s": time.monotonic()}
            self._runner.send_message("harness.clock", told, client_id=msg.node_id)
        elif what == "hello":
            hello = self._hellos[msg.node_id] = msgspec.convert(msg.data, Hello)
            # Before the mock is there, and between two runs, a worker waits: it will ask again.
            if (run := getattr(self, "_current", None)) is not None and not run.is_over:
                run.join(msg.node_id, hello)
        else:
            self._current.hear(what, msg.node_id, msg.data)

    def _stands(self, user_count: int, **kw: object) -> None:
        self._current.stands()

    def _stopping(self, **kw: object) -> None:
        if self._has_begun:
            self._current.finish()

    def _stopped(self, **kw: object) -> None:
        if self._has_begun and self._told < self._number:
            self._told = self._number
            (run_folder(self._root, self._number) / OVER).touch()
            self._over(self._number)

    def _quitting(self, **kw: object) -> None:
        if self._has_begun:
            self._current.finish()
            self._stopped()
        else:
            self._discard()
        self._players.close()
        if self._is_orphan:
            shutil.rmtree(self._root, ignore_errors=True)

    # The end.

    def _end(self, why: str) -> None:
        """End the run that goes on; the page stays, where there is one."""
        if self._current.is_over:
            return
        if why:
            log.error("%s", why)
            self._current.give_up(why)
        # In a greenlet of its own: Locust kills those that it ends a run from.
        gevent.spawn(self._runner.quit if self._environment.web_ui is None else self._stop)

    def _stop(self) -> None:
        """Stop the users, once all are there: a worker that Locust stops before that is sent away."""
        until_s = time.monotonic() + SPAWNING_S
        while self._runner.state == STATE_SPAWNING and time.monotonic() < until_s:
            gevent.sleep(0.05)
        self._runner.stop()

    def _watch_owner(self) -> None:
        while os.getppid() == self._setup.owner:
            gevent.sleep(OWNER_S)
        log.error("whoever started the run is gone")
        self._is_orphan = True
        self._leave()

    def _leave(self) -> None:
        """End whatever goes on, and the process."""
        self._runner.quit()
        if self._environment.web_ui is not None:
            self._environment.web_ui.stop()  # type: ignore[no-untyped-call]
