"""An HTTP request and an HTTP answer, as values. Names of headers are lower case; order is kept."""

from __future__ import annotations

import msgspec

Headers = tuple[tuple[str, str], ...]

WIRE_METHODS = frozenset(
    (
        *("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"),
        *("COPY", "MOVE", "LOCK", "UNLOCK", "MKCOL", "PROPFIND", "PROPPATCH", "SEARCH", "ACL", "REPORT"),
        *("BIND", "REBIND", "UNBIND", "LINK", "UNLINK", "MKACTIVITY", "CHECKOUT", "MERGE", "MKCALENDAR"),
        *("M-SEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "PURGE", "SOURCE"),
    )
)
"""The methods that our reader of requests (llhttp) knows; it refuses others as no HTTP."""


class Request(msgspec.Struct, frozen=True, gc=False):
    """What the client sent, after transfer and content decoding.

    `target` is the request target as it stood on the wire; `path` and `query` are its two halves, still
    percent-encoded. `body` is de-chunked and, for `Content-Encoding: gzip`, unzipped. `scheme`: https where it
    came by TLS.
    """

    method: str
    target: str
    path: str
    query: str = ""
    headers: Headers = ()
    body: bytes = b""
    scheme: str = "http"

    def header(self, name: str) -> str | None:
        """The first header of that (lower case) name."""
        return first(self.headers, name)

    @property
    def base_url(self) -> str:
        """How the client reached us; empty where it did not say."""
        host = self.header("host")
        return f"{self.scheme}://{host}" if host else ""


class Response(msgspec.Struct, frozen=True, gc=False):
    """What the provider answers, before any fault. Framing headers are added when it is written."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header of that (lower case) name."""
        return first(self.headers, name)

    def with_headers(self, *more: tuple[str, str]) -> Response:
        """The same answer; each given header replaces those of its name."""
        names = {name for name, _ in more}
        kept = tuple(pair for pair in self.headers if pair[0] not in names)
        return Response(self.status, (*kept, *more), self.body)


def first(headers: Headers, name: str) -> str | None:
    """The value of the first header of that (lower case) name, or None."""
    for key, value in headers:
        if key == name:
            return value
    return None
