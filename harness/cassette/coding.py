"""Bodies without their content coding: what is compressed cannot be read, compared or redacted."""

from __future__ import annotations

import zlib

from harness.model.message import Headers

LONGEST_BODY_BYTES = 64 * 1024 * 1024
"""A body that unzips to more than this is not unzipped."""

_GZIP = frozenset({"gzip", "x-gzip"})
_HOP_BY_HOP = frozenset(
    {"transfer-encoding", "connection", "keep-alive", "proxy-connection", "te", "trailer"}
)
"""Of one connection, not of the exchange: RFC 9110 section 7.6.1."""


def decoded(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """The headers without a content coding, and the body unzipped; both as they are where the coding is unknown.

    A length is put right, and what is said of one connection alone is left out.
    """
    kept = tuple(pair for pair in headers if pair[0] not in _HOP_BY_HOP)
    codings = [
        coding.strip().lower()
        for name, value in kept
        if name == "content-encoding"
        for coding in value.split(",")
    ]
    plain = body
    for coding in reversed(codings):
        unzipped = plain if coding in ("", "identity") else _unzipped(plain, coding)
        if unzipped is None:
            return sized(kept, body), body
        plain = unzipped
    return sized(tuple(pair for pair in kept if pair[0] != "content-encoding"), plain), plain


def coding_of(headers: Headers) -> str:
    """The content coding that is left; empty where the body can be read."""
    return next((value for name, value in headers if name == "content-encoding"), "")


def sized(headers: Headers, body: bytes) -> Headers:
    """The headers, with the right Content-Length where there is one and a body."""
    if not body:
        return headers
    return tuple((name, str(len(body)) if name == "content-length" else value) for name, value in headers)


def _unzipped(body: bytes, coding: str) -> bytes | None:
    # vcrpy keeps the header where it has unzipped the body already (`decode_compressed_response` of old).
    if coding in _GZIP and not body.startswith(b"\x1f\x8b"):
        return body
    if coding in _GZIP:
        return _inflated(body, 31)
    if coding == "deflate":
        # zlib by RFC 9110 section 8.4.1.2; some servers send it without its envelope.
        return _inflated(body, 15) or _inflated(body, -15)
    return None


def _inflated(body: bytes, wbits: int) -> bytes | None:
    found = b""
    try:
        while body:
            inflater = zlib.decompressobj(wbits=wbits)
            found += inflater.decompress(body, LONGEST_BODY_BYTES - len(found))
            if inflater.unconsumed_tail or not inflater.eof:
                return None
            body = inflater.unused_data if wbits == 31 else b""
    except zlib.error:
        return None
    return found
