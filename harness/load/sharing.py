"""Promises about what many share: the provider's quota, tokens, connections, and their turn."""

from __future__ import annotations

from collections.abc import Iterator

from harness.load.evidence import Evidence
from harness.load.fairness import fairness_of
from harness.load.latency import Word
from harness.load.pool import GIVEN_UP_S
from harness.load.promise import QUOTA, held, promise
from harness.load.quota import uses
from harness.load.say import count, percent, seconds
from harness.load.squeeze import Squeeze, squeezes
from harness.load.tokens import refreshes
from harness.model.finding import Finding, broken, kept, short

BEYOND_KEPT, BEYOND_BROKEN = 0.25, 0.5
"""How much more than a quota that was cut clients may ask for, in parts of it; between the two nobody can tell."""

KNOWN_WINDOWS = 3.0
"""In so many windows of a quota, at the least, clients can show that they know of it."""


@promise(source=QUOTA, doubt="both", each=True)
def quota(evidence: Evidence) -> Iterator[Finding]:
    """The provider's quota is never exceeded, and not used up: there is room for others.

    Target: `quota_ratio`, the part of it that may be in use. A use above that is broken where it is beyond luck, over
    one window or many on end; requests come as they like, so that a busy window now and then, within the quota, is
    not held against a client. Between the two it is inconclusive. A 429 of the provider's own is always broken.

    Where the provider grants less for a time, that is the quota then, and clients know of it once they are refused:
    from then on they may ask for a quarter more than it grants, or once in each of its windows. More than half, and
    nearly twice in each window, breaks it.
    """
    limit = evidence.targets.quota_ratio
    if limit is None:
        return
    for squeeze in squeezes(evidence.run):
        yield _squeezed(squeeze, evidence.clients)
    yield from _used(evidence, limit)


def _used(evidence: Evidence, limit: float) -> Iterator[Finding]:
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


def _squeezed(squeeze: Squeeze, clients: int) -> Finding:
    quota = squeeze.quota
    granted = f"{quota.requests:,} in {seconds(quota.window_s)}"
    expected = f"at most {percent(BEYOND_KEPT)} more than it grants, once clients know of it"
    if squeeze.told_s is None:
        if squeeze.calls > squeeze.granted:
            return kept(f"no request beyond the quota of {granted}, for {squeeze.calls:,} calls", expected)
        return short(f"{count(squeeze.calls, 'call')} did not use up the quota of {granted}", expected)
    seen = (
        f"{squeeze.refused:,} of {count(squeeze.requests, 'request')} were beyond the quota of {granted}, "
        f"which clients knew of since {seconds(squeeze.told_s)}"
    )
    if squeeze.windows < KNOWN_WINDOWS:
        return short(f"{seen}: too short a time to tell", expected)
    once = clients * squeeze.windows
    if squeeze.refused <= max(BEYOND_KEPT * squeeze.granted, 1.25 * once):
        return kept(seen, expected)
    make = broken if squeeze.refused > max(BEYOND_BROKEN * squeeze.granted, 1.75 * once) else short
    return make(seen, expected)


@promise(source="RFC 6749 section 6; one refresh serves all callers of a client")
def tokens(evidence: Evidence) -> Iterator[Finding]:
    """When a token expires, a client asks for one new token, not one for each call that waits for it.

    A client that holds a token for each name of a call may ask for as many at once. Where the scenario has all tokens
    expire, one request after another for each call that was refused is as bad as all at once.
    """
    if not evidence.targets.token_stampede:
        return
    told = refreshes(evidence.run)
    if told is None:
        return
    clients = -(-evidence.clients // max(1, len(set(evidence.calls.worker.tolist()))))
    allowed = max(1, len(evidence.calls.names)) * clients
    expected = "one token at a time" if allowed == 1 else f"at most {allowed} at a time"
    seen = f"{count(told.at_once, 'request')} for a token at once of one client, {told.requests:,} in all"
    if told.after_expiry > allowed and told.at_once <= allowed:
        after = f"{count(told.after_expiry, 'request')} for a token of one client, one after another"
        make = broken if told.after_expiry > 2 * allowed + 1 else short
        yield make(f"{after}, once all had expired", f"at most {allowed} for each expiry")
        return
    make = kept if told.at_once <= allowed else short if told.at_once == allowed + 1 else broken
    yield make(f"{seen}, at {seconds(told.at_s)}", expected)


@promise(
    source="RFC 9112 section 9.3 and 9.4, https://www.rfc-editor.org/rfc/rfc9112.html#section-9.4", each=True
)
def connections(evidence: Evidence) -> Iterator[Finding]:
    """Connections are used again or closed: idle ones do not pile up for as long as the run lasts.

    Nor do those that a call has left in the middle of an answer, as where it reads the head and drops the rest: five
    that are open half a minute later, when the run ends, break it.
    """
    if not evidence.targets.connection_leak:
        return
    pool = evidence.pool
    if pool is None or not len(evidence.run.attempts):
        return
    expected = "no more of them the longer it lasts"
    if pool.leaves or pool.may_leave:
        opened = count(len(pool.left_s), "connection")
        seen = f"{opened} left open in mid-answer, {pool.left} of them {seconds(GIVEN_UP_S)} before the end"
        if pool.leaves:
            yield broken(seen, expected)
        else:
            yield short(f"{seen}; a longer run would tell", expected)
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
