"""The command line as a newcomer uses it: commands to paste, pipes that close, signals at any moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.processes import gone, pid_in

CLIENT = """
import os, urllib.request

def read(base_url=os.environ.get("STRIPE_BASE_URL"), credentials={"api_key": os.environ.get("STRIPE_API_KEY")}):
    headers = {"Authorization": "Bearer " + credentials["api_key"]}
    request = urllib.request.Request(base_url + "/v1/customers", headers=headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        answer.read()
"""

OWN = """
scenarios:
  - id: brief_503
    title: one 503
    plan: [{fault: status.error, with: {status: 503}, nth: 1}]
    expect: [retry.retries_transient]
"""

TOML = """
[clients.shop]
provider = "stripe"
scenarios = ["error_503_once", "own.yaml"]

[clients.shop.calls]
read = "client:read"
"""

Shell = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Runs a line in a shell, in a folder with a client and a file of scenarios, where `harness` is a command."""
    (tmp_path / "client.py").write_text(CLIENT)
    (tmp_path / "own.yaml").write_text(OWN)
    (tmp_path / "harness.toml").write_text(TOML)
    (tmp_path / "no retries.toml").write_text("[retry]\nmax_retries = 0\n")
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, arguments in (("harness", "-m harness"), ("python", "")):
        (commands / name).write_text(f'#!/bin/sh\nexec {sys.executable} {arguments} "$@"\n')
        (commands / name).chmod(0o755)
    env = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PATH": f"{commands}:{os.environ['PATH']}",
    }

    def line(text: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/bash", "-c", text],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return line


def failures(report: Path) -> dict[str, Any]:
    """The failures of a JSON report, with the command that shows each again."""
    found = json.loads(report.read_text())
    return {
        f"{scenario['id']} {verdict['check']}": verdict["again"]
        for scenario in found["scenarios"]
        for verdict in scenario["verdicts"]
        if verdict["verdict"] == "fail"
    }


@pytest.mark.parametrize(
    "question",
    [
        "shop",
        "shop --call read='false ||  python -c \"import client; client.read()\"' --policy 'no retries.toml'",
        "--provider stripe --call 'read=client:read' --scenario own.yaml::brief*",
        "--provider stripe --scenario own.yaml --kind r=read --call r='python -c \"\nimport client\n"
        "print(  \\\"$HOME\\\", '\"'it'\"')\nclient.read()\n\"'",
    ],
    ids=["toml", "toml and flags", "one of a file", "quotes, variables and lines"],
)
def test_the_command_of_a_failure_shows_it_again(shell: Shell, tmp_path: Path, question: str) -> None:
    first = shell(f"harness verify {question} --report first.json")
    assert first.returncode == 1, first.stderr
    found = failures(tmp_path / "first.json")
    assert found
    assert any(again in first.stdout for again in found.values())
    for failure, again in found.items():
        second = shell(f"{again} --report second.json")
        assert second.returncode == 1, second.stderr
        assert failure in failures(tmp_path / "second.json")


def test_a_reader_that_goes_away_does_not_change_the_verdict(shell: Shell) -> None:
    done = shell("harness verify shop | true; echo ${PIPESTATUS[0]}")
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_an_output_that_cannot_be_written_is_told(shell: Shell) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    done = shell("harness providers > /dev/full")
    assert done.returncode == 2
    assert done.stderr == "harness: the output cannot be written: No space left on device\n"


def test_without_colours_and_in_ascii_it_says_the_same(shell: Shell) -> None:
    done = shell("LC_ALL=C PYTHONUTF8=0 PYTHONIOENCODING=ascii NO_COLOR=1 harness verify shop")
    assert done.stdout.isascii()
    assert "FAIL retry.retries_transient" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_asks_twice_to_stop_leaves_nothing_either(tmp_path: Path, number: signal.Signals) -> None:
    call = "trap '' TERM; echo $$ > own; sleep 600 & echo $! > child; wait; wait"
    run = subprocess.Popen(
        [sys.executable, "-m", "harness", "verify", "--provider", "stripe", "--call", f"a={call}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        own, child = pid_in(tmp_path / "own"), pid_in(tmp_path / "child")
        run.send_signal(number)
        time.sleep(0.05)
        run.send_signal(number)
        assert run.wait(8) == 130
    finally:
        run.kill()
        _, said = run.communicate()
    assert said.decode().strip() == "stopped"
    assert gone(own)
    assert gone(child)
