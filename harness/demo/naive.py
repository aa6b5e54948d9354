"""A client without a thought for the provider: a loop around the request, the same for every user at once.

For one user it works. For all of them together it is the outage's second half: each failure is sent five times more.
"""

from __future__ import annotations

import time

import httpx

TRIES = 6
PAUSE_S = 0.1

http = httpx.Client(limits=httpx.Limits(max_connections=None), timeout=5)


def read(base_url: str, credentials: dict[str, str]) -> int:
    """List customers."""
    for _ in range(TRIES):
        try:
            answer = http.get(f"{base_url}/v1/customers", auth=(credentials["api_key"], ""))
            if answer.is_success:
                return len(answer.json()["data"])
        except httpx.TransportError:
            pass
        time.sleep(PAUSE_S)
    raise RuntimeError("Stripe does not work")
