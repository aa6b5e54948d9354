"""Promises about the waits between attempts: they grow, and they differ from client to client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.checks.registry import Evidence, check
from harness.checks.sources import JITTER
from harness.checks.waits import (
    JITTER_SAMPLES,
    by_retry,
    pooled,
    rough_s,
    shape,
    smaller_half,
    spread,
    undisturbed,
)
from harness.model.finding import Finding, broken, kept, short


@check(source=JITTER)
def grows(evidence: Evidence) -> Iterator[Finding]:
    """Waits grow from retry to retry. Waits that an answer asked for do not count.

    Judged over all calls of the scenario. No waiting at all, time after time, is waits that do not grow.
    """
    calls = pooled(evidence)
    if not calls:
        return
    expected = "each wait longer than the one before, within noise"
    longest = max(len(waits) for waits in calls)
    if longest < 2:
        yield short(f"saw one wait a call ({_seen(calls)}), needs two to compare", expected)
        return
    match shape(calls):
        case "grows":
            yield kept(f"waits of {_seen(calls)}", expected)
        case "constant":
            yield broken(f"waits of {_seen(calls)} do not grow", expected)
        case "unclear":
            yield short(f"waits of {_seen(calls)} are too few or too scattered to tell", expected)


@check(source=JITTER)
def jitters(evidence: Evidence) -> Iterator[Finding]:
    """Waits differ by chance, so that clients which failed together do not come back together.

    Needs six waits at one retry, which calls made at once give. Not judged where the policy asks for no jitter.
    """
    if not evidence.policy.backoff.jitter:
        return
    calls = pooled(evidence)
    if not calls:
        return
    expected = "waits of one retry that differ from call to call by more than noise"
    retries = undisturbed(evidence)
    most = max(len(group) for group in retries)
    match spread(retries, rough_s=rough_s(evidence)):
        case "few" if most < max(len(group) for group in by_retry(calls)):
            seen = f"saw {most} waits at one retry while the machine was not too busy"
            yield short(f"{seen}, needs {JITTER_SAMPLES}", expected)
        case "few":
            yield short(f"saw {most} waits at one retry, needs {JITTER_SAMPLES}", expected)
        case "jitter":
            yield kept(_ranges(retries), expected)
        case "none":
            yield broken(f"{_ranges(retries)}: no more than noise", expected)
        case "unclear":
            yield short(f"{_ranges(retries)}: too little to tell from noise", expected)


def _seen(calls: Sequence[Sequence[float]]) -> str:
    """One call's waits, or the middle of several."""
    if len(calls) == 1:
        return f"{_list(calls[0])} s"
    middles = [sorted(group)[(len(group) - 1) // 2] for group in by_retry(calls)]
    return f"{_list(middles)} s (medians of {len(calls)} calls)"


def _ranges(retries: Sequence[Sequence[float]]) -> str:
    """How far the smaller half of the waits of each retry spreads, which is what was judged."""
    said = []
    for place, group in enumerate(retries, 1):
        if len(group) >= JITTER_SAMPLES:
            half = smaller_half(group)
            said.append(
                f"before retry {place}, {len(half)} of {len(group)} waits lie from {half[0]:.3f} to {half[-1]:.3f} s"
            )
    return "; ".join(said)


def _list(waits: Sequence[float]) -> str:
    return ", ".join(f"{wait:.2f}" for wait in waits)
