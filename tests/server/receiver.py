"""A receiver of webhooks for tests: what it got, and what it answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec


class Got(msgspec.Struct, frozen=True):
    """One request that arrived."""

    line: str
    headers: dict[str, str]
    body: bytes


Judge = Callable[[Got], int | None]
"""The status that a request gets; None: no answer at all."""


class Receiver:
    """Answers each request as `judge` says."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.got: list[Got] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.got.append(Got(head[0], headers, body))
            status = self.judge(self.got[-1])
            if status is None:
                await reader.read()
            else:
                writer.write(
                    f"HTTP/1.1 {status} X\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok".encode()
                )
        finally:
            writer.close()


@asynccontextmanager
async def receiver(judge: Judge = lambda got: 200) -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    made = Receiver(judge)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks"
    try:
        yield made
    finally:
        server.close()
