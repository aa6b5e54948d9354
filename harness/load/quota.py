"""How much of the provider's quota was used, and whether it was exceeded."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from harness.load.columns import UNKNOWN, Flag, QuotaWindow, Run, Seconds
from harness.load.luck import ALPHA, FAR, poisson_at_least

STRETCHES = (1, 2, 5, 10, 20, 50, 100)
"""The use is looked at over so many windows on end."""

HARDLY = 0.5
"""A use that luck at the limit itself would have so often is no sign of being above it."""


class Busiest(msgspec.Struct, frozen=True):
    """The busiest stretch of `windows` on end. `most`: requests in it, wherever it begins; `least`: where stretches
    follow one another, with the most lenient beginning of the first. `looks`: how many stretches there are."""

    windows: int
    most: int
    least: int
    looks: int


class Use(msgspec.Struct, frozen=True):
    """How much of one quota was used. `stretches`: the busiest of each length, one window first. `refused`: requests
    that the provider answered with 429 for itself, not for a planned fault."""

    quota: QuotaWindow
    stretches: tuple[Busiest, ...]
    refused: int

    @property
    def most(self) -> int:
        """Requests in the busiest window, wherever it begins."""
        return self.stretches[0].most

    @property
    def exceeded(self) -> bool:
        """More than is granted, whenever the provider's windows begin."""
        return self.stretches[0].least > self.quota.requests

    @property
    def sustained(self) -> float:
        """Requests in a window, on average over the busiest stretch of ten, or of as many as there were."""
        longest = max((s for s in self.stretches if s.windows <= 10), key=lambda s: s.windows)
        return longest.most / longest.windows

    def is_beyond(self, limit: float) -> bool:
        """Are there more than `limit` in a window, by more than the luck of when requests come?"""
        return any(
            poisson_at_least(s.least, limit * s.windows) * s.looks * len(self.stretches) < FAR
            for s in self.stretches
        )

    def is_within(self, limit: float) -> bool:
        """At most `limit` in every window; or more only in some, by the luck of when requests come, and never more
        than is granted."""
        if self.most <= limit:
            return True
        return (
            self.most <= self.quota.requests
            and poisson_at_least(self.most, self.sustained) * self.stretches[0].looks >= ALPHA
            and all(poisson_at_least(s.most, limit * s.windows) * s.looks >= HARDLY for s in self.stretches)
        )


def uses(run: Run) -> tuple[Use, ...]:
    """One for each quota that always holds and under which there was any request. What is refused while the provider
    grants less for a time is the affair of `squeezes`."""
    attempts, found = run.attempts, []
    squeezed = np.zeros(len(attempts), dtype=np.bool_)
    for quota in run.quotas:
        if quota.is_for_a_time:
            squeezed |= (attempts.at_s >= quota.from_s) & (attempts.at_s < quota.to_s)
    for quota in run.quotas:
        if quota.is_for_a_time:
            continue
        chosen = (attempts.at_s >= quota.from_s) & (attempts.at_s < quota.to_s)
        if quota.operations:
            wanted = [i for i, name in enumerate(attempts.operations) if name in quota.operations]
            chosen &= np.isin(attempts.operation, wanted)
        if not chosen.any():
            continue
        refused = int(np.count_nonzero(chosen & ~squeezed & refused_of(run)))
        at_s = np.sort(attempts.at_s[chosen])
        lasted_s = min(run.duration_s, quota.to_s) - max(0.0, quota.from_s)
        found.append(Use(quota, tuple(_busiest(at_s, quota.window_s, lasted_s)), refused))
    return tuple(found)


def refused_of(run: Run) -> Flag:
    """Which attempts the provider answered with 429 for itself, not for a planned fault."""
    refused: Flag = (run.attempts.status == 429) & (run.attempts.fault == UNKNOWN)
    return refused


def _busiest(at_s: Seconds, window_s: float, lasted_s: float) -> Iterator[Busiest]:
    """Of each length that fits in; a single window always does."""
    for windows in STRETCHES:
        length_s = windows * window_s
        if windows > 1 and length_s > lasted_s:
            return
        looks = max(1, round(lasted_s / length_s))
        yield Busiest(windows, _most(at_s, length_s), _least(at_s, length_s), looks)


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
