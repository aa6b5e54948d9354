"""HTTP/1.0 and 1.1 as values: bytes in, whole requests out; an answer in, bytes out. No socket, no clock.

Rules: RFC 9112 (framing), RFC 9110 (semantics). What is not a request by those rules becomes a `Malformed`,
after which nothing more of that connection can be understood.
"""

from __future__ import annotations

import re
import zlib
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

import httptools
import msgspec

from harness.model.message import WIRE_METHODS, Headers, Request, Response

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
"""The interim answer to `Expect: 100-continue`, RFC 9110 section 15.2.1."""

BODILESS = frozenset({204, 304, *range(100, 200)})
"""Statuses whose answers have no body, whatever was asked: RFC 9110 section 6.4.1."""

GZIP = frozenset({"gzip", "x-gzip"})
"""Codings that mean gzip: RFC 9110 section 8.4.1.3."""

UNREADABLE = frozenset({"br", "compress", "x-compress", "deflate", "zstd"})
"""Registered compressions that we do not undo. What else clients write there (`utf-8`, `aws-chunked`) is let pass."""

_AUTHORITY = re.compile(r"^[^/?]*://[^/?]*")

_OTHER_PROTOCOLS = {
    b"\x16\x03": "a TLS handshake, but this port speaks plain HTTP: its URL begins with http://",
    b"PRI * HTTP/2": "HTTP/2, but this port speaks HTTP/1.1",
}
"""How the bytes of other protocols begin, and what to say then."""

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^\0-\x20]+) HTTP/1\.[01]\r?\n")

_STATUS_LINES = {s.value: f"HTTP/1.1 {s.value} {s.phrase}\r\n".encode() for s in HTTPStatus}


class Limits(msgspec.Struct, frozen=True, gc=False):
    """What a request may weigh. `body_bytes` holds before and after unzipping. nginx takes 32 KiB of header
    fields, Node 16 KiB; a test bench is generous, so that the provider's own rules are met first."""

    body_bytes: int = 64 * 1024 * 1024
    head_bytes: int = 64 * 1024


USUAL_LIMITS = Limits()


class Received(msgspec.Struct, frozen=True, gc=False):
    """A whole request. `at_s`: when its first byte was seen. `received_s`: when its last was. `keep_alive`: the
    client wants the connection to go on. `http10`: it speaks HTTP/1.0, so that going on must be said."""

    request: Request
    at_s: float
    received_s: float
    keep_alive: bool = True
    http10: bool = False


class Malformed(msgspec.Struct, frozen=True, gc=False):
    """What came is not a request that we take: the status to answer, why, and as much as was understood."""

    status: int
    message: str
    at_s: float
    request: Request | None = None


Event = Received | Malformed


class Abandoned(msgspec.Struct, frozen=True, gc=False):
    """A request that never became whole. `request`: with as much of the body as came; None where not even the head
    is complete. `received_s`: None, or when a whole one was received that nobody took up any more."""

    request: Request | None
    at_s: float
    received_s: float | None = None


class RequestReader:
    """Turns the bytes of one connection into requests, in order. After a `Malformed` it takes no more.
    `scheme`: https where TLS lies below."""

    # hot: a request of the usual kind costs one parser callback a header and no copy of its body.
    def __init__(self, limits: Limits = USUAL_LIMITS) -> None:
        self._limits = limits
        self.scheme = "http"
        self._parser = httptools.HttpRequestParser(self)
        self._events: list[Event] = []
        self._done = False
        self._within = self._reading_head = False
        self._offered = False
        self._head_number = 0
        self._now_s = self._at_s = 0.0
        self._begin()

    @property
    def awaits_continue(self) -> bool:
        """The client has sent a head with `Expect: 100-continue` and waits before it sends the body."""
        return self._expects

    @property
    def between(self) -> bool:
        """Does the next byte begin a request?"""
        return not self._within and not self._done

    def continue_sent(self) -> None:
        """The interim answer was written."""
        self._expects = False

    def abandoned(self) -> Abandoned | None:
        """The request in the middle of which the bytes have ended; None where they ended between two."""
        if not self._within or self._done:
            return None
        request = None if self._reading_head else self._request(b"".join(self._body))
        return Abandoned(request, self._at_s)

    def feed(self, octets: bytes, *, at_s: float) -> list[Event]:
        """The requests that these bytes complete. `at_s`: when they were seen."""
        self._now_s = at_s
        while octets and not self._done:
            head_before = self._head_number if self._reading_head else None
            try:
                self._parser.feed_data(octets)
            except httptools.HttpParserUpgrade as upgrade:
                octets = self._without_offer() + octets[upgrade.args[0] :]
                self._parser = httptools.HttpRequestParser(self)
            except httptools.HttpParserInvalidMethodError as error:
                self._refuse_method(octets, error)
            except httptools.HttpParserError as error:
                self._refuse_octets(octets, error)
            else:
                if self._reading_head and self._head_number == head_before:
                    self._bound_unfinished_head(len(octets))
                octets = b""
        events, self._events = self._events, []
        return events

    # What the parser calls. It may deliver a target and a header in pieces.

    def on_message_begin(self) -> None:
        if self._offered:
            return
        self._begin()
        self._at_s = self._now_s
        self._within = self._reading_head = True
        self._head_number += 1

    def on_url(self, piece: bytes) -> None:
        if self._offered:
            return
        self._target += piece
        if len(self._target) > self._limits.head_bytes:
            self._refuse(414, f"the request target is longer than {self._limits.head_bytes} bytes")

    def on_header(self, name: bytes, value: bytes | None) -> None:
        if self._offered:
            return
        value = value or b""
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > self._limits.head_bytes:
            self._refuse(431, f"the header fields are longer than {self._limits.head_bytes} bytes")
        elif self._reading_head:  # a trailer field says nothing that we need: RFC 9110 section 6.5.1
            self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        if self._offered:
            self._offered = False
            return
        self._reading_head = False
        self._offered = self._parser.should_upgrade()
        self._method = self._parser.get_method().decode("ascii")
        version = self._parser.get_http_version()
        self._http10 = version != "1.1"
        length = 0
        hosts = 0
        coding = "chunked"
        for name, value in self._headers:
            if name == "transfer-encoding":
                coding = value.strip()
            elif name == "host":
                hosts += 1
            elif name == "content-length":
                length = int(value)  # the parser takes digits only
            elif name == "expect" and value.lower() == "100-continue" and not self._http10:
                self._expects = True
        if version not in ("1.0", "1.1"):
            self._refuse(505, f"HTTP/{version} is not spoken here; HTTP/1.1 is")
        elif coding.lower() != "chunked":
            self._refuse(501, f"the transfer coding {coding!r} is not known here: RFC 9112 section 6.1")
        elif hosts != 1 and not (self._http10 and hosts == 0):
            self._refuse(400, f"{hosts or 'no'} Host header fields, need 1: RFC 9112 section 3.2")
        elif length > self._limits.body_bytes:
            self._refuse(413, f"the body is longer than {self._limits.body_bytes} bytes")

    def on_body(self, piece: bytes) -> None:
        self._expects = False
        self._body.append(piece)
        self._body_bytes += len(piece)
        if self._body_bytes > self._limits.body_bytes:
            self._refuse(413, f"the body is longer than {self._limits.body_bytes} bytes")

    def on_message_complete(self) -> None:
        if self._done or self._offered:
            return
        self._within = self._expects = False
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        coding = (self._header("content-encoding") or "").strip().lower()
        if body and coding in UNREADABLE:
            self._refuse(415, f"a body compressed by {coding!r} cannot be read here; gzip can")
            return
        if body and coding in GZIP:
            try:
                body = gunzip(body, limit_bytes=self._limits.body_bytes)
            except OverflowError:
                self._refuse(413, f"the unzipped body is longer than {self._limits.body_bytes} bytes")
                return
            except ValueError as error:
                self._refuse(400, str(error))
                return
        keep_alive = self._parser.should_keep_alive()
        self._events.append(Received(self._request(body), self._at_s, self._now_s, keep_alive, self._http10))
        # What a client sends after its last request concerns nobody: RFC 9112 section 9.6.
        self._done = not keep_alive

    # What they share.

    def _begin(self) -> None:
        self._method = ""
        self._target = b""
        self._headers: list[tuple[str, str]] = []
        self._head_bytes = 0
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._unfinished_bytes = 0
        self._expects = False
        self._http10 = False
        self._offered = False

    def _header(self, name: str) -> str | None:
        for key, value in self._headers:
            if key == name:
                return value
        return None

    def _request(self, body: bytes) -> Request:
        target = self._target.decode("latin-1")
        path, query = split_target(target)
        return Request(self._method, target, path, query, tuple(self._headers), body, self.scheme)

    def _without_offer(self) -> bytes:
        """The head that was just read, as far as framing goes, without its offer to change the protocol.

        An offer (h2c from Java's client, CONNECT) may be ignored: RFC 9110 section 7.8. But the parser stands
        still after one and takes the body for the other protocol, so a new one reads on from this head.
        """
        lines = [f"POST / HTTP/{'1.0' if self._http10 else '1.1'}"]
        for name, value in self._headers:
            if name in ("content-length", "transfer-encoding"):
                lines.append(f"{name}: {value}")
            elif name == "connection":
                kept = [word for word in value.split(",") if word.strip().lower() != "upgrade"]
                lines.append(f"connection: {','.join(kept)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _bound_unfinished_head(self, more_bytes: int) -> None:
        # The parser keeps a header field until it is whole, however long it gets.
        self._unfinished_bytes += more_bytes
        if self._unfinished_bytes > self._limits.head_bytes:
            self._refuse(431, f"the header fields are longer than {self._limits.head_bytes} bytes")

    def _refuse_method(self, octets: bytes, error: httptools.HttpParserError) -> None:
        line = _REQUEST_LINE.match(octets) if not self._events else None
        if line is None:
            self._refuse_octets(octets, error)
            return
        method, target = line[1].decode(), line[2].decode("latin-1")
        hint = f"; methods are upper case: {method.upper()}" if method.upper() in WIRE_METHODS else ""
        path, query = split_target(target)
        request = Request(method, target, path, query, (), b"", self.scheme)
        message = f"the method {method!r} is not known here{hint}: RFC 9110 section 15.6.2"
        self._done = True
        self._events.append(Malformed(501, message, self._now_s, request))

    def _refuse_octets(self, octets: bytes, error: httptools.HttpParserError) -> None:
        other = (says for start, says in _OTHER_PROTOCOLS.items() if octets.startswith(start))
        self._refuse(400, next(other, f"not an HTTP/1.1 request: {error}"))

    def _refuse(self, status: int, message: str) -> None:
        if self._done:
            return
        self._done = True
        self._expects = False
        request = None
        if self._target:
            self._method = self._parser.get_method().decode("ascii")
            request = self._request(b"")
        self._events.append(Malformed(status, message, self._at_s, request))


def split_target(target: str) -> tuple[str, str]:
    """Path and query of a request target, still percent-encoded. The absolute form that a client behind a proxy
    sends (RFC 9112 section 3.2.2) loses its scheme and authority."""
    if not target.startswith("/") and "://" in target:
        target = _AUTHORITY.sub("", target)  # not urlsplit(), which refuses some
        target = target if target.startswith("/") else f"/{target}"
    path, _, query = target.partition("?")
    return path, query


def gunzip(octets: bytes, *, limit_bytes: int) -> bytes:
    """The content of a gzip body. OverflowError when it is longer than the limit, ValueError when it is no gzip."""
    content = b""
    while octets:  # a gzip file is one member or more: RFC 1952 section 2.2
        inflater = zlib.decompressobj(wbits=31)
        try:
            content += inflater.decompress(octets, limit_bytes + 1 - len(content))
        except zlib.error as error:
            raise ValueError(f"the body is not gzip: {error}") from None
        if len(content) > limit_bytes:
            raise OverflowError
        if not inflater.eof:
            raise ValueError("the gzip body ends too early")
        octets = inflater.unused_data
    return content


def http_date(epoch_s: float) -> str:
    """A time as header fields write it: `Sun, 06 Nov 1994 08:49:37 GMT`, RFC 9110 section 5.6.7."""
    return formatdate(epoch_s, usegmt=True)


def render(
    response: Response, *, date: str, head: bool = False, keep_alive: bool = True, http10: bool = False
) -> bytes:
    """The bytes of an answer, with Date, Content-Length and Connection where the answer has none of its own.

    `head`: the answer is to HEAD, so its body stays away and its length is told. `http10`: the client speaks
    HTTP/1.0 and must be told that the connection goes on.
    """
    # hot: what does not change from answer to answer is written once.
    status = response.status
    start, dated, framed = _start(status, response.headers, keep_alive, http10)
    own = "" if dated else f"date: {date}\r\n"
    if not framed and status not in BODILESS:
        own += f"content-length: {len(response.body)}\r\n"
    rest = f"{own}\r\n".encode("ascii")
    return start + rest if head or status in BODILESS else start + rest + response.body


@lru_cache(maxsize=512)
def _start(status: int, headers: Headers, keep_alive: bool, http10: bool) -> tuple[bytes, bool, bool]:
    """The status line and header fields of an answer; whether its date is among them, and whether its length is."""
    names = {name for name, _ in headers}
    lines = [_STATUS_LINES.get(status) or f"HTTP/1.1 {status} \r\n".encode()]
    lines += [_line(name, value) for name, value in headers]
    if "connection" not in names:
        if not keep_alive:
            lines.append(b"connection: close\r\n")
        elif http10:
            lines.append(b"connection: keep-alive\r\n")
    return b"".join(lines), "date" in names, not names.isdisjoint(("content-length", "transfer-encoding"))


def _line(name: str, value: str) -> bytes:
    line = f"{name}: {value}"
    if "\r" in line or "\n" in line:  # no value may begin a header of its own
        line = line.replace("\r", " ").replace("\n", " ")
    try:
        return line.encode("latin-1") + b"\r\n"
    except UnicodeEncodeError:
        return line.encode() + b"\r\n"


def status_sent(octets: bytes) -> int | None:
    """The status of the status line that these first bytes of an answer hold whole; None where they do not."""
    line, ended, _ = octets.partition(b"\r\n")
    code = line[9:12]
    return int(code) if ended and line.startswith(b"HTTP/") and code.isdigit() else None


@lru_cache(maxsize=512)
def with_date(headers: Headers, date: str) -> Headers:
    """The header fields as `render` will send them, for the journal: with the Date that it adds."""
    return headers if any(name == "date" for name, _ in headers) else (*headers, ("date", date))
