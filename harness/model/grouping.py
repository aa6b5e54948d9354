"""Calls from a journal that nobody marked: which exchanges were attempts of one call."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from harness.model.exchange import Exchange
from harness.model.failure import failure_of

CORRELATION_HEADERS = (
    "x-correlation-id",
    "amz-sdk-invocation-id",
    "traceparent",
    "x-request-id",
    "request-id",
)
"""Headers by which clients say that requests belong together. In `traceparent` only the trace id does."""

BY_HEADER = "by the correlation header {0}"
BY_KEY = "by operation and idempotency key"
BY_BODY = "by operation and body digest"
BY_ORDER = "by order of arrival, since no request was seen"


def group(exchanges: Iterable[Exchange]) -> tuple[tuple[str, tuple[Exchange, ...]], ...]:
    """Each call as how it was told apart and its attempts, in order of its first attempt.

    By a correlation header where one ties exchanges together, else by operation and idempotency key, else by
    operation and body digest. By body, a good answer ends a call: the same request after it is another call. A
    connection that never became a request belongs to the next call that begins or goes on.
    """
    entries = tuple(exchanges)
    header = _tying_header(entries)
    groups: list[tuple[str, object, list[Exchange]]] = []
    waiting: list[Exchange] = []
    for exchange in entries:
        if exchange.stage != "request":
            waiting.append(exchange)
            continue
        how, identity = _identity(exchange, header)
        mine = next((g for g in reversed(groups) if g[1] == identity and _goes_on(g[0], g[2])), None)
        if mine is None:
            mine = (how, identity, [])
            groups.append(mine)
        mine[2].extend((*waiting, exchange))
        waiting = []
    if waiting and groups and failure_of(groups[-1][2][-1]) is not None:
        groups[-1][2].extend(waiting)
    elif waiting:
        groups.append((BY_ORDER, None, waiting))
    return tuple((how, tuple(attempts)) for how, _, attempts in groups)


def _identity(exchange: Exchange, header: str | None) -> tuple[str, object]:
    correlation = _correlation(exchange, header) if header else None
    if header and correlation:
        return BY_HEADER.format(header), (header, correlation)
    about = exchange.operation or f"{exchange.method} {exchange.path}"
    if exchange.idempotency_key:
        return BY_KEY, (about, exchange.path, exchange.idempotency_key)
    digest = hashlib.sha256(exchange.request_body).hexdigest()
    return BY_BODY, (about, exchange.method, exchange.path, exchange.query, digest)


def _goes_on(how: str, attempts: list[Exchange]) -> bool:
    return how != BY_BODY or failure_of(attempts[-1]) is not None


def _tying_header(exchanges: tuple[Exchange, ...]) -> str | None:
    """The first header of which some value stands on more than one request: a number per request ties nothing."""
    for header in CORRELATION_HEADERS:
        values = [value for value in (_correlation(exchange, header) for exchange in exchanges) if value]
        if len(values) > len(set(values)) > 1 or (
            len(values) > 1 == len(set(values)) and len(values) == len(exchanges)
        ):
            return header
    return None


def _correlation(exchange: Exchange, header: str) -> str | None:
    value = exchange.request_header(header)
    if value and header == "traceparent":
        return value.split("-")[1] if value.count("-") >= 2 else None
    return value
