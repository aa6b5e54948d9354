"""Whole runs with real lanes and real processes: what is seen, how long it takes, and that nothing is left."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.contract.files import load_provider
from harness.model.report import CallReport, Report
from harness.run.battery import battery
from harness.run.callspec import parse_call
from harness.run.ending import Limits
from harness.run.runner import verify
from harness.run.scenario import choose
from harness.server.lanes import Lanes
from tests.e2e.processes import gone, pid_in

DOCUMENT = """
openapi: 3.1.0
info: {title: Items, version: "1"}
paths:
  /items/{id}:
    get:
      operationId: getItem
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        "200":
          description: the item
          content: {application/json: {schema: {type: object, required: [id], properties: {id: {type: integer}}}}}
  /items:
    post:
      operationId: createItem
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses:
        "201":
          description: created
          content: {application/json: {schema: {type: object, required: [id], properties: {id: {type: integer}}}}}
"""

CLIENT = """
import json, os, time, urllib.request

def request(base_url, timeout=None, body=None):
    path = "/items/1" if body is None else "/items"
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(base_url + path, data, {"content-type": "application/json"})
    with urllib.request.urlopen(asked, timeout=timeout) as answer:
        return json.load(answer)

def read(base_url):
    request(base_url)

def create(base_url, timeout):
    request(base_url, timeout, {"name": "a"})

def patient(base_url, timeout, waits=(0.05, 0.1, 0.2)):
    for wait in (*waits, None):
        try:
            return request(base_url, timeout)
        except OSError:
            if wait is None:
                raise
            time.sleep(wait)

failures, opened = 0, 0.0

def breaker(base_url, timeout):
    global failures, opened
    if failures >= 5 and time.monotonic() < opened + 1.0:
        raise RuntimeError("open")
    try:
        request(base_url, timeout)
        failures = 0
    except OSError:
        failures, opened = failures + 1, time.monotonic()
        raise

if __name__ == "__main__":
    import sys
    globals()[sys.argv[1]](os.environ["ITEMS_BASE_URL"], *map(float, sys.argv[2:]))
"""

Play = Callable[..., Report]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Plays scenarios of the battery with calls of a client in the current directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "client.py").write_text(CLIENT)
    (tmp_path / "items.yaml").write_text(DOCUMENT)

    def playing(*ids: str, limits: Limits | None = None, **calls: str) -> Report:
        async def going() -> Report:
            lanes = Lanes()
            try:
                return await verify(
                    load_provider("items.yaml"),
                    [parse_call(name, text) for name, text in calls.items()],
                    scenarios=choose(battery(), ids),
                    lanes=lanes,
                    limits=limits,
                )
            finally:
                await lanes.close_all()

        return asyncio.run(going())

    return playing


def seen(report: Report, scenario: str, call: str = "read") -> tuple[CallReport, ...]:
    return next(s.calls for s in report.scenarios if (s.id, s.call) == (scenario, call))


def verdicts(report: Report, scenario: str, call: str = "read") -> dict[str, str]:
    found = next(s for s in report.scenarios if (s.id, s.call) == (scenario, call))
    return {verdict.check: verdict.verdict for verdict in found.verdicts}


def test_attempts_waits_and_outcomes_are_those_of_the_client(play: Play) -> None:
    report = play("error_503_once", "error_503", "lost_answer", read="client:patient", create="client:create")
    (once,) = seen(report, "error_503_once")
    assert (once.ok, [a.status for a in once.attempts]) == (True, [503, 200])
    forever = seen(report, "error_503")
    (parallel,) = (scenario.calls.parallel for scenario in choose(battery(), ["error_503"]))
    assert [len(call.attempts) for call in forever] == [4] * parallel
    waits = [
        later.at_s - earlier.at_s for earlier, later in zip(once.attempts, once.attempts[1:], strict=False)
    ]
    assert 0.05 <= waits[0] < 3.0  # it sleeps for a tenth of a second; a busy machine, longer
    assert len(seen(report, "error_503", "create")) == 1
    (lost,) = seen(report, "lost_answer", "create")
    assert (lost.ok, [a.status for a in lost.attempts]) == (False, [None])


def test_kinds_and_operations_are_found(play: Play) -> None:
    report = play("healthy", "lost_answer", a="client:patient", b=f"{sys.executable} client.py create 5")
    assert [(s.id, s.call) for s in report.scenarios] == [
        ("healthy", "a"),
        ("healthy", "b"),
        ("lost_answer", "b"),
    ]
    assert seen(report, "healthy", "b")[0].attempts[0].operation == "createItem"


def test_a_client_without_a_timeout_is_cut_in_silence_and_one_with_it_gives_up_itself(play: Play) -> None:
    limits = Limits(silent_s=1.0)
    report = play("hang", limits=limits, read=f"{sys.executable} client.py read")
    (cut,) = seen(report, "hang")
    assert (cut.ending, cut.attempts[0].outcome) == ("cut", "open")
    report = play("hang", limits=limits, create=f"{sys.executable} client.py create 0.4")
    (gave_up,) = seen(report, "hang", "create")
    assert (gave_up.ending, gave_up.attempts[0].outcome) == ("ended", "gone")
    ended_s = gave_up.attempts[0].ended_s
    assert ended_s is not None
    assert ended_s - gave_up.attempts[0].at_s == pytest.approx(0.4, abs=0.2)


def test_a_breaker_is_seen_to_open_to_probe_and_to_close(play: Play) -> None:
    report = play("outage", read="client:breaker")
    pattern = "".join("+" if c.ok else "1" if c.attempts else "." for c in seen(report, "outage"))
    assert pattern.strip("+").startswith("11111.")
    assert pattern.endswith("+++")
    assert set(verdicts(report, "outage").values()) == {"pass"}


def test_a_client_without_a_breaker_fails_that_check(play: Play) -> None:
    report = play("outage", read="client:read")
    assert verdicts(report, "outage")["breaker.opens"] == "fail"


def test_a_command_has_no_breaker_to_judge(play: Play) -> None:
    report = play("outage", read=f"{sys.executable} client.py read")
    assert set(verdicts(report, "outage").values()) == {"not_applicable"}


def test_scenarios_are_played_side_by_side(play: Play) -> None:
    began = time.monotonic()
    report = play("status_*", read=f"sleep 1; {sys.executable} client.py read")
    assert len(report.scenarios) == 6
    assert time.monotonic() - began < 6


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("how", ["command", "python", "session"])
def test_nothing_outlives_a_run_that_is_stopped(
    play: Play, tmp_path: Path, number: signal.Signals, how: str
) -> None:
    (tmp_path / "hanging.py").write_text(
        "import client, os, pathlib, subprocess, sys, json\n"
        "def hang(base_url=os.environ['ITEMS_BASE_URL']):\n"
        "    child = subprocess.Popen(['sleep', '600'])\n"
        "    client.read(base_url)\n"
        "    pathlib.Path('child').write_text(str(child.pid))\n"
        "    pathlib.Path('own').write_text(str(os.getpid()))\n"
        "    child.wait()\n"
        "if __name__ == '__main__':\n"
        "    if sys.argv[1:]: sys.stdin.readline()\n"
        "    hang()\n"
    )
    texts = {
        "command": f"{sys.executable} hanging.py",
        "python": "hanging:hang",
        "session": f"session:{sys.executable} hanging.py --line",
    }
    run = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "harness",
            "verify",
            "--provider",
            "items.yaml",
            "--call",
            f"read={texts[how]}",
        ],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # What nohup ignores would be ignored in there, too.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL) and None,
    )
    try:
        own, child = pid_in(tmp_path / "own"), pid_in(tmp_path / "child")
        run.send_signal(number)
        assert run.wait(8) == 130
    finally:
        run.kill()
        run.communicate()
    assert gone(own)
    assert gone(child)
