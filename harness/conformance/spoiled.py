"""Answers that came and are no word of the provider: cut short, packed as nobody unpacks them, or of somebody in
between, who answers whatever is asked with one page or sends everybody to one place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urljoin, urlsplit

from harness.contract.body import Malformed, decode_json, essence, is_json
from harness.contract.operation import REDIRECTS
from harness.model.exchange import Exchange

_UNPACKED = frozenset(("", "identity"))
_NO_BODY = frozenset((204, 205, 304))
_GZIP = b"\x1f\x8b"
_TITLE = re.compile(rb"<title[^>]*>\s*(.*?)\s*</title", re.IGNORECASE | re.DOTALL)
_LONGEST_TITLE = 60


def is_cut(exchange: Exchange) -> bool:
    """Does its JSON end before it is whole, or not even begin?"""
    if not _is_good(exchange) or not is_json(exchange.response_header("content-type") or ""):
        return False
    try:
        decode_json(exchange.response_body)
    except Malformed as error:
        return "ends too early" in str(error)
    return False


def is_packed(exchange: Exchange) -> bool:
    """Is it still in a coding that was not taken off?"""
    coding = (exchange.response_header("content-encoding") or "").strip().lower()
    if coding in _UNPACKED or not exchange.response_body:
        return False
    if exchange.response_body.startswith(_GZIP):
        return True
    try:
        exchange.response_body.decode()
    except UnicodeDecodeError:
        media = exchange.response_header("content-type") or ""
        return is_json(media) or media.startswith("text/")
    return False


def spoiled(answers: Mapping[str, Sequence[Exchange]], base_url: str) -> dict[int, str]:
    """Why these answers say nothing, by their numbers. `answers`: by operation."""
    found = {
        each.number: f"packed as {each.response_header('content-encoding')}, which cannot be unpacked"
        for group in answers.values()
        for each in group
        if is_packed(each)
    }
    met: dict[str, dict[str, list[int]]] = {}
    for operation, group in answers.items():
        for each in group:
            for gate in _gates(each, base_url):
                met.setdefault(gate, {}).setdefault(operation, []).append(each.number)
    for gate, by_operation in met.items():
        if len(by_operation) > 1:
            found |= {number: gate for numbers in by_operation.values() for number in numbers}
    return found


def _gates(exchange: Exchange, base_url: str) -> Iterator[str]:
    """What somebody in between answers to everybody alike."""
    if exchange.status in REDIRECTS:
        there = urlsplit(urljoin(base_url, exchange.response_header("location") or ""))
        if there.hostname != urlsplit(base_url).hostname:
            yield f"a redirect to {there.scheme}://{there.hostname}{there.path}"
    elif _is_good(exchange) and essence(exchange.response_header("content-type") or "") == "text/html":
        title = _TITLE.search(exchange.response_body)
        said = title[1].decode("utf-8", "replace")[:_LONGEST_TITLE] if title else ""
        yield f"the web page {said!r}" if said else "a web page"


def _is_good(exchange: Exchange) -> bool:
    status = exchange.status or 0
    return 200 <= status < 300 and status not in _NO_BODY and exchange.method != "HEAD"
