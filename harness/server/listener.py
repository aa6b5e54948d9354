"""A lane's port: listened on, or held without listening, so that the kernel refuses whoever connects."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from harness.errors import UsageError
from harness.server.connection import RESET_ON_CLOSE, Connection

BACKLOG = 1024


class Listener:
    """One port on one address, ours from the beginning to `close`. `port` 0 takes a free one. `shared`: with
    other processes of this user that listen there too; the kernel spreads the connections (SO_REUSEPORT).
    `arrive`: takes each client's socket, which is then not served by `connection`."""

    def __init__(
        self,
        connection: Callable[[], Connection],
        *,
        host: str,
        port: int,
        shared: bool = False,
        arrive: Callable[[socket.socket], None] | None = None,
    ) -> None:
        self._connection, self._arrive = connection, arrive
        self._receiving = False
        self._host = host
        self._shared = shared
        self._socket = bound(host, port, shared=shared)
        self._serving: asyncio.Task[asyncio.Server] | None = None
        self.port: int = self._socket.getsockname()[1]

    @property
    def listening(self) -> bool:
        return self._serving is not None or self._receiving

    def open(self) -> None:
        """Listen. From this moment the kernel completes connections; they are served from the loop's next turn."""
        self._socket.listen(BACKLOG)
        if self._arrive is not None:
            self._receiving = True
            asyncio.get_running_loop().add_reader(self._socket, self._receive, self._arrive)
            return
        serving = asyncio.get_running_loop().create_server(
            self._connection, sock=self._socket, backlog=BACKLOG
        )
        self._serving = asyncio.get_running_loop().create_task(serving)

    def refuse(self) -> int:
        """Stop listening and keep the port. Connections that nobody accepted yet are reset; gives their number."""
        waiting = self._accepted() if self.listening else []
        for connection in waiting:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            connection.close()
        self.close()
        self._socket = bound(self._host, self.port, shared=self._shared)
        return len(waiting)

    def close(self) -> None:
        """Give the port up."""
        if self._receiving:
            self._receiving = False
            asyncio.get_running_loop().remove_reader(self._socket)
        serving, self._serving = self._serving, None
        if serving is not None and serving.done():
            serving.result().close()
        elif serving is not None:
            serving.cancel()
        self._socket.close()

    def _receive(self, arrive: Callable[[socket.socket], None]) -> None:
        for client in self._accepted():
            client.setblocking(False)
            arrive(client)

    def _accepted(self) -> list[socket.socket]:
        accepted = []
        while True:
            try:
                accepted.append(self._socket.accept()[0])
            except OSError:
                return accepted


def bound(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A socket that holds the port and does not listen. UsageError where it is taken."""
    # A socket that is bound and does not listen refuses: the kernel answers a SYN with RST.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol by name: asyncio sends small pieces at once (TCP_NODELAY) only where it says TCP.
    held = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    held.setblocking(False)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        held.bind((host, port))
    except OSError as error:
        held.close()
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}") from None
    return held
