"""`harness load` as people run it: in processes of its own, with a client that counts its attempts itself."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.loads import (
    accounted,
    amplification,
    left_over,
    loaded,
    loading,
    make_shop,
    report_of,
    wait_for,
    workers_of,
)

pytestmark = pytest.mark.skipif(importlib.util.find_spec("locust") is None, reason="Locust is not installed")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path)


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
def test_a_session_has_a_door_of_its_own_and_the_plan_waits_until_it_has_started(shop: Path) -> None:
    program = shop / "session.py"
    program.write_text("import time\ntime.sleep(4)\n" + program.read_text())
    report = loaded(shop, call=f"session:{sys.executable} session.py")
    assert report.honesty.grouped == 1.0
    assert amplification(report, "outage") == pytest.approx(3.0, rel=0.1)
    assert sum(process.role == "client" for process in report.honesty.processes) == 4
    slowest = report.figure("max_s", "overall")
    assert slowest is not None
    assert slowest.value is not None
    assert slowest.value < 3
    assert report.counts.calls > 60
    assert not left_over(shop)


@pytest.mark.slow
def test_ctrl_c_ends_the_run_in_order_and_what_there_is_is_judged(shop: Path) -> None:
    with loading(shop, "--workers", "2", "--duration", "60") as process:
        wait_for(shop, attempts=150)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert process.returncode in (1, 3), said
    assert "before its time" in said
    report = report_of(shop)
    assert 0 < report.duration_s < 30
    assert report.honesty.grouped == 1.0  # the last calls have been handed on, too
    assert not left_over(shop)


@pytest.mark.slow
def test_a_client_that_is_not_there_is_told(shop: Path) -> None:
    with loading(shop, call="client:reed") as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "did you mean 'read'" in said
    assert "Traceback" not in said
    assert not left_over(shop)
