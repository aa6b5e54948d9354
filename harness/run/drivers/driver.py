"""What a driver is: the way in which a client of any language is made to act, and what it is told."""

from __future__ import annotations

from typing import Protocol

import msgspec

from harness.model.call import Outcome


class Given(msgspec.Struct, frozen=True):
    """What a client is told of the provider that it talks to. `env` holds the same facts as environment variables."""

    base_url: str
    credentials: dict[str, str] = {}
    env: dict[str, str] = {}
    timeout_s: float = 5.0


class Driver(Protocol):
    """One client under test, made to act. Used as start, call, call, ..., stop.

    `keeps_state`: the client lives on between calls, so that a breaker can remember.
    """

    keeps_state: bool

    async def start(self, given: Given) -> None:
        """Make the client ready. Raises DriverError where there is no such client."""
        ...

    async def call(self, name: str) -> Outcome:
        """Make one call and say how it went. A client that dies, hangs or talks nonsense is an Outcome too."""
        ...

    async def cut(self) -> None:
        """End the calls that are going on: their outcome says `cut`. The client may be gone afterwards."""
        ...

    async def stop(self) -> None:
        """Leave nothing running. May be called at any time, more than once."""
        ...
