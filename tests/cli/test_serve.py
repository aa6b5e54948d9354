"""`harness serve --tls`, asked wrongly and rightly."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.cli.conftest import Ask


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("stripe", "--ca-file", "ca.pem"), "--ca-file goes with --tls"),
        (("stripe", "--tls", "--workers", "2"), "--tls is played by one process"),
        (
            ("stripe", "--plan", "plan.yaml"),
            "the plan plan spoils TLS handshakes, and without --tls there are none",
        ),
    ],
)
def test_a_mistake_in_the_question_serves_nothing(
    ask: Ask, tmp_path: Path, words: tuple[str, ...], complaint: str
) -> None:
    (tmp_path / "plan.yaml").write_text("rules: [{fault: tls.expired}]")
    status, _, said = ask("serve", *words)
    assert status == 2
    assert complaint in said


def test_lanes_are_asked_by_https_and_leave_no_file(tmp_path: Path) -> None:
    argv = [
        sys.executable,
        "-m",
        "harness",
        "serve",
        "stripe",
        "--tls",
        "--format",
        "json",
        "--ca-file",
        "ca.pem",
    ]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(argv, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            told = json.loads(server.stdout.readline())
            assert told["url"].startswith("https://")
            for file in (tmp_path / "ca.pem", told["env"]["SSL_CERT_FILE"]):
                context = ssl.create_default_context(cafile=file)
                request = urllib.request.Request(told["url"] + "/v1/balance")
                request.add_header("authorization", f"Bearer {told['env']['STRIPE_API_KEY']}")
                with urllib.request.urlopen(request, timeout=10, context=context) as answer:
                    assert answer.status == 200
        finally:
            server.send_signal(signal.SIGINT)
        assert server.wait(10) == 0
    assert not Path(told["env"]["SSL_CERT_FILE"]).exists()
