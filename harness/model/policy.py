"""What the team demands of its clients. Defaults come from the integration templates that teams follow."""

from __future__ import annotations

import msgspec


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which failures are tried again, and how often.

    `statuses` must be retried where that is safe; any other 5xx, 408, 409 and 425 may be; `never` must not be.
    `max_retries` bounds the retries after an answered failure or a broken connection, `max_timeout_retries`
    those after a timeout, `max_refreshes` those after a 401 (with a new credential).
    """

    statuses: tuple[int, ...] = (429, 502, 503, 504)
    never: tuple[int, ...] = (400, 403, 404, 422)
    max_retries: int = 3
    max_timeout_retries: int = 1
    max_refreshes: int = 1


class BackoffPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How waits grow. `base_s`, `factor` and `cap_s` are advice that the report compares with; growth and jitter
    are judged."""

    base_s: float = 1.0
    factor: float = 2.0
    cap_s: float = 10.0
    jitter: bool = True


class DeadlinePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`request_s`: one request against a silent server.

    `call_s`: the whole call with its retries; None derives it from the retries, `request_s` and the backoff cap.
    """

    request_s: float = 5.0
    call_s: float | None = None


class BreakerPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`failures` in a row open it; then at most `probes` at once are let through.

    `open_s` is judged as a floor only where the team sets it.
    """

    required: bool = True
    failures: int = 5
    open_s: float | None = None
    probes: int = 1


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of it: the `[policy]` table of harness.toml, or a file of that shape."""

    retry: RetryPolicy = RetryPolicy()
    backoff: BackoffPolicy = BackoffPolicy()
    deadline: DeadlinePolicy = DeadlinePolicy()
    breaker: BreakerPolicy = BreakerPolicy()
