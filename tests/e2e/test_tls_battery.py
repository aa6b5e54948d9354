"""What real clients make of providers that cannot show who they are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.server.tls import Authority

ASK = 'curl -sSf -u "$STRIPE_API_KEY:" "$STRIPE_BASE_URL/v1/balance"'

NODE = (
    'node -e \'fetch(process.env.STRIPE_BASE_URL + "/v1/balance", {headers: {authorization: '
    '"Bearer " + process.env.STRIPE_API_KEY}}).then((answer) => process.exit(answer.ok ? 0 : 1))\''
)


def verified(command: str, folder: Path) -> dict[str, Any]:
    """The report on a client in the scenarios of TLS."""
    words = ["--provider", "stripe", "--call", f"read={command}", "--scenario", "tls*", "--report", "r.json"]
    done = subprocess.run(
        [sys.executable, "-m", "harness", "verify", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (0, 1, 3), done.stderr
    report: dict[str, Any] = json.loads((folder / "r.json").read_text())
    return report


def verdicts(report: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(s["id"], v["check"]): v["verdict"] for s in report["scenarios"] for v in s["verdicts"]}


def needs(tool: str) -> None:
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")


@pytest.mark.parametrize(
    ("tool", "command"), [("curl", ASK), pytest.param("node", NODE, marks=pytest.mark.slow)]
)
def test_a_client_that_looks_at_certificates_passes(tool: str, command: str, tmp_path: Path) -> None:
    needs(tool)
    report = verified(command, tmp_path)
    assert (report["outcome"], len(report["scenarios"])) == ("pass", 7), report


def test_a_client_that_does_not_is_found_out(tmp_path: Path) -> None:
    needs("curl")
    report = verified(ASK.replace("curl", "curl -k"), tmp_path)
    failed = {key for key, verdict in verdicts(report).items() if verdict == "fail"}
    flaws = ("expired", "self_signed", "wrong_host", "untrusted_ca")
    assert failed == {(f"tls_{flaw}", "tls.refuses_bad_certificate") for flaw in flaws}


def test_of_a_client_that_trusts_others_only_nothing_is_said(tmp_path: Path) -> None:
    needs("curl")
    (tmp_path / "other.pem").write_bytes(Authority().pem)
    report = verified(ASK.replace("curl", "curl --cacert other.pem"), tmp_path)
    assert (report["outcome"], report["scenarios"]) == ("inconclusive", [])
    assert "does not get on with a provider that speaks TLS" in report["notes"][0]
