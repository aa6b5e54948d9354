"""How much of the provider's quota was used, and whether it was exceeded; and how tokens were asked for."""

from __future__ import annotations

import msgspec
import numpy as np

from harness.load.columns import UNKNOWN, QuotaWindow, Run, Seconds


class Use(msgspec.Struct, frozen=True):
    """The busiest window of one quota. `most`: the most requests in any span of its length, wherever it begins;
    `least`: in the busiest window if windows follow one another, with the most lenient beginning of the first.
    `refused`: requests that the provider answered with 429 for itself, not for a planned fault."""

    quota: QuotaWindow
    most: int
    least: int
    refused: int


def uses(run: Run) -> tuple[Use, ...]:
    """One for each quota under which there was any request."""
    attempts, found = run.attempts, []
    for quota in run.quotas:
        chosen = (attempts.at_s >= quota.from_s) & (attempts.at_s < quota.to_s)
        if quota.operations:
            wanted = [i for i, name in enumerate(attempts.operations) if name in quota.operations]
            chosen &= np.isin(attempts.operation, wanted)
        if not chosen.any():
            continue
        answered = attempts.status[chosen] == 429
        refused = int(np.count_nonzero(answered & (attempts.fault[chosen] == UNKNOWN)))
        at_s = np.sort(attempts.at_s[chosen])
        found.append(Use(quota, _most(at_s, quota.window_s), _least(at_s, quota.window_s), refused))
    return tuple(found)


def _most(at_s: Seconds, window_s: float) -> int:
    ends = np.searchsorted(at_s, at_s + window_s, side="left")
    return int((ends - np.arange(len(at_s))).max())


def _least(at_s: Seconds, window_s: float, *, beginnings: int = 20) -> int:
    counts = []
    for index in range(beginnings):
        shift = window_s * index / beginnings
        window = np.floor((at_s - shift) / window_s).astype(np.int64)
        counts.append(int(np.bincount(window - window.min()).max()))
    return min(counts)


class Refreshes(msgspec.Struct, frozen=True):
    """Requests for a token: how many, and the most at once of one client's process (`worker`, at `at_s`)."""

    requests: int
    at_once: int
    worker: int
    at_s: float


def refreshes(run: Run) -> Refreshes | None:
    """None where there were no requests for a token, or nobody knows whose they were."""
    attempts = run.attempts
    tokens = [i for i, name in enumerate(attempts.operations) if name in run.token_operations]
    rows = np.flatnonzero(np.isin(attempts.operation, tokens))
    if not len(rows):
        return None
    rows = rows[attempts.call[rows] >= 0]
    if not len(rows):
        return None
    workers = run.calls.worker[attempts.call[rows]]
    most = Refreshes(len(rows), 0, UNKNOWN, 0.0)
    for worker in np.unique(workers):
        mine = rows[workers == worker]
        began = np.sort(attempts.at_s[mine])
        ended = np.sort(np.where(np.isfinite(attempts.ended_s[mine]), attempts.ended_s[mine], np.inf))
        at_once = np.arange(1, len(began) + 1) - np.searchsorted(ended, began, side="right")
        best = int(np.argmax(at_once))
        if at_once[best] > most.at_once:
            most = Refreshes(len(rows), int(at_once[best]), int(worker), float(began[best]))
    return most
