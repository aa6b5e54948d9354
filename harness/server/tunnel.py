"""Past the proxy: a client joined to a real host that it may reach, and answers in the proxy's own name."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing, suppress
from http import HTTPStatus

from harness.protocols.opening import Opening, as_to_a_proxy, as_to_the_host
from harness.server.upstream import Upstream, reach, to_proxy

PATIENCE_S = 30.0
"""How long a client may take to say whom it wants, and a real host to let us in."""

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"

CHUNK_BYTES = 64 * 1024


async def tell(client: socket.socket, status: int, why: str) -> None:
    """Answer a client, and end what we send."""
    await asyncio.get_running_loop().sock_sendall(client, _answer(status, why))
    client.shutdown(socket.SHUT_WR)
    # Closing with bytes that were not read would send RST, and the client might lose the answer.
    with suppress(BlockingIOError):
        while client.recv(CHUNK_BYTES):
            pass


async def let_through(client: socket.socket, asked: Opening, by: Upstream | None = None) -> str:
    """Join a client to the real host, through another proxy where there is one, until both have ended. The client's
    socket is closed. Gives why the host could not be reached; empty where it was."""
    reader, writer = await asyncio.open_connection(sock=client)
    with closing(writer):
        try:
            async with asyncio.timeout(PATIENCE_S):
                # A proxy is asked for a whole URL as we were; not all of them open tunnels to where no TLS is spoken.
                handed_on = by if asked.way == "whole" and not asked.secure else None
                far = (
                    await to_proxy(handed_on)
                    if handed_on
                    else await reach(asked.host, asked.port or 443, secure=asked.secure, by=by)
                )
        except (OSError, TimeoutError) as error:
            why = f"{asked.host}:{asked.port or 443} cannot be reached: {error or 'no answer'}"
            writer.write(_answer(502, why))
            return why
        far_reader, far_writer = far
        with closing(far_writer):
            if asked.way == "tunnel":
                await reader.readexactly(asked.octets)
                writer.write(ESTABLISHED)
            elif asked.way == "whole":
                head = await reader.readexactly(asked.octets)
                far_writer.write(as_to_a_proxy(head, handed_on.fields) if handed_on else as_to_the_host(head))
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
    return ""


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Everything from one end to the other, up to its end."""
    with suppress(OSError):
        while octets := await source.read(CHUNK_BYTES):
            sink.write(octets)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()
        else:
            sink.close()


def _answer(status: int, why: str) -> bytes:
    body = f"{why}\n".encode()
    fields = ("content-type: text/plain; charset=utf-8", f"content-length: {len(body)}", "connection: close")
    head = "\r\n".join((f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *fields, "", ""))
    return head.encode("latin-1") + body
