"""Verdicts on a client that we did not drive: its calls are those that the test suite told of, and what is left is
read out of the journal. What that cannot show is inconclusive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

import msgspec

from harness.checks.registry import Evidence
from harness.model.call import Call, Outcome
from harness.model.exchange import Exchange
from harness.model.failure import failure_of
from harness.model.finding import Verdict
from harness.model.grouping import BY_BODY, BY_CALLER, BY_ORDER, BY_TURNS, by_caller, group
from harness.model.policy import Policy
from harness.run.judge import Expectation, judge
from harness.run.telling import ran_at_once
from harness.run.told import ToldCall
from harness.server.front import LaneFront

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

NOBODY: Mapping[int, int] = MappingProxyType({})

DEMANDS = Policy()
"""What is demanded where the team says nothing."""

MAYBE_MORE = "; but nobody told whether these requests were one call or several"

TOLD = "between the marks of the test suite"


class Since(msgspec.Struct, frozen=True):
    """Where the part of a lane's life begins that is judged: after the exchange and the event of these numbers."""

    exchange: int = 0
    webhook: int = 0


ALL = Since()


def judged(
    lane: LaneFront,
    expectations: Sequence[Expectation],
    told: tuple[ToldCall, ...] = (),
    *,
    again: str,
    policy: Policy = DEMANDS,
    since: Since = ALL,
    callers: Mapping[int, int] = NOBODY,
) -> tuple[Evidence, tuple[Verdict, ...]]:
    """The verdicts on what the lane has seen so far, and the evidence: how its exchanges were taken for calls.

    `again`: how to see it once more. `policy`: what the team demands. `since`: what was before is left out.
    `callers`: by the number of an exchange, the execution of the client's function that it was made in, where known.
    """
    evidence = evidence_of(lane, told, policy, since, callers)
    dropped = lane.journal.dropped_exchanges
    verdicts = judge(expectations, evidence, again=again)
    looked = callers is not NOBODY
    return evidence, tuple(
        _within_sight(verdict, evidence, told, dropped, looked=looked) for verdict in verdicts
    )


def evidence_of(
    lane: LaneFront,
    told: tuple[ToldCall, ...] = (),
    policy: Policy = DEMANDS,
    since: Since = ALL,
    callers: Mapping[int, int] = NOBODY,
) -> Evidence:
    """What the test suite told and the lane's journal shows."""
    exchanges = lane.journal.after(since.exchange)
    now_s = lane.clock.monotonic()
    first = exchanges[0].number if exchanges else since.exchange + 1
    # Of a call that began before what is kept, nobody knows the attempts.
    calls = [_told(call, exchanges, now_s) for call in told if call.after + 1 >= first]
    taken = {exchange.number for call in calls for exchange in call.attempts}
    for grouping, attempts in by_caller(group(e for e in exchanges if e.number not in taken), callers):
        calls.append(Call(_name(attempts), _unseen(attempts, now_s), attempts, grouping))
    calls.sort(key=lambda call: call.outcome.began_s)
    methods = {exchange.method for exchange in exchanges if exchange.method}
    idempotency = lane.provider.behaviour.idempotency
    return Evidence(
        calls=tuple(calls),
        journal=exchanges,
        kind="write" if methods - SAFE else "read",
        behaviour=lane.provider.behaviour,
        policy=policy,
        secrets=tuple(lane.credentials.values()),
        faults_planned=lane.plan.faults if lane.plan else (),
        healed_s=lane.healed_s,
        parallel=ran_at_once(calls),
        timeout_s=lane.timeout_s,
        idempotency_header=idempotency.header.lower() if idempotency else None,
        webhooks=tuple(
            sent
            for sent in (lane.webhooks.sent if lane.webhooks is not None else ())
            if sent.number > since.webhook
        ),
    )


def _told(call: ToldCall, exchanges: tuple[Exchange, ...], now_s: float) -> Call:
    outcome = Outcome(
        ok=call.ok is True,
        began_s=call.began_s,
        ended_s=now_s if call.ended_s is None else call.ended_s,
        error=call.error,
        ending="cut" if call.ended_s is None else "ended",
        stdout=call.output or "",
    )
    first = exchanges[0].number if exchanges else 1
    until = None if call.until is None else call.until - first + 1
    return Call(call.name, outcome, exchanges[call.after - first + 1 : until], TOLD)


def _name(attempts: tuple[Exchange, ...]) -> str:
    first = next((e for e in attempts if e.stage == "request"), None)
    return (first.operation or f"{first.method} {first.path}") if first else "connect"


def _unseen(attempts: tuple[Exchange, ...], now_s: float) -> Outcome:
    """A call that nobody told of: its attempts are all that is known."""
    ends = [exchange.ended_s for exchange in attempts]
    going_on = None in ends
    return Outcome(
        ok=False,
        began_s=attempts[0].at_s,
        ended_s=max((end for end in ends if end is not None and not going_on), default=now_s),
        error="nobody told how the call ended",
        ending="cut" if going_on else "unseen",
    )


def _within_sight(
    verdict: Verdict, evidence: Evidence, told: tuple[ToldCall, ...], dropped: int, *, looked: bool
) -> Verdict:
    """The verdict, unless it rests on what only the test suite could have told, or on what is kept no more."""
    unseen = None
    if dropped and verdict.verdict in ("pass", "fail"):
        unseen = f"the journal has dropped its oldest {dropped} exchanges for want of room"
    elif verdict.check.startswith("breaker.") and not told:
        unseen = "a call that makes no attempt leaves nothing in the journal, and nobody told of one"
    elif verdict.check == "secrets.not_in_output" and verdict.verdict == "pass":
        kept = sum(call.output is not None for call in told)
        if kept < len(evidence.calls):
            unseen = f"what the client printed was told of {kept} in {len(evidence.calls)} calls"
    elif verdict.verdict in ("pass", "fail") and _one_or_several(verdict, evidence, looked=looked):
        unseen = f"{verdict.observed}{MAYBE_MORE}"
    if unseen is None:
        return verdict
    return msgspec.structs.replace(verdict, verdict="inconclusive", observed=unseen)


def _one_or_several(verdict: Verdict, evidence: Evidence, *, looked: bool) -> bool:
    """Does it rest on requests that are taken for one call only since they say the same, or nothing? A test that
    makes a failing call twice looks like a client that tries again. `looked`: somebody has looked who made each
    request, and could not tell of these."""
    if verdict.check.partition(".")[0] in ("contract", "secrets"):  # each request speaks for itself
        return False
    unsure = [call for call in evidence.calls if call.grouping in (BY_BODY, BY_ORDER, BY_TURNS)]
    for call in unsure:
        if sum(attempt.number in verdict.attempts for attempt in call.attempts) < 2:
            continue
        # Whoever asked the first time was told when to come back, also if it is asked for another call then; but two
        # that ask side by side are not told what the other was.
        alike = [other for other in unsure if _request(other) == _request(call)]
        told_when = verdict.check == "retry.honours_retry_after" and not looked
        if not told_when or len(alike) > 1 or _side_by_side(call):
            return True
        if call.grouping == BY_TURNS:
            return True
    return _in_other_words(verdict, evidence)


def _in_other_words(verdict: Verdict, evidence: Evidence) -> bool:
    """Does it rest on a write that failed, and may have gone on under another key, or in other words? A client that
    makes a new key for each attempt looks like a test that makes two calls."""
    unmarked = [call for call in evidence.calls if call.grouping not in (TOLD, BY_CALLER)]
    for index, call in enumerate(unmarked):
        if _request(call)[0] in SAFE or failure_of(call.attempts[-1]) is None:
            continue
        later = [other for other in unmarked[index + 1 :] if _place(other) == _place(call)]
        numbers = {attempt.number for each in (call, *later) for attempt in each.attempts}
        if later and (not verdict.attempts or not numbers.isdisjoint(verdict.attempts)):
            return True
    return False


def _place(call: Call) -> tuple[object, ...]:
    return _request(call)[:2]


def _request(call: Call) -> tuple[object, ...]:
    first = next((e for e in call.attempts if e.stage == "request"), call.attempts[0])
    return first.method, first.path, first.query, first.request_body


def _side_by_side(call: Call) -> bool:
    """Did a connection go on after another one had taken its place?"""
    connections = [key for key, _ in groupby(attempt.connection for attempt in call.attempts)]
    return len(connections) > len(set(connections))
