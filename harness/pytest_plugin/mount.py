"""A lane under a team's own `httpserver` (pytest-httpserver): its expectations come first, the contract answers the
rest.

What no expectation matches is sent on to the lane, and what comes back goes to the client as it comes: late, in
pieces, cut short or reset, byte for byte. Only a refused connection cannot be had there, since the team's server
listens; it is a reset connection instead.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import struct
from collections.abc import Iterable
from http.client import HTTPException, HTTPResponse, IncompleteRead
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from harness.errors import UsageError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_HOP = frozenset(
    ("connection", "keep-alive", "expect", "transfer-encoding", "content-length", "upgrade", "te")
)
_CONNECT_S = 5.0
_LINGER_NOT = struct.pack("ii", 1, 0)


class Mount:
    """A lane that answers what an `httpserver` has no expectation for, until `unmount`. UsageError where one does
    already.

    A request that comes while an ordered expectation is due, and is not the expected one, fails as pytest-httpserver
    has it. Links in answers lead back to the `httpserver`, by http.
    """

    def __init__(self, httpserver: HTTPServer, lane_url: str) -> None:
        if "respond_nohandler" in vars(httpserver):
            raise UsageError(f"{httpserver.url_for('/')} has a provider mounted already; it takes one")
        if not lane_url.startswith("http://"):
            raise UsageError(f"{lane_url} speaks TLS; what is mounted speaks as the httpserver does")
        self._httpserver, self._lane_url = httpserver, lane_url
        self._unexpected = httpserver.respond_nohandler
        httpserver.respond_nohandler = self._answer  # type: ignore[method-assign]

    @property
    def url(self) -> str:
        """Where the client finds both, without a slash at the end."""
        return self._httpserver.url_for("/").rstrip("/")

    def unmount(self) -> None:
        """Leave the `httpserver` as it was. May be called more than once."""
        if vars(self._httpserver).get("respond_nohandler") == self._answer:
            del self._httpserver.respond_nohandler

    def __enter__(self) -> Mount:
        return self

    def __exit__(self, *_: object) -> None:
        self.unmount()

    def _answer(self, request: Request, extra_message: str = "") -> Response:
        # An ordered expectation was due, and this was not it.
        if self._httpserver.permanently_failed:
            return self._unexpected(request, extra_message)
        return Relayed(request, self._lane_url)


class Relayed(Response):
    """The lane's answer, which is fetched when it is asked for, after the `httpserver` has logged it. What it holds
    is what has come of it, and so whole as soon as the client has it."""

    def __init__(self, request: Request, lane_url: str) -> None:
        super().__init__(status=502)
        self._question = _question(request)
        self._is_head = request.method == "HEAD"
        place = urlsplit(lane_url)
        self._place = (place.hostname or "", place.port or 80)
        self._octets = b""
        self._has_head = False

    def get_data(self, as_text: bool = False) -> Any:
        """The body, as far as it has come."""
        body = _body(self._octets, self._is_head)
        return body.decode(errors="replace") if as_text else body

    data = property(get_data, Response.set_data)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Play the answer on the client's own socket."""
        client: socket.socket = environ["werkzeug.socket"]
        try:
            self._relay(client)
        except ConnectionError:
            _reset(client)
        # Nothing is left for werkzeug to write: for it, the connection was dropped.
        raise ConnectionAbortedError("answered")

    def _relay(self, client: socket.socket) -> None:
        """From the lane to the client until the lane ends the connection; ConnectionError where it resets it."""
        with (
            socket.create_connection(self._place, _CONNECT_S) as lane,
            socket.socket(fileno=os.dup(client.fileno())) as watched,
        ):
            lane.sendall(self._question)
            while True:
                ready, _, _ = select.select([lane, watched], [], [])
                if lane not in ready:
                    if _is_gone(client, watched):
                        return
                    ready, _, _ = select.select([lane], [], [])
                octets = lane.recv(65536)
                if not octets:
                    break
                self._octets += octets
                self._take_head()
                client.sendall(octets)
            # Not by the client's own, which under TLS would forget its keys.
            watched.shutdown(socket.SHUT_WR)

    def _take_head(self) -> None:
        """Be the answer whose head has come, for whoever looks into the log."""
        if self._has_head or b"\r\n\r\n" not in self._octets:
            return
        self._has_head = True
        answer = _read(self._octets, self._is_head)
        if answer is not None:
            self.status = f"{answer.status} {answer.reason}"
            self.headers.clear()
            self.headers.extend(answer.getheaders())


def _question(request: Request) -> bytes:
    """The request as the lane is asked. The host is the client's, so that links lead back to the `httpserver`."""
    target = request.environ.get("RAW_URI") or request.full_path
    body = request.get_data()
    fields = [(name, value) for name, value in request.headers.items() if name.lower() not in _HOP]
    has_body = bool(body) or "Content-Length" in request.headers or "Transfer-Encoding" in request.headers
    fields += [("Content-Length", str(len(body)))] if has_body else []
    fields += [("Connection", "close")]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"{request.method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


class _Octets:
    """A socket to read from, for http.client."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def makefile(self, mode: str) -> BytesIO:
        return BytesIO(self._octets)


def _read(octets: bytes, is_head: bool) -> HTTPResponse | None:
    answer = HTTPResponse(_Octets(octets), method="HEAD" if is_head else "GET")  # type: ignore[arg-type]
    try:
        answer.begin()
    except (HTTPException, ValueError):
        return None
    return answer


def _body(octets: bytes, is_head: bool) -> bytes:
    answer = _read(octets, is_head)
    if answer is None:
        return b""
    try:
        return answer.read()
    except IncompleteRead as cut:
        return cut.partial
    except (HTTPException, ValueError):
        return b""


def _is_gone(client: socket.socket, watched: socket.socket) -> bool:
    """Has the client left? Under TLS the end of a connection is announced, and nothing else is sent by then."""
    try:
        return not watched.recv(1, socket.MSG_PEEK) or isinstance(client, ssl.SSLSocket)
    except ConnectionError:
        return True


def _reset(client: socket.socket) -> None:
    """Reset the connection, and leave in its place one that has ended, for the server to close in its own time."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    ended, other = socket.socketpair()
    with ended, other:
        other.close()
        os.dup2(ended.fileno(), client.fileno())
