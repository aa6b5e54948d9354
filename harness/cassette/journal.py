"""What a journal kept, as recorded exchanges."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from harness.cassette.coding import decoded
from harness.cassette.recorded import Recorded, request_to
from harness.model.exchange import Exchange
from harness.model.message import Response


def from_journal(
    exchanges: Iterable[Exchange], *, origin: str, moment: Callable[[float], str], kept_bytes: int
) -> tuple[list[Recorded], int]:
    """The exchanges that were whole, as sent to `origin`, and how many were not.

    `moment`: RFC 3339 of a time of the journal's clock. `kept_bytes`: of a longer body the journal keeps no more.
    """
    found, left = [], 0
    for exchange in exchanges:
        cut = max(len(exchange.request_body), len(exchange.response_body)) >= kept_bytes
        if exchange.method is None or exchange.status is None or exchange.outcome != "sent" or cut:
            left += 1
            continue
        target = (exchange.path or "/") + (f"?{exchange.query}" if exchange.query else "")
        host = urlsplit(origin).netloc
        sent = tuple((name, host if name == "host" else value) for name, value in exchange.request_headers)
        sent, body = decoded(sent, exchange.request_body)
        _, request = request_to(exchange.method, origin + target, sent, body)
        headers, octets = decoded(exchange.response_headers, exchange.response_body)
        response = Response(exchange.status, headers, octets)
        found.append(Recorded(request, response, origin, "", moment(exchange.at_s)))
    return found, left
