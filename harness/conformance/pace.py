"""How fast a provider is asked: within its documented quota, and gently where none is known."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable

from harness.contract.behaviour import Quota
from harness.errors import UsageError

SHARE = 0.8
"""Of a documented quota: others use the same account."""

KNOWN_PER_S, UNKNOWN_PER_S = 20.0, 5.0
"""The most requests a second, beside the quota: with a documented quota, and without one."""

_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:/|per\s*)?\s*(s|m|h)?", re.IGNORECASE)
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def parse_rate(text: str) -> float:
    """`5/s`, `90/m`, `1000/h` as requests a second. UsageError for anything else, and for none at all."""
    found = _RATE.fullmatch(text.strip())
    rate = float(found[1]) / _SECONDS[(found[2] or "s").lower()] if found else 0.0
    if not rate:
        raise UsageError(f"--rate {text}: expected requests in a time, as 5/s, 90/m or 1000/h")
    return rate


class Pace:
    """Lets requests through one at a time, `share` of each quota. `most_per_s` None: only the quotas hold."""

    def __init__(
        self,
        quotas: Iterable[Quota],
        *,
        most_per_s: float | None,
        share: float = SHARE,
        now: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._windows = [
            (max(1, int(quota.requests * share)), quota.window_s, deque[float]()) for quota in quotas
        ]
        self._gap_s = 1 / most_per_s if most_per_s else 0.0
        self._now, self._sleep = now, sleep
        self._next_s = 0.0
        self.waited_s: float = 0.0

    def wait(self) -> None:
        """Return when the next request may be sent; it counts from then."""
        at_s = max(self._now(), self._next_s)
        for most, window_s, sent in self._windows:
            if len(sent) >= most:
                at_s = max(at_s, sent[-most] + window_s)
        self.rest(at_s - self._now())
        at_s = max(self._now(), at_s)
        self._next_s = at_s + self._gap_s
        for most, _, sent in self._windows:
            sent.append(at_s)
            while len(sent) > most:
                sent.popleft()

    def rest(self, for_s: float) -> None:
        """Send nothing for so long."""
        if for_s > 0:
            self.waited_s += for_s
            self._sleep(for_s)
