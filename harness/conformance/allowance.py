"""What answers say of how much may still be asked: who heeds it is never refused for having asked too much.

By the header that the provider's behaviour names, by those that many use, and by the draft's RateLimit field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from harness.contract.behaviour import RateLimit
from harness.model.exchange import Exchange

_USUAL = ("x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset")
_EPOCH_S, _EPOCH_MS = 1e9, 1e12
"""A number so large is no wait, but seconds or milliseconds since 1970."""

_FIELD = re.compile(r";\s*([rt])=(\d+)")


def closed_s(exchange: Exchange, limit: RateLimit | None) -> float:
    """For how many seconds nothing may be asked any more; 0 where something is left, or nobody says."""
    return max((wait_s for wait_s in _waits(exchange, limit)), default=0.0)


def _waits(exchange: Exchange, limit: RateLimit | None) -> Iterator[float]:
    own = ((limit.reset_header or "").lower(),) if limit is not None else ()
    for name in dict.fromkeys((*own, *_USUAL)):
        left = exchange.response_header(name.replace("reset", "remaining")) if "reset" in name else None
        total = exchange.response_header(name.replace("reset", "limit"))
        if left is None or left.strip() != "0" or (total or "").strip() == "0":
            continue
        yield _until(exchange, exchange.response_header(name) or "")
    field = dict(_FIELD.findall(exchange.response_header("ratelimit") or ""))
    if field.get("r") == "0":
        yield float(field.get("t", 0))


def _until(exchange: Exchange, reset: str) -> float:
    text = reset.strip()
    if not re.fullmatch(r"\d{1,15}(\.\d+)?", text):
        at_s = _epoch(text)
    elif float(text) >= _EPOCH_S:
        at_s = float(text) / (1000 if float(text) >= _EPOCH_MS else 1)
    else:
        return float(text)
    now_s = _epoch(exchange.response_header("date") or "")
    # A second more: a Date is in whole ones.
    return max(0.0, at_s - now_s + 1) if at_s is not None and now_s is not None else 0.0


def _epoch(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
