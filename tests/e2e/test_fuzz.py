"""Answers that are drawn, for real clients: Stripe's SDK, a worker in Node, and all by the command line."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.contract.files import load_provider
from harness.model.report import Report
from harness.run.callspec import parse_call
from harness.run.fuzz.calls import fuzz
from harness.run.fuzz.known import KnownFailures
from harness.server.lanes import Lanes

ROOT = Path(__file__).parent.parent.parent
SHOP = ROOT / "tests" / "tolerance" / "openapi.yaml"


def played(provider: str, call: str, folder: Path, *, examples: int = 80) -> Report:
    async def play() -> Report:
        lanes = Lanes()
        try:
            return await fuzz(
                load_provider(provider),
                [parse_call("call", call)],
                examples=examples,
                lanes=lanes,
                known=lambda name: KnownFailures(folder, name),
                raises=("ShopError",),
            )
        finally:
            await lanes.close_all()

    return asyncio.run(play())


def told(report: Report, verdict: str) -> list[str]:
    return [v.observed for run in report.scenarios for v in run.verdicts if v.verdict == verdict]


def test_a_careful_use_of_stripes_sdk_passes(tmp_path: Path) -> None:
    report = played("stripe", "tests.tolerance.with_stripe:careful", tmp_path)
    assert report.outcome == "pass", [*told(report, "fail"), *told(report, "inconclusive")]


@pytest.mark.slow
def test_one_that_takes_an_email_for_granted_does_not(tmp_path: Path) -> None:
    report = played("stripe", "tests.tolerance.with_stripe:careless", tmp_path, examples=160)
    assert any(
        observed.startswith("where /email is null") and "AttributeError" in observed
        for observed in told(report, "fail")
    )


@pytest.mark.slow
def test_the_careful_client_of_the_demo_passes_and_the_careless_one_does_not(tmp_path: Path) -> None:
    careful = played("stripe", "harness.demo.careful:write", tmp_path, examples=140)
    assert careful.outcome == "pass", [*told(careful, "fail"), *told(careful, "inconclusive")]
    assert told(played("stripe", "harness.demo.careless:write", tmp_path, examples=40), "fail")


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_a_worker_in_node_that_cannot_do_without_an_order(tmp_path: Path) -> None:
    report = played(str(SHOP), f"session:node {ROOT}/tests/tolerance/session.mjs", tmp_path)
    (failure,) = told(report, "fail")
    assert failure.startswith("where /data is [], the call crashed: TypeError: Reduce of empty array")
    assert "scenarios:" in report.scenarios[0].verdicts[0].exhibit


def harness(*words: str, cwd: Path) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "harness", "verify", "--provider", str(SHOP), *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(argv, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_command_line_finds_it_shows_it_and_plays_what_is_pasted(tmp_path: Path) -> None:
    call = ("--call", "read=tests.tolerance.clients:needs_optional")
    asked = harness(*call, "--fuzz", "60", "--raises", "ShopError", "--report", "r.json", cwd=tmp_path)
    shown, wrong = asked.communicate(timeout=60)
    assert asked.returncode == 1, wrong
    assert "FAIL tolerance.accepts_what_is_allowed: where /email is left out" in " ".join(shown.split())
    assert "needs_optional(base_url=provider.url)" in shown
    assert "--fuzz 60 --raises ShopError --seed 1" in shown
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert [run["id"] for run in report["scenarios"]] == ["fuzz_allowed", "fuzz_broken"]
    assert any((tmp_path / ".harness" / "examples").iterdir())


@pytest.mark.slow
def test_the_scenario_that_is_pasted_for_a_command_fails_in_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "first.py").write_text(
        "import json, os, urllib.request as u\n"
        "page = json.load(u.urlopen(os.environ['HARNESS_BASE_URL'] + '/orders'))\n"
        "print(json.dumps({'ok': True, 'value': len(page['data'][0]['id'])}))\n"
    )
    call = ("--call", f"read={sys.executable} first.py")
    found = harness(*call, "--fuzz", "24", "--report", "r.json", cwd=tmp_path)
    found.communicate(timeout=120)
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    failure = next(v for v in report["scenarios"][0]["verdicts"] if v["verdict"] == "fail")
    assert failure["observed"].startswith("where /data is []")
    pasted = failure["exhibit"].partition("as a test to paste:\n")[2]
    (tmp_path / "odd.yaml").write_text("\n".join(line[2:] for line in pasted.splitlines()) + "\n", "utf-8")
    again = harness(*call, "--scenario", "odd.yaml", cwd=tmp_path)
    shown, wrong = again.communicate(timeout=60)
    assert again.returncode == 1, wrong
    assert "FAIL tolerance.accepts_what_is_allowed: the call crashed" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--fuzz", "10", "--scenario", "healthy"), "say one of --fuzz and --scenario"),
        (("--raises", "ShopError"), "--raises is about --fuzz N"),
    ],
)
def test_mistakes_in_the_question_are_told(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    asked = harness("--call", "read=tests.tolerance.clients:careful", *words, cwd=tmp_path)
    _, wrong = asked.communicate(timeout=30)
    assert asked.returncode == 2
    assert says in wrong


def test_it_is_stopped_in_order(tmp_path: Path) -> None:
    asked = harness("--call", "read=tests.tolerance.clients:stops_thinking", "--fuzz", "60", cwd=tmp_path)
    time.sleep(2.5)
    asked.send_signal(signal.SIGINT)
    _, wrong = asked.communicate(timeout=10)
    assert asked.returncode == 130
    assert "Traceback" not in wrong
