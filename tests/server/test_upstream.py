"""Real hosts behind a proxy of the user's own."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from harness.server.proxy import Proxy
from harness.server.routes import Routes
from harness.server.tls import Authority
from harness.server.upstream import Upstream, ways_out
from tests.server.talk import talk_to

pytestmark = pytest.mark.anyio

CREDENTIALS = "Basic " + b64encode(b"ada:p w").decode()


class Corporate:
    """A proxy that notes the heads it gets, and answers each with these bytes and then with what it hears."""

    def __init__(self, answer: bytes) -> None:
        self.heads: list[bytes] = []
        self._answer = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self._answer)
        if self.heads[-1].startswith(b"CONNECT"):
            writer.write(b"heard " + await reader.read(100))
        writer.close()


@asynccontextmanager
async def behind(corporate: Corporate) -> AsyncIterator[Proxy]:
    """Our proxy, with that one before it."""
    server = await asyncio.start_server(corporate.serve, "127.0.0.1", 0)
    url = f"http://ada:p%20w@127.0.0.1:{server.sockets[0].getsockname()[1]}"
    routes = Routes([], allowed=["real.example"], way_out=ways_out({"https_proxy": url, "HTTP_PROXY": url}))
    proxy = Proxy(routes, Authority())
    proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()
        server.close()


async def test_a_tunnel_leads_through_it() -> None:
    corporate = Corporate(b"HTTP/1.1 200 OK\r\n\r\n")
    async with behind(corporate) as proxy, talk_to(proxy.port) as talk:
        talk.say(b"CONNECT real.example:443 HTTP/1.1\r\n\r\n")
        assert b" 200 " in await talk.hear_head()
        talk.say(b"hello")
        assert await talk.hear_all() == b"heard hello"
    assert corporate.heads == [
        b"CONNECT real.example:443 HTTP/1.1\r\nhost: real.example:443\r\n"
        b"proxy-authorization: " + CREDENTIALS.encode() + b"\r\n\r\n"
    ]


async def test_a_whole_url_is_handed_on_as_it_is() -> None:
    corporate = Corporate(b"HTTP/1.1 204 No Content\r\n\r\n")
    async with behind(corporate) as proxy, talk_to(proxy.port) as talk:
        talk.say(b"GET http://real.example/a HTTP/1.1\r\nHost: real.example\r\nProxy-Connection: x\r\n\r\n")
        assert await talk.hear_all() == b"HTTP/1.1 204 No Content\r\n\r\n"
    assert corporate.heads == [
        b"GET http://real.example/a HTTP/1.1\r\nHost: real.example\r\n"
        b"proxy-authorization: " + CREDENTIALS.encode() + b"\r\nconnection: close\r\n\r\n"
    ]


async def test_its_refusal_is_told() -> None:
    async with behind(Corporate(b"HTTP/1.1 407 Who are you\r\n\r\n")) as proxy, talk_to(proxy.port) as talk:
        talk.say(b"CONNECT real.example:443 HTTP/1.1\r\n\r\n")
        status, _, body = await talk.hear()
        assert status == b"HTTP/1.1 502 Bad Gateway"
        assert b"answers HTTP/1.1 407 Who are you" in body
    (why,) = proxy.unreached
    assert why.startswith("real.example:443 cannot be reached: the proxy 127.0.0.1:")


def test_the_environment_names_it() -> None:
    way_out = ways_out(
        {
            "HTTPS_PROXY": "corp:3128",
            "http_proxy": "socks5://a:1",
            "no_proxy": ".lan",
            "ALL_PROXY": "https://all",
        }
    )
    assert way_out("a.example", True) == Upstream("corp", 3128)
    assert way_out("a.example", False) is None
    assert way_out("a.lan", True) is None
    assert way_out("127.0.0.1", True) is None
    assert ways_out({"ALL_PROXY": "https://all"})("a.example", True) == Upstream("all", 443, secure=True)
    assert ways_out({"HTTPS_PROXY": "http://a:b:c"})("a.example", True) is None
    assert ways_out({})("a.example", True) is None
