"""Who receives webhooks: which addresses are meant, and one request to one of them."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec

from harness.model.clock import Clock
from harness.model.webhook import Attempt, Trouble

PATIENCE_S = 30.0
"""How long an answer is waited for where the provider names no time. Standard Webhooks advises 15 to 30 s."""

KEPT_ANSWER_BYTES = 64 * 1024


async def delivered(attempt: Attempt, *, method: str, url: str, patience_s: float, clock: Clock) -> Attempt:
    """The attempt once it has been made, with what the receiver answered or why it did not. No redirect is followed,
    and no proxy asked."""
    # Imported here: most lanes send nothing, and a server is to be there at once.
    import httpx

    status: int | None = None
    trouble: Trouble | None = None
    answer = b""
    try:
        async with (
            asyncio.timeout(patience_s),
            # A receiver on this machine has a certificate of its team's own making, if any.
            httpx.AsyncClient(verify=not is_local(url), trust_env=False, timeout=patience_s) as client,
        ):
            got = await client.request(method, url, headers=list(attempt.headers), content=attempt.body)
            status, answer = got.status_code, got.content[:KEPT_ANSWER_BYTES]
    except (TimeoutError, httpx.TimeoutException):
        trouble = "timeout"
    except httpx.ConnectError:
        trouble = "refused"
    except httpx.RequestError:
        trouble = "broken_off"
    ended_s = clock.monotonic()
    return msgspec.structs.replace(attempt, ended_s=ended_s, status=status, trouble=trouble, answer=answer)


def is_address(url: str) -> bool:
    """Is it a URL that a webhook can be sent to?"""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, brackets that do not close
        return False
    return parts.scheme in ("http", "https") and named and url.isprintable() and " " not in url


def is_local(url: str) -> bool:
    """Does the URL lead to this machine, by its name alone?"""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
