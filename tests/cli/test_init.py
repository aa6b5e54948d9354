"""`harness init`, as somebody meets it who has a small client and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.cli import COMMANDS
from harness.cli.check import check
from harness.cli.contract import lint_
from harness.cli.drift import drift
from harness.cli.load import load
from harness.cli.starting import ci
from harness.cli.verify import verify
from tests.cli.conftest import Ask

CLIENT = """
import httpx


def latest_customer(api_key: str, base_url: str = "https://api.stripe.com") -> dict:
    answer = httpx.get(f"{base_url}/v1/customers", params={"limit": 1}, auth=(api_key, ""))
    answer.raise_for_status()
    return answer.json()
"""

PARCELS = """
openapi: 3.1.0
info: {title: Parcels, version: "1"}
servers: [{url: https://api.parcels.io}]
paths:
  /parcels:
    get:
      operationId: listParcels
      responses: {"200": {description: all, content: {application/json: {schema: {type: array}}}}}
"""


def pytest_in(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "--harness-seed", "7"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def every_file(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_a_newcomer_comes_to_a_test_that_shows_a_defect(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(CLIENT)
    status, said, _ = ask("init")
    assert status == 0
    assert said.splitlines()[:2] == ["stripe:", "  shop.py:5: address api.stripe.com"]
    done = pytest_in(tmp_path)
    assert done.returncode == 1
    assert "FAIL retry.retries_transient: the call gave up after a 429" in done.stdout
    text = (tmp_path / "tests" / "test_stripe_integration.py").read_text()
    assert 'latest_customer(api_key=stripe.credentials["api_key"], base_url=stripe.url)' in text


def test_a_constant_is_pointed_at_the_mock(ask: Ask, tmp_path: Path) -> None:
    source = CLIENT.replace(', base_url: str = "https://api.stripe.com"', "").replace("{base_url}", "{BASE}")
    (tmp_path / "shop.py").write_text(f'BASE = "https://api.stripe.com"\n{source}')
    ask("init")
    done = pytest_in(tmp_path)
    assert "FAIL retry.retries_transient: the call gave up after a 429" in done.stdout


def test_without_a_client_the_test_shows_that_the_mock_answers(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(PARCELS)
    status, _, _ = ask("init", "--provider", "stripe", "--provider", "github", "--provider", "openapi.yaml")
    assert status == 0
    done = pytest_in(tmp_path)
    assert "3 passed" in done.stdout, done.stdout


def test_a_document_whose_address_is_used_is_a_provider(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "parcels.yaml").write_text(PARCELS)
    (tmp_path / "shop.js").write_text(
        'fetch("https://api.parcels.io/parcels"); fetch("https://api.other.io/x")'
    )
    status, said, _ = ask("init")
    assert status == 0
    assert "api/parcels.yaml: an OpenAPI document of Parcels, whose address stands in shop.js:1" in said
    assert "shop.js:1: api.other.io has no contract here: harness contract add" in said
    assert (tmp_path / "tests" / "test_parcels_integration.py").exists()


def test_what_is_there_is_left_and_a_second_run_writes_nothing(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(CLIENT)
    (tmp_path / "harness.toml").write_text("# ours\n")
    _, said, _ = ask("init", "--ci", "github", "--ci", "gitlab")
    assert "left as it is: harness.toml (--force overwrites it)" in said
    first = every_file(tmp_path)
    assert first["harness.toml"] == "# ours\n"
    _, said, _ = ask("init", "--ci", "github", "--ci", "gitlab")
    assert "nothing to write: all of it is there" in said
    assert every_file(tmp_path) == first
    ask("init", "--force")
    assert (tmp_path / "harness.toml").read_text() != "# ours\n"


def test_a_dry_run_writes_nothing(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(CLIENT)
    status, said, _ = ask("init", "--dry-run", "--ci", "gitlab")
    assert status == 0
    assert "would write tests/test_stripe_integration.py" in said
    assert list(every_file(tmp_path)) == ["shop.py"]


def test_nothing_found_is_a_question_back(ask: Ask, tmp_path: Path) -> None:
    status, _, said = ask("init")
    assert status == 2
    assert "say which, as --provider stripe" in said


def test_the_settings_name_the_call_and_are_ours(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(CLIENT)
    ask("init")
    settings = tomllib.loads((tmp_path / "harness.toml").read_text())
    call = settings["clients"]["stripe"]["calls"]["latest_customer"]
    assert call.startswith('python -c "import os; from shop import latest_customer; latest_customer(')
    _, said, _ = ask("verify", "stripe", "--scenario", "nothing-such")
    assert "harness.toml" not in said


class TestCi:
    @pytest.fixture
    def folder(self, ask: Ask, tmp_path: Path) -> Path:
        (tmp_path / "shop.py").write_text(CLIENT)
        (tmp_path / "requirements.txt").write_text("httpx\n")
        (tmp_path / "contracts" / "parcels").mkdir(parents=True)
        (tmp_path / "contracts" / "parcels" / "openapi.yaml").write_text(PARCELS)
        status, said, _ = ask("init", "--ci", "github", "--ci", "gitlab")
        assert status == 0, said
        return tmp_path

    def test_the_workflow_is_whole_and_pins_actions_by_their_major_version(self, folder: Path) -> None:
        workflow: dict[Any, Any] = yaml.safe_load((folder / ".github/workflows/harness.yml").read_text())
        # YAML 1.1 reads the key `on` as true.
        assert set(workflow[True]) == {"push", "pull_request", "schedule", "workflow_dispatch"}
        jobs = workflow["jobs"]
        assert set(jobs) == {"push", "contracts", "nightly", "release"}
        assert "refs/tags/" in jobs["release"]["if"]
        steps = [step for job in jobs.values() for step in job["steps"]]
        uses = [step["uses"] for step in steps if "uses" in step]
        assert uses
        assert all(name.rpartition("@")[2].removeprefix("v").isdecimal() for name in uses)
        runs = [step["run"] for step in steps if "run" in step]
        assert "python -m pip install -r requirements.txt" in runs
        assert any("--report md" in run for run in runs)

    def test_drift_has_a_memory_and_one_issue(self, folder: Path) -> None:
        workflow = yaml.safe_load((folder / ".github/workflows/harness.yml").read_text())
        steps = workflow["jobs"]["nightly"]["steps"]
        restored, saved = (step for step in steps if step.get("uses", "").startswith("actions/cache/"))
        assert restored["with"]["path"] == saved["with"]["path"] == ci.STATE
        assert restored["with"]["key"] == saved["with"]["key"]
        assert saved["if"] == "always()"
        assert workflow["jobs"]["nightly"]["permissions"]["issues"] == "write"
        (moved,) = (step for step in steps if step.get("name") == "Has the API of stripe moved?")
        (answers,) = (step for step in steps if step.get("name") == "Does stripe answer as it did?")
        assert all(f"--state {ci.STATE}" in step["run"] for step in (moved, answers))
        assert ci.ASKING in [step.get("run") for step in steps]
        (unwatched,) = (step for step in steps if step.get("name") == "Is stripe watched?")
        assert unwatched["if"] == "${{ vars.STRIPE_CHECK_BASE_URL == '' && vars.STRIPE_DOCUMENT_URL == '' }}"
        said = subprocess.run(
            ["bash", "-c", unwatched["run"]], check=True, capture_output=True, text=True
        ).stdout
        assert said.startswith("::warning::stripe is not watched: set STRIPE_DOCUMENT_URL")
        issues = [step["run"] for step in steps if step.get("name") == "The issue about it"]
        assert all(subprocess.run(["bash", "-n", "-c", run], check=False).returncode == 0 for run in issues)

    def test_the_jobs_of_gitlab_are_included(self, folder: Path) -> None:
        main = yaml.safe_load((folder / ".gitlab-ci.yml").read_text())
        assert main == {"include": [{"local": ".gitlab/harness.gitlab-ci.yml"}]}
        jobs = yaml.safe_load((folder / ".gitlab/harness.gitlab-ci.yml").read_text())
        assert jobs["harness"]["extends"] == ".harness"
        assert jobs[".harness"]["artifacts"]["reports"] == {"junit": "reports/*.xml"}
        assert jobs["harness-stripe-nightly"]["allow_failure"] == {"exit_codes": [3]}
        assert jobs["harness-stripe-load"]["rules"] == [{"if": "$CI_COMMIT_TAG"}]
        assert jobs["harness-stripe-load"]["allow_failure"] == {"exit_codes": [3]}
        assert jobs["harness-stripe-drift"]["cache"]["paths"] == [ci.STATE]
        assert jobs["harness-stripe-live"]["cache"]["paths"] == [ci.STATE]
        assert jobs["harness-stripe-live"]["script"][0] == ci.ASKING
        unwatched = jobs["harness-stripe-unwatched"]
        assert "$STRIPE_DOCUMENT_URL == null" in unwatched["rules"][0]["if"]
        (script,) = unwatched["script"]
        assert subprocess.run(["bash", "-c", script], check=False, capture_output=True).returncode == 3

    def test_every_command_and_flag_in_them_exists(self, folder: Path) -> None:
        text = (folder / ".github/workflows/harness.yml").read_text().replace("\\\n", " ")
        text += (folder / ".gitlab/harness.gitlab-ci.yml").read_text()
        lines = [line.partition("harness ")[2].split() for line in text.splitlines() if " harness " in line]
        commands = {words[0]: words for words in lines if words and words[0] in COMMANDS}
        assert set(commands) == {"verify", "check", "lint", "drift", "load"}
        known = {"verify": verify, "check": check, "lint": lint_, "drift": drift, "load": load}
        for words in (words for words in lines if words and words[0] in known):
            flags = {flag for option in known[words[0]].params for flag in option.opts}
            assert {word for word in words if word.startswith("--")} <= flags


WITH_CLASS = """
import httpx


class Payments:
    def __init__(self, base_url="https://api.stripe.com", key=""):
        self.http = httpx.Client(base_url=base_url, headers={"authorization": f"Bearer {key}"})

    def customer(self, customer_id):
        return self.http.get(f"/v1/customers/{customer_id}").raise_for_status().json()

    def charge(self, amount):
        form = {"amount": amount, "currency": "eur", "source": "tok_visa"}
        return self.http.post("/v1/charges", data=form).raise_for_status().json()["id"]
"""


def test_a_method_of_a_class_is_put_to_the_test_and_verify_can_make_its_call(
    ask: Ask, tmp_path: Path
) -> None:
    (tmp_path / "shop.py").write_text(WITH_CLASS)
    assert ask("init")[0] == 0
    done = pytest_in(tmp_path)
    assert "FAIL retry.retries_transient: the call gave up after a 429" in done.stdout
    assert "1 failed" in done.stdout
    call = tomllib.loads((tmp_path / "harness.toml").read_text())["clients"]["stripe"]["calls"]["charge"]
    assert "charge(amount=1000)" in call


def test_an_id_that_is_guessed_does_not_go_to_the_battery(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(WITH_CLASS.partition("    def charge")[0])
    assert ask("init")[0] == 0
    assert "clients" not in tomllib.loads((tmp_path / "harness.toml").read_text())
    assert "FAIL retry.retries_transient" in pytest_in(tmp_path).stdout


def test_where_an_sdk_alone_is_found_the_test_is_at_its_own_call(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "orders.py").write_text("import stripe\n\nclass Order:\n    def __init__(self, cart): ...\n")
    assert ask("init")[0] == 0
    text = (tmp_path / "tests" / "test_stripe_integration.py").read_text()
    assert 'monkeypatch.setattr("stripe.api_base", provider.url)' in text
    assert "stripe.Customer.list(limit=1)" in text
    compile(text, "test_stripe_integration.py", "exec")
