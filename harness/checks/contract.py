"""Promises about the provider's contract: requests fit it, answers are used when they are good and only then."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.chains import SAFE, attempts_of, failures_of
from harness.checks.registry import Evidence, check
from harness.checks.sources import CLIENT_ERRORS, DOCUMENT, INCOMPLETE
from harness.model.call import Call
from harness.model.failure import in_words
from harness.model.finding import Finding, broken, kept, short

MAY_BE_AN_ANSWER = {404: "there is none", 410: "there is none any more", 409: "it is there already"}
"""Errors that a client may have good reason to take for an answer, and what they say then."""


@check(source=DOCUMENT)
def healthy_call_works(evidence: Evidence) -> Iterator[Finding]:
    """With nothing wrong at the provider, the call succeeds and reaches it."""
    if evidence.faults_planned or any(e.faults for call in evidence.calls for e in call.attempts):
        return
    expected = "a call that reaches the provider and succeeds"
    for call in evidence.calls:
        numbers = tuple(e.number for e in call.attempts)
        error = call.outcome.error or "no reason given"
        failed = [e for e in call.attempts if e.status is not None and e.status >= 400]
        if not call.attempts:
            said = "succeeded" if call.outcome.ok else f"failed ({error})"
            yield short(f"the call {said} without a request to the provider", expected)
        elif any(e.status is not None and e.status >= 500 for e in failed):
            yield short("the mock itself answered with a 5xx", expected, attempts=numbers)
        elif call.outcome.ending == "cut":
            yield short(f"the call was stopped after {call.duration_s:.1f} s", expected, attempts=numbers)
        elif call.outcome.ending == "unseen":
            seen = f"{_count(len(call.attempts), 'request')}, and nobody told how the call ended"
            yield short(seen, expected, attempts=numbers)
        elif not call.outcome.ok:
            because = f" after a {failed[-1].status}" if failed else ""
            yield broken(f"the call failed{because}: {error}", expected, attempts=numbers)
        elif len(failed) == len(call.attempts):
            yield short(
                f"the call succeeded, though it got nothing but a {failed[-1].status}",
                expected,
                attempts=numbers,
            )
        else:
            yield kept(
                f"the call succeeded with {_count(len(call.attempts), 'request')}", expected, attempts=numbers
            )


@check(source=DOCUMENT)
def requests_conform(evidence: Evidence) -> Iterator[Finding]:
    """Every request fits the contract: path, parameters, headers, body, credentials.

    Members of a body that are readOnly are not held against it: a client that changes an object and sends it back
    whole is common, and the specification says that they SHOULD NOT be sent, no more. The journal tells of them.
    """
    asked = [e for call in evidence.calls for e in attempts_of(evidence, call) if e.stage == "request"]
    expected = "requests without a deviation from the contract"
    wrong = [(e, against) for e in asked if (against := [d for d in e.deviations if not d.is_advice])]
    if wrong:
        exchange, (first, *_) = wrong[0]
        count = sum(len(against) for _, against in wrong)
        more = f"; {count - 1} more deviations in {_count(len(wrong), 'request')}" if count > 1 else ""
        place = f"{first.where} {first.pointer}".strip()
        seen = f"{exchange.method} {exchange.path}: {place}: {first.message}{more}"
        yield broken(seen, expected, attempts=tuple(e.number for e, _ in wrong))
    elif asked:
        advised = sum(len(e.deviations) for e in asked)
        but = f", but for {_count(advised, 'readOnly member')}" if advised else ""
        yield kept(f"{_count(len(asked), 'request')} without a deviation{but}", expected)
    else:
        yield short("no request arrived", expected)


@check(source=INCOMPLETE)
def broken_answer_refused(evidence: Evidence) -> Iterator[Finding]:
    """An answer that is cut short, not JSON, or empty where it should not be is not taken for success.

    Only the last answer counts: a client that tries again and gets a good one has done well.
    """
    for call in evidence.calls:
        attempts, failures = attempts_of(evidence, call), failures_of(evidence, call)
        if not attempts or failures[-1] not in ("cut_short", "unreadable"):
            continue
        what = in_words(attempts[-1], failures[-1])
        expected = f"a failure, since the call ended with {what}"
        source = DOCUMENT if failures[-1] == "unreadable" else ""
        yield from _reported(call, what, expected, (attempts[-1].number,), source=source)


@check(source=CLIENT_ERRORS)
def failure_reported(evidence: Evidence) -> Iterator[Finding]:
    """A call that ends with an error answer, or without any, reports a failure, or that it fell back.

    What the call gives in the provider's place is a fallback where the client says so (`"fallback": true`); else it
    is an error taken for success. A 404 or 410 to a read or a delete and a 409 may be an answer that the client
    understands, and are not judged.
    """
    for call in evidence.calls:
        attempts, failures = attempts_of(evidence, call), failures_of(evidence, call)
        if not attempts or failures[-1] not in ("status", "unanswered", "unconnected"):
            continue
        last, number = attempts[-1], (attempts[-1].number,)
        what = in_words(last, failures[-1])
        expected = f"a failure, since the call ended with {what}"
        understood = MAY_BE_AN_ANSWER.get(last.status or 0)
        if last.status in (404, 410) and last.method not in SAFE | {"DELETE"}:
            understood = None
        if call.outcome.ok and not call.outcome.fallback and understood:
            yield short(
                f"the call succeeded; {what} may have told it that {understood}", expected, attempts=number
            )
        elif call.outcome.ok and not call.outcome.fallback and None in failures:
            yield short("the call succeeded with a part of its requests", expected, attempts=number)
        else:
            yield from _reported(call, what, expected, number)


def _reported(
    call: Call, what: str, expected: str, numbers: tuple[int, ...], *, source: str = ""
) -> Iterator[Finding]:
    if call.outcome.ending == "unseen":
        seen = f"nobody told how the call ended after {what}"
        yield short(seen, expected, source=source, attempts=numbers)
    elif call.outcome.ending != "ended":
        seen = f"the call did not come to its own end after {what}"
        yield short(seen, expected, source=source, attempts=numbers)
    elif call.outcome.fallback:
        yield kept(f"the call says that it fell back after {what}", expected, source=source, attempts=numbers)
    elif call.outcome.ok:
        yield broken(f"the call reported success after {what}", expected, source=source, attempts=numbers)
    else:
        error = call.outcome.error or "no reason given"
        yield kept(f"the call failed after {what}: {error}", expected, source=source, attempts=numbers)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
