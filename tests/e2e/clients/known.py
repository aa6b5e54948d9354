"""What the documentation of each client's library says that it does, scenario by scenario: the tests' answer book.

A set of scenarios is told by ids and globs, as in `error_* hang`. Sources:

- requests: "will not retry failed connections"; no timeout unless one is given (requests.readthedocs.io, HTTPAdapter
  and Quickstart: Timeouts). urllib3.util.Retry: connect errors are retried for any method, the rest for idempotent
  ones; statuses only by `status_forcelist`, or 413, 429 and 503 with Retry-After; the first retry does not wait;
  a body that breaks off is met after the retries are done.
- httpx: no retries, 5 s timeouts for each read (www.python-httpx.org/advanced/timeouts).
- tenacity, stamina: what they were told to retry, whatever the method; stamina takes every HTTPError as it was told.
- pybreaker: `fail_max` failures in a row open it; after `reset_timeout` one call is let through.
- stripe: connection errors, timeouts, 409 and 500 and above are tried again, and what Stripe-Should-Retry asks for;
  429 is not; writes carry a key (github.com/stripe/stripe-python, Configuring automatic retries).
- curl: `--retry` after a timeout, 408, 429, 500, 502, 503, 504, with waits of 1, 2, 4 s or Retry-After, for any
  method (curl.se/docs/manpage.html#--retry); it does not read what it loads.
- fetch: no retries (developer.mozilla.org/docs/Web/API/Window/fetch). urllib: none either.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent
NOTES = FOLDER / "notes.yaml"


class Seen(msgspec.Struct, frozen=True):
    """One call of a client. `attempts` where they are not 1. `succeeds`: how its calls end. `fails`: check to the
    scenarios where it does; nothing else fails. Of `outage`, only the verdicts."""

    run: str
    attempts: dict[int, str] = {}
    succeeds: str = "healthy dribble"
    fails: dict[str, str] = {}


class Client(msgspec.Struct, frozen=True):
    """`needs`: modules, or programs with a `$` before them."""

    name: str
    needs: str
    read: Seen
    write: Seen
    provider: str = str(NOTES)


TRANSIENT = "error_503_once error_503 error_502 error_504 rate_limited_*"
"""What the policy wants tried again."""

UNKNOWN_FATE = "error_* hang reset_before_answer closed lost_answer"
"""After these a write may have been carried out."""

TRICKLES = {"deadline.per_request": "dribble"}
"""A timeout for each read never sees an answer that trickles."""


def python(script: str, *words: str) -> str:
    return shlex.join([sys.executable, str(FOLDER / script), *words])


def function(name: str) -> str:
    return f"tests.e2e.clients.{name}"


def _requests(variant: str, read: Seen, write: Seen) -> Client:
    def said(seen: Seen, op: str) -> Seen:
        return msgspec.structs.replace(seen, run=python("with_requests.py", variant, op))

    return Client(f"requests, {variant}", "requests", said(read, "read"), said(write, "write"))


def _httpx(name: str, needs: str, prefix: str, read: Seen, write: Seen) -> Client:
    def said(seen: Seen, op: str) -> Seen:
        return msgspec.structs.replace(seen, run=function(f"with_httpx:{prefix}{op}"))

    return Client(name, needs, said(read, "read"), said(write, "write"))


_RETRY_READS = {4: "error_503 error_50[024] hang refused reset_on_accept reset_before_answer closed"}
_RETRIED_READS = "healthy dribble error_503_once rate_limited_*"
_FIXED_WAITS = {"backoff.jitters": "error_503", "retry.bounded": "hang", **TRICKLES}
_ONLY_CONNECTS = Seen("", {4: "refused"}, fails=TRICKLES)

REQUESTS = (
    _requests(
        "bare",
        Seen("", fails={"retry.retries_transient": TRANSIENT, "deadline.per_request": "hang dribble"}),
        Seen("", fails={"deadline.per_request": "hang dribble"}),
    ),
    _requests(
        "total",
        Seen(
            "",
            {
                4: "hang refused reset_on_accept reset_before_answer closed",
                2: "rate_limited_seconds rate_limited_date",
            },
            "healthy dribble rate_limited_seconds rate_limited_date",
            {
                "retry.retries_transient": "error_503_once error_503 error_502 error_504 rate_limited_reset "
                "rate_limited_none",
                "retry.bounded": "hang",
                **TRICKLES,
            },
        ),
        _ONLY_CONNECTS,
    ),
    _requests(
        "statuses",
        Seen("", {**_RETRY_READS, 2: "error_503_once rate_limited_*"}, _RETRIED_READS, _FIXED_WAITS),
        _ONLY_CONNECTS,
    ),
    _requests(
        "everything",
        Seen(
            "",
            {**_RETRY_READS, 2: "error_503_once rate_limited_*"},
            _RETRIED_READS,
            {**_FIXED_WAITS, "retry.honours_retry_after": "rate_limited_seconds rate_limited_date"},
        ),
        Seen(
            "",
            {**_RETRY_READS, 2: "error_503_once rate_limited_* lost_answer"},
            f"{_RETRIED_READS} lost_answer",
            {
                **_FIXED_WAITS,
                "retry.honours_retry_after": "rate_limited_seconds rate_limited_date",
                "idempotency.only_with_key": UNKNOWN_FATE,
                "idempotency.one_effect": "lost_answer",
            },
        ),
    ),
)

_THRICE = "error_503 error_50[024] hang refused reset_on_accept reset_before_answer closed reset_in_answer truncated"
_WRAPPED = {
    "retry.honours_retry_after": "rate_limited_seconds rate_limited_date",
    "retry.bounded": "hang",
    "breaker.opens": "outage",
    **TRICKLES,
}
_WRAPPED_WRITE = {
    **_WRAPPED,
    "idempotency.only_with_key": f"{UNKNOWN_FATE} reset_in_answer truncated",
    "idempotency.one_effect": "lost_answer",
}
_UNCHOOSY = {
    "retry.only_what_should": "status_400 status_403 status_404 status_422",
    "retry.refreshes_once": "status_401",
}

HTTPX = (
    _httpx(
        "httpx",
        "httpx",
        "",
        Seen(
            "", fails={"retry.retries_transient": f"{TRANSIENT} hang", "breaker.opens": "outage", **TRICKLES}
        ),
        Seen("", fails={"breaker.opens": "outage", **TRICKLES}),
    ),
    _httpx(
        "tenacity",
        "tenacity httpx",
        "tenacious_",
        Seen("", {3: _THRICE, 2: "error_503_once rate_limited_*"}, _RETRIED_READS, _WRAPPED),
        Seen(
            "",
            {3: _THRICE, 2: "error_503_once rate_limited_* lost_answer"},
            f"{_RETRIED_READS} lost_answer",
            _WRAPPED_WRITE,
        ),
    ),
    _httpx(
        "stamina",
        "stamina httpx",
        "stamina_",
        Seen(
            "",
            {3: f"{_THRICE} status_*", 2: "error_503_once rate_limited_*"},
            _RETRIED_READS,
            {**_WRAPPED, **_UNCHOOSY},
        ),
        Seen(
            "",
            {3: f"{_THRICE} status_*", 2: "error_503_once rate_limited_* lost_answer"},
            f"{_RETRIED_READS} lost_answer",
            {**_WRAPPED_WRITE, **_UNCHOOSY},
        ),
    ),
)


def _pybreaker(name: str, read: str, write: str) -> Client:
    return Client(
        name,
        "pybreaker requests",
        Seen(read, fails={"retry.retries_transient": f"{TRANSIENT} hang", **TRICKLES}),
        Seen(write, fails=TRICKLES),
    )


BREAKERS = (
    _pybreaker("pybreaker", function("with_pybreaker:read"), function("with_pybreaker:write")),
    _pybreaker("pybreaker, a session", *2 * (f"session:{python('with_pybreaker.py')}",)),
)


def _stripe(retries: str, seen: Seen, *, write: Seen) -> Client:
    def said(seen: Seen, op: str) -> Seen:
        return msgspec.structs.replace(seen, run=python("with_stripe.py", retries, op))

    return Client(f"stripe, {retries} retries", "stripe", said(seen, "read"), said(write, "write"), "stripe")


_STRIPE_0 = Seen("", fails={"retry.retries_transient": f"{TRANSIENT} hang", **TRICKLES})
_STRIPE_THRICE = "error_503 error_50[024] status_409 hang refused reset_on_accept reset_before_answer closed"
_STRIPE_2 = {"retry.retries_transient": "rate_limited_*", "retry.bounded": "hang", **TRICKLES}

STRIPE = (
    _stripe("0", _STRIPE_0, write=_STRIPE_0),
    _stripe(
        "2",
        Seen(
            "",
            {3: _STRIPE_THRICE, 2: "error_503_once stripe_should_retry_true"},
            "healthy dribble error_503_once stripe_should_retry_true",
            _STRIPE_2,
        ),
        write=Seen(
            "",
            {3: _STRIPE_THRICE, 2: "error_503_once stripe_should_retry_true lost_answer"},
            "healthy dribble error_503_once stripe_should_retry_true lost_answer",
            _STRIPE_2,
        ),
    ),
)

_CURL = "curl -sS --fail --max-time 1 --retry 2"
_CURL_ATTEMPTS = {3: "error_503 error_50[024] hang dribble", 2: "error_503_once rate_limited_*"}
_CURL_SUCCEEDS = "healthy error_503_once rate_limited_* malformed empty"
_CURL_FAILS = {
    "backoff.jitters": "error_503",
    "retry.bounded": "hang dribble",
    "contract.broken_answer_refused": "malformed empty",
}
_POST = """-H 'content-type: application/json' -d '{"text":"milk"}'"""

_FETCH = f"node {shlex.quote(str(FOLDER / 'fetch.mjs'))}"
_BARE_READ = {"retry.retries_transient": f"{TRANSIENT} hang"}

OTHERS = (
    Client(
        "curl --retry",
        "$curl",
        Seen(f"{_CURL} $HARNESS_BASE_URL/notes/1", _CURL_ATTEMPTS, _CURL_SUCCEEDS, _CURL_FAILS),
        Seen(
            f"{_CURL} {_POST} $HARNESS_BASE_URL/notes",
            _CURL_ATTEMPTS,
            _CURL_SUCCEEDS,
            {**_CURL_FAILS, "idempotency.only_with_key": "error_* hang dribble"},
        ),
    ),
    Client(
        "node fetch",
        "$node",
        Seen(f"{_FETCH} read", succeeds="healthy", fails=_BARE_READ),
        Seen(f"{_FETCH} write", succeeds="healthy"),
    ),
    Client(
        "node fetch, a session",
        "$node",
        Seen(f"session:{_FETCH}", succeeds="healthy", fails={**_BARE_READ, "breaker.opens": "outage"}),
        Seen(f"session:{_FETCH}", succeeds="healthy", fails={"breaker.opens": "outage"}),
    ),
    Client(
        "a running service",
        "",
        Seen("http:POST {service}/read", fails={**_BARE_READ, **TRICKLES, "breaker.opens": "outage"}),
        Seen("http:POST {service}/write", fails={**TRICKLES, "breaker.opens": "outage"}),
    ),
)

CLIENTS = (*REQUESTS, *HTTPX, *BREAKERS, *STRIPE, *OTHERS)
