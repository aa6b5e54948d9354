"""How a client begins a connection to a proxy, as values: whom it wants to reach, and in what way.

A client that knows of the proxy says `CONNECT host:443` or names the whole URL in its first line (RFC 9112 section
3.2). One that was led here without knowing begins as it would with the provider: with a TLS handshake, which names
the host (RFC 6066 section 3), or with a request, whose Host field does.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

Way = Literal["tunnel", "whole", "tls", "plain"]
"""`tunnel`: CONNECT. `whole`: a request that names the whole URL. `tls`, `plain`: as to the provider itself."""

HANDSHAKE = 0x16
"""The first byte of a TLS record that holds a handshake message: RFC 8446 section 5.1."""

CLIENT_HELLO, SERVER_NAME, HOST_NAME = 1, 0, 0

_AUTHORITY = re.compile(r"(?:[^@/?#]*@)?(\[[0-9A-Fa-f:.]+\]|[^:/?#@]+)(?::(\d{1,5}))?")


class Opening(msgspec.Struct, frozen=True):
    """Whom a client wants to reach: a lower case host (empty where none is named) and a port (0 where none is: a
    handshake does not tell it). `octets`: how many bytes said so. `secure`: a whole URL that begins with https."""

    way: Way
    host: str
    port: int
    octets: int
    secure: bool = False


def opening(octets: bytes) -> Opening | None:
    """What the first bytes of a connection say; None until they say it whole. ValueError where they make no sense."""
    if octets[:1] == bytes((HANDSHAKE,)):
        return _by_handshake(octets)
    end = octets.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *fields = octets[:end].decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/"):
        raise ValueError(f"no HTTP request: {first[:60]!r}")
    method, target, _ = words
    if method == "CONNECT":
        host, port = authority(target, 443)
        return Opening("tunnel", host, port, end + 4)
    if "://" in target and not target.startswith("/"):
        scheme, _, rest = target.partition("://")
        scheme = scheme.lower()
        host, port = authority(re.split(r"[/?#]", rest, maxsplit=1)[0], 443 if scheme == "https" else 80)
        return Opening("whole", host, port, end + 4, scheme == "https")
    named = [value.strip() for name, _, value in (f.partition(":") for f in fields) if name.lower() == "host"]
    host, port = authority(named[0], 80) if named and named[0] else ("", 80)
    return Opening("plain", host, port, end + 4)


def as_to_the_host(head: bytes) -> bytes:
    """The head of a request that names the whole URL, as its host expects it (RFC 9112 section 3.2.1), and for this
    request alone: the next one may be for another host."""
    first, *fields = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    method, target, version = first.split(b" ")
    path = re.sub(rb"^[^:]*://[^/?#]*", b"", target)
    origin = path if path.startswith(b"/") else b"/" + path
    return _alone(b" ".join((method, origin, version)), fields)


def as_to_a_proxy(head: bytes, more: bytes) -> bytes:
    """The same as the next proxy expects it. `more`: header lines for that proxy, each with its end."""
    first, *fields = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    return _alone(first, [*fields, *more.split(b"\r\n")[:-1]])


_OF_THIS_CONNECTION = (b"connection", b"proxy-connection")


def _alone(first: bytes, fields: list[bytes]) -> bytes:
    kept = [field for field in fields if field.partition(b":")[0].lower() not in _OF_THIS_CONNECTION]
    return b"\r\n".join([first, *kept, b"connection: close", b"", b""])


def authority(text: str, usual_port: int) -> tuple[str, int]:
    """The host (lower case, an IPv6 address without its brackets) and port of `host:port`. ValueError."""
    found = _AUTHORITY.fullmatch(text)
    if found is None or int(found[2] or 0) > 65535:
        raise ValueError(f"no host: {text[:60]!r}")
    return found[1].strip("[]").rstrip(".").lower(), int(found[2] or usual_port)


def _by_handshake(octets: bytes) -> Opening | None:
    """The name in a ClientHello, which may be spread over several records: RFC 8446 sections 4.1.2 and 5.1."""
    message, at = b"", 0
    while True:
        if len(octets) < at + 5:
            return None
        if octets[at] != HANDSHAKE:
            raise ValueError("no TLS handshake")
        length = int.from_bytes(octets[at + 3 : at + 5])
        if len(octets) < at + 5 + length:
            return None
        message += octets[at + 5 : at + 5 + length]
        at += 5 + length
        if len(message) >= 4 and len(message) >= 4 + int.from_bytes(message[1:4]):
            break
    if message[0] != CLIENT_HELLO:
        raise ValueError("no TLS handshake of a client")
    return Opening("tls", _server_name(message), 0, at)


def _server_name(hello: bytes) -> str:
    at = 4 + 2 + 32  # the header of the message, its version, its random bytes
    for width in (1, 2, 1):  # the session's id, cipher suites, compression methods
        at += width + int.from_bytes(hello[at : at + width])
    end = at + 2 + int.from_bytes(hello[at : at + 2])
    at += 2
    while at + 4 <= end:
        kind, length = int.from_bytes(hello[at : at + 2]), int.from_bytes(hello[at + 2 : at + 4])
        extension, at = hello[at + 4 : at + 4 + length], at + 4 + length
        if kind == SERVER_NAME and len(extension) >= 5 and extension[2] == HOST_NAME:
            name = extension[5 : 5 + int.from_bytes(extension[3:5])]
            return name.decode("ascii", "replace").rstrip(".").lower()
    return ""
