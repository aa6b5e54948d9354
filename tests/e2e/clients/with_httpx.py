"""httpx: bare, and inside the retries of tenacity and of stamina. Functions for the `python` driver."""

from __future__ import annotations

import httpx
import stamina
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

client = httpx.Client()


def read(base_url: str) -> None:
    """The library's own timeouts: 5 s for each read."""
    client.get(f"{base_url}/notes/1").raise_for_status().json()


def write(base_url: str) -> None:
    client.post(f"{base_url}/notes", json={"text": "milk"}).raise_for_status().json()


def may_pass(error: BaseException) -> bool:
    """Is it an error that another attempt may not meet?"""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in (429, 500, 502, 503, 504)
    return isinstance(error, httpx.TransportError)


selective = retry(
    retry=retry_if_exception(may_pass),
    wait=wait_random_exponential(multiplier=0.2, max=1.0),
    stop=stop_after_attempt(3),
    reraise=True,
)
tenacious_read = selective(read)
tenacious_write = selective(write)

# Waits are the smallest that still are jittered; stamina would begin with 0.1 s and jitter of 1 s.
stubborn = stamina.retry(on=httpx.HTTPError, attempts=3, wait_initial=0.1, wait_jitter=0.2, wait_max=1.0)
stamina_read = stubborn(read)
stamina_write = stubborn(write)
