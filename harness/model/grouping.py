"""Calls from a journal that nobody marked: which exchanges were attempts of one call."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping

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
BY_CALLER = "within one call of a function of the client"
BY_TURNS = "by what they say, within several calls of functions of the client"
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


def by_caller(
    groups: Iterable[tuple[str, tuple[Exchange, ...]]], callers: Mapping[int, int]
) -> tuple[tuple[str, tuple[Exchange, ...]], ...]:
    """The same calls, where it is known of some exchanges in which execution of a client's function they were made.

    What was made in one is one call. A call whose exchanges were made in several is called that, and remains.
    """
    found: list[tuple[str, list[Exchange]]] = []
    whole: dict[int, int] = {}
    for how, attempts in groups:
        mine = {callers.get(exchange.number) for exchange in attempts}
        (caller,) = mine if len(mine) == 1 else (None,)
        if caller is None:
            guessed = how in (BY_BODY, BY_ORDER) or (
                how == BY_KEY and not _is_random(attempts[0].idempotency_key)
            )
            several = None not in mine and guessed
            found.append((BY_TURNS if several else how, list(attempts)))
        elif caller in whole:
            at = whole[caller]
            found[at] = (BY_CALLER, sorted([*found[at][1], *attempts], key=lambda exchange: exchange.number))
        else:
            whole[caller] = len(found)
            found.append((BY_CALLER if len(attempts) > 1 else how, list(attempts)))
    return tuple((how, tuple(attempts)) for how, attempts in found)


def _identity(exchange: Exchange, header: str | None) -> tuple[str, object]:
    correlation = _correlation(exchange, header) if header else None
    if header and correlation:
        return BY_HEADER.format(header), (header, correlation)
    about = exchange.operation or f"{exchange.method} {exchange.path}"
    if exchange.idempotency_key:
        return BY_KEY, (about, exchange.path, exchange.idempotency_key)
    digest = hashlib.sha256(exchange.request_body).hexdigest()
    return BY_BODY, (about, exchange.method, exchange.path, exchange.query, digest)


def _is_random(key: str | None) -> bool:
    """Is it a key that was drawn, and not made of what the request says?"""
    try:
        return uuid.UUID(key or "").version == 4
    except ValueError:
        return False


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
