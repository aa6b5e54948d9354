"""The battery and the format that it is written in."""

from __future__ import annotations

import pytest

from harness.errors import FileError, UnknownName
from harness.run.battery import battery, parse_scenarios, scenarios_of
from harness.run.judge import resolve
from harness.run.scenario import choose
from tests.run.stage import shop


def test_it_has_every_way_to_go_wrong_of_the_first_battery() -> None:
    assert {scenario.id for scenario in battery()} == {
        *("healthy", "error_503_once", "error_500", "error_502", "error_503", "error_504"),
        *("rate_limited_seconds", "rate_limited_date", "rate_limited_reset", "rate_limited_none"),
        *("status_400", "status_401", "status_403", "status_404", "status_409", "status_422"),
        *("hang", "dribble", "refused", "reset_on_accept", "reset_before_answer", "reset_in_answer"),
        *("closed", "lost_answer", "truncated", "malformed", "empty", "outage"),
        *("tls_healthy", "tls_expired", "tls_self_signed", "tls_wrong_host", "tls_untrusted_ca"),
        *("tls_1_0", "tls_client_certificate_required"),
    }


@pytest.mark.parametrize("scenario", battery(), ids=lambda scenario: scenario.id)
def test_every_expectation_is_a_check_with_parameters_that_it_has(scenario: object) -> None:
    for expectation in next(s for s in battery() if s == scenario).expect:
        assert resolve(expectation)


def test_every_check_is_put_to_the_test_by_some_scenario() -> None:
    expected = {entry.id for s in battery() for e in s.expect for entry, _ in resolve(e)}
    families = {check_id.split(".")[0] for check_id in expected}
    assert families >= {
        "retry",
        "backoff",
        "idempotency",
        "deadline",
        "breaker",
        "contract",
        "secrets",
        "tls",
    }


def test_an_entry_stands_for_each_combination_of_its_values() -> None:
    found = parse_scenarios(
        """
scenarios:
  - id: s_{status}_{form}
    for: {status: [500, 503], form: [a, b]}
    title: "{status} as {form}, {other}"
    plan: [{fault: status.error, with: {status: "{status}"}}]
    expect: [retry.bounded]
""",
        path="s.yaml",
    )
    assert [s.id for s in found] == ["s_500_a", "s_500_b", "s_503_a", "s_503_b"]
    assert found[3].title == "503 as b, {other}"
    assert found[3].plan is not None
    assert found[3].plan.rules[0].uses[0].parameters == {"status": 503}


def test_an_expectation_may_have_parameters() -> None:
    text = "scenarios: [{id: a, title: t, expect: [{check: retry.recovers, with: {failures: 1}}]}]"
    (scenario,) = parse_scenarios(text, path="s.yaml")
    assert scenario.expect[0].parameters == {"failures": 1}


def test_a_provider_may_name_its_plans_and_override_the_battery() -> None:
    provider = shop()
    provider.plans = {"brownout": "rules: [{fault: timing.hung, share: 0.5}]"}
    provider.scenarios = {"own": "scenarios: [{id: hang, title: ours, plan: brownout, expect: [deadline]}]"}
    found = {scenario.id: scenario for scenario in scenarios_of(provider)}
    assert len(found) == len(battery())
    assert found["hang"].title == "ours"
    assert found["hang"].plan is not None
    assert found["hang"].plan.faults == ("timing.hung",)


@pytest.mark.parametrize(
    ("entry", "line", "mistake"),
    [
        ("{id: a, title: t, expects: []}", 3, "did you mean 'expect'"),
        ("{id: a, expect: []}", 3, "missing required field 'title'"),
        ("{id: a, title: t, expect: [retry.bound]}", 3, "did you mean 'retry.bounded'"),
        ("{id: a, title: t, expect: [], plan: [{fault: timing.hang}]}", 3, "did you mean 'timing.hung'"),
        ("{id: a, title: t, expect: [], plan: brownout}", 3, "no plan 'brownout'"),
        ("{id: a, title: t, expect: [], kinds: [reed]}", 3, "did you mean 'read'"),
        ("{id: a, title: t, expect: [], for: [1]}", 3, "for: expected names"),
        ("{id: first, title: t, expect: []}", 3, "two scenarios 'first'"),
    ],
)
def test_a_mistake_has_its_line_and_what_would_work(entry: str, line: int, mistake: str) -> None:
    text = f"scenarios:\n  - {{id: first, title: t, expect: [retry]}}\n  - {entry}\n"
    with pytest.raises(FileError, match=mistake) as caught:
        parse_scenarios(text, path="s.yaml")
    assert (caught.value.path, caught.value.line) == ("s.yaml", line)


@pytest.mark.parametrize("text", ["", "[]", "scenarios: 1", "scenario: []"])
def test_a_file_without_scenarios_is_none(text: str) -> None:
    with pytest.raises(FileError, match="expected `scenarios:`"):
        parse_scenarios(text, path="s.yaml")


def test_scenarios_are_chosen_by_id_or_glob_in_the_order_of_the_battery() -> None:
    assert [s.id for s in choose(battery(), ["hang", "error_50[04]"])] == ["error_500", "error_504", "hang"]
    assert choose(battery(), []) == battery()


def test_a_name_that_no_scenario_has_is_said() -> None:
    with pytest.raises(UnknownName, match="did you mean 'hang'"):
        choose(battery(), ["hangs"])
