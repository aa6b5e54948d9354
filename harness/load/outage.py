"""Promises about a provider in trouble: how much is asked of it meanwhile, and what comes when it is well again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from harness.load.columns import Window
from harness.load.evidence import Evidence
from harness.load.latency import Word, against_once, longer_than
from harness.load.luck import ALPHA, poisson_at_least
from harness.load.promise import BREAKER, JITTER, POLICY, SRE, UNKNOWN_OWNERS, held, promise
from harness.load.retries import AT_ONCE_S, waits_of
from harness.load.say import count, seconds
from harness.model.finding import Finding, broken, kept, short

BUDGET_PART = 0.2
"""What known budgets let through in the long run, of calls: Finagle 20 percent, AWS a retry for five successes."""

ENOUGH_CALLS = 20
"""With fewer calls than this nobody knows whether retries have ceased."""

ENOUGH_WAITS = 30
"""Fewer waits than this tell only where they are clear."""

FEW_RETRIES = 100
"""Fewer retries than this are no herd, however they come."""


class Amplified(msgspec.Struct, frozen=True):
    """How much retries added in one span: `calls` that began, `attempts` and of these `retries` that arrived, with
    those that failed again (`wasted`)."""

    calls: int
    attempts: int
    retries: int
    wasted: int

    @property
    def times(self) -> float | None:
        """Attempts a call."""
        return self.attempts / self.calls if self.calls else None

    @property
    def retries_a_call(self) -> float:
        return self.retries / self.calls if self.calls else 0.0


def amplified(evidence: Evidence, from_s: float = float("-inf"), to_s: float = float("inf")) -> Amplified:
    """Between two moments. Where it is not known which attempts belong to which call, what is beyond the usual number
    of attempts a call counts as retries."""
    at_s, began_s = evidence.run.attempts.at_s, evidence.calls.began_s
    calls = int(np.count_nonzero((began_s >= from_s) & (began_s < to_s)))
    attempts = int(np.count_nonzero((at_s >= from_s) & (at_s < to_s)))
    if evidence.tells_calls:
        again_s = at_s[evidence.retried.attempts]
        within = (again_s >= from_s) & (again_s < to_s)
        wasted = int(np.count_nonzero(within & evidence.retried.wasted))
        return Amplified(calls, attempts, int(np.count_nonzero(within)), wasted)
    a_second, _ = evidence.steady_rate(at_s)
    calls_a_second, _ = evidence.steady_rate(began_s)
    usual = a_second / calls_a_second if calls_a_second > 0 else 1.0
    retries = max(0, round(attempts - calls * usual))
    return Amplified(calls, attempts, retries, retries)


@promise(source=SRE, doubt="mock", each=True)
def amplification(evidence: Evidence) -> Iterator[Finding]:
    """Retries add little to what is asked of the provider, overall and while it fails.

    Target: `amplification`, attempts a call: 1.1 allows retries of 10 percent of calls. Kept is also what known
    budgets let through in the long run: retries that fail again are no more than 20 percent of calls, but for luck,
    all the time or in the later half of the failure. Broken is what no known budget would let through: more of them
    than that, and than `retry_reserve` of each client that may have been saved up (AWS standard mode has 500 tokens
    at 5 a retry, Finagle 10 a second over 10 s). What lies between is inconclusive. With a reserve of 0 every retry
    counts, and more than the target is broken.
    """
    limit = evidence.targets.amplification
    if limit is None or not len(evidence.calls):
        return
    if evidence.grouped is None and not evidence.windows:
        return
    windows = [
        _amplification(evidence, window.name, window.from_s, window.to_s, limit)
        for window in evidence.windows
        if window.seen
    ]
    yield _amplification(evidence, "overall", float("-inf"), float("inf"), limit, windows)
    yield from windows


def _amplification(
    evidence: Evidence,
    where: str,
    from_s: float,
    to_s: float,
    limit: float,
    windows: Sequence[Finding] = (),
) -> Finding:
    """Of one span. `windows`: the same of each failure, where the span is the whole run."""
    told = amplified(evidence, from_s, to_s)
    word: Word
    reserve = evidence.targets.retry_reserve * evidence.clients
    part = max(limit - 1, BUDGET_PART) if reserve else limit - 1
    against = told.wasted if reserve else told.retries
    observed = (
        f"{count(told.attempts, 'attempt')} for {count(told.calls, 'call')} {_in(where)}, "
        f"{told.retries:,} of them retries"
    )
    if told.times is None:
        word, observed = "unclear", f"no call {_in(where)}"
    elif told.retries_a_call <= limit - 1:
        word = "within"
    elif poisson_at_least(against, part * told.calls + reserve) < ALPHA:
        word = "beyond"
    elif windows:
        word = "within" if all(each.sight == "kept" for each in windows) else "unclear"
    elif reserve and not _too_many(told, part):
        word, observed = "within", f"{observed}, of which {told.wasted:,} failed again"
    else:
        late = amplified(evidence, (max(from_s, 0.0) + min(to_s, evidence.run.duration_s)) / 2, to_s)
        if reserve and late.calls >= ENOUGH_CALLS and not _too_many(late, part):
            word, observed = "within", f"{observed}, which ceased or became few"
        else:
            word = "unclear"
            observed += f"; a budget may have saved up {reserve}, so that" if reserve else ";"
            observed += " more load would tell"
    return held(
        word,
        observed,
        f"retries of at most {100 * (limit - 1):.3g} % of calls",
        id="amplification",
        label=f"attempts a call {_in(where)}",
        unit="times",
        where=where,
        target=limit,
        measured=told.times,
    )


def _too_many(told: Amplified, part: float) -> bool:
    """Do more retries fail again than this part of the calls, and not by luck?"""
    return poisson_at_least(told.wasted, part * told.calls) < ALPHA


@promise(source=SRE, doubt="both")
def pressure(evidence: Evidence) -> Iterator[Finding]:
    """A provider that fails is asked no more than when it is well. Target: `pressure`, attempts a second beside the
    usual; not judged by default, since users who fail fast ask sooner again."""
    limit = evidence.targets.pressure
    if limit is None:
        return
    word: Word
    for window in evidence.windows:
        ratio, usual = pressure_in(evidence, window)
        expected = f"at most {limit:g} times the usual {usual:.1f} attempts a second"
        word = "unclear" if ratio is None else "within" if ratio <= limit else "beyond"
        if word == "beyond" and not _more_than(evidence, window, usual * limit):
            word = "unclear"
        yield held(
            word,
            f"{ratio:.2f} times the usual attempts a second {_in(window.name)}"
            if ratio is not None
            else "nothing to compare with",
            expected,
            id="pressure",
            label=f"attempts a second, beside the usual, {_in(window.name)}",
            unit="times",
            where=window.name,
            target=limit,
            measured=ratio,
        )


def pressure_in(evidence: Evidence, window: Window) -> tuple[float | None, float]:
    """Attempts a second in the window beside those of normal running, and the latter."""
    at_s = evidence.run.attempts.at_s
    usual, seconds_ = evidence.steady_rate(at_s)
    to_s = min(window.to_s, evidence.run.duration_s)
    if not window.seen or seconds_ < 3 or usual <= 0 or to_s - window.from_s < 1:
        return None, usual
    number = np.count_nonzero((at_s >= window.from_s) & (at_s < to_s))
    return float(number / (to_s - window.from_s) / usual), usual


def _more_than(evidence: Evidence, window: Window, rate: float) -> bool:
    at_s = evidence.run.attempts.at_s
    to_s = min(window.to_s, evidence.run.duration_s)
    number = int(np.count_nonzero((at_s >= window.from_s) & (at_s < to_s)))
    return poisson_at_least(number, rate * (to_s - window.from_s)) < ALPHA


@promise(source=f"{POLICY}; {BREAKER}", doubt="both")
def recovery(evidence: Evidence) -> Iterator[Finding]:
    """Once the provider is well again, calls soon succeed as before and are as fast, and stay so.

    Target: `recovery_s` after healing; up to a tenth and a second more is inconclusive. As good as before:
    `success_ratio` and `p95_s`.
    """
    limit_s = evidence.targets.recovery_s
    word: Word
    if limit_s is None:
        return
    for window, seen in zip(evidence.windows, evidence.recoveries, strict=True):
        if seen.after_s is not None:
            word = against_once(seen.after_s, limit_s)
            observed = f"{seconds(seen.after_s)} after the end of {window.name}"
        elif window.to_s >= evidence.run.duration_s:
            word, observed = "unclear", f"the run ended before {window.name} did"
        elif seen.too_few:
            word, observed = (
                "unclear",
                f"{count(seen.calls, 'call')} ended after {window.name}, too few to tell",
            )
        else:
            word = "beyond" if seen.watched_s > longer_than(limit_s) else "unclear"
            observed = f"not within {seconds(seen.watched_s)} after the end of {window.name}"
        yield held(
            word,
            f"calls were as good as before {observed}" if seen.after_s is not None else observed,
            f"within {seconds(limit_s)}",
            id="recovery_s",
            label=f"recovery after {window.name}",
            unit="s",
            where=window.name,
            target=limit_s,
            measured=seen.after_s,
        )


@promise(source=JITTER)
def jitter(evidence: Evidence) -> Iterator[Finding]:
    """Retries of calls that failed alike are spread over time, those of all clients together.

    Looked at: the waits before the first, second ... retry, that the client was free to choose; waits under 50 ms and
    those that an answer asked for are not. They are in step where more than half, beyond luck, lie within a tenth of
    the call's shortest wait of one another; spread where it is less than 70 percent, beyond luck, of what this
    machine holds together. Where neither is sure, it is inconclusive.
    """
    if not evidence.targets.jitter:
        return
    expected = "waits that differ from call to call"
    if not evidence.tells_calls:
        if evidence.windows:
            yield short(UNKNOWN_OWNERS, expected)
        return
    told = waits_of(evidence.retried, evidence.calls.names)
    with np.errstate(invalid="ignore"):
        own = int(np.count_nonzero((evidence.retried.wait_s >= AT_ONCE_S) & ~evidence.retried.asked))
    if not told and evidence.windows and own >= FEW_RETRIES:
        yield short(f"{count(own, 'retry', 'retries')}, too few of them alike", expected)
    for waits in told:
        if waits.waits < ENOUGH_WAITS and not (waits.is_in_step or waits.is_spread):
            continue
        seen = (
            f"{waits.in_step} of {waits.waits} waits before retry {waits.number} of {waits.name or 'a call'} "
            f"lay between {seconds(waits.usual_s)} and {seconds(waits.usual_s + waits.band_s)}"
        )
        make = broken if waits.is_in_step else kept if waits.is_spread else short
        yield make(seen, expected)


def _in(where: str) -> str:
    return "overall" if where == "overall" else f"in {where}"
