"""A document from the network, because somebody asked for it by its URL: bounded in size, time and place."""

from __future__ import annotations

import ipaddress
import time
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx

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
        try:
            data, onward = _get(url, most_bytes, began_s + within_s, shown)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FileError(shown, f"cannot be fetched: {str(error) or type(error).__name__}") from None
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
    # The environment's proxies are for the network, not for this machine.
    with (
        httpx.Client(timeout=10, trust_env=not _is_loopback(url)) as client,
        client.stream("GET", url, headers={"accept": "application/json, application/yaml, */*"}) as answer,
    ):
        if answer.is_redirect:
            return b"", urljoin(url, answer.headers["location"])
        if answer.status_code != 200:
            raise FileError(shown, f"answers {answer.status_code}; expected 200 and an OpenAPI document")
        found = bytearray()
        for chunk in answer.iter_bytes():
            found += chunk
            if len(found) > most_bytes:
                raise FileError(
                    shown, f"is larger than {most_bytes // 2**20} MB; download it and give the file"
                )
            if time.monotonic() > until_s:
                raise FileError(shown, "takes too long; download it and give the file")
        return bytes(found), None


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
