"""What an answer says of its provider: which operation it is of, what stands in it, and whether it tells anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from harness.contract.body import Malformed, decode_json, essence, is_json
from harness.contract.contract import Contract, Match, Operation
from harness.model.exchange import Exchange
from harness.model.message import Request, Response

NOT_THE_PROVIDERS_WORD: Final = frozenset((401, 403, 407, 408, 429))
"""Answers that speak of who asks and how often (RFC 9110 section 15.5, RFC 6585); nor does any 5xx speak of what
was promised: it says that the promise could not be kept just now."""

_MAY_BE_GONE = frozenset((404, 410))
_NO_BODY = frozenset((204, 205, 304))


class Missing(msgspec.Struct, frozen=True):
    """There is no value."""


MISSING: Final = Missing()


class Told(msgspec.Struct, frozen=True):
    """One answer, read by the contract.

    `value`: its JSON, MISSING where it has none. `fits`: the request fits the contract. `certain`: nothing in the
    request names a thing that there may not be. `from_body`: the pointer-less reason why JSON could not be read.
    """

    exchange: Exchange
    operation: Operation
    response: Response
    value: object = MISSING
    fits: bool = True
    certain: bool = False

    @property
    def status(self) -> int:
        """The answer's status."""
        return self.response.status


def told(contract: Contract, exchanges: Iterable[Exchange]) -> Iterator[Told]:
    """The answers that say something of the contract, each with the operation that it is of.

    Left out: answers that never came or were spoiled by a fault, refusals of who asks and how often, 5xx, 404 and 410
    for what may no longer exist, unless declared, and other undeclared 4xx to requests that do not fit.
    """
    for exchange in exchanges:
        if not is_whole(exchange):
            continue
        request = request_of(exchange)
        match = contract.asked(request)
        if not isinstance(match, Match):
            continue
        fits = not any(not wrong.is_advice for wrong in contract.judge(match, request).deviations)
        certain = not (match.path_parameters or exchange.query or exchange.request_body)
        answer = Told(
            exchange, match.operation, response_of(exchange), value_of(exchange), fits=fits, certain=certain
        )
        if _tells(contract, answer):
            yield answer


def is_whole(exchange: Exchange) -> bool:
    """Did an answer of the provider's own come, to its end, and can it be read?"""
    coded = (
        exchange.response_header("content-encoding") == "gzip" and exchange.response_body[:2] == b"\x1f\x8b"
    )
    return (
        not coded
        and exchange.status is not None
        and exchange.method is not None
        and exchange.outcome == "sent"
        and not exchange.faults
    )


def speaks(status: int) -> bool:
    """Does that status say anything of what the provider promised?"""
    return status < 500 and status not in NOT_THE_PROVIDERS_WORD


def request_of(exchange: Exchange) -> Request:
    """The request of an exchange."""
    path, query = exchange.path or "/", exchange.query
    return Request(
        exchange.method or "",
        f"{path}?{query}" if query else path,
        path,
        query,
        exchange.request_headers,
        exchange.request_body,
    )


def response_of(exchange: Exchange) -> Response:
    """The answer of an exchange that has one."""
    return Response(exchange.status or 0, exchange.response_headers, exchange.response_body)


def value_of(exchange: Exchange) -> object:
    """The JSON value of an answer's body; MISSING where it has none that can be read."""
    media = exchange.response_header("content-type") or ""
    if exchange.method == "HEAD" or exchange.status in _NO_BODY or not exchange.response_body:
        return MISSING
    if not is_json(media) and (media or exchange.response_body[:1] not in b"{["):
        return MISSING
    try:
        return decode_json(exchange.response_body)
    except Malformed:
        return MISSING


def media_of(exchange: Exchange) -> str:
    """`application/json`: the media type of an answer, its parameters aside; empty where there is no body."""
    if exchange.method == "HEAD" or exchange.status in _NO_BODY or not exchange.response_body:
        return ""
    return essence(exchange.response_header("content-type") or "")


def _tells(contract: Contract, answer: Told) -> bool:
    status = answer.status
    if not speaks(status):
        return False
    declared = contract.declares(answer.operation, status)
    if status in _MAY_BE_GONE and not answer.certain:
        return declared
    return declared or answer.fits or not 400 <= status < 500
