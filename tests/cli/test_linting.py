"""`harness lint`: several files at once, plans among them, and SARIF."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.contract.lint import RULES
from tests.cli.conftest import Ask

BAD_PLAN = "rules:\n  - {fault: timing.lat, with: {delay_s: 2}}\n"
GOOD_PLAN = "rules:\n  - {fault: timing.late, with: {delay_s: 2}}\n"
DOCUMENT = "openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths:\n  /a:\n    get:\n      responses: {}\n"


def test_a_plan_that_cannot_be_played_is_an_error_with_its_line(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(BAD_PLAN)
    (tmp_path / "good.yaml").write_text(GOOD_PLAN)
    status, said, _ = ask("lint", "good.yaml", "bad.yaml")
    assert status == 2
    assert said.splitlines() == [
        "good.yaml: nothing odd",
        "bad.yaml:2: no fault 'timing.lat'; did you mean 'timing.late'?  [plan]",
        "1 error: 1 plan",
    ]


def test_a_plan_with_a_key_twice_is_an_odd_plan_and_no_odd_document(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "twice.yaml").write_text("rules: []\n" + GOOD_PLAN)
    status, said, _ = ask("lint", "twice.yaml")
    assert status == 2
    assert said.startswith("twice.yaml:2: ")
    assert "[plan]" in said


def test_a_long_document_shows_how_it_goes_on_a_terminal(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.cli.linting._LONG_BYTES", 1)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    told: list[tuple[int, int, str]] = []
    monkeypatch.setattr("harness.cli.progress.Progress.show", lambda self, *news: told.append(news))
    (tmp_path / "shop.yaml").write_text(DOCUMENT)
    assert ask("lint", "shop.yaml")[0] == 0
    assert [rule for _, _, rule in told] == [*RULES]
    assert told[-1][:2] == (len(RULES) - 1, len(RULES))


def test_the_plans_of_a_provider_are_read_with_it(ask: Ask, tmp_path: Path) -> None:
    folder = tmp_path / "contracts" / "shop"
    (folder / "plans").mkdir(parents=True)
    (folder / "provider.yaml").write_text("name: shop\ntitle: Shop\nkind: shop\ndocs: ''\ndocument: ''\n")
    (folder / "openapi.yaml").write_text(DOCUMENT)
    (folder / "plans" / "slow.yaml").write_text(BAD_PLAN)
    status, said, _ = ask("lint", "./contracts/shop")
    assert status == 2
    assert "contracts/shop/plans/slow.yaml:2: no fault 'timing.lat'" in said


def test_findings_go_to_sarif_with_a_broken_file_among_them(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(BAD_PLAN)
    (tmp_path / "broken.yaml").write_text("openapi: 3.1.0\npaths: [")
    (tmp_path / "shop.yaml").write_text(DOCUMENT)
    status, said, _ = ask("lint", "bad.yaml", "broken.yaml", "shop.yaml", "--report", "lint.sarif")
    assert status == 2
    assert said == "wrote lint.sarif\n"
    (run,) = json.loads((tmp_path / "lint.sarif").read_text())["runs"]
    found = {(result["ruleId"], result["level"]) for result in run["results"]}
    assert {("plan", "error"), ("unusable", "error")} < found
    uris = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]
    }
    assert uris == {"bad.yaml", "broken.yaml", "shop.yaml"}
    documented = [rule for rule in run["tool"]["driver"]["rules"] if "helpUri" in rule]
    assert documented


def test_sarif_may_go_to_stdout(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD_PLAN)
    status, said, _ = ask("lint", "good.yaml", "--report", "sarif")
    assert status == 0
    assert json.loads(said)["runs"][0]["results"] == []


def test_another_format_is_a_mistake_in_the_question(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD_PLAN)
    status, _, said = ask("lint", "good.yaml", "--report", "lint.html")
    assert status == 2
    assert "lint.html: findings are reported as SARIF" in said
