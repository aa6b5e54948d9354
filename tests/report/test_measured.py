"""What was measured, put in words."""

from __future__ import annotations

import pytest

from harness.report.measured import Fact, facts
from tests.report.factory import report


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("timeout_s", 5.0, Fact("timeout", ("5.00 s",))),
        ("timeout_s", None, Fact("timeout", ("-",))),
        ("retried_statuses", [429, 503], Fact("retried statuses", ("429, 503",))),
        ("retried_statuses", [], Fact("retried statuses", ("-",))),
        ("jitter", True, Fact("jitter", ("yes",))),
        ("jitter", False, Fact("jitter", ("no",))),
        ("share", 0.25, Fact("share", ("0.25",))),
        ("waits_s", [0.5, 1.0], Fact("waits", ("0.5, 1 s",))),
        ("backoff", {"base_s": 0.45, "factor": 2.0}, Fact("backoff", ("base 0.45 s, factor 2",))),
    ],
)
def test_a_fact_is_worded_by_its_kind_and_its_unit(key: str, value: object, said: Fact) -> None:
    assert facts(report(measured={"read": {key: value}}), ("read",)) == (said,)


def test_scenarios_are_gathered_by_their_attempts_fewest_first() -> None:
    read = {f"error_{n}": {"attempts": 4, "waits_s": [1.0]} for n in (503, 502)} | {"hang": {"attempts": 1}}
    create = {"hang": {"attempts": 1}, "error_503": {"attempts": [2, 4, 4]}, "refused": {"attempts": 0}}
    measured: dict[str, dict[str, object]] = {"read": {"attempts": read}, "create": {"attempts": create}}
    assert facts(report(measured=measured), ("read", "create")) == (
        Fact("no attempts", ("-", "refused")),
        Fact("1 attempt", ("hang", "hang")),
        Fact("2 to 4 attempts", ("-", "error_503")),
        Fact("4 attempts", ("error_{502, 503}", "-")),
    )


def test_a_fact_that_holds_lists_has_a_row_for_each() -> None:
    retried: dict[str, object] = {"statuses": [429, 503], "methods": ["GET"]}
    measured: dict[str, dict[str, object]] = {"read": {"retried": retried}, "create": {}}
    assert facts(report(measured=measured), ("read", "create")) == (
        Fact("retried statuses", ("429, 503", "-")),
        Fact("retried methods", ("GET", "-")),
    )


def test_what_was_measured_of_one_call_only_leaves_the_other_empty() -> None:
    measured: dict[str, dict[str, object]] = {"read": {"timeout_s": 5.0}, "create": {"keys": "sent"}}
    assert facts(report(measured=measured), ("read", "create")) == (
        Fact("timeout", ("5.00 s", "-")),
        Fact("keys", ("-", "sent")),
    )
