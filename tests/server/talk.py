"""A client of raw sockets, so that a test says byte for byte what is on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

PATIENCE_S = 5.0
"""How long a test waits for what must come. Reached only when it fails."""


class Talk:
    """One connection to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def say(self, octets: bytes) -> None:
        """Send."""
        self._writer.write(octets)

    async def hear(self) -> tuple[bytes, dict[str, str], bytes]:
        """One whole answer that has a Content-Length or no body: status line, headers, body."""
        head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        first, *lines = head[:-4].decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        body = await asyncio.wait_for(
            self._reader.readexactly(int(headers.get("content-length", "0"))), PATIENCE_S
        )
        return first.encode(), headers, body

    async def hear_head(self) -> bytes:
        """Up to the end of one head, and nothing of what follows it."""
        return await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), PATIENCE_S)

    async def hear_all(self) -> bytes:
        """Everything up to the end that the server makes. ConnectionResetError where it is an RST."""
        return await asyncio.wait_for(self._reader.read(), PATIENCE_S)

    async def hear_some(self) -> bytes:
        """What comes next."""
        return await asyncio.wait_for(self._reader.read(65536), PATIENCE_S)

    async def hears_nothing(self, for_s: float = 0.05) -> bool:
        """Neither bytes nor an end for so long."""
        try:
            await asyncio.wait_for(self._reader.read(1), for_s)
        except TimeoutError:
            return True
        return False

    def stop_saying(self) -> None:
        """Send FIN and go on listening."""
        self._writer.write_eof()

    def leave(self) -> None:
        """Close."""
        self._writer.close()

    def slam(self) -> None:
        """Close at once, throwing away what was not read."""
        self._writer.transport.abort()


@asynccontextmanager
async def talk_to(port: int) -> AsyncIterator[Talk]:
    """A new connection to this port of the loopback interface."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Talk(reader, writer)
    finally:
        writer.close()


def get(path: str, *lines: str) -> bytes:
    """The bytes of a GET."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


def post(path: str, body: bytes, *lines: str) -> bytes:
    """The bytes of a POST."""
    head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *lines, "", ""]
    return "\r\n".join(head).encode() + body


async def soon(true: Callable[[], bool]) -> None:
    """Come back as soon as it is so; fail when it does not become so."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110 - what is waited for is a plain value
            await asyncio.sleep(0.001)
