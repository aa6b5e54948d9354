"""What a provider says in headers of an operation's end: Deprecation (RFC 9745), Sunset (RFC 8594), Warning 299."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from harness.model.change import Level
from harness.model.exchange import Exchange

_RELATIONS = re.compile(r"<([^>]*)>[^,]*?;\s*rel=\"?(deprecation|sunset|successor-version)\"?", re.IGNORECASE)


class News(msgspec.Struct, frozen=True):
    """What one header says. `value`: as it was sent."""

    rule: str
    level: Level
    header: str
    value: str
    message: str


def news(exchange: Exchange, *, deprecated: bool) -> Iterator[News]:
    """What an answer's headers say of its operation's end. `deprecated`: the document knows that it is."""
    link = _RELATIONS.search(exchange.response_header("link") or "")
    more = f"; see {link[1]}" if link else ""
    deprecation = exchange.response_header("deprecation")
    if deprecation and deprecation.strip() not in ("?0", "false") and not deprecated:
        said = f"is deprecated since {_day(deprecation)}" if _day(deprecation) else "is deprecated"
        yield News("seen.deprecation", "info", "Deprecation", deprecation, said + more)
    sunset = exchange.response_header("sunset")
    if sunset:
        yield News("seen.sunset", "risky", "Sunset", sunset, f"will be gone on {sunset}{more}")
    warning = exchange.response_header("warning") or ""
    if warning.startswith("299") and "deprecat" in warning.lower() and not deprecated and not deprecation:
        yield News(
            "seen.deprecation", "info", "Warning", warning, f"is deprecated: {warning[3:].strip(' -')}"
        )


def _day(value: str) -> str:
    """The day of `@1688169599` (RFC 9745 section 2.1), and of what drafts had before it: a date of HTTP."""
    if re.fullmatch(r"@-?\d{1,11}", value.strip()):
        return f"{datetime.fromtimestamp(int(value.strip()[1:]), UTC):%Y-%m-%d}"
    return value if re.match(r"[A-Z][a-z]{2}, ", value) else ""
