"""The JSON file: the shape that other programs rely on."""

from __future__ import annotations

import json as standard
from typing import Any

from harness.report.json import render
from tests.report.factory import attempt, battery, call, report, run, verdict

REPORT = ["harness", "outcome", "seed", "provider", "client", "counts", "measured", "scenarios"]
SCENARIO = ["id", "call", "fault_fired", "calls", "verdicts"]
CALL = ["ok", "error", "began_s", "ended_s", "attempts"]
ATTEMPT = [
    "at_s",
    "ended_s",
    "operation",
    "method",
    "path",
    "status",
    "fault",
    "connection",
    "idempotency_key",
]
VERDICT = ["check", "verdict", "observed", "expected", "source", "again"]


def read(*runs: Any, **more: Any) -> dict[str, Any]:
    """The report as a reader of the file has it."""
    loaded: dict[str, Any] = standard.loads(render(report(*runs, **more)))
    return loaded


def test_every_documented_field_is_there_in_the_documented_order() -> None:
    whole = read(run(calls=[call(attempt())], verdicts=[verdict()]))
    scenario = whole["scenarios"][0]
    for found, documented in [
        (whole, REPORT),
        (scenario, SCENARIO),
        (scenario["calls"][0], CALL),
        (scenario["calls"][0]["attempts"][0], ATTEMPT),
        (scenario["verdicts"][0], VERDICT),
    ]:
        assert list(found)[: len(documented)] == documented


def test_counts_have_the_four_names_of_verdicts() -> None:
    counts = read(run(verdicts=[verdict(), verdict(word="fail"), verdict(word="inconclusive")]))["counts"]
    assert counts == {"pass": 1, "fail": 1, "inconclusive": 1, "not_applicable": 0}


def test_status_is_null_where_no_status_line_was_sent() -> None:
    one = read(run(calls=[call(attempt(status=None, fault="connection.refused", method=None))]))
    seen = one["scenarios"][0]["calls"][0]["attempts"][0]
    assert (seen["status"], seen["method"], seen["fault"]) == (None, None, "connection.refused")


def test_what_was_measured_is_under_the_name_of_its_call() -> None:
    measured: dict[str, dict[str, object]] = {"read": {"timeout_s": 5.0, "jitter": None}}
    assert read(measured=measured)["measured"] == measured


def test_a_number_that_json_has_no_form_for_is_null() -> None:
    assert read(measured={"read": {"cap_s": float("inf"), "factor": float("nan")}})["measured"]["read"] == {
        "cap_s": None,
        "factor": None,
    }


def test_half_a_character_does_not_spoil_the_file() -> None:
    render(report(run(calls=[call(stdout="\ud800")]))).encode()


def test_a_whole_battery_is_indented_by_two_and_read_back() -> None:
    text = render(battery(careful=False))
    assert text.startswith('{\n  "harness": "0.1.0",\n  "outcome": "fail",\n')
    assert len(standard.loads(text)["scenarios"]) == 56
