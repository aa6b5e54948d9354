"""A document from the network, because somebody asked for it by its URL: bounded in size, time and place."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit, urlunsplit

from harness.errors import FileError, UsageError

MOST_BYTES = 64 * 2**20
"""Of one document. The largest that is known, GitHub's, has 13 MB."""

WITHIN_S = 60.0
"""For one document, redirects and all."""

_REDIRECTS = 5


def is_url(text: str) -> bool:
    """Is it a URL, and no path?"""
    return "://" in text


def fetch(url: str, *, most_bytes: int = MOST_BYTES, within_s: float = WITHIN_S) -> tuple[bytes, str]:
    """The bytes at a URL, and the URL that they came from in the end. Else a FileError, or a UsageError.

    Only https, or http on loopback; and no redirect leads from the one to the other.
    """
    _require_safe(url)
    began_s = time.monotonic()
    shown = without_secrets(url)
    for _ in range(_REDIRECTS + 1):
        data, onward = _get(url, most_bytes, began_s + within_s, shown)
        if onward is None:
            return data, url
        if _is_loopback(url) != _is_loopback(onward):
            raise FileError(
                shown, f"redirects to {without_secrets(onward)}, which is not followed; ask for that"
            )
        _require_safe(onward)
        url = onward
    raise FileError(shown, f"redirects more than {_REDIRECTS} times")


def without_secrets(url: str) -> str:
    """The URL without the user, the password and the fragment in it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))


def _get(url: str, most_bytes: int, until_s: float, shown: str) -> tuple[bytes, str | None]:
    """The body, or where it redirects to."""
    import httpx  # here, since most commands read files alone

    # The environment's proxies are for the network, not for this machine.
    client = httpx.Client(timeout=10, trust_env=not _is_loopback(url))
    accepting = {"accept": "application/json, application/yaml, */*"}
    try:
        with client, client.stream("GET", url, headers=accepting) as answer:
            if answer.is_redirect:
                return b"", urljoin(url, answer.headers["location"])
            if answer.status_code != 200:
                raise FileError(shown, f"answers {answer.status_code}; expected 200 and an OpenAPI document")
            return _bounded(answer.iter_bytes(), most_bytes, until_s, shown), None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FileError(shown, f"cannot be fetched: {str(error) or type(error).__name__}") from None


def _bounded(chunks: Iterable[bytes], most_bytes: int, until_s: float, shown: str) -> bytes:
    """All of them, where they are not too many and come in time."""
    found = bytearray()
    for chunk in chunks:
        found += chunk
        if len(found) > most_bytes:
            raise FileError(shown, f"is larger than {most_bytes // 2**20} MB; download it and give the file")
        if time.monotonic() > until_s:
            raise FileError(shown, "takes too long; download it and give the file")
    return bytes(found)


def _require_safe(url: str) -> None:
    parts = urlsplit(url)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(url))):
        raise UsageError(f"{without_secrets(url)}: only https is fetched, or http on loopback")


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
