"""How long after healing it took until calls were as good as ever, and stayed so."""

from __future__ import annotations

import msgspec
import numpy as np

from harness.load.columns import Flag, Seconds

ENOUGH_CALLS = 20
"""So many good calls in a row, near enough, are needed before anything counts as recovered."""

SLOW_PART = 0.05
"""The part of calls that may be slower than the target for the 95th percentile."""

NEAR = 0.1
"""A bad call that comes so soon after another, in parts of the usual distance between allowed ones, belongs to it."""


class Recovery(msgspec.Struct, frozen=True):
    """`after_s`: since healing; None where it cannot be told, or was not to be seen in the `watched_s` there were.

    `success_after_s`, `fast_after_s`: of success and of latency alone. `calls`: that ended in this time.
    """

    after_s: float | None
    watched_s: float
    calls: int
    success_after_s: float | None = None
    fast_after_s: float | None = None

    @property
    def too_few(self) -> bool:
        """Were there too few calls to tell?"""
        return self.calls < ENOUGH_CALLS


def recovery_of(
    ended_s: Seconds,
    ok: Flag,
    lasted_s: Seconds,
    *,
    healed_s: float,
    until_s: float,
    failed_part: float,
    slow_s: float,
) -> Recovery:
    """From the calls that ended between `healed_s` and `until_s`: the last one of those that were still bad.

    Single failures that the targets allow (`failed_part` of calls) are not the outage's. NaN in `ended_s`: not ended.
    """
    watched_s = max(0.0, until_s - healed_s)
    chosen = np.flatnonzero((ended_s >= healed_s) & (ended_s < until_s))
    if len(chosen) < ENOUGH_CALLS:
        return Recovery(None, watched_s, len(chosen))
    chosen = chosen[np.argsort(ended_s[chosen], kind="stable")]
    ended = ended_s[chosen]
    success = _last_of_the_bad(ended, ~ok[chosen], max(failed_part, 1e-4))
    with np.errstate(invalid="ignore"):
        fast = _last_of_the_bad(ended, lasted_s[chosen] > slow_s, SLOW_PART)
    success_after = None if success is None else max(0.0, success - healed_s)
    fast_after = None if fast is None else max(0.0, fast - healed_s)
    both = None if success_after is None or fast_after is None else max(success_after, fast_after)
    return Recovery(both, watched_s, len(chosen), success_after, fast_after)


def _last_of_the_bad(ended_s: Seconds, bad: Flag, allowed: float) -> float | None:
    """When the last bad call before the change for the better ended; -inf where there was none; None where the end
    came before enough good ones.

    The change is where the split into a bad and a good part is the most likely one: before it calls are bad as often
    as they were there, after it as often as is `allowed`.
    """
    total = np.arange(1, len(bad) + 1)
    count = np.cumsum(bad)
    part = np.clip(count / total, max(2 * allowed, 1e-6), 1 - 1e-9)
    before = count * np.log(part) + (total - count) * np.log1p(-part)
    good = np.log1p(-allowed)
    after = (count[-1] - count) * np.log(allowed) + ((total[-1] - total) - (count[-1] - count)) * good
    whole_good = count[-1] * np.log(allowed) + (total[-1] - count[-1]) * good
    likely = before + after
    best = int(np.argmax(likely))
    if whole_good >= likely[best]:
        return float("-inf")
    last = int(np.flatnonzero(bad[: best + 1])[-1])
    # The last of them come thin, as one breaker closes after the other: closer together than is allowed all the same.
    near = max(1, round(NEAR / allowed))
    for later in np.flatnonzero(bad[last + 1 :]) + last + 1:
        if later - last > near:
            break
        last = int(later)
    return float(ended_s[last]) if len(bad) - 1 - last >= ENOUGH_CALLS else None
