"""Scenarios of a load test, as data in loadtests/scenarios: a plan over time, the shape of the load, targets.

    says: every answer is 503 for half a minute, then the provider is well again
    duration_s: 120
    load:
      users: 20
      calls_per_s: 2              # of each user; 0: again as soon as an answer is there
      arrivals: open              # calls come whatever becomes of those before; closed: a user waits for his answer
      shape: [{from_s: 40, users: 4}]   # from then on so many times the users
    rules:                        # as in a plan, in seconds since the load stands
      - {fault: status.error, with: {status: 503}, between_s: [30, 60]}
    windows: [{name: outage, between_s: [30, 60]}]
    targets: {}                   # beside those of thresholds.yaml

`operation: $one` in a rule is the operation that was called most before the plan began, `$tokens` those that give out
tokens: a rule for which there are none is left out. `quota: {of_calls: 0.5,
window_s: 2}` is so much of what the users of the beginning ask for in that time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from harness.faults.plan import Plan, build_plan

ONE = "$one"
"""What stands in a rule for the operation that was called most."""

OF_CALLS = "of_calls"
"""What a quota has in place of `requests`, where it is a part of the calls."""

TOKENS = "$tokens"
"""What stands in a rule for the operations that give out tokens."""

Arrivals = Literal["open", "closed"]


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `from_s` on there are `users` times as many users."""

    from_s: Annotated[float, Meta(ge=0)]
    users: Annotated[float, Meta(gt=0)]


class Load(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who asks, and how often. `ramp_s`: how long it takes until all users are there."""

    users: Annotated[int, Meta(ge=1)] = 20
    calls_per_s: Annotated[float, Meta(ge=0)] = 2.0
    arrivals: Arrivals = "open"
    ramp_s: Annotated[float, Meta(ge=0)] = 4.0
    shape: tuple[Point, ...] = ()


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A time in which the provider is made to fail."""

    name: Annotated[str, Meta(min_length=1)]
    between_s: tuple[float, float]


class LoadScenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One scenario; all times are seconds since the load stands. `rules`: of a plan, `targets`: of thresholds, both
    as they were written."""

    says: str
    duration_s: Annotated[float, Meta(gt=0)] = 60.0
    load: Load = Load()
    rules: tuple[dict[str, Any], ...] = ()
    windows: tuple[Span, ...] = ()
    targets: dict[str, Any] = {}
    id: str = ""

    def lasting(self, duration_s: float) -> LoadScenario:
        """The same in another time: everything comes as much sooner or later."""
        ratio = duration_s / self.duration_s
        return msgspec.structs.replace(
            self,
            duration_s=duration_s,
            load=msgspec.structs.replace(
                self.load,
                shape=tuple(Point(point.from_s * ratio, point.users) for point in self.load.shape),
            ),
            rules=tuple(_scaled(rule, ratio) for rule in self.rules),
            windows=tuple(
                Span(span.name, (span.between_s[0] * ratio, span.between_s[1] * ratio))
                for span in self.windows
            ),
        )


def sized(rules: tuple[dict[str, Any], ...], load: Load) -> tuple[dict[str, Any], ...]:
    """The rules with quotas in requests, where they were told by the calls that users make. Who calls again as soon
    as there is an answer is taken for one call a second."""
    calls_per_s = load.users * (load.calls_per_s or 1.0)
    return tuple(_sized(rule, calls_per_s) for rule in rules)


def plan_of(
    rules: tuple[dict[str, Any], ...],
    *,
    name: str,
    path: str = "",
    one: str | None = None,
    tokens: Sequence[str] = (),
) -> Plan:
    """The plan of a scenario's rules. `one`, `tokens`: what `$one` and `$tokens` stand for; None: any operation."""
    build_plan([bound(rule, one, (TOKENS,)) for rule in rules], name=name, path=path or name)
    played = [bound(rule, one, tokens) for rule in rules if tokens or rule.get("operation") != TOKENS]
    return build_plan(played, name=name, path=path or name)


def asks_for_one(rules: tuple[dict[str, Any], ...]) -> bool:
    """Does a rule speak of the operation that is called most?"""
    return any(rule.get("operation") == ONE for rule in rules)


def _scaled(rule: Mapping[str, Any], ratio: float) -> dict[str, Any]:
    if "between_s" not in rule:
        return dict(rule)
    return {**rule, "between_s": [None if edge is None else edge * ratio for edge in rule["between_s"]]}


def _sized(rule: Mapping[str, Any], calls_per_s: float) -> dict[str, Any]:
    quota = rule.get("quota")
    if not isinstance(quota, Mapping) or not isinstance(part := quota.get(OF_CALLS), int | float):
        return dict(rule)
    window_s = quota.get("window_s", 1.0)
    if not isinstance(window_s, int | float):
        window_s = 1.0  # the plan will not have what stands there
    left = {key: value for key, value in quota.items() if key != OF_CALLS}
    return {**rule, "quota": {"requests": max(1, round(part * calls_per_s * window_s)), **left}}


def bound(rule: Mapping[str, Any], one: str | None, tokens: Sequence[str]) -> dict[str, Any]:
    """The rule with what `$one` and `$tokens` stand for in it."""
    if rule.get("operation") == TOKENS:
        return {**rule, "operation": tuple(tokens)}
    if rule.get("operation") != ONE:
        return dict(rule)
    return {key: value for key, value in rule.items() if key != "operation"} | (
        {"operation": one} if one else {}
    )
