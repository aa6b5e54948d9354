"""Promises about what many share: the provider's quota, tokens, connections, and their turn."""

from __future__ import annotations

from collections.abc import Iterator

from harness.load.evidence import Evidence
from harness.load.fairness import fairness_of
from harness.load.latency import Word
from harness.load.promise import QUOTA, held, promise
from harness.load.quota import refreshes, uses
from harness.load.say import count, percent, seconds
from harness.model.finding import Finding, broken, kept, short


@promise(source=QUOTA, doubt="both")
def quota(evidence: Evidence) -> Iterator[Finding]:
    """The provider's quota is never exceeded, and not used up: there is room for others.

    Target: `quota_ratio`, the part of it that may be in use. A use above that is broken where it is beyond luck, over
    one window or many on end; requests come as they like, so that a busy window now and then, within the quota, is
    not held against a client. Between the two it is inconclusive. A 429 of the provider's own is always broken.
    """
    limit = evidence.targets.quota_ratio
    if limit is None:
        return
    word: Word
    for use in uses(evidence.run):
        allowed = use.quota.requests
        granted = f"{allowed:,} in {seconds(use.quota.window_s)}"
        if use.refused:
            yield broken(
                f"{count(use.refused, 'request')} beyond the quota of {granted} were refused", "no 429 for it"
            )
        if use.exceeded or use.is_beyond(limit * allowed):
            word = "beyond"
        else:
            word = "within" if use.is_within(limit * allowed) else "unclear"
        number = use.most if word == "beyond" and use.sustained <= limit * allowed else use.sustained
        busiest = f"{count(use.most, 'request')} in the busiest {seconds(use.quota.window_s)} of {granted}"
        yield held(
            word,
            f"{busiest}, {use.sustained:.4g} on average when it was busy",
            f"at most {percent(limit)} of it",
            id="quota_ratio",
            label=f"use of the quota {use.quota.name}".rstrip(),
            unit="ratio",
            where="overall",
            target=limit,
            measured=number / allowed if allowed else None,
        )


@promise(source="RFC 6749 section 6; one refresh serves all callers of a client")
def tokens(evidence: Evidence) -> Iterator[Finding]:
    """When a token expires, a client asks for one new token, not one for each call that waits for it.

    A client that holds a token for each name of a call may ask for as many at once.
    """
    if not evidence.targets.token_stampede:
        return
    told = refreshes(evidence.run)
    if told is None:
        return
    clients = -(-evidence.clients // max(1, len(set(evidence.calls.worker.tolist()))))
    allowed = max(1, len(evidence.calls.names)) * clients
    seen = f"{count(told.at_once, 'request')} for a token at once of one client, {told.requests:,} in all"
    expected = "one token at a time" if allowed == 1 else f"at most {allowed} at a time"
    make = kept if told.at_once <= allowed else short if told.at_once == allowed + 1 else broken
    yield make(f"{seen}, at {seconds(told.at_s)}", expected)


@promise(source="RFC 9112 section 9.3 and 9.4, https://www.rfc-editor.org/rfc/rfc9112.html#section-9.4")
def connections(evidence: Evidence) -> Iterator[Finding]:
    """Connections are used again or closed: idle ones do not pile up for as long as the run lasts."""
    if not evidence.targets.connection_leak:
        return
    pool = evidence.pool
    if pool is None or not len(evidence.run.attempts):
        return
    expected = "no more of them the longer it lasts"
    if not pool.idle:
        yield short(f"the run was too short: {seconds(evidence.run.duration_s)}", expected)
        return
    seen = f"{pool.idle[0]} idle connections became {pool.idle[-1]}, of {pool.opened:,} opened"
    if pool.leaks:
        yield broken(f"{seen}, where at most {count(pool.needed[-1], 'request')} went on at once", expected)
    elif pool.may_leak:
        yield short(f"{seen}; a longer run would tell", expected)
    else:
        yield kept(f"{seen}; {pool.reuse:.1f} requests over each", expected)


@promise(source="Jain, Chiu and Hawe: a quantitative measure of fairness, 1984")
def fairness(evidence: Evidence) -> Iterator[Finding]:
    """All users are served alike: none has its calls fail much more often than others. Target: `fairness`."""
    limit = evidence.targets.fairness
    told = fairness_of(evidence.calls)
    if limit is None or told is None:
        return
    word: Word = "within" if told.index >= limit else "beyond" if told.beyond_luck else "unclear"
    yield held(
        word,
        f"of {told.users} users the least had {percent(told.least)} of calls succeed, the most {percent(told.most)}",
        f"Jain's index of at least {limit:g}",
        id="fairness",
        label="fairness between users",
        unit="ratio",
        where="overall",
        target=limit,
        measured=told.index,
        bound="at_least",
    )
