"""requests, bare and with urllib3's Retry: `with_requests.py VARIANT read|write`."""

from __future__ import annotations

import os
import sys

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

TRANSIENT = (429, 500, 502, 503, 504)

VARIANTS: dict[str, Retry | None] = {
    "bare": None,
    "total": Retry(total=3),
    "statuses": Retry(total=3, backoff_factor=0.3, status_forcelist=TRANSIENT),
    "everything": Retry(
        total=3,
        backoff_factor=0.1,
        status_forcelist=TRANSIENT,
        allowed_methods=None,
        respect_retry_after_header=False,
    ),
}


def call(variant: str, op: str) -> None:
    """Bare means without a timeout, too: that is what the library does when nobody asks."""
    base_url = os.environ["HARNESS_BASE_URL"]
    retry = VARIANTS[variant]
    timeout_s = None if retry is None else 1.0
    with requests.Session() as session:
        if retry is not None:
            session.mount("http://", HTTPAdapter(max_retries=retry))
        if op == "read":
            answer = session.get(f"{base_url}/notes/1", timeout=timeout_s)
        else:
            answer = session.post(f"{base_url}/notes", json={"text": "milk"}, timeout=timeout_s)
        answer.raise_for_status()
        answer.json()


if __name__ == "__main__":
    call(*sys.argv[1:])
