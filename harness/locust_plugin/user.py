"""A user who makes the calls of the client under test."""

from __future__ import annotations

import time
from random import Random

import gevent
from locust import User, task

from harness.locust_plugin.players import player_of


class ClientUser(User):
    """Makes the client's calls, one after another, as often as the scenario says: each is a Locust request of type
    CALL with the call's own name. Where the scenario's arrivals are open, it does not wait for their answers."""

    abstract = True

    def on_start(self) -> None:
        """Wait until the client is loaded."""
        self._player = player = player_of(self.environment)
        self._number = player.new_user()
        self._luck = Random(f"{player.setup.seed}/{self._number}")
        rate = player.setup.calls_per_s
        self._period_s = 1.0 / rate if rate else 0.0
        self._open = player.open_arrivals
        self._next_s = time.monotonic() + self._gap_s() * (1.0 if self._open else self._luck.random())

    def wait_time(self) -> float:
        """Until the next call should begin."""
        return max(0.0, self._next_s - time.monotonic()) if self._period_s else 0.0

    @task
    def act(self) -> None:
        """One call."""
        if not self._period_s:
            self._player.make(self._number)
            return
        wait_s = self._next_s - time.monotonic()
        if wait_s > 0:  # the first one
            gevent.sleep(wait_s)
        due_s = self._next_s
        if self._open:
            self._next_s = due_s + self._gap_s()
            self._player.spawn(self._number, due_s)
            return
        self._player.make(self._number, due_s)
        # Calls that should have come while this one took its time are not made up for: users do not hurry.
        self._next_s = max(due_s + self._gap_s(), time.monotonic())

    def _gap_s(self) -> float:
        if self._open:
            return self._luck.expovariate(1.0 / self._period_s) if self._period_s else 0.0
        return self._period_s
