"""Every snippet of the README and of the guide does what stands beside it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import yaml

from harness.checks.all import CHECKS
from harness.cli.load import load
from harness.contract.files import provider_names
from harness.faults.plan import build_plan
from harness.faults.registry import FAULTS
from harness.load.promises import PROMISES as LOAD_PROMISES
from harness.load.targets import parse_targets
from harness.mock.prefer import Preferences, asked
from harness.model.message import Request
from harness.run.battery import battery
from harness.run.load.reading import load_scenarios

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "harness" / "guide").glob("*.md"))]
README = "\n".join(page.read_text("utf-8") for page in PAGES)
EXAMPLES = ROOT / "tests" / "examples"


def snippets(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def commands(first_words: str) -> list[str]:
    lines = [line for snippet in snippets("sh") for line in snippet.splitlines()]
    return [line for line in lines if line.startswith(first_words)]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The folder of somebody who follows the README."""
    folder = tmp_path / "shop-repository"
    shutil.copytree(EXAMPLES, folder)
    return folder


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "harness", *shlex.split(command)[1:]]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_the_files_shown_are_the_files_tested() -> None:
    assert snippets("toml") == [(EXAMPLES / "harness.toml").read_text("utf-8")]
    thresholds, plan = snippets("yaml")
    assert plan == (EXAMPLES / "plan.yaml").read_text("utf-8")
    parse_targets(thresholds, path="guide/load.md", promises=[entry.id for entry in LOAD_PROMISES])


@pytest.mark.parametrize("command", commands("harness verify"))
def test_verify_commands_give_a_verdict(command: str, shop: Path) -> None:
    if "node" in command + (shop / "harness.toml").read_text("utf-8") and not shutil.which("node"):
        pytest.skip("node is not installed")
    if "--fuzz" in command:
        command = command.replace("--fuzz 200", "--fuzz 10")
    elif "--scenario" not in command:
        command += " --scenario healthy"
    done = run(command, shop)
    assert done.returncode in (0, 1, 3), done.stderr
    assert any(word in done.stdout for word in ("healthy", "rate_limited_seconds", "tolerance  "))
    if " shop" in command:
        assert (shop / "harness-report" / "shop.html").read_text("utf-8").startswith("<!doctype html>")
        assert (shop / "harness-report" / "shop.xml").exists()


def test_the_tests_shown_pass(tmp_path: Path) -> None:
    ours = (EXAMPLES / "our_receiver.py").read_text("utf-8")
    for number, snippet in enumerate(each for each in snippets("python") if "our_receiver" in each):
        (tmp_path / f"test_{number}.py").write_text(f"{ours}\n\n{snippet}", "utf-8")
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_the_intolerance_shown_is_found(tmp_path: Path) -> None:
    (snippet,) = (each for each in snippets("python") if "harness.tolerates" in each)
    (tmp_path / "test_tolerant.py").write_text(snippet, "utf-8")
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    (shown,) = re.findall(r"^E   AssertionError: stripe GetC.*?\n +(where .*?)$", README, flags=re.MULTILINE)
    assert done.returncode == 1, done.stderr
    assert shown in done.stdout
    assert "<-- /email is left out here" in done.stdout


@pytest.mark.parametrize("command", commands("harness run"))
def test_run_commands_run_what_stands_behind_them(command: str, shop: Path) -> None:
    words, _, program = command.partition(" -- ")
    shutil.copy(EXAMPLES / "openapi.yaml", shop / "my-openapi.yaml")
    if not shutil.which(program.split()[0]):
        pytest.skip(f"{program.split()[0]} is not installed")
    # The examples are about Stripe: whoever mocks another provider only runs.
    does = program if "--provider stripe" in words else "true"
    done = run(f"{words} -- {does}", shop)
    assert done.returncode == (1 if "--plan" in words else 0), done.stderr
    assert "harness: " in done.stderr


@pytest.mark.parametrize("command", commands("harness serve"))
def test_serve_commands_serve(command: str, shop: Path) -> None:
    shutil.copy(EXAMPLES / "openapi.yaml", shop / "my-openapi.yaml")
    shutil.copytree(ROOT / "cassettes", shop / "cassettes")
    argv = [sys.executable, "-m", "harness", *shlex.split(command)[1:]]
    argv += [] if "--format" in argv else ["--format", "json"]
    with subprocess.Popen(argv, cwd=shop, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            told = json.loads(server.stdout.readline())
            with urllib.request.urlopen(f"{told['control']}/health", timeout=10) as answer:
                assert answer.status == 200
        finally:
            server.send_signal(signal.SIGINT)
        assert server.wait(10) == 0


def test_cassette_commands_record_and_judge(shop: Path) -> None:
    (record,) = commands("harness record")
    asks = "import urllib.request as r; r.urlopen('https://api.stripe.com/v1/balance')"
    (shop / "refund.py").write_text(asks)
    # Nobody here has an account: the mock answers, and refuses who shows no key.
    done = run(record.replace("-- node refund.js", f"--mock -- {sys.executable} refund.py"), shop)
    assert "wrote cassettes/stripe/refund.yaml: 1 exchange" in done.stderr
    for command in commands("harness cassette"):
        done = run(command, shop)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def test_load_commands_take_what_they_are_given(shop: Path) -> None:
    shown = commands("harness load")
    assert len(shown) >= 3
    for command in shown:
        words = shlex.split(command)[2:]
        known = {flag for option in load.params for flag in option.opts}
        assert {word for word in words if word.startswith("--")} <= known, command


def test_every_load_scenario_is_in_the_guide() -> None:
    table = (ROOT / "harness" / "guide" / "load.md").read_text("utf-8")
    assert set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| `.*$", table, re.MULTILINE)))) >= set(
        load_scenarios()
    )


def test_contract_commands_take_a_document_over(shop: Path) -> None:
    shutil.copy(EXAMPLES / "openapi.yaml", shop / "my-openapi.yaml")
    for command in commands("harness contract"):
        done = run(command, shop)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
    taken = (shop / "contracts" / "parcels" / "openapi.yaml").read_bytes()
    assert taken == (EXAMPLES / "openapi.yaml").read_bytes()
    assert "listParcels" not in (shop / "used.yaml").read_text("utf-8")


def test_what_explain_is_shown_with_exists(shop: Path) -> None:
    shown = re.findall(r"`harness explain ([\w.]+)`", README)
    assert len(shown) >= 3
    for name in shown:
        assert run(f"harness explain {name}", shop).returncode == 0


def test_names_in_the_text_exist() -> None:
    for check in re.findall(r"(?:FAIL|PASS) (\w+\.\w+)", README):
        assert check in CHECKS
    for fault in re.findall(r"fault: (\w+\.\w+)", README):
        assert fault in FAULTS
    for line in README.splitlines():
        known = load_scenarios() if "harness load" in line else {scenario.id for scenario in battery()}
        for scenario in re.findall(r"--scenario (\w+)(?!\.)\b", line):
            assert scenario in known or scenario == "own", line
    assert set(re.findall(r"harness serve (\w+)", README)) <= set(provider_names())


def test_the_set_up_commands_are_two() -> None:
    assert commands("pip install") == ["pip install uv && uv run harness demo"]
    assert commands("uv run") == ["uv run pytest"]


def test_continuous_integration_runs_the_readmes_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert commands("uv run")[0] in script


def test_what_a_request_may_prefer_is_what_the_readme_says() -> None:
    (said,) = re.findall(r"`Prefer: (.*?)`", README)
    (rule,) = re.findall(r"`(\{fault: answer\.declared.*?)`", README)

    assert asked(Request("GET", "/", "/", headers=(("prefer", said),)))[1] == Preferences(
        404, "name", True, 2.0
    )
    assert build_plan([yaml.safe_load(rule)], name="readme", path="README.md").faults == ("answer.declared",)


def test_the_first_test_finds_the_defect_that_is_shown(shop: Path) -> None:
    shown = (EXAMPLES / "duplicate.py").read_text("utf-8")
    assert shown in snippets("python")
    (shop / "test_sign_up.py").write_text(shown, "utf-8")
    argv = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_sign_up.py"]
    done = subprocess.run(argv, cwd=shop, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stdout
    assert "E       AssertionError: FAIL idempotency.one_effect: 2 effects of one call: " in done.stdout
    assert "POST no status (connection.lost_answer) | +0." in done.stdout
    assert "again: pytest test_sign_up.py::test_a_lost_answer --harness-seed " in done.stdout


def test_a_provider_is_checked_by_its_document_as_a_command_and_as_tests(shop: Path) -> None:
    shutil.copy(EXAMPLES / "openapi.yaml", shop / "my-openapi.yaml")
    serve = [sys.executable, "-m", "harness", "serve", "my-openapi.yaml", "--format", "json"]
    with subprocess.Popen(serve, cwd=shop, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            told = json.loads(server.stdout.readline())
            env = {**os.environ, "SANDBOX_KEY": told["env"]["HARNESS_API_KEY"]}
            env["HARNESS_CHECK_BASE_URL"] = told["url"]
            (command,) = commands("harness check")
            words = shlex.split(command.replace("http://localhost:8000", told["url"]))[1:]
            checked = subprocess.run(
                [sys.executable, "-m", "harness", *words],
                cwd=shop,
                env=env,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert checked.returncode == 0, checked.stdout
            assert "PASS" in checked.stdout
            (test,) = (each for each in snippets("python") if "for_each_operation" in each)
            (shop / "test_contract.py").write_text(test, "utf-8")
            argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_contract.py"]
            done = subprocess.run(
                argv, cwd=shop, env=env, capture_output=True, text=True, timeout=60, check=False
            )
            assert done.returncode == 0, done.stdout
            assert " passed" in done.stdout
        finally:
            server.send_signal(signal.SIGINT)


def test_drift_is_told_between_documents_and_beside_a_provider(shop: Path) -> None:
    shutil.copy(EXAMPLES / "openapi.yaml", shop / "my-openapi.yaml")
    moved = (
        (EXAMPLES / "openapi.yaml")
        .read_text("utf-8")
        .replace("required: [address]", "required: [address, grams]")
    )
    (shop / "new-openapi.yaml").write_text(moved, "utf-8")
    serve = [sys.executable, "-m", "harness", "serve", "my-openapi.yaml", "--format", "json"]
    with subprocess.Popen(serve, cwd=shop, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            told = json.loads(server.stdout.readline())
            (shop / "tapes").mkdir()
            parcel = {"address": "Here 1"}
            (shop / "tapes" / "parcels.yaml").write_text(
                yaml.dump(_tape(told["url"], "POST", "/parcels", parcel))
            )
            two, live = commands("harness drift")
            done = run(two, shop)
            assert done.returncode == 1, done.stdout + done.stderr
            assert "request.property.became-required" in done.stdout
            assert (shop / "drift.html").exists()
            env = {**os.environ, "SANDBOX_KEY": told["env"]["HARNESS_API_KEY"]}
            words = shlex.split(live.replace("http://localhost:8000", told["url"]))[1:]
            asked = subprocess.run(
                [sys.executable, "-m", "harness", *words],
                cwd=shop,
                env=env,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert asked.returncode == 0, asked.stdout + asked.stderr
            assert "no drift" in asked.stdout
        finally:
            server.send_signal(signal.SIGINT)


def _tape(url: str, method: str, path: str, body: dict[str, str]) -> dict[str, object]:
    """A cassette with one exchange."""
    kind = {"content-type": ["application/json"]}
    request = {"method": method, "uri": url + path, "body": json.dumps(body), "headers": kind}
    answer = {
        "status": {"code": 201, "message": "Created"},
        "headers": kind,
        "body": {"string": json.dumps({"id": "8a0e1b3c-0000-4000-8000-000000000000", **body})},
    }
    return {"version": 1, "interactions": [{"request": request, "response": answer}]}


def test_init_writes_what_the_readme_says(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "openapi.yaml", tmp_path / "my-openapi.yaml")
    (command,) = commands("harness init")
    done = run(command, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "harness.toml").exists()
    assert (tmp_path / ".github" / "workflows" / "harness.yml").exists()
    assert (tmp_path / ".gitlab-ci.yml").exists()
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    tests = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "1 passed" in tests.stdout, tests.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    linked = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in linked if not (page.parent / link).exists()] == []


def test_the_readme_leads_to_every_page_of_the_guide() -> None:
    readme = PAGES[0].read_text("utf-8")
    assert [page.name for page in PAGES[1:] if f"(harness/guide/{page.name})" not in readme] == []
