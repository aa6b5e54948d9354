"""Promises of whoever receives webhooks: what is the provider's is taken, in time, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.registry import Evidence, check
from harness.checks.sources import STANDARD_WEBHOOKS
from harness.model.finding import Finding, broken, kept, short
from harness.model.webhook import FORGED, STALE, Attempt, Sent

_UNTOLD = FORGED | STALE | {"out_of_order"}
"""What is no event that must be taken: one that came too early may be asked for again by an error answer."""


@check(source=STANDARD_WEBHOOKS)
def takes_events(evidence: Evidence) -> Iterator[Finding]:
    """An event that the provider has signed gets a 2xx, at the latest at the last attempt."""
    expected = "a 2xx for what the provider has signed"
    source = _source(evidence, "delivery")
    for sent in evidence.webhooks:
        if sent.way in _UNTOLD or not sent.attempts:
            continue
        last = sent.attempts[-1]
        if any(attempt.taken for attempt in sent.attempts):
            yield kept(f"{_named(sent)} got a 2xx", expected, source=source)
        elif last.ended_s is None:
            yield short(f"{_named(sent)} is still under way", expected)
        elif last.trouble == "refused":
            yield short(f"nobody listened at {sent.url}", expected)
        else:
            yield broken(f"{_named(sent)} got {_answer(last)}", expected, source=source)


@check(source=STANDARD_WEBHOOKS)
def answers_in_time(evidence: Evidence, *, within_s: float | None = None) -> Iterator[Finding]:
    """The receiver answers each attempt within the time that the provider waits. `within_s`: a time of the team's."""
    facts = evidence.behaviour.webhooks
    limit_s = facts.delivery.timeout_s if facts is not None and within_s is None else within_s
    if limit_s is None:
        return
    expected = f"an answer within {limit_s:g} s"
    source = "" if within_s is not None else _source(evidence, "delivery")
    for sent in evidence.webhooks:
        for attempt in sent.attempts:
            took_s = attempt.took_s
            if took_s is None:
                yield short(f"{_named(sent)} is still under way", expected)
            elif attempt.trouble == "refused":
                yield short(f"nobody listened at {sent.url}", expected)
            elif took_s > limit_s or attempt.trouble == "timeout":
                yield broken(f"{_named(sent)} had no answer after {took_s:.2f} s", expected, source=source)
            elif attempt.trouble is None:
                yield kept(f"{_named(sent)} was answered after {took_s:.2f} s", expected, source=source)


@check(source=STANDARD_WEBHOOKS)
def refuses_forged(evidence: Evidence) -> Iterator[Finding]:
    """What the provider has not signed gets an error answer: no signature, another's, or a changed body."""
    yield from _refuses(evidence, FORGED, "an error answer for what the provider has not signed")


@check(source=STANDARD_WEBHOOKS)
def refuses_stale(evidence: Evidence) -> Iterator[Finding]:
    """What was signed longer ago than the provider lets a receiver accept gets an error answer."""
    facts = evidence.behaviour.webhooks
    if facts is None or facts.signature.tolerance_s is None:
        return
    expected = f"an error answer for what was signed more than {facts.signature.tolerance_s:g} s ago"
    yield from _refuses(evidence, STALE, expected)


@check(source=STANDARD_WEBHOOKS)
def one_effect(evidence: Evidence) -> Iterator[Finding]:
    """An event that came several times was acted on once. It takes somebody who tells of each effect."""
    expected = "one effect of one event"
    if not any(sent.effects for sent in evidence.webhooks):
        return
    facts = evidence.behaviour.webhooks
    source = facts.source if facts is not None else ""
    for sent in evidence.webhooks:
        came = sum(attempt.status is not None for attempt in sent.attempts)
        if sent.way in FORGED | STALE or came < 2:
            continue
        seen = f"{_named(sent)} came {came} times and had {sent.effects} effect{'' if sent.effects == 1 else 's'}"
        if sent.effects > 1:
            yield broken(seen, expected, source=source)
        elif sent.effects == 1:
            yield kept(seen, expected, source=source)
        else:
            yield short(f"{_named(sent)} came {came} times, and nobody told of an effect", expected)


def _refuses(evidence: Evidence, ways: frozenset[str], expected: str) -> Iterator[Finding]:
    source = _source(evidence, "signature")
    # Whoever takes nothing at all refuses these, too.
    takes = any(
        sent.way not in FORGED | STALE and attempt.taken
        for sent in evidence.webhooks
        for attempt in sent.attempts
    )
    for sent in evidence.webhooks:
        if sent.way not in ways:
            continue
        for attempt in sent.attempts:
            if attempt.taken:
                yield broken(f"{_named(sent)} got {_answer(attempt)}", expected, source=source)
            elif attempt.status is None:
                yield short(f"{_named(sent)} got {_answer(attempt)}", expected)
            elif not takes:
                yield short(f"{_named(sent)} was refused, and so was every other event", expected)
            else:
                yield kept(f"{_named(sent)} got {_answer(attempt)}", expected, source=source)


def _named(sent: Sent) -> str:
    way = "" if sent.way == "once" else f", sent in the way {sent.way!r},"
    return f"{sent.event.type} {sent.event.id}{way}"


def _answer(attempt: Attempt) -> str:
    if attempt.status is not None:
        return f"a {attempt.status}"
    return {"refused": "no connection", "timeout": "no answer in time"}.get(
        attempt.trouble or "", "no answer"
    )


def _source(evidence: Evidence, group: str) -> str:
    """Where the provider says so; empty where it does not."""
    facts = evidence.behaviour.webhooks
    if facts is None:
        return ""
    return facts.signature.source if group == "signature" else facts.delivery.source
