"""Faults that answer in the provider's place, in the provider's own words. The request has no effect."""

from __future__ import annotations

from typing import Literal

from harness.contract.error_answer import error_answer, rate_limit_answer
from harness.faults.registry import Situation, fault
from harness.model.message import Response


@fault(effect=False)
def error(
    situation: Situation, *, status: int, message: str = "", headers: dict[str, str] | None = None
) -> Response:
    """Answer with `status` in the provider's error shape. Seen at: deploys, overload, bad requests.

    `headers` are added to the answer (names in any case).
    """
    answer = error_answer(
        situation.contract,
        situation.behaviour,
        situation.operation,
        status,
        rng=situation.rng,
        now_s=situation.now_s,
        message=message,
    )
    return answer.with_headers(*((name.lower(), value) for name, value in (headers or {}).items()))


@fault(effect=False)
def rate_limited(
    situation: Situation,
    *,
    form: Literal["provider", "seconds", "date", "reset", "none"] = "provider",
    wait_s: float = 2.0,
    status: int = 0,
) -> Response:
    """Refuse for sending too much, and ask for `wait_s`. Seen at: every provider with a quota.

    `form` says how the wait is told: as the provider documents it, as Retry-After in seconds or as an HTTP-date,
    as the provider's reset header, or not at all. `status` 0 is the provider's own (429 where none is known).
    """
    return rate_limit_answer(
        situation.contract,
        situation.behaviour,
        situation.operation,
        form=form,
        wait_s=wait_s,
        status=status,
        rng=situation.rng,
        now_s=situation.now_s,
    )
