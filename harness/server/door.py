"""A lane's door: its port, and whoever comes to it is let in, refused, shown a certificate or sent away again."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Protocol

from harness.faults.apply import deliver, fired
from harness.faults.progress import Progress
from harness.faults.rule import Chosen
from harness.model.clock import Rng
from harness.model.delivery import Close, Reset
from harness.model.exchange import Exchange, Outcome, Stage
from harness.model.journal import Journal
from harness.server.connection import Connection, Played
from harness.server.listener import Listener
from harness.server.refusals import Refusals
from harness.server.tls import Authority
from harness.server.visit import Shown, Visited, receive


class Keeper(Visited, Protocol):
    """Whose door it is: a lane."""

    journal: Journal

    @property
    def progress(self) -> Progress | None:
        """The plan as it is being played; None where nothing goes wrong."""
        ...

    def luck(self, what: str, number: int) -> Rng:
        """The luck of the lane for one thing."""
        ...


class Porter(Protocol):
    """Whoever wants to know who comes and goes."""

    def came(self, connection: int, client: tuple[str, int], port: int, at_s: float) -> None:
        """A client at this host and port (0: unknown) has connected, or tried to, at that port of ours."""
        ...

    def left(self, connection: int, at_s: float) -> None:
        """The connection is no more."""
        ...


class Door:
    """One port of a lane, and the connections that came by it or by the proxy.

    `authority`: who vouches for the lane where clients come by TLS; `secure`: at this port they do. `shared`: other
    processes listen here, too. `beside`: at so many more free ports, too, by which clients can be told apart.
    """

    def __init__(
        self,
        lane: Keeper,
        *,
        host: str,
        port: int,
        shared: bool,
        refusals: Refusals,
        authority: Authority | None,
        secure: bool,
        beside: int = 0,
    ) -> None:
        self._lane, self._host, self._authority = lane, host, authority
        self._refusals = refusals
        self._refusal: tuple[Chosen, ...] = ()
        self._next_edge: asyncio.TimerHandle | None = None
        self._connections: dict[Connection, int] = {}
        self.porter: Porter | None = None
        self._connection_count = 0
        self._arrivals: set[asyncio.Task[None]] = set()
        self._handshake_count = 0
        self._retired = False
        arrive = self._arrive if secure else None
        self._listener = Listener(self.connection, arrive=arrive, host=host, port=port, shared=shared)
        self._listeners = [
            self._listener,
            *(Listener(self.connection, arrive=arrive, host=host, port=0) for _ in range(beside)),
        ]
        scheme = "https" if secure else "http"
        self.url = f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def port(self) -> int:
        return self._listener.port

    @property
    def ports(self) -> Sequence[int]:
        """All of them, the one of `url` first."""
        return [listener.port for listener in self._listeners]

    @property
    def listening(self) -> bool:
        """Are clients let in? A plan may have them refused."""
        return self._listener.listening

    @property
    def sees_refusals(self) -> bool:
        """Are attempts seen while nobody listens? It takes the right to watch the loopback interface."""
        return self._refusals.permitted

    # When it is open.

    def follow_plan(self) -> None:
        """Listen or refuse, as the plan says now, and look again when that may change."""
        if self._next_edge is not None:
            self._next_edge.cancel()
            self._next_edge = None
        now_s = self._lane.clock.monotonic()
        progress = self._lane.progress
        if progress is not None and progress.refuses(now_s):
            self._refusal = progress.refusal()
            for listener in self._listeners:
                self._refusals.watch(listener.port, self._refused)
                for _ in range(listener.refuse()):
                    self._refused(now_s)
            self._abort_connections("reset")
        elif not self.listening:
            for listener in self._listeners:
                self._refusals.unwatch(listener.port)
                listener.open()
        coming = [edge for edge in progress.refusal_edges() if edge > now_s] if progress else []
        if coming:
            delay_s = coming[0] - now_s
            self._next_edge = asyncio.get_running_loop().call_later(delay_s, self.follow_plan)

    def close(self) -> None:
        """Give up the port and every connection."""
        if self._next_edge is not None:
            self._next_edge.cancel()
        for listener in self._listeners:
            listener.close()
            self._refusals.unwatch(listener.port)
        self._abort_connections("closed")

    def retire(self) -> None:
        """Leave the port to others: connections end in order, after what they are answering."""
        self._retired = True
        for listener in self._listeners:
            listener.close()
        self._retire_connections()

    def answered(self) -> None:
        """A delivery that took time has ended: its connection may be one that is to end."""
        if self._retired:
            asyncio.get_running_loop().call_soon(self._retire_connections)

    # Who comes by it.

    def connection(self) -> Connection:
        """The server's side of a new connection."""
        return Connection(self._lane)

    def connected(self, connection: Connection) -> int:
        """A client has connected."""
        number = self._connections[connection] = self._next_connection()
        if self.porter is not None:
            client, own = connection.ends
            self.porter.came(number, client, own[1], self._lane.clock.monotonic())
        return number

    def disconnected(self, connection: Connection) -> None:
        """A connection is no more."""
        number = self._connections.pop(connection, None)
        if number is not None and self.porter is not None:
            self.porter.left(number, self._lane.clock.monotonic())

    def accept(self, connection: int) -> Played | None:
        """What a new connection gets before any request."""
        at_s = self._lane.clock.monotonic()
        if self._retired:
            return Played((Close(),))
        if not self.listening:  # the kernel took it just before we stopped listening
            return Played((Reset(),), self._entered("connect", connection, at_s, self._refusal))
        progress = self._lane.progress
        if progress is None:
            return None
        chosen = progress.pick_connection(at_s=at_s, rng=self._lane.luck("connection", connection))
        if not chosen:
            return None
        return Played(deliver(chosen, ()), self._entered("accept", connection, at_s, chosen))

    def show(self, host: str) -> Shown:
        """What the next client is shown in its TLS handshake that asks for this host. Only with an authority."""
        assert self._authority is not None
        at_s = self._lane.clock.monotonic()
        self._handshake_count += 1
        chosen: tuple[Chosen, ...] = ()
        progress = self._lane.progress
        if progress is not None:
            luck = self._lane.luck("handshake", self._handshake_count)
            chosen = progress.pick_handshake(at_s=at_s, rng=luck)
        flaw = chosen[0].fault if chosen else ""
        return Shown(self._authority.context(host, flaw), at_s, chosen)

    def shaken(self, shown: Shown, connection: int | None, outcome: Outcome) -> None:
        """A TLS handshake is over. One that was spoiled is entered, however it ended."""
        if shown.chosen:
            number = self._next_connection() if connection is None else connection
            spoiled = self._entered("handshake", number, shown.at_s, shown.chosen)
            self._lane.ended(spoiled, outcome=outcome, ended_s=self._lane.clock.monotonic(), status=None)

    def _arrive(self, client: socket.socket) -> None:
        """A client has come that will speak TLS."""
        arrival = asyncio.get_running_loop().create_task(receive(client, self._lane, self._host))
        self._arrivals.add(arrival)
        arrival.add_done_callback(self._arrivals.discard)

    def _refused(self, at_s: float, from_port: int = 0) -> None:
        """The kernel has refused a client, as planned."""
        number = self._next_connection()
        if self.porter is not None:
            self.porter.came(number, ("127.0.0.1", from_port), 0, at_s)  # only there are refusals seen
            self.porter.left(number, at_s)
        refused = self._entered("connect", number, at_s, self._refusal)
        self._lane.ended(refused, outcome="reset", ended_s=at_s, status=None)

    def _entered(self, stage: Stage, connection: int, at_s: float, chosen: tuple[Chosen, ...]) -> Exchange:
        exchange = Exchange(
            number=self._lane.journal.next_number(),
            connection=connection,
            at_s=at_s,
            stage=stage,
            faults=fired(chosen),
        )
        self._lane.journal.enter(exchange)
        return exchange

    def _abort_connections(self, outcome: Outcome) -> None:
        for arrival in tuple(self._arrivals):
            arrival.cancel()
        for connection in tuple(self._connections):
            connection.abort(outcome, reset=outcome == "reset")

    def _retire_connections(self) -> None:
        for connection in tuple(self._connections):
            connection.retire()

    def _next_connection(self) -> int:
        self._connection_count += 1
        return self._connection_count
