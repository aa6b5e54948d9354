"""Quotas: fixed windows that begin with the first request in them, counted on the lane's clock."""

from __future__ import annotations

import math

import msgspec

from harness.contract.behaviour import Behaviour
from harness.mock.state import State, Window


class Count(msgspec.Struct, frozen=True):
    """How the quotas stand after this request. `known` fills the headers; `wait_s` is set when one is exceeded."""

    known: dict[str, object]
    wait_s: float | None = None


_NOTHING = Count({})


def count(state: State, behaviour: Behaviour, operation: str, now_s: float) -> Count:
    """Count one request against every quota. The headers speak of the exceeded quota, else of the first."""
    quotas = behaviour.rate_limit.quotas if behaviour.rate_limit else ()
    if not quotas:
        return _NOTHING
    told: dict[str, object] = {}
    wait_s: float | None = None
    for index, quota in enumerate(quotas):
        scope = operation if quota.scope == "operation" else ""
        window = state.windows.get((f"{index}:{quota.name}", scope))
        if window is None or now_s >= window.began_s + quota.window_s:
            window = Window(now_s)
        window = Window(window.began_s, window.count + 1)
        state.windows[f"{index}:{quota.name}", scope] = window
        ends_s = window.began_s + quota.window_s
        exceeded = window.count > quota.requests and (wait_s is None or ends_s - now_s > wait_s)
        if exceeded:
            wait_s = ends_s - now_s
        if exceeded or not told:
            told = {
                "limit": quota.requests,
                "remaining": max(0, quota.requests - window.count),
                "used": min(window.count, quota.requests),
                "reset_epoch_s": math.ceil(ends_s),
                "reset_s": math.ceil(ends_s - now_s),
            }
    return Count(told, wait_s)
