"""A forward proxy: clients reach by it whom they ask for, as far as somebody plays them or they are let through.

TLS ends here, with a certificate made on the spot, and what comes then is served as if it had come directly: the
connection itself is handed on, so that a reset is a reset. A client may also be led here without knowing: then its
TLS handshake or its Host field says whom it wants.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import msgspec

from harness.contract.hosts import is_loopback
from harness.protocols.opening import HANDSHAKE, Opening, opening
from harness.server.listener import BACKLOG, bound
from harness.server.tls import Authority
from harness.server.tunnel import ESTABLISHED, PATIENCE_S, let_through, tell
from harness.server.upstream import Upstream
from harness.server.visit import hand_on

log = logging.getLogger("harness.server")

OPENING_BYTES = 64 * 1024
"""How long what a client begins with may be."""

PEEK_EVERY_S = 0.002
"""An opening that came in part cannot be waited for: it stays unread until it is whole."""


class Played(msgspec.Struct, frozen=True):
    """Served here, for this one connection. `protocol`: the server's side of it, given what was already read of it
    and whether it may carry no more than one request. `refuses`: nobody listens now. `shows`: what the client is
    shown in its TLS handshake, else a good certificate. `broken_off`: told when that fails; is it as planned?"""

    protocol: Callable[[bytes, bool], asyncio.Protocol]
    refuses: bool = False
    shows: Callable[[str], ssl.SSLContext] | None = None
    broken_off: Callable[[Exception], bool] = lambda error: False


class Through(msgspec.Struct, frozen=True):
    """Let through to the real host, by another proxy where one stands before it; nobody here reads what is said."""

    by: Upstream | None = None


class Nobody(msgspec.Struct, frozen=True):
    """Neither; `why` is for the client."""

    why: str


Destination = Played | Through | Nobody
Route = Callable[[str, int], Destination]
"""Whom a client reaches that asks for this host and port."""


class Proxy:
    """Listens from `start` to `close`. `broken_off`: how often a client ended the TLS handshake with which host; it
    does not trust our certificate then. `unreached`: why hosts of other machines could not be reached that may be."""

    def __init__(self, route: Route, authority: Authority, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._route, self._authority = route, authority
        self._socket = bound(host, port)
        self._host = host
        self._serving: set[asyncio.Task[None]] = set()
        self._accepting: asyncio.Task[None] | None = None
        self.port: int = self._socket.getsockname()[1]
        self.broken_off: Counter[str] = Counter()
        self.unreached: Counter[str] = Counter()

    @property
    def url(self) -> str:
        """As `HTTPS_PROXY` has it."""
        return f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{self.port}"

    def start(self) -> None:
        """Listen. Connections are served by the running event loop."""
        self._socket.listen(BACKLOG)
        self._accepting = asyncio.get_running_loop().create_task(self._accept())

    async def close(self) -> None:
        """Give the port up. Connections that were handed on belong to whoever plays the host; tunnels end."""
        tasks = [*self._serving, *([self._accepting] if self._accepting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._socket.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, _ = await loop.sock_accept(self._socket)
            except OSError as error:  # too many open files: some of them will be closed
                log.warning("proxy: %s", error)
                await asyncio.sleep(0.1)
                continue
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = loop.create_task(self._serve(client))
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)

    async def _serve(self, client: socket.socket) -> None:
        """From the first byte until the connection is handed on, or has ended."""
        handed_on = False
        try:
            async with asyncio.timeout(PATIENCE_S):
                asked = await _asked(client)
            if asked is not None:
                handed_on = await self._lead(client, asked)
        except ValueError as error:
            with suppress(OSError):
                await tell(client, 400, f"{error}: this is the proxy of `harness run`")
        except (OSError, TimeoutError):
            pass
        finally:
            if not handed_on:
                client.close()

    async def _lead(self, client: socket.socket, asked: Opening) -> bool:
        """Take a client where it wants to go. True where its socket belongs to somebody else from now on."""
        match self._route(asked.host, asked.port):
            case Nobody(why):
                if asked.way != "tls":
                    await tell(client, 403, why)
                return False
            case Through(by):
                why = await let_through(client, asked, by)
                if why and not is_loopback(asked.host):
                    self.unreached[why] += 1
                return True
            case Played() as played:
                whole = asked.way == "whole"
                head = client.recv(asked.octets) if whole else b""
                if asked.way == "tunnel":
                    client.recv(asked.octets)
                    await asyncio.get_running_loop().sock_sendall(client, ESTABLISHED)
                if played.refuses:
                    await self._hand_on(client, played, played.protocol(b"", False), "")
                    return True
                by_tls = asked.way == "tls"
                if asked.way == "tunnel":
                    by_tls = (await _peeked(client))[:1] == bytes((HANDSHAKE,))
                protocol = played.protocol(head, whole)
                await self._hand_on(client, played, protocol, asked.host if by_tls else "")
                return True

    async def _hand_on(
        self, client: socket.socket, played: Played, protocol: asyncio.Protocol, host: str
    ) -> None:
        """Let the protocol serve the client, by TLS as `host` where one is named."""
        context = (played.shows or self._authority.context)(host) if host else None
        try:
            await hand_on(client, protocol, context)
        except OSError as error:
            if host and not played.broken_off(error):
                self.broken_off[host] += 1


async def _asked(client: socket.socket) -> Opening | None:
    """Whom the client wants to reach; None where it left before it said so. Nothing of it is taken yet."""
    while octets := await _peeked(client):
        asked = opening(octets)
        if asked is not None:
            return asked
        if len(octets) >= OPENING_BYTES:
            raise ValueError(f"the first {OPENING_BYTES} bytes do not say whom to reach")
        await asyncio.sleep(PEEK_EVERY_S)
    return None


async def _peeked(client: socket.socket) -> bytes:
    """What has come and was not taken; nothing where the client has ended its side."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(client, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(client)
    return client.recv(OPENING_BYTES, socket.MSG_PEEK)
