"""One connection of a client: requests are answered one after another, each by playing a Delivery.

A Delivery has five kinds of Step and `_play` is the one place that knows what each does to a socket.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Iterator
from typing import Protocol, cast

import msgspec

from harness.model.clock import Clock
from harness.model.delivery import Close, Delivery, Hold, Reset, Step, Wait, Write
from harness.model.exchange import Exchange, Outcome
from harness.protocols.http1 import (
    CONTINUE,
    Abandoned,
    Limits,
    Malformed,
    Received,
    RequestReader,
    status_sent,
)

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER with zero seconds: closing sends RST and drops what was not sent yet."""

QUEUE_LENGTH = 32
QUEUE_BYTES = 1024 * 1024
"""Requests and body bytes that may wait behind the one being answered, before we stop reading. While we do not
read, we do not see the client leave either."""

LINGER_S = 2.0
"""How long we go on reading after a refusal: to close with unread bytes would send RST, and the client might
lose the answer that says why."""


class Played(msgspec.Struct, frozen=True):
    """A delivery to play. `open`: the exchange to finish when it ends; None when the journal already holds its
    final form. `linger`: the client may still be sending what we refused."""

    delivery: Delivery
    open: Exchange | None = None
    keep_alive: bool = True
    linger: bool = False


class Coming(msgspec.Struct, frozen=True):
    """An answer that is yet to come: a future of what there is to play then."""

    answer: asyncio.Future[bytes | Played]


class Host(Protocol):
    """Whom a connection serves: a lane."""

    clock: Clock
    limits: Limits

    def connected(self, connection: Connection) -> int:
        """A client has connected. Gives the connection its number."""
        ...

    def accept(self, connection: int) -> Played | None:
        """What a new connection gets before any request; None for the usual nothing."""
        ...

    def again(self, octets: bytes, connection: int) -> bytes | Played | Coming | None:
        """What these bytes get where they are one whole request, known from before: the bytes of its answer when
        there is nothing more to it; None where they must be read."""
        ...

    def handle(self, received: Received, connection: int, octets: bytes = b"") -> bytes | Played | Coming:
        """What a request gets; bytes where it is written at once and whole. `octets`: what the request came in, where
        that was nothing else."""
        ...

    def refuse(self, malformed: Malformed, connection: int) -> Played:
        """What something that is not a request gets."""
        ...

    def abandoned(self, abandoned: Abandoned, connection: int) -> None:
        """The client has left before its request was whole, or before its turn came."""
        ...

    def ended(self, exchange: Exchange, *, outcome: Outcome, ended_s: float, status: int | None) -> None:
        """The delivery of an open exchange came to its end. `status`: of the status line that was sent."""
        ...

    def disconnected(self, connection: Connection) -> None:
        """The connection is no more."""
        ...


class Connection(asyncio.Protocol):
    """A client's connection to a lane. `first`: what was read of it before it came here."""

    def __init__(self, host: Host, *, first: bytes = b"") -> None:
        self._host = host
        self._first = first
        self._reader = RequestReader(host.limits)
        self._waiting: deque[Received | Malformed] = deque()
        self._waiting_bytes = 0
        self._playing: Played | None = None
        self._steps: Iterator[Step] = iter(())
        self._first_bytes = b""
        self._timer: asyncio.TimerHandle | None = None
        self._reading = True
        self._writable = True
        self._over = False
        self._idle = True

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not an assertion: uvloop's transports are no subclass of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        if transport.get_extra_info("ssl_object") is not None:
            self._reader.scheme = "https"
        self._number = self._host.connected(self)
        greeting = self._host.accept(self._number)
        if greeting is not None:
            self._begin(greeting)
        if self._first:
            first, self._first = self._first, b""
            self.data_received(first)

    def data_received(self, octets: bytes) -> None:
        # hot: an unfaulted request is read, answered and journalled in this one call.
        if self._idle:
            answer = self._host.again(octets, self._number)
            if type(answer) is bytes:
                self._transport.write(answer)
                return
            if answer is not None:
                self._begin(answer)
                return
        elif self._over:
            return
        events = self._reader.feed(octets, at_s=self._host.clock.monotonic())
        if self._idle and len(events) == 1 and self._reader.between and not self._transport.is_closing():
            event = events[0]
            if type(event) is Received:
                self._begin(self._host.handle(event, self._number, octets))
                return
        self._idle = False
        for event in events:
            self._waiting.append(event)
            if type(event) is Received:
                self._waiting_bytes += len(event.request.body)
        self._serve()

    def eof_received(self) -> bool:
        # A client that ends its side while it is owed an answer has given up.
        self._given_up()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._given_up()
        self._host.disconnected(self)

    def pause_writing(self) -> None:
        self._writable = self._idle = False

    def resume_writing(self) -> None:
        self._writable = True
        self._serve()

    # What the lane calls.

    @property
    def ends(self) -> tuple[tuple[str, int], tuple[str, int]]:
        """Host and port of the client, and ours that it came to."""
        peer = self._transport.get_extra_info("peername") or ("", 0)
        own = self._transport.get_extra_info("sockname") or ("", 0)
        return (peer[0], peer[1]), (own[0], own[1])

    @property
    def its_socket(self) -> socket.socket:
        """The socket below."""
        return cast(socket.socket, self._transport.get_extra_info("socket"))

    def abort(self, outcome: Outcome, *, reset: bool = False) -> None:
        """End the connection at once, in the middle of whatever it does, by FIN or RST."""
        self._finish(outcome)
        self._hang_up(reset=reset)
        self._transport.abort()  # what the client does not read must not keep the connection

    def retire(self) -> None:
        """End the connection in order when nothing is being answered on it."""
        if self._playing is None and not self._waiting:
            self._hang_up()

    # Requests, in order.

    def _serve(self) -> None:
        # The transport is closing when a write has met a client that left: it may be a while until we are told.
        while (
            self._waiting
            and self._playing is None
            and self._writable
            and not self._over
            and not self._transport.is_closing()
        ):
            event = self._waiting.popleft()
            if type(event) is Received:
                self._waiting_bytes -= len(event.request.body)
                self._begin(self._host.handle(event, self._number))
            else:
                assert isinstance(event, Malformed)
                self._begin(self._host.refuse(event, self._number))
        if self._over:
            return
        self._settle()
        if self._reader.awaits_continue and self._playing is None and not self._waiting:
            self._reader.continue_sent()
            self._transport.write(CONTINUE)
        self._keep_bounds()

    def _settle(self) -> None:
        """May what comes next be answered at once?"""
        self._idle = (
            self._playing is None
            and not self._waiting
            and self._writable
            and not self._over
            and self._reader.between
        )

    def _keep_bounds(self) -> None:
        full = len(self._waiting) > QUEUE_LENGTH or self._waiting_bytes > QUEUE_BYTES
        if full and self._reading:
            self._reading = False
            self._transport.pause_reading()
        elif not full and not self._reading:
            self._reading = True
            self._transport.resume_reading()

    # Deliveries, step by step.

    def _begin(self, answer: bytes | Played | Coming) -> None:
        if isinstance(answer, bytes):  # hot: an unfaulted answer is one write
            self._transport.write(answer)
            return
        self._idle = False
        if isinstance(answer, Coming):
            self._playing = Played((Hold(),))
            answer.answer.add_done_callback(self._came)
            return
        self._playing = answer
        self._steps = iter(answer.delivery)
        self._first_bytes = b""
        self._play()

    def _play(self) -> None:
        """Take steps until one takes time or the delivery ends."""
        self._timer = None
        for step in self._steps:
            match step:
                case Write(octets):
                    if len(self._first_bytes) < 64:  # enough for any status line
                        self._first_bytes += octets[:64]
                    self._transport.write(octets)
                case Wait(seconds):
                    self._timer = asyncio.get_running_loop().call_later(seconds, self._play_on)
                    return
                case Hold():
                    return
                case Close():
                    self._finish("closed")
                    self._hang_up()
                    return
                case Reset():
                    self._finish("reset")
                    self._hang_up(reset=True)
                    return
        self._finish("sent")

    def _came(self, answer: asyncio.Future[bytes | Played]) -> None:
        """Go on with an answer that was awaited, unless the client has left meanwhile."""
        self._playing = None
        if not self._over and not answer.cancelled():
            self._begin(answer.result())
            self._serve()

    def _play_on(self) -> None:
        """Go on after a Wait; when that was the last one, with the requests that came meanwhile."""
        self._play()
        self._serve()

    def _finish(self, outcome: Outcome) -> None:
        """The delivery that is played, if any, has come to its end."""
        played, self._playing = self._playing, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if played is None:
            return
        if played.open is not None:
            self._host.ended(
                played.open,
                outcome=outcome,
                ended_s=self._host.clock.monotonic(),
                status=status_sent(self._first_bytes),
            )
        if outcome == "sent" and played.linger:
            self._linger()
        elif outcome == "sent" and not played.keep_alive:
            self._hang_up()
        self._settle()

    # Ends of the connection.

    def _given_up(self) -> None:
        """The client has ended it: what it is owed or was sending will not be."""
        if self._over:
            return
        self._over, self._idle = True, False
        self._finish("gone")
        waiting, self._waiting = self._waiting, deque()
        for event in waiting:
            if type(event) is Received:
                unheard = Abandoned(event.request, event.at_s, event.received_s)
                self._host.abandoned(unheard, self._number)
        partial = self._reader.abandoned()
        if partial is not None:
            self._host.abandoned(partial, self._number)

    def _hang_up(self, *, reset: bool = False) -> None:
        self._over, self._idle = True, False
        if reset:
            self.its_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self._transport.abort()
        else:
            self._transport.close()

    def _linger(self) -> None:
        self._over, self._idle = True, False
        if self._transport.can_write_eof():
            self._transport.write_eof()
        asyncio.get_running_loop().call_later(LINGER_S, self._transport.close)
