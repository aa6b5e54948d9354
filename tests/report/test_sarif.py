"""Findings as SARIF 2.1.0. Sections are those of the standard; the whole was also held against its JSON Schema."""

from __future__ import annotations

import json
from typing import Any

from harness.report.sarif import Located, Rule, render

FINDINGS = (
    Located("path", "two paths for one request", "contracts/shop/openapi.yaml", 12, "warning", "/paths/~1a"),
    Located("plan", "no fault 'timing.lat'", "plans/brown out.yaml", 4, "error"),
    Located("path", "two paths for one request", "contracts/shop/openapi.yaml", 90, "warning", "/paths/~1b"),
    Located("unusable", "no such file", "/srv/shop/missing.yaml", None, "error"),
)
RULES = (
    Rule("unmet", "Nothing is of this."),
    Rule("path", "Two paths that one request may be for.", "https://spec.openapis.org/oas/latest.html"),
)


def run(*findings: Located) -> dict[str, Any]:
    log = json.loads(render(findings or FINDINGS, rules=RULES))
    assert log["version"] == "2.1.0"
    (only,) = log["runs"]
    assert isinstance(only, dict)
    return only


def test_each_result_names_its_rule_by_id_and_place() -> None:
    told = run()
    rules = told["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["path", "plan", "unusable"]
    for result in told["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert [result["level"] for result in told["results"]] == ["warning", "error", "warning", "error"]


def test_a_rule_says_what_it_is_and_where_more_is_written() -> None:
    path, plan, _ = run()["tool"]["driver"]["rules"]
    assert path["shortDescription"] == {"text": "Two paths that one request may be for."}
    assert path["helpUri"] == "https://spec.openapis.org/oas/latest.html"
    assert "helpUri" not in plan


def test_places_are_relative_to_the_repository_and_lines_count_from_one() -> None:
    places = [result["locations"][0]["physicalLocation"] for result in run()["results"]]
    assert places[0] == {
        "artifactLocation": {"uri": "contracts/shop/openapi.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12},
    }
    assert places[1]["artifactLocation"]["uri"] == "plans/brown%20out.yaml"
    assert places[3] == {"artifactLocation": {"uri": "file:///srv/shop/missing.yaml"}}


def test_a_finding_keeps_its_identity_when_lines_move_and_no_two_share_one() -> None:
    def prints(*findings: Located) -> list[str]:
        return [result["partialFingerprints"]["harness/v1"] for result in run(*findings)["results"]]

    assert len(set(prints(*FINDINGS, *FINDINGS))) == 8
    moved = Located(
        "path", "two paths for one request", "contracts/shop/openapi.yaml", 13, "warning", "/paths/~1a"
    )
    assert prints(moved) == prints(FINDINGS[0])


def test_what_a_document_says_is_made_fit_to_print() -> None:
    (result,) = run(Located("path", "odd \x1b[31mred\x00\ntext", "a.yaml", 1))["results"]
    assert result["message"]["text"] == "odd red\ufffd text"


def test_nothing_found_is_a_run_without_results() -> None:
    log = json.loads(render(()))
    assert log["runs"][0]["results"] == []


def test_a_rule_has_a_name_only_where_it_is_another_word_than_its_id() -> None:
    log = json.loads(render([Located("path", "x", "a.yaml"), Located("cassette.secret", "x", "a.yaml")]))
    path, secret = log["runs"][0]["tool"]["driver"]["rules"]
    assert "name" not in path
    assert secret["name"] == "CassetteSecret"
