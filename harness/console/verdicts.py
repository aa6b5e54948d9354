"""Verdicts on a client that nobody drove: its calls are read out of the journal, and what that cannot show is
inconclusive."""

from __future__ import annotations

import msgspec

from harness.checks.registry import Evidence
from harness.console.shapes import Asked
from harness.model.call import Call, Outcome
from harness.model.exchange import Exchange
from harness.model.failure import failure_of
from harness.model.finding import Verdict
from harness.model.grouping import group
from harness.run.assemble import outcome_of
from harness.run.judge import Expectation, judge
from harness.run.telling import ran_at_once
from harness.server.lanes import Lane

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

UNSEEN = {
    "breaker": "a call that makes no attempt leaves nothing in the journal",
    "secrets.not_in_output": "nobody told what the client printed",
}
"""Checks, or families of them, that a journal alone cannot bear out, and why."""


def judged(lane: Lane, asked: tuple[str | Asked, ...]) -> dict[str, object]:
    """The verdicts on what the lane has seen so far, and how its exchanges were taken for calls."""
    expectations = tuple(
        Expectation(each) if isinstance(each, str) else Expectation(each.check, each.with_) for each in asked
    )
    evidence = evidence_of(lane)
    again = f"POST /lanes/{lane.id}/verdicts, of a lane with seed {lane.seed}"
    verdicts = tuple(_within_sight(verdict) for verdict in judge(expectations, evidence, again=again))
    return {
        "outcome": outcome_of(verdicts),
        "verdicts": msgspec.to_builtins(verdicts),
        "calls": [
            {
                "name": call.name,
                "grouping": call.grouping,
                "attempts": [exchange.number for exchange in call.attempts],
            }
            for call in evidence.calls
        ],
    }


def evidence_of(lane: Lane) -> Evidence:
    """What a lane's journal shows."""
    exchanges = tuple(lane.journal)
    now_s = lane.clock.monotonic()
    calls = tuple(
        Call(_name(attempts), _outcome(attempts, now_s), attempts, grouping)
        for grouping, attempts in group(exchanges)
    )
    methods = {exchange.method for exchange in exchanges if exchange.method}
    idempotency = lane.provider.behaviour.idempotency
    return Evidence(
        calls=calls,
        journal=exchanges,
        kind="write" if methods - SAFE else "read",
        behaviour=lane.provider.behaviour,
        secrets=tuple(lane.credentials.values()),
        faults_planned=lane.plan.faults if lane.plan else (),
        healed_s=lane.healed_s,
        parallel=ran_at_once(calls),
        timeout_s=lane.timeout_s,
        idempotency_header=idempotency.header.lower() if idempotency else None,
    )


def _name(attempts: tuple[Exchange, ...]) -> str:
    first = next((e for e in attempts if e.stage == "request"), None)
    return (first.operation or f"{first.method} {first.path}") if first else "connect"


def _outcome(attempts: tuple[Exchange, ...], now_s: float) -> Outcome:
    """How the call ended, as far as the wire tells. What the client made of it, nobody said."""
    last = attempts[-1]
    going_on = any(exchange.ended_s is None for exchange in attempts)
    return Outcome(
        ok=failure_of(last) is None,
        began_s=attempts[0].at_s,
        ended_s=now_s if going_on or last.ended_s is None else last.ended_s,
        error="nobody told how the call ended",
        ending="cut" if going_on else "garbage",
    )


def _within_sight(verdict: Verdict) -> Verdict:
    family = verdict.check.partition(".")[0]
    unseen = UNSEEN.get(verdict.check) or UNSEEN.get(family)
    if unseen is None or verdict.verdict == "not_applicable":
        return verdict
    return msgspec.structs.replace(verdict, verdict="inconclusive", observed=unseen)
