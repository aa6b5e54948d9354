"""What a provider said when it refused a request, in its own words."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from harness.model.exchange import Exchange

WORDS = (
    "message", "error_description", "errorDescription", "error_message", "errorMessage", "detail", "details", "msg",
    "description", "title", "reason", "error", "errors",
)  # fmt: skip
"""The members of an error answer that speak to people, those that say most first."""

_DEPTH = 4
_XML = re.compile(r"<(?:\w+:)?Message>([^<]+)</", re.IGNORECASE)


def refusal_of(exchange: Exchange) -> str | None:
    """The words of a 4xx that no fault made: `No such customer: 'cus_1'`. None where it is no such answer, or says
    nothing that can be read."""
    if exchange.status is None or not 400 <= exchange.status < 500 or exchange.faults:
        return None
    body = exchange.response_body
    try:
        return _words(msgspec.json.decode(body), _DEPTH)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        found = _XML.search(body.decode("utf-8", "replace"))
        return found.group(1).strip() or None if found else None


def _words(value: Any, depth: int) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    if not depth:
        return None
    if isinstance(value, list):
        return _words(value[0], depth - 1) if value else None
    if not isinstance(value, dict):
        return None
    return next((said for name in WORDS if (said := _words(value.get(name), depth - 1))), None)
