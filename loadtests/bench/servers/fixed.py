"""Fixed answers from an asyncio protocol on httptools: what is left when a server in Python does nothing else.

Arguments: port, then `asyncio` or `uvloop`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import cast

import httptools
import uvloop

from loadtests.bench.traffic import pet


def answer_of(status: str, body: object) -> bytes:
    """The whole answer on the wire."""
    octets = json.dumps(body, separators=(",", ":")).encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(octets)}\r\n\r\n"
    return head.encode() + octets


ONE = answer_of("200 OK", pet(7))
PAGE = answer_of("200 OK", {"more": True, "pets": [pet(7), pet(8)]})
MADE = answer_of("201 Created", pet(7))


class Fixed(asyncio.Protocol):
    """Reads whole requests, and looks at no more than which of the three it is."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._target = url

    def on_message_complete(self) -> None:
        if self._target.startswith(b"/pets/"):
            self._transport.write(ONE)
        else:
            self._transport.write(MADE if self._parser.get_method() == b"POST" else PAGE)


async def serve(port: int) -> None:
    """Until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Fixed, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    run = uvloop.run if sys.argv[2] == "uvloop" else asyncio.run
    run(serve(int(sys.argv[1])))
