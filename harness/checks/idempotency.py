"""Promises about repeating a write: only when that is safe, under one key, and with one effect."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.advice import documented_key, repeat_source, told_to_repeat
from harness.checks.chains import (
    IDEMPOTENT,
    UNSURE,
    Chain,
    attempts_of,
    chains,
    in_doubt,
    key_of,
    says_same_body,
)
from harness.checks.registry import Evidence, check
from harness.checks.sources import IDEMPOTENCY_KEY, REPEATS
from harness.model.exchange import Exchange
from harness.model.finding import Finding, broken, kept, short


@check(source=REPEATS)
def only_with_key(evidence: Evidence) -> Iterator[Finding]:
    """A write whose fate is unknown is repeated only under an idempotency key, or where the provider says safe.

    Unknown is the fate of a POST or PATCH that got a 5xx, no answer, or a broken one. After a refused connection,
    a 429 or another 4xx the provider did nothing, so a repeat is no matter of keys.
    """
    for chain in _writes(evidence):
        for index, attempt in enumerate(chain.attempts):
            if not _fate_unknown(evidence, chain, index):
                continue
            what = chain.words(index)
            expected = f"no repeat of a {chain.method(evidence)} after {what} without an idempotency key"
            source = repeat_source(evidence, attempt)
            if index + 1 == len(chain.attempts):
                if in_doubt(evidence, chain) and key_of(evidence, attempt) is None:
                    yield short(UNSURE, expected, source=source, attempts=(attempt.number,))
                elif chain.over:
                    yield kept(
                        f"not repeated after {what}", expected, source=source, attempts=(attempt.number,)
                    )
                else:
                    yield short(f"the call was stopped after {what}", expected, source=source)
                continue
            both = (attempt, chain.attempts[index + 1])
            numbers = tuple(e.number for e in both)
            place = chain.places[index + 1]
            if all(documented_key(evidence, e) for e in both):
                seen = f"attempt {place} repeated the request under a key"
                yield kept(seen, expected, source=source, attempts=numbers)
            elif all(key_of(evidence, e) for e in both):
                seen = f"attempt {place} came with a key, but the provider documents none"
                yield short(seen, expected, source=source, attempts=numbers)
            else:
                without = (
                    "without a key"
                    if not any(key_of(evidence, e) for e in both)
                    else "with a key on one only"
                )
                seen = f"attempt {place} repeated the request after {what} {without}"
                yield broken(seen, expected, source=source, attempts=numbers)


@check(source=IDEMPOTENCY_KEY)
def same_key(evidence: Evidence) -> Iterator[Finding]:
    """Every attempt at a write carries the same idempotency key, and another call carries another one."""
    expected = "one key for all attempts of a call, and another for another call"
    for chain in _writes(evidence):
        keys = [key_of(evidence, e) for e in chain.attempts if e.stage == "request"]
        if len(keys) > 1 and any(keys):
            count = len(set(keys))
            if count == 1:
                yield kept(f"{len(keys)} attempts under one key", expected, attempts=chain.numbers)
            else:
                which = f"{count} keys" if all(keys) else "and not all of them had a key"
                yield broken(
                    f"{len(keys)} attempts at one request, {which}", expected, attempts=chain.numbers
                )
        elif keys and any(keys) and chain.doubtful is not None and key_of(evidence, chain.doubtful):
            yield short(UNSURE, expected, attempts=(chain.doubtful.number, *chain.numbers))
    yield from _across_calls(evidence, expected)


@check(source=IDEMPOTENCY_KEY)
def same_body(evidence: Evidence) -> Iterator[Finding]:
    """A repeated write says the same: method, path and body. Members of JSON may stand in another order."""
    expected = "the same method, path, query and body in every attempt"
    for chain in _writes(evidence):
        asked = [e for e in chain.attempts if e.stage == "request"]
        changed = next((e for e in asked[1:] if not _says_same(asked[0], e)), None)
        if changed is not None:
            seen = f"attempt {_place(chain, changed)} under the same key says something else than the first"
            yield broken(seen, expected, attempts=(asked[0].number, changed.number))
        elif len(asked) > 1:
            yield kept(f"{len(asked)} attempts say the same", expected, attempts=chain.numbers)
        elif chain.doubtful is not None and not key_of(evidence, chain.attempts[0]):
            yield short(UNSURE, expected, attempts=(chain.doubtful.number, *chain.numbers))


@check(source=REPEATS)
def one_effect(evidence: Evidence) -> Iterator[Finding]:
    """A write that was carried out, though its answer was lost, is carried out once."""
    expected = "one effect for one call"
    for chain in _writes(evidence):
        lost = [i for i, e in enumerate(chain.attempts) if _answer_lost(e) and chain.failures[i] is not None]
        effects = [e for e in chain.attempts if e.effect is not None and not e.replayed]
        if len(effects) > 1:
            seen = f"{len(effects)} effects of one call: {', '.join(str(e.effect) for e in effects)}"
            numbers = tuple(e.number for e in effects)
            keys = {key_of(evidence, e) for e in effects}
            if evidence.idempotency_header is None and None not in keys and len(keys) == 1:
                yield short(
                    f"{seen}; the provider documents no key, so ours heeds none", expected, attempts=numbers
                )
            else:
                yield broken(seen, expected, attempts=numbers)
        elif not lost:
            continue
        elif not effects:
            yield short("the answer was lost, but so was the effect", expected, attempts=chain.numbers)
        elif not chain.over and chain.failed:
            yield short("one effect when the call was stopped", expected, attempts=chain.numbers)
        elif in_doubt(evidence, chain):
            yield short(UNSURE, expected)
        else:
            yield kept(
                f"one effect in {len(chain.attempts)} attempts: {effects[0].effect}",
                expected,
                attempts=chain.numbers,
            )


def _writes(evidence: Evidence) -> Iterator[Chain]:
    for chain in chains(evidence):
        method = chain.method(evidence)
        if method is not None and method not in IDEMPOTENT:
            yield chain


def _fate_unknown(evidence: Evidence, chain: Chain, index: int) -> bool:
    failure, attempt = chain.failures[index], chain.attempts[index]
    if failure == "status":
        return attempt.status is not None and attempt.status >= 500 and not told_to_repeat(evidence, attempt)
    return failure in ("timeout", "unanswered", "cut_short", "unreadable")


def _answer_lost(exchange: Exchange) -> bool:
    return (
        any(fired.fault == "connection.lost_answer" for fired in exchange.faults)
        or exchange.effect is not None
    )


def _across_calls(evidence: Evidence, expected: str) -> Iterator[Finding]:
    """Two calls may share a key where it is made from what they say; never where they say different things."""
    first: dict[str, tuple[int, Exchange]] = {}
    shared = False
    for index, call in enumerate(evidence.calls):
        for attempt in attempts_of(evidence, call):
            key = key_of(evidence, attempt)
            if key is None or attempt.method is None or attempt.method in IDEMPOTENT:
                continue
            owner, before = first.setdefault(key, (index, attempt))
            if owner == index:
                continue
            numbers = (before.number, attempt.number)
            if not _says_same(before, attempt):
                seen = f"calls {owner + 1} and {index + 1} sent different requests under one key"
                yield broken(seen, expected, attempts=numbers)
                return
            shared = True
    if shared:
        yield short(
            "two calls sent the same request under one key: made from the request, or fixed?", expected
        )
    elif len({owner for owner, _ in first.values()}) > 1:
        yield kept(f"{len(first)} keys, none of them in two calls", expected)


def _says_same(one: Exchange, other: Exchange) -> bool:
    return (one.method, one.path, one.query) == (other.method, other.path, other.query) and says_same_body(
        one, other
    )


def _place(chain: Chain, exchange: Exchange) -> int:
    return chain.places[chain.attempts.index(exchange)]
