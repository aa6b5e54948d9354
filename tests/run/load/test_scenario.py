from __future__ import annotations

import pytest

from harness.run.load.reading import load_scenarios, parse_load_scenario
from harness.run.load.scenario import Load, Point, Span, asks_for_one, plan_of, sized

OUTAGE = """\
says: every answer is 503 for a while
duration_s: 100
load: {users: 10, shape: [{from_s: 50, users: 2}]}
rules:
  - {fault: status.error, with: {status: 503}, between_s: [20, 40]}
  - {fault: timing.late, with: {delay_s: 1}, between_s: [60, null]}
windows: [{name: outage, between_s: [20, 40]}]
"""


@pytest.mark.parametrize("name", sorted(load_scenarios()))
def test_every_fault_of_a_bundled_scenario_ends_in_time_for_the_provider_to_recover(name: str) -> None:
    scenario = load_scenarios()[name]
    plan = plan_of(sized(scenario.rules, scenario.load), name=name, tokens=("CreateToken",))
    ends = [rule.between_s[1] for rule in plan.rules if rule.between_s[1] != float("inf")]
    assert all(end < scenario.duration_s for end in ends)
    assert {tuple(span.between_s) for span in scenario.windows} >= {
        rule.between_s for rule in plan.rules if rule.between_s[1] != float("inf")
    }


def test_in_half_the_time_everything_comes_twice_as_soon() -> None:
    shorter = parse_load_scenario(OUTAGE, path="outage.yaml", name="outage").lasting(50.0)
    assert shorter.duration_s == 50.0
    assert shorter.windows == (Span("outage", (10.0, 20.0)),)
    assert shorter.load.shape == (Point(25.0, 2),)
    assert [rule["between_s"] for rule in shorter.rules] == [[10.0, 20.0], [30.0, None]]


def test_the_one_operation_is_bound_when_it_is_known() -> None:
    rules = load_scenarios()["one_operation"].rules
    assert asks_for_one(rules)
    assert plan_of(rules, name="o", one="GetCustomers").rules[0].operations == ("GetCustomers",)
    assert plan_of(rules, name="o").rules[0].operations == ()


@pytest.mark.parametrize(
    ("load", "requests"),
    [
        (Load(users=8, calls_per_s=2), 16),
        (Load(users=100, calls_per_s=2), 200),
        (Load(users=8, calls_per_s=0), 8),
    ],
)
def test_a_quota_may_be_a_part_of_what_users_ask_for(load: Load, requests: int) -> None:
    (rule,) = sized(({"quota": {"of_calls": 0.5, "window_s": 2}},), load)
    assert rule == {"quota": {"requests": requests, "window_s": 2}}


def test_rules_for_token_operations_are_left_out_where_there_are_none() -> None:
    rules = load_scenarios()["token_expiry"].rules
    assert plan_of(rules, name="t", tokens=("a", "b")).rules[-1].operations == ("a", "b")
    assert len(plan_of(rules, name="t").rules) == len(rules) - 1
