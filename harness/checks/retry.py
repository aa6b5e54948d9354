"""Promises about trying again: how often, after what, and not too soon."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.advice import (
    asked_wait,
    forbidden,
    safe_to_repeat,
    should_retry,
    told_to_repeat,
    waited_enough,
    wanted,
)
from harness.checks.chains import UNSURE, Chain, attempts_of, chains, in_doubt
from harness.checks.registry import Evidence, check
from harness.checks.sources import CLIENT_ERRORS, RETRY_AFTER, UNAUTHORIZED, policy
from harness.model.exchange import Exchange
from harness.model.failure import failure_of
from harness.model.finding import Finding, broken, kept, short

ASKS_NOTHING_S = 0.1
"""A wait this short passes by itself."""


@check(source=policy("retry.max_retries"))
def bounded(evidence: Evidence) -> Iterator[Finding]:
    """A request that goes on failing is tried again only so often.

    `max_retries` bounds all its retries, `max_timeout_retries` those after a timeout. A request that came to a good
    answer says nothing of the bound, unless it took more retries than that.
    """
    limits = evidence.policy.retry
    for chain in chains(evidence):
        retries = len(chain.attempts) - 1
        timeouts = sum(1 for index in chain.repeats() if chain.failures[index - 1] == "timeout")
        rules = (
            (retries, limits.max_retries, "of a failed request", "retry.max_retries"),
            (timeouts, limits.max_timeout_retries, "after a timeout", "retry.max_timeout_retries"),
        )
        over = next((rule for rule in rules if rule[0] > rule[1]), None)
        number, limit, which, setting = over or rules[1 if timeouts else 0]
        expected = f"at most {_times(limit)} {which}"
        if over:
            still = "" if chain.over or not chain.failed else ", and the call was still going on"
            yield broken(
                f"{_times(number)} {which}: {_story(chain)}{still}",
                expected,
                source=policy(setting),
                attempts=chain.numbers,
            )
        elif not chain.failed:
            continue
        elif in_doubt(evidence, chain) and len(attempts_of(evidence, chain.call)) > limit + 1:
            yield short(UNSURE, expected, source=policy(setting), attempts=chain.numbers)
        elif not chain.over:
            yield short(f"the call was stopped after {_times(retries)}", expected, source=policy(setting))
        else:
            yield kept(
                f"{_times(retries)}: {_story(chain)}, then it gave up",
                expected,
                source=policy(setting),
                attempts=chain.numbers,
            )


@check(source=policy("retry.statuses"))
def retries_transient(evidence: Evidence) -> Iterator[Finding]:
    """A failure that will pass (429, 502, 503, 504, a timeout) is tried again, where a repeat is safe.

    Safe are idempotent methods, writes with a key that the provider heeds, and what the provider asks for. Of
    several alike only one need be seen: budgets may stop the others. A wait beyond the policy's cap excuses.
    """
    tried: set[str] = set()
    given_up: dict[str, Finding] = {}
    for chain in chains(evidence):
        source = wanted(evidence, chain, 0)
        if source is None:
            continue
        what = chain.words(0)
        expected = f"another attempt after {what}"
        if in_doubt(evidence, chain):
            yield short(UNSURE, expected, source=source, attempts=chain.numbers)
        elif len(chain.attempts) > 1:
            tried.add(what)
            place = chain.places[1]
            yield kept(
                f"attempt {place} followed {what}", expected, source=source, attempts=chain.numbers[:2]
            )
        elif not chain.over:
            yield short(f"the call was stopped before another attempt after {what}", expected, source=source)
        else:
            seen = f"the call gave up after {what}, with no second attempt"
            given_up.setdefault(what, broken(seen, expected, source=source, attempts=chain.numbers))
    yield from (finding for what, finding in given_up.items() if what not in tried)


@check(source=policy("retry.statuses"))
def recovers(evidence: Evidence, *, failures: int = 0) -> Iterator[Finding]:
    """A call whose repeated request came to a good answer succeeds.

    `failures`: after so many the provider is known to answer well again, so that a client which may safely try
    again and does not is at fault too; 0 where that is not known.
    """
    expected = "success once the provider answers well again"
    for chain in chains(evidence):
        first = chain.failures[0]
        if first is None or not safe_to_repeat(evidence, chain, 0):
            continue
        if not chain.failed:
            yield from _came_back(evidence, chain, expected)
        elif (
            failures and len(chain.attempts) <= failures and first == "status" and wanted(evidence, chain, 0)
        ):
            tries = f"failed after {len(chain.attempts)} of the {failures + 1} attempts that it takes"
            if chain.call.outcome.ending == "unseen":
                yield short(f"nobody told how the call ended; it {tries}", expected, attempts=chain.numbers)
            elif chain.over and not chain.call.outcome.ok:
                yield broken(f"the call {tries}", expected, attempts=chain.numbers)
            elif not chain.over:
                yield short("the call was stopped before the provider was well", expected)


@check(source=CLIENT_ERRORS)
def only_what_should(evidence: Evidence) -> Iterator[Finding]:
    """What will fail again (400, 403, 404, 422, or as the provider says) is not sent again as it was.

    A 403 that is the provider's rate limit is none of these, nor is a 403 repeated with other credentials. The
    provider's own word, in an answer's header or its documentation, goes before the team's policy.
    """
    for chain in chains(evidence):
        for index, attempt in enumerate(chain.attempts):
            source = forbidden(evidence, attempt) if chain.failures[index] == "status" else None
            if source is None:
                continue
            what = chain.words(index)
            told = " that said not to" if should_retry(evidence, attempt) is False else ""
            expected = f"no repeat of {what}{told}"
            if index + 1 < len(chain.attempts):
                again = chain.attempts[index + 1]
                if attempt.status == 403 and _credentials(evidence, again) != _credentials(evidence, attempt):
                    continue
                after_s = again.at_s - _ended(attempt)
                yield broken(
                    f"attempt {chain.places[index + 1]} repeated {what}{told} after {after_s:.2f} s; "
                    f"{len(chain.attempts)} attempts in all",
                    expected,
                    source=source,
                    attempts=chain.numbers,
                )
                break
            if in_doubt(evidence, chain):
                yield short(UNSURE, expected, source=source, attempts=(attempt.number,))
            elif chain.over:
                yield kept(f"{what} ended the request", expected, source=source, attempts=(attempt.number,))
            else:
                yield short(f"the call was stopped after {what}", expected, source=source)


@check(source=UNAUTHORIZED)
def refreshes_once(evidence: Evidence) -> Iterator[Finding]:
    """After a 401 the request is repeated with a new credential, `max_refreshes` times at most, or not at all."""
    limit = evidence.policy.retry.max_refreshes
    expected = f"at most {_times(limit, 'repeat')} of a 401, with another credential"
    for chain in chains(evidence):
        refused = [i for i, attempt in enumerate(chain.attempts) if attempt.status == 401]
        refused = [i for i in refused if chain.failures[i] == "status"]
        if not refused or any(told_to_repeat(evidence, chain.attempts[i]) for i in refused):
            continue
        repeated = [i for i in refused if i + 1 < len(chain.attempts)]
        same = [i for i in repeated if _same_credential(evidence, chain, i)]
        if same and _renewed_between(evidence, chain, same[0]):
            yield short("the credential was renewed, and is the same as before", expected)
        elif same:
            yield broken(
                f"attempt {chain.places[same[0] + 1]} repeated a 401 with the same credential; "
                f"{len(chain.attempts)} attempts in all",
                expected,
                attempts=chain.numbers,
            )
        elif len(repeated) > limit:
            seen = f"a 401 was repeated {_times(len(repeated), 'time')}"
            yield broken(seen, expected, source=policy("retry.max_refreshes"), attempts=chain.numbers)
        elif in_doubt(evidence, chain):
            yield short(UNSURE, expected, attempts=chain.numbers)
        elif not chain.over and chain.failed:
            yield short("the call was stopped after a 401", expected)
        else:
            seen = "repeated with another credential" if repeated else "not repeated"
            yield kept(f"a 401 was {seen}", expected, attempts=chain.numbers)


@check(source=RETRY_AFTER)
def honours_retry_after(evidence: Evidence, *, slack_s: float = 0.05) -> Iterator[Finding]:
    """After an answer that says when to come back, the next attempt comes no sooner.

    Retry-After as seconds or as a date, else the provider's documented reset header, else the wait that it asks
    for in its documentation. Epoch times count in whole seconds of the answers' Date.
    """
    for chain in chains(evidence):
        for index, attempt in enumerate(chain.attempts):
            asked = asked_wait(evidence, attempt) if chain.failures[index] == "status" else None
            if asked is None or (asked.seconds is not None and asked.seconds <= ASKS_NOTHING_S):
                continue
            what = f"{chain.words(index)} with {asked.says}"
            expected = (
                f"at least {asked.seconds:g} s"
                if asked.seconds is not None
                else "no attempt before that time"
            )
            if index + 1 < len(chain.attempts):
                again, place = chain.attempts[index + 1], chain.places[index + 1]
                enough = waited_enough(evidence, attempt, asked, again.at_s, slack_s=slack_s)
                seen = f"attempt {place} came {again.at_s - _ended(attempt):.2f} s after {what}"
                make = short if enough is None else kept if enough else broken
                yield make(seen, expected, source=asked.source, attempts=(attempt.number, again.number))
            elif chain.call.outcome.ending == "cut":
                stopped_s = chain.call.outcome.ended_s
                enough = waited_enough(evidence, attempt, asked, stopped_s, slack_s=0.0)
                waited_s = stopped_s - _ended(attempt)
                seen = f"no attempt in the {waited_s:.2f} s after {what}, until the call was stopped"
                yield (kept if enough else short)(
                    seen, expected, source=asked.source, attempts=(attempt.number,)
                )


def _came_back(evidence: Evidence, chain: Chain, expected: str) -> Iterator[Finding]:
    story = (
        f"a good answer came with attempt {chain.places[-1]}, after {chain.words(len(chain.attempts) - 2)}"
    )
    if chain.call.outcome.ok:
        yield kept(f"{story}, and the call succeeded", expected, attempts=chain.numbers)
    elif chain.call.outcome.ending == "unseen":
        yield short(f"{story}, but nobody told how the call ended", expected, attempts=chain.numbers)
    elif chain.call.outcome.ending != "ended":
        yield short(f"{story}, but the call did not come to its end", expected)
    elif all(failure_of(e) is None for e in chain.call.attempts if e.number > chain.numbers[-1]):
        error = chain.call.outcome.error or "no reason given"
        yield broken(f"{story}, but the call failed: {error}", expected, attempts=chain.numbers)
    else:
        yield short(f"{story}, but a later request of the call failed", expected)


def _credentials(evidence: Evidence, exchange: Exchange) -> tuple[str | None, ...]:
    authentication = evidence.behaviour.authentication
    name = authentication.name.lower() if authentication else "authorization"
    in_query = exchange.query if authentication and "query" in authentication.accepts else None
    names = ("authorization", name, "x-api-key", "cookie")
    return (*(exchange.request_header(header) for header in names), in_query)


def _same_credential(evidence: Evidence, chain: Chain, index: int) -> bool:
    before, after = chain.attempts[index], chain.attempts[index + 1]
    return before.stage == after.stage == "request" and _credentials(evidence, before) == _credentials(
        evidence, after
    )


def _renewed_between(evidence: Evidence, chain: Chain, index: int) -> bool:
    """Did the client ask for something else between the two attempts, which may have been a credential?"""
    low, high = chain.numbers[index], chain.numbers[index + 1]
    return any(low < e.number < high and e.operation != evidence.operation for e in chain.call.attempts)


def _ended(exchange: Exchange) -> float:
    return exchange.ended_s if exchange.ended_s is not None else exchange.at_s


def _story(chain: Chain) -> str:
    """`a 503, a 503, a timeout`, with runs counted."""
    parts: list[tuple[str, int]] = []
    for index in range(len(chain.attempts)):
        what = chain.words(index)
        if parts and parts[-1][0] == what:
            parts[-1] = (what, parts[-1][1] + 1)
        else:
            parts.append((what, 1))
    return ", ".join(what if count == 1 else f"{what} {count} times" for what, count in parts)


def _times(count: int, what: str = "retry") -> str:
    many = "retries" if what == "retry" else f"{what}s"
    return f"{count or 'no'} {what if count == 1 else many}"
