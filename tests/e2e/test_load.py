"""`harness load` as people run it: in processes of its own, with a client that counts its attempts itself."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from harness.model.load_report import LoadReport

pytestmark = pytest.mark.skipif(importlib.util.find_spec("locust") is None, reason="Locust is not installed")

SCENARIO = """\
says: 503 for a while
duration_s: 6
load: {users: 4, calls_per_s: 5, ramp_s: 1}
rules: [{fault: status.error, with: {status: 503}, between_s: [2, 4]}]
windows: [{name: outage, between_s: [2, 4]}]
"""

CLIENT = """\
import http.client, os, time, urllib.parse

def read(base_url, credentials, number):
    address = urllib.parse.urlsplit(base_url).netloc
    for attempt in range(3):
        connection = http.client.HTTPConnection(address, timeout=5)
        headers = {"authorization": "Bearer " + credentials["api_key"]}
        connection.request("GET", f"/v1/customers/cus_{number}", headers=headers)
        with open("account.txt", "a") as account:
            account.write(f"{time.monotonic()} {number} {attempt}\\n")
        status = connection.getresponse().status
        connection.close()
        if status != 503:
            return {"ok": status in (200, 404)}
    raise RuntimeError("three times 503")
"""

SESSION = """\
import json, os, sys
sys.path.insert(0, ".")
import client
for line in sys.stdin:
    asked = json.loads(line)
    try:
        credentials = {"api_key": os.environ["HARNESS_API_KEY"]}
        client.read(os.environ["HARNESS_BASE_URL"], credentials, asked["id"])
        print(json.dumps({"id": asked["id"], "ok": True}), flush=True)
    except RuntimeError as error:
        print(json.dumps({"id": asked["id"], "ok": False, "error": str(error)}), flush=True)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with a client and a scenario."""
    (tmp_path / "client.py").write_text(CLIENT)
    (tmp_path / "session.py").write_text(SESSION)
    (tmp_path / "short.yaml").write_text(textwrap.dedent(SCENARIO))
    return tmp_path


@contextmanager
def loading(shop: Path, *options: str, call: str = "client:read") -> Iterator[subprocess.Popen[str]]:
    """A run that goes on; nothing of it is left behind."""
    command = [sys.executable, "-m", "harness", "load", "--provider", "stripe", "--call", f"read={call}"]
    command += ["--scenario", "short.yaml", "--report", "report.json", *options]
    process = subprocess.Popen(
        command, cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def loaded(shop: Path, *options: str, call: str = "client:read") -> LoadReport:
    with loading(shop, *options, call=call) as process:
        said, _ = process.communicate(timeout=150)
    assert process.returncode in (0, 1, 3), said
    return report_of(shop)


def report_of(shop: Path) -> LoadReport:
    return msgspec.json.decode((shop / "report.json").read_bytes(), type=LoadReport)


def accounted(shop: Path) -> tuple[int, int]:
    """Calls and attempts, as the client has counted them."""
    lines = (shop / "account.txt").read_text().splitlines()
    rows = [line.split() for line in lines if line.count(" ") == 2]
    return len({row[1] for row in rows}), len(rows)


def amplification(report: LoadReport, where: str) -> float:
    figure = report.figure("amplification", where)
    assert figure is not None
    assert figure.value is not None
    return figure.value


def left_over(shop: Path) -> list[str]:
    """Processes that were started in the folder and are still there."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.readlink(entry / "cwd") == str(shop):
                    found.append((entry / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
    return found


def test_attempts_are_those_that_the_client_has_counted_itself(shop: Path) -> None:
    report = loaded(shop)
    assert report.honesty.grouped == 1.0
    # All that fail are tried three times; what came before the plan is no part of the run.
    assert amplification(report, "outage") == pytest.approx(3.0, rel=0.1)
    calls, attempts = accounted(shop)
    assert 0 < calls - report.counts.calls < 30
    assert attempts - report.counts.attempts == calls - report.counts.calls
    assert not left_over(shop)


def test_a_promise_that_is_to_end_the_run_ends_it_when_it_fails(shop: Path) -> None:
    (shop / "targets.yaml").write_text("abort_on_fail: [amplification]\nabort_after_s: 3\nretry_reserve: 0\n")
    report = loaded(shop, "--duration", "16", "--targets", "targets.yaml")
    assert report.duration_s < 15
    assert report.outcome == "fail"
    assert [note for note in report.notes if note.startswith("ended by load.amplification")], report.notes
    assert not left_over(shop)


@pytest.mark.slow
def test_the_locustfile_ends_the_run_too(shop: Path) -> None:
    (shop / "harness.toml").write_text('[clients.shop]\nprovider = "stripe"\ncalls.read = "client:read"\n')
    (shop / "targets.yaml").write_text("abort_on_fail: [amplification]\nabort_after_s: 3\nretry_reserve: 0\n")
    locustfile = Path(__file__).parent.parent.parent / "loadtests" / "locustfile.py"
    flags = ["--headless", "--client", "shop", "--scenario", "short.yaml", "--seconds", "20"]
    files = ["--targets", "targets.yaml", "--report", "report.json", "--csv", "out"]
    done = subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(locustfile), *flags, *files],
        cwd=shop,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    report = report_of(shop)
    assert report.duration_s < 17
    assert [note for note in report.notes if note.startswith("ended by load.amplification")], report.notes
    assert "CALL,read," in (shop / "out_stats.csv").read_text()
    assert not left_over(shop)


OAUTH = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
components: {securitySchemes: {oauth: {type: http, scheme: bearer}}}
paths:
  /oauth/token:
    post:
      operationId: CreateToken
      responses:
        "200":
          description: a token
          content:
            application/json:
              schema: {type: object, required: [access_token], properties: {access_token: {type: string}}}
  /orders: {get: {operationId: ListOrders, security: [{oauth: []}], responses: {"200": {description: all of them}}}}
"""

TOKEN_CLIENT = """\
import http.client, json, threading, time, urllib.parse

lock, held, quiet = threading.Lock(), [None], [0.0]

def asked(base_url, method, path, token=None):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(base_url).netloc, timeout=5)
    connection.request(method, path, headers={"authorization": f"Bearer {token}"} if token else {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body

def renewed(base_url):
    held[0] = json.loads(asked(base_url, "POST", "/oauth/token")[1])["access_token"]
    return held[0]

def renewed_once(base_url, bad):
    with lock:
        return renewed(base_url) if held[0] == bad else held[0]

def one_for_all(base_url):
    call(base_url, lambda bad: renewed_once(base_url, bad), True)

def each_its_own(base_url):
    call(base_url, lambda bad: renewed(base_url), False)

def call(base_url, renew, obeys):
    if obeys and time.monotonic() < quiet[0]:
        raise RuntimeError("not sent")
    token = held[0] or renew(None)
    answer, _ = asked(base_url, "GET", "/orders", token)
    if answer.status == 401:
        answer, _ = asked(base_url, "GET", "/orders", renew(token))
    if answer.status == 429:
        quiet[0] = time.monotonic() + float(answer.getheader("retry-after"))
    if answer.status >= 300:
        raise RuntimeError(str(answer.status))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "call", "check", "said"),
    [
        ("token_expiry", "one_for_all", "load.tokens", "pass"),
        ("token_expiry", "each_its_own", "load.tokens", "fail"),
        ("squeezed", "one_for_all", "load.quota", "pass"),
        ("squeezed", "each_its_own", "load.quota", "fail"),
    ],
)
def test_tokens_end_and_quotas_are_cut(shop: Path, scenario: str, call: str, check: str, said: str) -> None:
    (shop / "shop.yaml").write_text(OAUTH)
    (shop / "client.py").write_text(TOKEN_CLIENT)
    command = [
        sys.executable,
        "-m",
        "harness",
        "load",
        "--provider",
        "shop.yaml",
        "--call",
        f"read=client:{call}",
    ]
    command += ["--scenario", scenario, "--duration", "36s", "--report", "report.json"]
    done = subprocess.run(command, cwd=shop, capture_output=True, text=True, timeout=150)
    assert done.returncode in (0, 1, 3), done.stdout + done.stderr
    verdicts = {verdict.check: verdict.verdict for verdict in report_of(shop).verdicts}
    assert verdicts[check] == said, done.stdout
    assert not left_over(shop)


@pytest.mark.slow
def test_three_workers_of_which_one_is_killed_in_mid_run(shop: Path) -> None:
    with loading(shop, "--workers", "3", "--duration", "20", "--users", "6") as process:
        wait_for(shop, attempts=150)
        os.kill(workers_of(process.pid)[1], signal.SIGKILL)
        said, _ = process.communicate(timeout=120)
    assert process.returncode in (1, 3), said
    report = report_of(shop)
    gone = [each for each in report.honesty.processes if each.gone_s is not None]
    assert [each.name.split()[0] for each in gone] == ["worker"]
    assert gone[0].gone_s is not None
    assert 2 < gone[0].gone_s < 12
    assert "its time" in said
    assert report.duration_s == pytest.approx(20.0, abs=0.5)
    calls, _ = accounted(shop)
    assert report.counts.calls > 0.7 * calls
    assert amplification(report, "outage") == pytest.approx(3.0, rel=0.1)
    assert not left_over(shop)


@pytest.mark.slow
def test_a_session_has_a_door_of_its_own(shop: Path) -> None:
    report = loaded(shop, call=f"session:{sys.executable} session.py")
    assert report.honesty.grouped == 1.0
    assert amplification(report, "outage") == pytest.approx(3.0, rel=0.1)
    assert sum(process.role == "client" for process in report.honesty.processes) == 4
    assert not left_over(shop)


@pytest.mark.slow
def test_ctrl_c_ends_the_run_in_order_and_what_there_is_is_judged(shop: Path) -> None:
    with loading(shop, "--workers", "2", "--duration", "60") as process:
        wait_for(shop, attempts=150)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert process.returncode in (1, 3), said
    assert "before its time" in said
    assert 0 < report_of(shop).duration_s < 30
    assert not left_over(shop)


@pytest.mark.slow
def test_a_client_that_is_not_there_is_told(shop: Path) -> None:
    with loading(shop, call="client:reed") as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "did you mean 'read'" in said
    assert "Traceback" not in said
    assert not left_over(shop)


def wait_for(shop: Path, *, attempts: int) -> None:
    """Until the client has counted so many."""
    until_s = time.monotonic() + 90
    while time.monotonic() < until_s:
        if (shop / "account.txt").exists() and accounted(shop)[1] >= attempts:
            return
        time.sleep(0.1)
    raise AssertionError("the client was not called")


def workers_of(pid: int) -> list[int]:
    """Locust's workers among the children of a process."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [
        int(child)
        for child in children
        if "--worker" in Path(f"/proc/{child}/cmdline").read_text("utf-8").split("\0")
    ]
