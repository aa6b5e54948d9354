"""Scenarios are found by name or file, and each mistake in one is told with its line and what would work."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import FileError, UnknownName
from harness.run.load.reading import (
    find_load_scenario,
    load_scenarios,
    parse_load_scenario,
    require_operations,
)

BEGINNING = "says: it\nduration_s: 60\n"


def test_there_is_a_scenario_for_each_way_to_be_in_trouble() -> None:
    assert set(load_scenarios()) >= {
        "steady",
        "ramp",
        "spike",
        "brown_out",
        "outage",
        "outage_refused",
        "outage_hanging",
        "flapping",
        "one_operation",
        "partial_outage",
        "squeezed",
        "leak",
        "token_expiry",
    }


def test_an_unknown_scenario_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'brown_out'"):
        find_load_scenario("brownout")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("load: {user: 5}", "3: unknown field 'user'; did you mean 'users'?"),
        ("load: {calls_per_s: .inf}", "3: load/calls_per_s: expected a finite number"),
        (
            "load: {arrivals: opened}",
            "3: load/arrivals: 'opened' is none of open, closed; did you mean 'open'?",
        ),
        (
            "load:\n  shape:\n    - {from_s: 5, usres: 2}",
            "5: unknown field 'usres'; did you mean 'users'?",
        ),
        ("load:\n  shape:\n    - {from_s: 5}", "5: load/shape/0: missing required field 'users'"),
        (
            "load:\n  shape:\n    - {from_s: 9, users: 2}\n    - {from_s: 5, users: 3}",
            "6: the points of a shape come one after another",
        ),
        ("load: {shape: [{from_s: 60, users: 2}]}", "3: at 60 s the run of 60 s is over"),
        (
            "rules:\n  - {quota: {requests: 2}}\n  - {fault: timing.lat, with: {delay_s: 1}}",
            "5: no fault 'timing.lat'; did you mean 'timing.late'?",
        ),
        (
            "rules:\n  - fault: status.error\n    wiht: {status: 503}",
            "5: unknown field 'wiht'; did you mean 'with'?",
        ),
        (
            "rules:\n  - {fault: status.error, with: {status: '503'}}",
            "4: status.error: status: expected a whole number, found a text",
        ),
        ("rules: {fault: status.error}", "3: rules: expected a list, found a mapping"),
        ("rules:\n  - {fault: status.error, between_s: [70, 90]}", "4: at 70 s the run of 60 s is over"),
        (
            "rules:\n  - {fault: timing.late, with: {delay_s: .nan}}",
            "4: rules/0/with/delay_s: expected a finite number",
        ),
        ("rules: [{fault: status.error, operation: $won}]", "3: no '$won'; did you mean '$one'?"),
        ("rules:\n  - {quota: {of_calls: much}}", "4: of_calls is 'much'; expected a number greater than 0"),
        ("rules:\n  - {quota: {of_calls: 1, requests: 3}}", "4: a quota has one of requests and of_calls"),
        (
            "rules:\n  - {quota: {of_calls: 0.5, window_s: long}}",
            "4: rules/0/quota/window_s: expected a number, found a text",
        ),
        ("rules: [{quota: {requests: 2.5}}]", "3: rules/0/quota/requests: expected a whole number"),
        ("windows:\n  - {name: a, between_s: [40, 20]}", "4: window 'a' ends before it begins"),
        (
            "windows:\n  - {name: a, between_s: [40, 70]}",
            "4: window 'a' is not within the 60 s of the run",
        ),
        (
            "windows:\n  - {name: a, between_s: [1, 2]}\n  - {name: a, between_s: [3, 4]}",
            "5: two windows 'a'; each needs a name of its own",
        ),
        ("targets:\n  p96_s: 3", "4: unknown field 'p96_s'; did you mean 'p99_s'?"),
        ("targets:\n  success_ratio: 99", "4: targets/success_ratio: expected a number <= 1.0"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(FileError) as raised:
        parse_load_scenario(f"{BEGINNING}{text}\n", path="o.yaml", name="o")
    assert str(raised.value).startswith(f"o.yaml:{said}")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "o.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(FileError, match="no UTF-8 text"):
        find_load_scenario(str(tmp_path / "o.yaml"))


@pytest.mark.parametrize("operation", ["GetCustomer", "[GetCustomers, GetCustomer]"])
def test_a_rule_for_an_operation_that_the_provider_has_not_is_told(operation: str) -> None:
    text = f"{BEGINNING}rules: [{{fault: timing.hung, operation: {operation}}}]\n"
    scenario = parse_load_scenario(text, path="o.yaml", name="o")
    with pytest.raises(UnknownName, match="'GetCustomer'; did you mean 'GetCustomers'"):
        require_operations(scenario, ["GetCustomers"])


@pytest.mark.parametrize("operation", ["GetCustomers", "Get*", "$one", "$tokens"])
def test_operations_may_be_globs_and_names_that_are_bound_later(operation: str) -> None:
    text = f"{BEGINNING}rules: [{{fault: timing.hung, operation: {operation}}}]\n"
    require_operations(parse_load_scenario(text, path="o.yaml", name="o"), ["GetCustomers"])
