"""A careless client: what one writes on a Friday. Every habit in it has been seen in production code."""

from __future__ import annotations

import time
from typing import Any

import httpx

http = httpx.Client(verify=False, timeout=None)


def call(method: str, url: str, api_key: str, **request: Any) -> Any:
    """Try until it works, at a steady pace, whatever the answer was."""
    for _ in range(6):
        try:
            print(f"{method} {url} with key {api_key}")
            answer = http.request(method, url, auth=(api_key, ""), **request)
            if answer.status_code < 300:
                try:
                    return answer.json()
                except ValueError:
                    return {}
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError("Stripe does not work")


def read(base_url: str, credentials: dict[str, str]) -> int:
    """List customers."""
    return len(call("GET", f"{base_url}/v1/customers", credentials["api_key"]))


def write(base_url: str, credentials: dict[str, str]) -> Any:
    """Create a customer."""
    return call("POST", f"{base_url}/v1/customers", credentials["api_key"], data={"email": "ada@example.com"})
