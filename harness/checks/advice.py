"""What the provider and the norms say of one failed attempt: may it be repeated, must it not be, and when."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Literal

import msgspec

from harness.checks.chains import IDEMPOTENT, Chain, key_of
from harness.checks.registry import Evidence
from harness.checks.sources import CLIENT_ERRORS, FORBIDDEN, RATE_LIMIT_FIELDS, REPEATS, RETRY_AFTER, policy
from harness.model.exchange import Exchange

Form = Literal["seconds", "date", "reset", "minimum"]

_RATE_LIMIT = re.compile(r'^\s*(?:"[^"]*"|[\w.*-]+)\s*;(?P<parameters>[^,]*)')


class Asked(msgspec.Struct, frozen=True):
    """A wait that an answer asks for: `seconds` from the answer on, or until the epoch second `until`."""

    form: Form
    says: str
    source: str
    seconds: float | None = None
    until: float | None = None


def asked_wait(evidence: Evidence, exchange: Exchange) -> Asked | None:
    """The wait that a failed answer asks for, if any. Retry-After goes before every other header."""
    if exchange.stage != "request" or exchange.status is None or exchange.status < 400:
        return None
    header = exchange.response_header("retry-after")
    if header is not None:
        seconds, until = _number(header), _date(header)
        says = f"Retry-After: {header}"
        if seconds is not None:
            return Asked("seconds", says, RETRY_AFTER, seconds=seconds)
        if until is not None:
            return Asked("date", says, RETRY_AFTER, until=until)
    return _reset(evidence, exchange) if rate_limited(evidence, exchange) else None


def asked_s(evidence: Evidence, exchange: Exchange) -> float:
    """About how many seconds an answer asks to wait, 0 where it does not."""
    asked = asked_wait(evidence, exchange)
    if asked is None:
        return 0.0
    if asked.seconds is not None:
        return asked.seconds
    date = _date(exchange.response_header("date") or "")
    return max(0.0, (asked.until or 0.0) - date) if date is not None else 0.0


def waited_enough(
    evidence: Evidence, exchange: Exchange, asked: Asked, at_s: float, *, slack_s: float
) -> bool | None:
    """Had the asked wait passed at `at_s`, a time on the lane's clock? None where it cannot be told.

    The lane's clock knows no epoch. Its answers tell, each in whole seconds; where they leave room for doubt,
    doubt it is.
    """
    if asked.seconds is not None:
        began_s = exchange.received_s if exchange.received_s is not None else exchange.at_s
        return at_s >= began_s + asked.seconds - slack_s
    assert asked.until is not None
    bounds = _epoch_of_zero(evidence)
    if bounds is None:
        return None
    low, high = bounds
    if at_s + low >= asked.until - slack_s:
        return True
    return False if at_s + high < asked.until - slack_s else None


def rate_limited(evidence: Evidence, exchange: Exchange) -> bool:
    """Does the answer say that too much was sent?"""
    if exchange.status == 429 or any(fired.fault == "status.rate_limited" for fired in exchange.faults):
        return True
    limit = evidence.behaviour.rate_limit
    if limit is None or exchange.status not in {template.status for template in limit.exceeded}:
        return False
    return exchange.response_header("retry-after") is not None or _remaining(evidence, exchange) == 0


def should_retry(evidence: Evidence, exchange: Exchange) -> bool | None:
    """What the provider's own header says of repeating; it overrides every other rule."""
    name = evidence.behaviour.retry.should_retry_header if evidence.behaviour.retry else None
    value = (exchange.response_header(name) or "").lower() if name else ""
    return {"true": True, "false": False}.get(value)


def forbidden(evidence: Evidence, exchange: Exchange) -> str | None:
    """The rule, as its source, by which an error answer must not be repeated as it was; None where there is none."""
    status = exchange.status
    if status is None or status < 400 or status == 401:
        return None
    word = should_retry(evidence, exchange)
    if word is not None:
        return None if word else _retry_source(evidence)
    if rate_limited(evidence, exchange):
        return None
    advice = evidence.behaviour.advice(status)
    if advice is not None:
        return advice.source if advice.retry == "never" else None
    if status not in evidence.policy.retry.never:
        return None
    return FORBIDDEN if status == 403 else f"{policy('retry.never')}; {CLIENT_ERRORS}"


def safe_to_repeat(evidence: Evidence, chain: Chain, index: int) -> bool:
    """Might the client repeat this attempt without a second effect?"""
    if chain.method(evidence) in IDEMPOTENT or chain.failures[index] == "unconnected":
        return True
    attempt = chain.attempts[index]
    return documented_key(evidence, attempt) or told_to_repeat(evidence, attempt)


def documented_key(evidence: Evidence, exchange: Exchange) -> bool:
    """Does the request carry a key that this provider is known to heed?"""
    return evidence.idempotency_header is not None and key_of(evidence, exchange) is not None


def told_to_repeat(evidence: Evidence, exchange: Exchange) -> bool:
    """Does the provider ask for a repeat of such an answer, whatever the method?"""
    if exchange.status is None or exchange.status < 400:
        return False
    word = should_retry(evidence, exchange)
    if word is not None:
        return word
    advice = evidence.behaviour.advice(exchange.status)
    return advice is not None and advice.retry == "always"


def wanted(evidence: Evidence, chain: Chain, index: int) -> str | None:
    """The rule, as its source, by which this failure should be tried again; None where nothing asks for it."""
    attempt, failure = chain.attempts[index], chain.failures[index]
    if not safe_to_repeat(evidence, chain, index):
        return None
    if failure == "timeout" and attempt.status is None:
        return policy("retry.max_timeout_retries") if evidence.policy.retry.max_timeout_retries else None
    if failure != "status" or attempt.status is None or should_retry(evidence, attempt) is False:
        return None
    advice = evidence.behaviour.advice(attempt.status)
    if advice is not None and advice.retry == "never" and not rate_limited(evidence, attempt):
        return None
    if attempt.status not in evidence.policy.retry.statuses and not (
        429 in evidence.policy.retry.statuses and rate_limited(evidence, attempt)
    ):
        return None
    if asked_s(evidence, attempt) > evidence.policy.backoff.cap_s:
        return None
    return advice.source if advice is not None and advice.retry == "always" else policy("retry.statuses")


def repeat_source(evidence: Evidence, exchange: Exchange) -> str:
    """The rule on repeating a write: the provider's where it speaks of the status or of keys."""
    advice = evidence.behaviour.advice(exchange.status) if exchange.status is not None else None
    if advice is not None and advice.retry == "with_key":
        return f"{advice.source}; {REPEATS}"
    return REPEATS


def _reset(evidence: Evidence, exchange: Exchange) -> Asked | None:
    limit = evidence.behaviour.rate_limit
    source = limit.source if limit else RATE_LIMIT_FIELDS
    if limit and limit.reset_header and _remaining(evidence, exchange) in (0, None):
        name = limit.reset_header.lower()
        value = exchange.response_header(name) or ""
        says = f"{name}: {value}"
        number = _number(value)
        if limit.reset_unit == "http_date" and _date(value) is not None:
            return Asked("reset", says, source, until=_date(value))
        if number is not None and limit.reset_unit == "epoch_s":
            return Asked("reset", says, source, until=number)
        if number is not None and limit.reset_unit == "delta_s":
            return Asked("reset", says, source, seconds=number)
    seconds = _rate_limit_field(exchange)
    if seconds is not None:
        return Asked(
            "reset", f"RateLimit: {exchange.response_header('ratelimit')}", RATE_LIMIT_FIELDS, seconds=seconds
        )
    if limit and limit.minimum_wait_s is not None:
        return Asked("minimum", "no header that tells when", source, seconds=limit.minimum_wait_s)
    return None


def _rate_limit_field(exchange: Exchange) -> float | None:
    """The reset of the draft's RateLimit field where nothing remains; a malformed field is ignored."""
    found = _RATE_LIMIT.match(exchange.response_header("ratelimit") or "")
    if found is None:
        return None
    parameters = dict(part.strip().split("=", 1) for part in found["parameters"].split(";") if "=" in part)
    return _number(parameters.get("t", "")) if _number(parameters.get("r", "")) == 0 else None


def _remaining(evidence: Evidence, exchange: Exchange) -> float | None:
    limit = evidence.behaviour.rate_limit
    name = (limit.reset_header or "").lower().replace("reset", "remaining") if limit else ""
    return _number(exchange.response_header(name) or "") if name else None


def _retry_source(evidence: Evidence) -> str:
    return evidence.behaviour.retry.source if evidence.behaviour.retry else ""


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\s*\d{1,15}(\.\d+)?\s*", text) else None


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _epoch_of_zero(evidence: Evidence) -> tuple[float, float] | None:
    """Between which epoch seconds the lane's clock stood at 0, from the Date of every answer; None if unknown.

    A Date of D means that the answer was made at an epoch of D or later but before D + 1.
    """
    low, high = float("-inf"), float("inf")
    seen = {exchange.number: exchange for call in evidence.calls for exchange in call.attempts}
    for exchange in (*evidence.journal, *seen.values()):
        date = _date(exchange.response_header("date") or "")
        if date is None or exchange.received_s is None:
            continue
        high = min(high, date + 1 - exchange.received_s)
        if exchange.ended_s is not None:
            low = max(low, date - exchange.ended_s)
    return (low, high) if low <= high < float("inf") else None
