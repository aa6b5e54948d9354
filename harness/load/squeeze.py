"""Quotas that the provider grants only for a part of a run, so that clients learn of them by its answers."""

from __future__ import annotations

import msgspec
import numpy as np

from harness.load.columns import QuotaWindow, Run
from harness.load.quota import refused_of


class Squeeze(msgspec.Struct, frozen=True):
    """A quota that held for a time, once clients knew of it: from the window after its first 429. `requests` came in
    its `windows`, of which so many were `refused`. `told_s`: when that first 429 came; None where there was none.
    `calls`: how many were made in the whole time."""

    quota: QuotaWindow
    windows: float
    calls: int
    told_s: float | None = None
    requests: int = 0
    refused: int = 0

    @property
    def granted(self) -> float:
        """How many requests the quota allowed for in that time."""
        return self.quota.requests * self.windows


def squeezes(run: Run) -> tuple[Squeeze, ...]:
    """One for each quota that held for a time."""
    at_s, refused, found = run.attempts.at_s, refused_of(run), []
    for quota in run.quotas:
        to_s = min(quota.to_s, run.duration_s)
        if not quota.is_for_a_time or quota.from_s >= to_s:
            continue
        began_s = run.calls.began_s
        calls = int(np.count_nonzero((began_s >= quota.from_s) & (began_s < to_s)))
        first = np.flatnonzero(refused & (at_s >= quota.from_s) & (at_s < to_s))
        if not len(first):
            found.append(Squeeze(quota, (to_s - quota.from_s) / quota.window_s, calls))
            continue
        told_s = float(at_s[first[0]])
        from_s = told_s + quota.window_s
        after = (at_s >= from_s) & (at_s < to_s)
        number, beyond = int(np.count_nonzero(after)), int(np.count_nonzero(after & refused))
        windows = max(0.0, (to_s - from_s) / quota.window_s)
        found.append(Squeeze(quota, windows, calls, told_s, number, beyond))
    return tuple(found)
