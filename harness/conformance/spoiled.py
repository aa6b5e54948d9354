"""Answers that came and are no word of the provider: cut short, packed as nobody unpacks them, or of somebody in
between, who answers whatever is asked with one page or sends everybody to one place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urljoin, urlsplit

from harness.contract.body import Malformed, decode_json, essence, is_json
from harness.contract.operation import REDIRECTS
from harness.model.exchange import Exchange

_UNPACKED = frozenset(("", "identity"))
_NO_BODY = frozenset((204, 205, 304))
_GZIP = b"\x1f\x8b"
_TITLE = re.compile(rb"<title[^>]*>\s*(.*?)\s*</title", re.IGNORECASE | re.DOTALL)
_LONGEST_TITLE = 60
_PAGES = frozenset(("text/html", "application/xhtml+xml"))
_FOR_NOW = frozenset((302, 303, 307))
_LOGIN = re.compile(
    r"(?<![a-z])(?:log[-_]?[io]n|sign[-_]?in|sso|saml2?|oauth2?|authorize|captive)(?![a-z])", re.IGNORECASE
)
"""What a host or path has by which somebody is sent to say who they are."""


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


def spoiled(
    answers: Mapping[str, Sequence[Exchange]],
    base_url: str,
    *,
    is_declared: Callable[[str, Exchange], bool] = lambda operation, exchange: False,
) -> dict[int, str]:
    """Why these answers say nothing, by their numbers. `answers`: by operation; `is_declared`: does the document know
    such an answer of that operation, by its status and media type?

    A page for people is nobody's answer to a program, and a way to a login speaks of who asks: one is enough. What
    sends everybody to one other host is told by two operations.
    """
    found: dict[int, str] = {}
    met: dict[str, dict[str, list[int]]] = {}
    for operation, group in answers.items():
        for each in group:
            if is_packed(each):
                coding = each.response_header("content-encoding")
                found[each.number] = f"packed as {coding}, which cannot be unpacked"
            elif is_declared(operation, each):
                continue
            elif why := _of_one(each, base_url):
                found[each.number] = why
            elif place := _other_host(each, base_url):
                met.setdefault(f"a redirect to {place}", {}).setdefault(operation, []).append(each.number)
    for gate, by_operation in met.items():
        if len(by_operation) > 1:
            found |= {number: gate for numbers in by_operation.values() for number in numbers}
    return found


def _of_one(exchange: Exchange, base_url: str) -> str:
    """A page for people, or the way to a login."""
    if is_page(exchange):
        title = _TITLE.search(exchange.response_body)
        said = title[1].decode("utf-8", "replace")[:_LONGEST_TITLE] if title else ""
        return f"the web page {said!r}" if said else "a web page"
    if exchange.status in _FOR_NOW:
        there = urlsplit(urljoin(base_url, exchange.response_header("location") or ""))
        if _LOGIN.search(f"{there.hostname} {there.path}"):
            return f"a redirect to {there.scheme}://{there.hostname}{there.path}"
    return ""


def is_page(exchange: Exchange) -> bool:
    """Is it a page for people? JSON under the name of one is none."""
    media = essence(exchange.response_header("content-type") or "")
    start = exchange.response_body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return _is_good(exchange) and media in _PAGES and start not in (b"{", b"[")


def _other_host(exchange: Exchange, base_url: str) -> str:
    if exchange.status not in REDIRECTS:
        return ""
    there = urlsplit(urljoin(base_url, exchange.response_header("location") or ""))
    return (
        f"{there.scheme}://{there.hostname}{there.path}"
        if there.hostname != urlsplit(base_url).hostname
        else ""
    )


def _is_good(exchange: Exchange) -> bool:
    status = exchange.status or 0
    return 200 <= status < 300 and status not in _NO_BODY and exchange.method != "HEAD"
