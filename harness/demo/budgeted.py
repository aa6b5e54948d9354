"""A client that spares a provider in trouble: full jitter, a budget of retries for all its users, a circuit breaker.

One instance serves every user of the process, on plain httpx. What it gives up on, it gives up on quickly.
"""

from __future__ import annotations

import functools
import random
import threading
import time

import httpx

MAX_RETRIES = 2
BACKOFF_BASE_S = 0.1
BACKOFF_CAP_S = 2.0
RETRIED_STATUSES = {429, 500, 502, 503, 504}


class StripeError(Exception):
    """The call failed, and the caller is told so."""


class Budget:
    """One retry for `calls_a_retry` calls that succeed, and `most` saved up: retries can never be what kills the
    provider. As Finagle and the AWS SDKs have it."""

    def __init__(self, *, most: float = 10.0, calls_a_retry: float = 20.0) -> None:
        self.most, self.refund = most, 1 / calls_a_retry
        self.tokens = most
        self.lock = threading.Lock()

    def succeeded(self) -> None:
        with self.lock:
            self.tokens = min(self.most, self.tokens + self.refund)

    def allows_a_retry(self) -> bool:
        with self.lock:
            if self.tokens < 1:
                return False
            self.tokens -= 1
            return True


class Breaker:
    """Opens after `failures` in a row; every `open_s` one call goes to see whether the provider is back, and others
    wait for its word."""

    def __init__(self, *, failures: int = 5, open_s: float = 1.0) -> None:
        self.failures, self.open_s = failures, open_s
        self.failed_in_a_row, self.asked_at_s = 0, 0.0
        self.lock = threading.Lock()

    def lets_through(self) -> bool:
        with self.lock:
            if self.failed_in_a_row < self.failures:
                return True
            if time.monotonic() - self.asked_at_s < self.open_s:
                return False
            # The probe: nobody else goes until it is back, or took longer than `open_s`.
            self.asked_at_s = time.monotonic()
            return True

    def succeeded(self) -> None:
        with self.lock:
            self.failed_in_a_row = 0

    def failed(self) -> None:
        with self.lock:
            self.failed_in_a_row += 1
            self.asked_at_s = time.monotonic()

    @property
    def is_open(self) -> bool:
        return self.failed_in_a_row >= self.failures


class BudgetedStripe:
    """The one call that the demo makes. One instance for the life of the process: budget and breaker remember."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self.http = httpx.Client(
            base_url=base_url,
            auth=(api_key, ""),
            timeout=5,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=100),
        )
        self.budget, self.breaker = Budget(), Breaker()

    def list_customers(self) -> int:
        """Raises StripeError where Stripe could not be had to answer, or is being spared."""
        if not self.breaker.lets_through():
            raise StripeError("not sent: Stripe is failing, and gets time to recover")
        for attempt in range(MAX_RETRIES + 1):
            failure = self.sent()
            if isinstance(failure, int):
                return failure
            if attempt == MAX_RETRIES or self.breaker.is_open or not self.budget.allows_a_retry():
                break
            time.sleep(random.uniform(0, min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2**attempt)))
        raise StripeError(failure)

    def sent(self) -> int | str:
        """One attempt: how many customers there are, or what went wrong."""
        try:
            answer = self.http.get("/v1/customers")
        except httpx.TransportError as error:
            self.breaker.failed()
            return f"{type(error).__name__}: {error}"
        if answer.status_code in RETRIED_STATUSES:
            self.breaker.failed()
            return f"{answer.status_code} from Stripe"
        self.breaker.succeeded()
        self.budget.succeeded()
        answer.raise_for_status()
        return len(answer.json()["data"])


@functools.cache
def client(base_url: str, api_key: str) -> BudgetedStripe:
    return BudgetedStripe(base_url, api_key)


def read(base_url: str, credentials: dict[str, str]) -> int:
    """List customers."""
    return client(base_url, credentials["api_key"]).list_customers()
