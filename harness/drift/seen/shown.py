"""A message as HTTP/1.1 shows it, for the eyes of people: what is a secret in it is not told."""

from __future__ import annotations

import json

from harness.contract.body import is_json
from harness.drift.seen.told import MISSING, value_of
from harness.model.change import Witness
from harness.model.exchange import Exchange
from harness.model.message import Headers
from harness.redaction import fields
from harness.redaction.known import REDACTED, without_keys
from harness.redaction.names import SECRET_HEADERS, announced
from harness.redaction.said import kind_in_query, kind_of

LONGEST = 2000
"""So many characters of a body are shown."""

_NOBODYS_BUSINESS = frozenset(
    ("date", "connection", "transfer-encoding", "content-length", "keep-alive", "server")
)
_NO_CARRIERS: frozenset[str] = frozenset()


def witness(exchange: Exchange, *, refusal: str, at: str = "") -> Witness:
    """The answer that was really seen, and what the old side has against it. `at`: the place within its body."""
    value = value_of(exchange)
    shown = None if value is MISSING else part(clean(value), at)
    return Witness("answer", text_of(exchange), shown, fits_old=False, fits_new=True, refusal=refusal)


def refused(exchange: Exchange, *, refusal: str) -> Witness:
    """The request that is no longer taken, and what the provider says of it."""
    text = f"{asked(exchange)}\n\n{text_of(exchange)}"
    return Witness("request", text, None, fits_old=True, fits_new=False, refusal=refusal)


def asked(exchange: Exchange) -> str:
    """The request line, without what is a secret in it."""
    query = exchange.query
    for field in reversed(fields.in_form(query)):
        if kind_in_query(field.name, field.value, _NO_CARRIERS):
            query = fields.replaced(query, [(field, REDACTED)])
    target = without_keys(f"{exchange.path}?{query}" if query else exchange.path or "/")
    return f"{exchange.method} {target} HTTP/1.1"


def text_of(exchange: Exchange) -> str:
    """The request line and the answer to it."""
    head = "\n".join(f"{name}: {value}" for name, value in _headers(exchange.response_headers))
    return f"{asked(exchange)}\n\nHTTP/1.1 {exchange.status}\n{head}\n\n{_body(exchange)}".rstrip()


def part(value: object, pointer: str) -> object:
    """The part of a value at a pointer, with `*` for the first item that has it; the whole where there is none."""
    found = _part(value, [_plain(token) for token in pointer.split("/")[1:]])
    return value if found is MISSING else found


def clean(value: object, name: str = "") -> object:
    """The same data with a mark in the place of each secret: by the name of the member, and by its looks."""
    if isinstance(value, dict):
        return {key: clean(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [clean(inner, name) for inner in value]
    if isinstance(value, str):
        return REDACTED if kind_of(name, value) else without_keys(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return REDACTED if kind_of(name, str(value)) else value
    return value


def short(value: object, name: str = "") -> str:
    """A value as one line of JSON, cut where it is long. `name`: of the member that it is, which may announce a
    secret."""
    text = json.dumps(clean(value, name), ensure_ascii=False)
    return text if len(text) <= 120 else text[:117] + "..."


def _headers(headers: Headers) -> Headers:
    return tuple(
        (name, REDACTED if name in SECRET_HEADERS or announced(name) else without_keys(value))
        for name, value in headers
        if name not in _NOBODYS_BUSINESS
    )


def _body(exchange: Exchange) -> str:
    value = value_of(exchange)
    if value is not MISSING:
        text = json.dumps(clean(value), ensure_ascii=False, indent=2)
    elif is_json(exchange.response_header("content-type") or "") or _is_text(exchange):
        text = without_keys(exchange.response_body[: 2 * LONGEST].decode("utf-8", "replace"))
    else:
        text = f"({len(exchange.response_body)} bytes)" if exchange.response_body else ""
    return text if len(text) <= LONGEST else text[:LONGEST] + "\n..."


def _is_text(exchange: Exchange) -> bool:
    media = exchange.response_header("content-type") or ""
    return media.startswith("text/") or "xml" in media


def _part(value: object, tokens: list[str]) -> object:
    if not tokens:
        return value
    head, rest = tokens[0], tokens[1:]
    if isinstance(value, dict):
        if head == "*":
            return next((found for v in value.values() if (found := _part(v, rest)) is not MISSING), MISSING)
        return _part(value[head], rest) if head in value else MISSING
    if isinstance(value, list):
        if head == "*":
            return next((found for v in value if (found := _part(v, rest)) is not MISSING), MISSING)
        return _part(value[int(head)], rest) if head.isdigit() and int(head) < len(value) else MISSING
    return MISSING


def _plain(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")
