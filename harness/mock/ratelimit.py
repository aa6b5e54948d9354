"""Quotas: fixed windows that begin with the first request in them, counted on the lane's clock."""

from __future__ import annotations

import math

import msgspec

from harness.contract.behaviour import Behaviour, Quota, RateLimit, Template
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
    for quota in quotas:
        place = (
            f"{quota.requests}/{quota.window_s:g}:{quota.name}",
            operation if quota.scope == "operation" else "",
        )
        window = state.windows.get(place)
        if window is None or now_s >= window.began_s + quota.window_s:
            window = Window(now_s)
        window = Window(window.began_s, window.count + 1)
        state.windows[place] = window
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


def narrowed(behaviour: Behaviour, quota: Quota) -> Behaviour:
    """The same provider when it grants this quota, too: its answers tell of it first. One of which no words for a
    limit are known says it as RFC 9110 section 10.2.3 and the IETF draft of RateLimit fields have it."""
    limit = behaviour.rate_limit
    if limit is not None:
        limit = msgspec.structs.replace(limit, quotas=(quota, *limit.quotas))
    else:
        refusal = Template(status=429, headers={"retry-after": "{reset_s}"})
        every = {
            "ratelimit-policy": f'"{quota.name}";q={quota.requests};w={math.ceil(quota.window_s)}',
            "ratelimit": f'"{quota.name}";r={{remaining}};t={{reset_s}}',
        }
        limit = RateLimit(source="", exceeded=(refusal,), quotas=(quota,), every_answer=every)
    return msgspec.structs.replace(behaviour, rate_limit=limit)
