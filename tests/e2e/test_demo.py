"""`harness demo`: the first thing that a newcomer sees."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest


def harness(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    argv = [sys.executable, "-m", "harness", *shlex.split(command)[1:]]
    return subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
def test_it_shows_both_clients_and_evidence_that_can_be_seen_again(tmp_path: Path) -> None:
    done = harness("harness demo", tmp_path)
    assert done.returncode == 0, done.stderr
    assert " FAIL   careless against stripe" in done.stdout
    assert "FAIL   careful" not in done.stdout
    failures = re.findall(r"^FAIL ([\w.]+): (?:.|\n)*?^     again: (.*)$", done.stdout, flags=re.MULTILINE)
    assert [check for check, _ in failures] == [
        "idempotency.one_effect",
        "secrets.not_in_output",
        "tls.refuses_bad_certificate",
    ]
    for check, command in failures:
        again = harness(f"{command} --report again.json", tmp_path)
        assert again.returncode == 1, again.stderr
        seen = json.loads((tmp_path / "again.json").read_text())
        assert check in {
            v["check"] for s in seen["scenarios"] for v in s["verdicts"] if v["verdict"] == "fail"
        }
    assert (tmp_path / "harness-report" / "index.html").exists()


def test_a_folder_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "harness-report").write_text("a file")
    done = harness("harness demo", tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("harness: harness-report/index.html: cannot be written: ")
