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


def test_scenarios_are_gathered_by_their_attempts() -> None:
    attempts = {f"error_{n}": {"attempts": 4, "waits_s": [1.0]} for n in (502, 503)} | {
        "hang": {"attempts": 1}
    }
    (fact,) = facts(report(measured={"read": {"attempts": attempts}}), ("read",))
    assert fact.seen == ("4 attempts: error_{502, 503}; 1 attempt: hang",)


def test_what_was_measured_of_one_call_only_leaves_the_other_empty() -> None:
    measured: dict[str, dict[str, object]] = {"read": {"timeout_s": 5.0}, "create": {"keys": "sent"}}
    assert facts(report(measured=measured), ("read", "create")) == (
        Fact("timeout", ("5.00 s", "-")),
        Fact("keys", ("-", "sent")),
    )
