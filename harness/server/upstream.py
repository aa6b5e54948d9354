"""The proxy before the real hosts, where the user has one: the environment names it, as for any other program."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit

import msgspec

from harness.contract.hosts import is_loopback

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Upstream(msgspec.Struct, frozen=True):
    """Another proxy. `secure`: it is spoken to by TLS. `credentials`: the value of Proxy-Authorization, if any."""

    host: str
    port: int
    secure: bool = False
    credentials: str = ""

    @property
    def fields(self) -> bytes:
        """What a request to it says beside what it is about: whole header lines."""
        return f"proxy-authorization: {self.credentials}\r\n".encode() if self.credentials else b""


WayOut = Callable[[str, bool], Upstream | None]
"""The proxy before a real host, asked by TLS or not; None where there is none."""


def ways_out(environ: Mapping[str, str]) -> WayOut:
    """As `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say. What speaks no HTTP (socks) counts for none."""

    def named(name: str) -> str:
        return environ.get(name) or environ.get(name.upper()) or ""

    def way_out(host: str, secure: bool) -> Upstream | None:
        if is_loopback(host) or _is_beside(host, named("no_proxy")):
            return None
        return _upstream(named("https_proxy" if secure else "http_proxy") or named("all_proxy"))

    return way_out


async def reach(host: str, port: int, *, secure: bool, by: Upstream | None) -> Streams:
    """A connection to a host, through the proxy where there is one. OSError where there is no way."""
    if by is None:
        return await asyncio.open_connection(host, port, ssl=True if secure else None)
    reader, writer = await to_proxy(by)
    try:
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        writer.write(f"CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n".encode() + by.fields + b"\r\n")
        try:
            said = (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0].decode("latin-1")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            said = "nothing that makes sense"
        if not said.startswith(("HTTP/1.1 2", "HTTP/1.0 2")):
            raise OSError(f"the proxy {by.host}:{by.port} answers {said}")
        if secure:
            await writer.start_tls(ssl.create_default_context(), server_hostname=host)
    except BaseException:
        writer.close()
        raise
    return reader, writer


async def to_proxy(by: Upstream) -> Streams:
    """A connection to the proxy itself. OSError."""
    return await asyncio.open_connection(by.host, by.port, ssl=True if by.secure else None)


def _is_beside(host: str, no_proxy: str) -> bool:
    entries = [entry.strip().lower() for entry in no_proxy.split(",") if entry.strip()]
    return "*" in entries or any(f".{host}".endswith("." + entry.lstrip("*.")) for entry in entries)


def _upstream(url: str) -> Upstream | None:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    credentials = f"Basic {base64.b64encode(pair.encode()).decode()}" if pair != ":" else ""
    secure = parts.scheme == "https"
    return Upstream(parts.hostname, port or (443 if secure else 80), secure, credentials)
