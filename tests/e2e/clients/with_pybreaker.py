"""requests behind a pybreaker: functions for the `python` driver, and by itself a worker for `session:`."""

from __future__ import annotations

import json
import os
import sys

import pybreaker
import requests

breaker = pybreaker.CircuitBreaker(fail_max=5, reset_timeout=1)
session = requests.Session()


def read(base_url: str) -> None:
    breaker.call(call, "GET", f"{base_url}/notes/1")


def write(base_url: str) -> None:
    breaker.call(call, "POST", f"{base_url}/notes", json={"text": "milk"})


def call(method: str, url: str, json: dict[str, str] | None = None) -> None:
    answer = session.request(method, url, json=json, timeout=2.0)
    answer.raise_for_status()
    answer.json()


def serve() -> None:
    """Answer one line for each that is asked."""
    for line in sys.stdin:
        asked = json.loads(line)
        error = None
        try:
            (read if asked["call"] == "read" else write)(os.environ["HARNESS_BASE_URL"])
        except (requests.RequestException, pybreaker.CircuitBreakerError) as raised:
            error = f"{type(raised).__name__}: {raised}"
        print(json.dumps({"id": asked["id"], "ok": error is None, "error": error}), flush=True)


if __name__ == "__main__":
    serve()
