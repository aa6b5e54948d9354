"""A connection to a lane that is not the lane's own plain one: by TLS, or by the proxy."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Protocol

import msgspec

from harness.faults.rule import Chosen
from harness.model.exchange import Exchange, Outcome
from harness.protocols.http1 import Abandoned, Malformed, Received
from harness.server.connection import Coming, Connection, Host, Played

HANDSHAKE_S = 30.0
"""How long a client may take over its handshake."""

SHUTDOWN_S = 1.0
"""How long a client may take to answer the end of TLS. Most just close."""


class Shown(msgspec.Struct, frozen=True):
    """What a client is shown of a lane in its handshake. `chosen`: the faults in that. `at_s`: when."""

    context: ssl.SSLContext
    at_s: float
    chosen: tuple[Chosen, ...] = ()


class Visited(Host, Protocol):
    """A lane, to which clients come by TLS, too."""

    def show(self, host: str) -> Shown:
        """What the next client is shown that asks for this host."""
        ...

    def shaken(self, shown: Shown, connection: int | None, outcome: Outcome) -> None:
        """A handshake is over: well (`sent`), and that connection begins, or ended by either side."""
        ...


class Visit:
    """A lane as one such connection sees it."""

    def __init__(self, lane: Visited) -> None:
        self._lane, self._once = lane, False
        self._shown: Shown | None = None
        self.clock, self.limits = lane.clock, lane.limits

    def protocol(self, first: bytes = b"", once: bool = False) -> Connection:
        """The server's side. `first`: what was read already. `once`: for one request, since the next one may be for
        another host."""
        self._once = once
        return Connection(self, first=first)

    def shows(self, host: str) -> ssl.SSLContext:
        """What the client is shown."""
        self._shown = self._lane.show(host)
        return self._shown.context

    def broken_off(self, error: Exception) -> bool:
        """The handshake has failed: as it should, where it was spoiled."""
        assert self._shown is not None
        self._lane.shaken(self._shown, None, _ended_by(error))
        return bool(self._shown.chosen)

    # What the connection asks for. All but the following is as the lane has it.

    def connected(self, connection: Connection) -> int:
        """The handshake, if there was one, went well."""
        number = self._lane.connected(connection)
        if self._shown is not None:
            self._lane.shaken(self._shown, number, "sent")
        return number

    def again(self, octets: bytes, connection: int) -> None:
        """Nothing: what the lane remembers are requests that came in plain, and links lead back there."""

    def handle(self, received: Received, connection: int, octets: bytes = b"") -> bytes | Played | Coming:
        """Some clients ask a proxy for a whole URL of https instead of by CONNECT."""
        request = received.request
        if request.target.startswith("https://"):
            request = msgspec.structs.replace(request, scheme="https")
        keep_alive = received.keep_alive and not self._once
        asked = msgspec.structs.replace(received, request=request, keep_alive=keep_alive)
        return self._lane.handle(asked, connection)

    def accept(self, connection: int) -> Played | None:
        return self._lane.accept(connection)

    def refuse(self, malformed: Malformed, connection: int) -> Played:
        return self._lane.refuse(malformed, connection)

    def abandoned(self, abandoned: Abandoned, connection: int) -> None:
        self._lane.abandoned(abandoned, connection)

    def ended(self, exchange: Exchange, *, outcome: Outcome, ended_s: float, status: int | None) -> None:
        self._lane.ended(exchange, outcome=outcome, ended_s=ended_s, status=status)

    def disconnected(self, connection: Connection) -> None:
        self._lane.disconnected(connection)


async def hand_on(client: socket.socket, protocol: asyncio.Protocol, context: ssl.SSLContext | None) -> None:
    """Let the protocol serve a client that was accepted, by TLS where there is a context. OSError (ssl.SSLError is
    one) where the handshake fails."""
    await asyncio.get_running_loop().connect_accepted_socket(
        lambda: protocol,
        client,
        ssl=context,
        ssl_handshake_timeout=HANDSHAKE_S if context else None,
        ssl_shutdown_timeout=SHUTDOWN_S if context else None,
    )


async def receive(client: socket.socket, lane: Visited, host: str) -> None:
    """Let a client in that has come to a lane's own port, by TLS."""
    visit = Visit(lane)
    try:
        await hand_on(client, visit.protocol(), visit.shows(host))
    except OSError as error:
        visit.broken_off(error)


def _ended_by(error: Exception) -> Outcome:
    """Who ended a handshake: the client (`gone`), with an alert or without a word, or we (`closed`)."""
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        return "gone" if "ALERT" in (error.reason or "").upper() else "closed"
    return "gone"
