"""Who makes the calls of this process, run by run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from gevent.event import AsyncResult
from locust.env import Environment

from harness.locust_plugin.glances import glance
from harness.locust_plugin.modules import ClientModules
from harness.locust_plugin.player import START_S, Player, loading
from harness.locust_plugin.sockets import Sockets
from harness.run.load.setup import Ready, Setup

_of: dict[int, Players] = {}


def player_of(environment: Environment) -> Player:
    """Who makes the calls of this process in the run that goes on; waits until it is ready."""
    return _of[id(environment)].current()


class Players:
    """One player at a time. Each has a client of its own: what the one before has loaded is forgotten."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._coming: AsyncResult[Player] = AsyncResult()
        self._player: Player | None = None
        self._sockets: Sockets | None = None
        self._modules: ClientModules | None = None
        _of[id(environment)] = self

    def current(self) -> Player:
        """The player; waits until there is one."""
        player: Player = self._coming.get(timeout=START_S)
        return player

    def expect(self) -> None:
        """The one before is done, and another one will come: who asks for it waits."""
        self.close()
        if self._coming.ready():  # else users that came early wait for this one
            self._coming = AsyncResult()

    def make(
        self,
        setup: Setup,
        ready: Ready,
        *,
        worker: int,
        started: Callable[[int, int], None],
        folder: Path,
    ) -> Player:
        """Load the client. DriverError, UsageError where that cannot be done."""
        # Before the client's module is loaded: it may look at its surroundings once only.
        os.environ.update(ready.env)
        self._modules = ClientModules(call.target for call in setup.calls if call.driver == "python")
        with loading():
            player = Player(
                setup,
                ready,
                worker=worker,
                fire=self._environment.events.request.fire,
                started=started,
                folder=folder,
            )
        if player.here:
            self._watch(player)
        self._player = player
        return player

    def admit(self, player: Player) -> None:
        """Users may call."""
        self._coming.set(player)

    def close(self) -> None:
        """Leave nothing of the client running, nor loaded."""
        player, self._player = self._player, None
        if player is not None:
            player.close()
        if self._modules is not None:
            self._modules.forget()
            self._modules = None

    def _watch(self, player: Player) -> None:
        if self._sockets is None:
            self._sockets = Sockets(player.recorder)
            glance()
        else:
            self._sockets.tell(player.recorder)
