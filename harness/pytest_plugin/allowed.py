"""What of a client's requests may break the contract without failing the test: the entries of `allow`.

security                        bad or missing credentials
body/metadata                   what stands at or below that JSON pointer; so for path, query, header, cookie
unknown_operation               requests that no operation is there for
GET /v1/nothing                 such a request
PostCustomers                   anything about that operation (or a glob of operations)
PostCustomers body/metadata     both
unplayed                        a `fail_next` that no request came for
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

import msgspec

from harness.errors import UnknownName
from harness.model.exchange import Deviation, Exchange

PLACES = {
    **{where: where for where in ("path", "query", "header", "cookie", "body", "security")},
    "unknown_operation": "operation",
}
"""How a place is written, and what `Deviation.where` says."""

UNPLAYED = "unplayed"


class Entry(msgspec.Struct, frozen=True):
    """One entry: which operation (a glob of ids, or `GET /path`), which place (None: any), and what of it."""

    operation: str = "*"
    where: str | None = None
    pointer: str = ""

    def covers(self, exchange: Exchange, deviation: Deviation) -> bool:
        """Is that deviation of that exchange meant?"""
        return (
            fnmatchcase(about(exchange), self.operation)
            and self.where in (None, deviation.where)
            and f"{deviation.pointer}/".startswith(f"{self.pointer}/")
        )


class Allowed(msgspec.Struct, frozen=True):
    """Everything that one test allows."""

    entries: tuple[Entry, ...] = ()
    unplayed: bool = False

    def unexpected(self, exchange: Exchange) -> tuple[Deviation, ...]:
        """The deviations of an exchange that nothing allows. Advice is none."""
        return tuple(
            deviation
            for deviation in exchange.deviations
            if not deviation.is_advice and not any(each.covers(exchange, deviation) for each in self.entries)
        )


def allowed(asked: str | Iterable[str], operations: Iterable[str]) -> Allowed:
    """What `allow` says. UnknownName for an entry that means nothing with these operations."""
    words = (asked,) if isinstance(asked, str) else tuple(asked)
    known = tuple(operations)
    entries = tuple(_entry(word.strip(), known) for word in words if word != UNPLAYED)
    return Allowed(entries, UNPLAYED in words)


def about(exchange: Exchange) -> str:
    """The operation, or `GET /path` where there is none."""
    return exchange.operation or f"{exchange.method or '?'} {exchange.path or '?'}"


def entry_for(exchange: Exchange, deviation: Deviation) -> str:
    """The narrowest entry that would allow it."""
    if deviation.where == "operation":
        return about(exchange) if exchange.method and exchange.path else "unknown_operation"
    return f"{about(exchange)} {deviation.where}{deviation.pointer}"


def _entry(text: str, operations: tuple[str, ...]) -> Entry:
    operation, _, rest = text.partition(" ")
    if operation.isupper() and rest.startswith("/"):
        path, _, rest = rest.partition(" ")
        operation = f"{operation} {path}"
    elif operation.partition("/")[0] in PLACES and not rest:
        operation, rest = "*", operation
    elif not any(fnmatchcase(known, operation) for known in operations):
        raise _unknown(text, operations)
    where, slash, pointer = rest.strip().partition("/")
    if where and where not in PLACES:
        raise _unknown(text, operations)
    return Entry(operation, PLACES[where] if where else None, slash + pointer)


def _unknown(text: str, operations: tuple[str, ...]) -> UnknownName:
    return UnknownName("entry of allow", text, (*PLACES, UNPLAYED, *operations))
