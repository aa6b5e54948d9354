"""Promises about calls: success, errors and latency, in normal running and while the provider fails."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.load import latency
from harness.load.columns import Flag
from harness.load.evidence import Evidence
from harness.load.promise import POLICY, held, promise
from harness.load.say import count, percent, seconds
from harness.model.finding import Finding

_PLACES = {"outside": "in normal running", "window": "while the provider fails", "overall": "overall"}


@promise(source=POLICY, doubt="both", each=True)
def success(evidence: Evidence) -> Iterator[Finding]:
    """Calls succeed, by a declared fallback too, as often as the targets say.

    Targets: `success_ratio` in normal running, `window_success_ratio` while the provider fails.
    """
    for where, chosen, target in (
        ("outside", evidence.outside & evidence.done, evidence.targets.success_ratio),
        ("window", _within(evidence) & evidence.done, evidence.targets.window_success_ratio),
    ):
        number = int(np.count_nonzero(chosen))
        if target is None or not _concerns(evidence, where):
            continue
        good = int(np.count_nonzero(evidence.calls.ok & chosen))
        part = good / number if number else None
        seen = f"{percent(part)} of {count(number, 'call')}" if part is not None else "no call"
        yield held(
            latency.against_part(number - good, number, 1 - target),
            f"{seen} succeeded {_PLACES[where]}",
            f"at least {percent(target)}",
            id="success_ratio",
            label=f"calls that succeed {_PLACES[where]}",
            unit="ratio",
            where=where,
            target=target,
            measured=part,
            bound="at_least",
        )


@promise(source=POLICY, doubt="both")
def errors(evidence: Evidence) -> Iterator[Finding]:
    """Few calls end in an error in normal running. Target: `error_ratio`."""
    target, chosen = evidence.targets.error_ratio, evidence.outside & evidence.done
    if target is None or not len(evidence.calls):
        return
    number = int(np.count_nonzero(chosen))
    bad = int(np.count_nonzero(~evidence.calls.ok & chosen))
    part = bad / number if number else None
    seen = f"{percent(part)} of {count(number, 'call')}" if part is not None else "no call"
    yield held(
        latency.against_part(bad, number, target),
        f"{seen} ended in an error in normal running{_commonest(evidence, ~evidence.calls.ok & chosen)}",
        f"at most {percent(target)}",
        id="error_ratio",
        label="calls that end in an error in normal running",
        unit="ratio",
        where="outside",
        target=target,
        measured=part,
    )


@promise(source=POLICY, doubt="both", each=True)
def duration(evidence: Evidence) -> Iterator[Finding]:
    """Calls are as fast as the targets say, from when they should have begun, those that fail too.

    Targets: `average_s`, `p50_s`, `p95_s`, `p99_s`, `max_s`; with `window_` those of calls while the provider fails.
    """
    targets = evidence.targets
    for where, chosen, prefix in (
        ("outside", evidence.outside, ""),
        ("window", _within(evidence), "window_"),
    ):
        if not _concerns(evidence, where):
            continue
        told = latency.spread(evidence.lasted_s[chosen & evidence.done])
        for name, part in (("average", None), ("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)):
            target = getattr(targets, f"{prefix}{name}_s", None)
            if target is None:
                continue
            # A call that goes on counts where it has taken too long already.
            counts = chosen & (evidence.done | (evidence.at_least_s > target))
            lasted_s = evidence.at_least_s[counts]
            measured = getattr(told, f"{name}_s")
            word: latency.Word
            if part is None:
                word = latency.against_average(lasted_s, target)
            elif part == 1.0:
                word = "unclear" if not len(lasted_s) else "within" if lasted_s.max() <= target else "beyond"
            else:
                word = latency.against_percentile(lasted_s, part, target)
            yield held(
                word,
                f"{name} of {count(told.number, 'call')} was {seconds(measured)} {_PLACES[where]}",
                f"at most {seconds(target)}",
                id=f"{name}_s",
                label=f"{name} duration of a call {_PLACES[where]}",
                unit="s",
                where=where,
                target=target,
                measured=measured,
            )


def _within(evidence: Evidence) -> Flag:
    return evidence.inside(evidence.calls.began_s)


def _concerns(evidence: Evidence, where: str) -> bool:
    return bool(len(evidence.calls)) and (where != "window" or bool(evidence.windows))


def _commonest(evidence: Evidence, chosen: Flag) -> str:
    kinds = evidence.calls.error[chosen]
    kinds = kinds[kinds >= 0]
    if not len(kinds):
        return ""
    most = int(np.argmax(np.bincount(kinds)))
    return f", mostly {evidence.calls.errors[most]}"
