"""Chains: the attempts at one request within a call, each the repeat of a failed one. Retry verdicts rest on them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec

from harness.checks.registry import Evidence
from harness.model.call import Call
from harness.model.exchange import Exchange
from harness.model.failure import SILENT, Failure, failure_of, in_words

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
IDEMPOTENT = SAFE | {"PUT", "DELETE"}
"""RFC 9110 section 9.2.2."""

CUT_S = 1.0
"""An attempt that the client seems to have ended this shortly before we stopped the call may have ended with it."""

UNSURE = "a later attempt said something else or came before an answer, so that it may be another request"


class Chain(msgspec.Struct, frozen=True):
    """Attempts at one request and what became of each (None: a good answer).

    `places` are the numbers of the attempts within the call, from 1. `doubtful`: a failed attempt before this chain
    that may have been at the same request, though its body or key differ, or this one came before its end.
    """

    call: Call
    attempts: tuple[Exchange, ...]
    failures: tuple[Failure | None, ...]
    places: tuple[int, ...]
    doubtful: Exchange | None = None

    @property
    def failed(self) -> bool:
        """Did the last attempt fail?"""
        return self.failures[-1] is not None

    @property
    def over(self) -> bool:
        """Did the client end the call itself, so that there was to be no further attempt?"""
        return self.call.outcome.ending in ("ended", "garbage", "unseen") and self.failures[-1] != "open"

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the exchanges."""
        return tuple(attempt.number for attempt in self.attempts)

    def method(self, evidence: Evidence) -> str | None:
        """The method, from the first attempt that became a request, else from what the call is about."""
        return next((a.method for a in self.attempts if a.method), evidence.method)

    def key(self, evidence: Evidence, index: int) -> str | None:
        """The idempotency key that an attempt carried."""
        return key_of(evidence, self.attempts[index])

    def words(self, index: int) -> str:
        """`a 503`: what became of an attempt."""
        return in_words(self.attempts[index], self.failures[index])

    def repeats(self) -> Iterator[int]:
        """The index of each attempt that repeats the one before it."""
        yield from range(1, len(self.attempts))


def chains(evidence: Evidence, calls: tuple[Call, ...] | None = None) -> tuple[Chain, ...]:
    """The chains of every call, in order of their first attempts within each call."""
    return tuple(chain for call in calls or evidence.calls for chain in _of_call(evidence, call))


def in_doubt(evidence: Evidence, chain: Chain) -> bool:
    """May another chain of the call be at the same request, so that these are not all attempts at it?"""
    if chain.doubtful is not None:
        return True
    others = (other.doubtful for other in chains(evidence, (chain.call,)))
    return any(doubtful is not None and doubtful.number in chain.numbers for doubtful in others)


def attempts_of(evidence: Evidence, call: Call) -> tuple[Exchange, ...]:
    """The attempts that are judged. A connection that was opened ahead and had no fault is none, nor is a spoiled
    handshake that the client took: the request that followed is the attempt."""
    seen = call.at(evidence.operation)
    asked = {e.connection for e in seen if e.stage == "request"}
    return tuple(
        e
        for e in seen
        if e.stage == "request" or (e.faults and not (e.stage == "handshake" and e.connection in asked))
    )


def failures_of(evidence: Evidence, call: Call) -> tuple[Failure | None, ...]:
    """What became of each attempt of `attempts_of`."""
    attempts = attempts_of(evidence, call)
    later = [*attempts, None][1:]
    return tuple(_seen_by_client(call, e, after) for e, after in zip(attempts, later, strict=True))


def key_of(evidence: Evidence, exchange: Exchange) -> str | None:
    """The idempotency key of a request."""
    return exchange.idempotency_key or exchange.request_header(
        evidence.idempotency_header or "idempotency-key"
    )


def says_same_body(one: Exchange, other: Exchange) -> bool:
    """Do two requests say the same, whatever the order of JSON members and the boundary of their parts?"""
    return one.request_body == other.request_body or _meaning(one) == _meaning(other)


def _of_call(evidence: Evidence, call: Call) -> list[Chain]:
    attempts, failures = attempts_of(evidence, call), failures_of(evidence, call)
    open_chains: list[list[int]] = []
    doubts: dict[int, Exchange] = {}
    for index, attempt in enumerate(attempts):
        same = [c for c in open_chains if _repeats(evidence, [attempts[i] for i in c], attempt)]
        tried = [c for c in open_chains if failures[c[-1]] is not None]
        before = [c for c in tried if c in same and not _at_once(attempts[c[-1]], attempt)]
        # A client that hedges sends as many when all is well: they are no answer to a failure.
        hedges = 0 < len(same) < evidence.alike
        if before and not hedges:
            before[-1].append(index)
            continue
        doubtful = [c for c in tried if (hedges and c in same) or _alike(attempts[c[-1]], attempt)]
        if doubtful:
            doubts[index] = attempts[doubtful[-1][-1]]
        open_chains.append([index])
    return [
        Chain(
            call,
            tuple(attempts[i] for i in chain),
            tuple(failures[i] for i in chain),
            tuple(i + 1 for i in chain),
            doubts.get(chain[0]),
        )
        for chain in open_chains
    ]


def _repeats(evidence: Evidence, chain: list[Exchange], attempt: Exchange) -> bool:
    asked = next((e for e in reversed(chain) if e.stage == "request"), None)
    if asked is None or attempt.stage != "request":
        return True
    if (asked.method, asked.path) != (attempt.method, attempt.path):
        return False
    key = key_of(evidence, asked)
    if key and key == key_of(evidence, attempt):
        return True
    return asked.query == attempt.query and says_same_body(asked, attempt)


def _at_once(earlier: Exchange, later: Exchange) -> bool:
    """Was the later one sent before the earlier one had come to its end, so that it can be no answer to that?

    A silent attempt is another matter: many a client lets go of it only after it has tried again.
    """
    if failure_of(earlier) in ("open", "timeout") or any(fired.fault in SILENT for fired in earlier.faults):
        return False
    return earlier.ended_s is not None and later.at_s < earlier.ended_s


def _alike(one: Exchange, other: Exchange) -> bool:
    written = one.method is not None and one.method not in SAFE
    return written and (one.method, one.path) == (other.method, other.path)


def _seen_by_client(call: Call, attempt: Exchange, after: Exchange | None) -> Failure | None:
    failure = failure_of(attempt)
    silent = failure in ("open", "timeout") or any(fired.fault in SILENT for fired in attempt.faults)
    if after is not None:
        # Some clients close the silent connection only when they are done waiting to try again, or never.
        abandoned = attempt.ended_s is None or attempt.ended_s > after.at_s
        return "timeout" if failure == "open" or (silent and abandoned) else failure
    ended_by_us = call.outcome.ending in ("cut", "died")
    if failure == "timeout" and ended_by_us:
        return (
            "open" if attempt.ended_s is None or attempt.ended_s > call.outcome.ended_s - CUT_S else failure
        )
    if (
        silent
        and not ended_by_us
        and (attempt.ended_s is None or attempt.ended_s > call.outcome.ended_s + CUT_S)
    ):
        return "timeout"
    return "timeout" if failure == "open" and not ended_by_us else failure


def _meaning(exchange: Exchange) -> object:
    media_type = exchange.request_header("content-type") or ""
    body = exchange.request_body
    if "json" in media_type:
        try:
            return json.loads(body)
        except ValueError:
            return body
    if media_type.startswith("multipart/") and "boundary=" in media_type:
        boundary = media_type.split("boundary=", 1)[1].split(";")[0].strip().strip('"')
        return body.replace(boundary.encode("latin-1", "replace"), b"boundary")
    return body
