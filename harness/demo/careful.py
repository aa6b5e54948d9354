"""A careful client: deadlines, backoff with jitter, Retry-After, idempotency keys, a circuit breaker.

It is written out in full, on plain httpx, so that each promise the checks ask for can be found here.
"""

from __future__ import annotations

import functools
import random
import time
import uuid
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

MAX_RETRIES = 3
MAX_TIMEOUT_RETRIES = 1
BACKOFF_BASE_S = 0.2
BACKOFF_CAP_S = 5.0
LONGEST_RETRY_AFTER_S = 30.0
RETRIED_STATUSES = {429, 500, 502, 503, 504}


class StripeError(Exception):
    """The call failed, and the caller is told so."""


class BreakerOpen(StripeError):
    """Not sent: Stripe has been failing, and gets time to recover."""


class Breaker:
    """Opens after `failures` failed calls in a row; after `open_s` it lets one call through to try."""

    def __init__(self, *, failures: int = 5, open_s: float = 1.0) -> None:
        self.failures, self.open_s = failures, open_s
        self.failed_in_a_row, self.opened_at_s = 0, 0.0

    def before_call(self) -> None:
        if self.failed_in_a_row >= self.failures:
            if time.monotonic() - self.opened_at_s < self.open_s:
                raise BreakerOpen("Stripe is failing; not sent")
            self.opened_at_s = time.monotonic()

    def succeeded(self) -> None:
        self.failed_in_a_row = 0

    def failed(self) -> None:
        self.failed_in_a_row += 1
        self.opened_at_s = time.monotonic()


class CarefulStripe:
    """The few calls that a shop needs. One instance for the life of the process: the breaker remembers."""

    def __init__(self, base_url: str, api_key: str, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self.breaker = Breaker()
        self.http = httpx.Client(base_url=base_url, auth=(api_key, ""), timeout=timeout_s)

    def list_customers(self) -> dict[str, Any]:
        return self.call("GET", "/v1/customers", params={"limit": 3})

    def create_customer(self, email: str) -> dict[str, Any]:
        # One key for the call, whatever the number of attempts: Stripe then does it once.
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return self.call("POST", "/v1/customers", data={"email": email}, headers=headers)

    def call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """One call with its retries. Raises StripeError when Stripe could not be had to answer well."""
        self.breaker.before_call()
        timeouts = 0
        for attempt in range(MAX_RETRIES + 1):
            # Half of it surely, half by luck: waits grow, and no two clients come back together.
            longest_s = min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2**attempt)
            wait_s = random.uniform(longest_s / 2, longest_s)
            try:
                answer = self.send(method, path, **request)
            except httpx.TimeoutException as error:
                failure: Exception = error
                timeouts += 1
                if timeouts > MAX_TIMEOUT_RETRIES:
                    break
            except httpx.TransportError as error:
                failure = error
            else:
                if answer.is_success:
                    self.breaker.succeeded()
                    return self.understand(answer)
                failure = StripeError(f"{answer.status_code} from {method} {path}")
                if not self.may_retry(answer):
                    # Stripe is well: it is the request that was refused.
                    self.breaker.succeeded()
                    raise failure
                wait_s = max(wait_s, asked_wait_s(answer))
                if wait_s > LONGEST_RETRY_AFTER_S:
                    break
            if attempt < MAX_RETRIES:
                time.sleep(wait_s)
        self.breaker.failed()
        raise StripeError(f"{method} {path} failed: {failure}") from failure

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One attempt. httpx's timeouts are for each read; this one is for the whole of it."""
        ends_at_s = time.monotonic() + self.timeout_s
        with self.http.stream(method, path, **request) as answer:
            chunks = []
            for chunk in answer.iter_bytes():
                chunks.append(chunk)
                if time.monotonic() > ends_at_s:
                    raise httpx.ReadTimeout("the answer took too long", request=answer.request)
            return httpx.Response(
                answer.status_code, headers=without_encoding(answer.headers), content=b"".join(chunks)
            )

    def may_retry(self, answer: httpx.Response) -> bool:
        advice = answer.headers.get("stripe-should-retry")
        return advice == "true" if advice else answer.status_code in RETRIED_STATUSES

    def understand(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            body = answer.json()
        except ValueError as error:
            raise StripeError(f"an answer that is not JSON: {error}") from error
        if not isinstance(body, dict) or "object" not in body:
            raise StripeError("an answer that is no Stripe object")
        return body


def asked_wait_s(answer: httpx.Response) -> float:
    """The wait that Retry-After asks for, in either of its forms; 0 without one."""
    asked = answer.headers.get("retry-after", "").strip()
    if asked.isdigit():
        return float(asked)
    try:
        # A date has whole seconds: one more makes sure that it has passed.
        return max(0.0, parsedate_to_datetime(asked).timestamp() + 1 - time.time())
    except ValueError:
        return 0.0


def without_encoding(headers: httpx.Headers) -> dict[str, str]:
    """The headers of a body that is decoded already."""
    return {
        name: value for name, value in headers.items() if name not in ("content-encoding", "content-length")
    }


@functools.cache
def client(base_url: str, api_key: str, timeout_s: float) -> CarefulStripe:
    return CarefulStripe(base_url, api_key, timeout_s)


def read(base_url: str, credentials: dict[str, str], timeout: float) -> int:
    """List customers."""
    customers = client(base_url, credentials["api_key"], timeout).list_customers().get("data")
    if not isinstance(customers, list):
        raise StripeError("a list of customers without customers")
    return len(customers)


def write(base_url: str, credentials: dict[str, str], timeout: float) -> str:
    """Create a customer."""
    customer_id = (
        client(base_url, credentials["api_key"], timeout).create_customer("ada@example.com").get("id")
    )
    if not isinstance(customer_id, str):
        raise StripeError("a customer without an id")
    return customer_id
