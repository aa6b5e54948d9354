"""A client that does what FastHttpUser does, by the same library."""

from __future__ import annotations

from typing import Any

from geventhttpclient.useragent import UserAgent

_agent: Any = UserAgent(concurrency=100)


def read(base_url: str, number: int) -> bool:
    """One pet."""
    response = _agent.urlopen(f"{base_url}/pets/{number % 1000 + 1}", method="GET")
    response.read()
    return bool(response.status_code == 200)
