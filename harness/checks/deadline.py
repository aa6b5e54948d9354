"""Promises about time: a silent provider is given up, a call comes to an end, and both are seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from harness.checks.advice import asked_s
from harness.checks.chains import attempts_of, failures_of
from harness.checks.registry import Evidence, check
from harness.checks.sources import policy
from harness.model.call import Call
from harness.model.exchange import Exchange
from harness.model.failure import SILENT, Failure
from harness.model.finding import Finding, broken, kept, short

CLOSED_LATE_S = 0.2
"""A connection that was closed this shortly before the next attempt was closed because of it: when the client gave
up is not known then."""


@check(source=policy("deadline.request_s"))
def per_request(evidence: Evidence, *, slack_ratio: float = 0.1, slack_s: float = 0.5) -> Iterator[Finding]:
    """A request that gets no answer, or one that never comes to its end, is given up within the timeout.

    The limit is the timeout that the client was told, plus `slack_ratio` of it and `slack_s`. An answer that
    trickles for longer must be given up too: a timeout for each read does not end it.
    """
    limit_s = evidence.timeout_s * (1 + slack_ratio) + slack_s
    slack = f"{slack_ratio:.0%} of it and {slack_s:g} s"
    expected = f"an end within {limit_s:.1f} s (a timeout of {evidence.timeout_s:g} s, {slack})"
    for call in evidence.calls:
        attempts, failures = attempts_of(evidence, call), failures_of(evidence, call)
        in_time = False
        for index, (attempt, failure) in enumerate(zip(attempts, failures, strict=True)):
            if not any(fired.fault in SILENT for fired in attempt.faults):
                continue
            after = attempts[index + 1] if index + 1 < len(attempts) else None
            lasted_s, sight = _lasted(call, attempt, failure, after, limit_s)
            if sight == "kept" and failure is None:
                continue  # The answer was complete in time: nothing had to be given up.
            what = f"attempt {index + 1}"
            numbers = (attempt.number,)
            if sight == "kept":
                in_time = True
                yield kept(f"{what} was given up after {lasted_s:.1f} s", expected, attempts=numbers)
            elif sight == "broken" and not (in_time and after is None):
                if failure == "open":
                    seen = f"{what} was still waiting after {lasted_s:.1f} s"
                elif failure is None:
                    seen = f"{what} took an answer that trickled for {lasted_s:.1f} s"
                else:
                    seen = f"{what} was given up only after {lasted_s:.1f} s"
                yield broken(seen, expected, attempts=numbers)
            elif sight == "broken" or failure != "open":
                seen = f"{what} ended after {lasted_s:.1f} s, which may include the wait before the next"
                yield short(seen, expected, attempts=numbers)
            else:
                yield short(
                    f"{what} had waited for {lasted_s:.1f} s when the call was stopped",
                    expected,
                    attempts=numbers,
                )


@check(source=policy("deadline.call_s"))
def call_bounded(evidence: Evidence, *, slack_ratio: float = 0.1, slack_s: float = 1.0) -> Iterator[Finding]:
    """A call in which something failed comes to an end in time, with all its retries and waits.

    Time counts from the first attempt. The limit is the policy's `deadline.call_s`, else what its retries may
    take: every attempt to the request's deadline, every wait to the backoff's cap or to what the answer asked for;
    after nothing but timeouts only the retries that the policy grants those. `slack_ratio` of it and `slack_s` are
    on top.
    """
    for call in evidence.calls:
        failures = failures_of(evidence, call)
        if not any(failures):
            continue
        limit_s, arithmetic = _call_limit(evidence, call)
        expected = f"an end within {limit_s:.0f} s ({arithmetic}), plus {slack_ratio:.0%} and {slack_s:g} s"
        attempts = attempts_of(evidence, call)
        # A client that takes long to start, as a process may, has done so before its first attempt.
        lasted_s = call.outcome.ended_s - max(call.outcome.began_s, attempts[0].at_s)
        numbers = tuple(e.number for e in attempts)
        if lasted_s > limit_s * (1 + slack_ratio) + slack_s:
            still = "was still going on" if call.outcome.ending == "cut" else "ended"
            yield broken(f"the call {still} after {lasted_s:.1f} s", expected, attempts=numbers)
        elif call.outcome.ending in ("cut", "died"):
            yield short(f"the call was stopped after {lasted_s:.1f} s", expected, attempts=numbers)
        elif call.outcome.ending == "unseen":
            seen = f"its last attempt ended after {lasted_s:.1f} s, and nobody told when the call did"
            yield short(seen, expected, attempts=numbers)
        else:
            yield kept(f"the call ended after {lasted_s:.1f} s", expected, attempts=numbers)


@check(source=policy("deadline.request_s"))
def fails_visibly(evidence: Evidence) -> Iterator[Finding]:
    """A call that got nothing but silence reports a failure."""
    expected = "a failure, since no answer came"
    for call in evidence.calls:
        attempts, failures = attempts_of(evidence, call), failures_of(evidence, call)
        if (
            not attempts
            or any(f not in ("timeout", "open") for f in failures)
            or any(e.status for e in attempts)
        ):
            continue
        numbers = tuple(e.number for e in attempts)
        if call.outcome.ending != "ended":
            yield short("the call did not come to its own end", expected, attempts=numbers)
        elif call.outcome.fallback:
            yield kept("the call says that it fell back", expected, attempts=numbers)
        elif call.outcome.ok:
            yield broken("the call reported success without an answer", expected, attempts=numbers)
        else:
            error = call.outcome.error or "no reason given"
            yield kept(f"the call failed: {error}", expected, attempts=numbers)


def _lasted(
    call: Call, attempt: Exchange, failure: Failure | None, after: Exchange | None, limit_s: float
) -> tuple[float, Literal["kept", "broken", "short"]]:
    """How long an attempt went on at the most, and whether that tells when the client gave it up."""
    began_s = attempt.received_s if attempt.received_s is not None else attempt.at_s
    by_itself = call.outcome.ending in ("ended", "garbage")
    ends = [
        attempt.ended_s,
        after.at_s if after else None,
        call.outcome.ended_s if by_itself or failure == "open" else None,
    ]
    lasted_s = max(0.0, min(end for end in (*ends, call.outcome.ended_s) if end is not None) - began_s)
    if lasted_s <= limit_s:
        return lasted_s, "short" if failure == "open" else "kept"
    if failure is None:
        return lasted_s, "broken"  # It took the answer to its end, so it had not given up before.
    if after is not None and after.at_s - (began_s + lasted_s) < CLOSED_LATE_S:
        return lasted_s, "short"
    return lasted_s, "broken"


def _call_limit(evidence: Evidence, call: Call) -> tuple[float, str]:
    rules = evidence.policy
    if rules.deadline.call_s is not None:
        return rules.deadline.call_s, "deadline.call_s"
    silent = all(failure in ("timeout", "open") for failure in failures_of(evidence, call))
    retries = rules.retry.max_timeout_retries if silent else rules.retry.max_retries
    request_s, cap_s = rules.deadline.request_s, rules.backoff.cap_s
    limit_s = (retries + 1) * request_s + retries * cap_s
    arithmetic = (
        f"{_count(retries + 1, 'attempt')} of {request_s:g} s and {_count(retries, 'wait')} of {cap_s:g} s"
    )
    more_s = sum(max(0.0, asked_s(evidence, e) - cap_s) for e in attempts_of(evidence, call))
    if more_s:
        return limit_s + more_s, f"{arithmetic}, and {more_s:.0f} s more that the provider asked for"
    return limit_s, arithmetic


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
