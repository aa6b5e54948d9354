"""What a cassette holds: exchanges as they were recorded, and what is known of the recording."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from harness.model.message import Request, Response

Source = Literal["live", "mock", ""]
"""Who answered when it was recorded: the provider itself, our own mock, or nobody knows."""

_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://[^/?#]*")


class Recorded(msgspec.Struct, frozen=True):
    """One exchange. `origin`: whom it was sent to (`https://api.stripe.com`). `reason`: the phrase of the status
    line. `recorded_at`: RFC 3339, in UTC; empty where nobody knows. Bodies have no transfer or content coding.
    """

    request: Request
    response: Response
    origin: str = ""
    reason: str = ""
    recorded_at: str = ""

    @property
    def uri(self) -> str:
        """The whole address that was asked."""
        return self.origin + self.request.target


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a recording beside its exchanges. `harness`: the version that wrote it. `command`: how to make
    it again. `redacted`: how many places stand for a secret. `taken_from`: the tool that recorded it."""

    harness: str = ""
    provider: str = ""
    recorded_by: Source = ""
    recorded_at: str = ""
    command: str = ""
    redacted: int = 0
    taken_from: str = ""


class Cassette(msgspec.Struct, frozen=True):
    """Exchanges in the order in which they were recorded. `metadata`: what other tools keep in the file."""

    exchanges: tuple[Recorded, ...] = ()
    facts: Facts = Facts()
    metadata: dict[str, object] = {}


def request_to(
    method: str, uri: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b""
) -> tuple[str, Request]:
    """The origin of an address, and the request that was sent to it."""
    found = _ORIGIN.match(uri)
    origin = found[0] if found else ""
    target = uri[len(origin) :].partition("#")[0]
    if not target.startswith("/"):
        target = "/" + target
    path, _, query = target.partition("?")
    return origin, Request(method.upper(), target, path, query, headers, body)
