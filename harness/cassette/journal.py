"""What a journal kept, as recorded exchanges, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from harness.cassette.coding import decoded
from harness.cassette.meaning import epoch_s
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


def to_journal(recorded: Iterable[Recorded]) -> list[Exchange]:
    """Recorded exchanges as a journal has them, numbered from 1. `at_s`: epoch seconds, 0 where nobody knows."""
    found = []
    for number, each in enumerate(recorded, 1):
        at_s = epoch_s(each.recorded_at) or 0.0
        found.append(
            Exchange(
                number,
                1,
                at_s,
                received_s=at_s,
                ended_s=at_s,
                outcome="sent",
                method=each.request.method,
                path=each.request.path,
                query=each.request.query,
                request_headers=each.request.headers,
                request_body=each.request.body,
                status=each.response.status,
                response_headers=each.response.headers,
                response_body=each.response.body,
            )
        )
    return found
