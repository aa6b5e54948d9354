"""What the team demands of its clients. Defaults come from the integration templates that teams follow."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Number = Annotated[int, Meta(ge=0)]
AtLeastOne = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(ge=0)]
Status = Annotated[int, Meta(ge=100, le=599)]


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which failures are tried again, and how often.

    `statuses` must be retried where that is safe; any other 5xx, 408, 409 and 425 may be; `never` must not be.
    `max_retries` bounds the retries after an answered failure or a broken connection, `max_timeout_retries`
    those after a timeout, `max_refreshes` those after a 401 (with a new credential).
    """

    statuses: tuple[Status, ...] = (429, 502, 503, 504)
    never: tuple[Status, ...] = (400, 403, 404, 422)
    max_retries: Number = 3
    max_timeout_retries: Number = 1
    max_refreshes: Number = 1


class BackoffPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How waits grow. `base_s`, `factor` and `cap_s` are advice that the report compares with; growth and jitter
    are judged."""

    base_s: Seconds = 1.0
    factor: float = 2.0
    cap_s: Seconds = 10.0
    jitter: bool = True


class DeadlinePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`request_s`: one request against a silent server.

    `call_s`: the whole call with its retries; None derives it from the retries, `request_s` and the backoff cap.
    """

    request_s: Seconds = 5.0
    call_s: Seconds | None = None


class BreakerPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`failures` in a row open it; then at most `probes` at once are let through.

    `open_s` is judged as a floor only where the team sets it.
    """

    required: bool = True
    failures: AtLeastOne = 5
    open_s: Seconds | None = None
    probes: AtLeastOne = 1


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of it: the `[policy]` table of harness.toml, or a file of that shape."""

    retry: RetryPolicy = RetryPolicy()
    backoff: BackoffPolicy = BackoffPolicy()
    deadline: DeadlinePolicy = DeadlinePolicy()
    breaker: BreakerPolicy = BreakerPolicy()
