"""Runs that are started in Locust's page: each with a mock, a client, a plan and a verdict of its own."""

from __future__ import annotations

import importlib.util
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from harness.model.load_report import LoadReport
from tests.e2e.loads import left_over, make_shop

pytestmark = pytest.mark.skipif(importlib.util.find_spec("locust") is None, reason="Locust is not installed")

LOCUSTFILE = Path(__file__).parent.parent.parent / "loadtests" / "locustfile.py"

SCENARIO = """\
says: 503 for a while
duration_s: 3
load: {users: 3, calls_per_s: 4, ramp_s: 0.5}
rules: [{fault: status.error, with: {status: 503}, between_s: [1, 2]}]
windows: [{name: outage, between_s: [1, 2]}]
"""

REMEMBERS = """\
import http.client, os, urllib.parse

address = urllib.parse.urlsplit(os.environ["STRIPE_BASE_URL"]).netloc
failed = []

def read(credentials, number):
    if len(failed) > 2:
        raise RuntimeError("it is open")  # for ever
    connection = http.client.HTTPConnection(address, timeout=5)
    connection.request("GET", "/v1/customers", headers={"authorization": "Bearer " + credentials["api_key"]})
    if connection.getresponse().status == 503:
        failed.append(number)
        raise RuntimeError("503")
"""


class Page:
    """Locust's page of a process, as a browser speaks with it."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30.0, trust_env=False)

    def start(self, users: int) -> None:
        answer = self._client.post("/swarm", data={"user_count": users, "spawn_rate": users})
        assert answer.json()["success"], answer.text

    def post(self, path: str) -> None:
        self._client.post(path).raise_for_status()

    def get(self, path: str) -> str:
        return self._client.get(path).raise_for_status().text

    def runs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = msgspec.json.decode(self.get("/harness/runs"))
        return found

    def until(self, holds: Callable[[], bool], at_most_s: float = 90.0) -> None:
        until_s = time.monotonic() + at_most_s
        while time.monotonic() < until_s:
            try:
                if holds():
                    return
            except httpx.HTTPError:
                assert self.process.poll() is None, self.process.communicate()[0]
            time.sleep(0.1)
        raise AssertionError("it did not come to that")

    def until_there(self) -> None:
        self.until(lambda: bool(self.get("/")))

    def until_judged(self, number: int) -> dict[str, Any]:
        self.until(lambda: len(self.runs()) == number)
        return self.runs()[-1]

    def until_users(self, number: int) -> None:
        self.until(lambda: msgspec.json.decode(self.get("/stats/requests"))["user_count"] == number)


@contextmanager
def page_of(shop: Path, *command: str) -> Iterator[Page]:
    """A process with a page; nothing of it is left behind."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", *command, "--web-port", str(port), "--report", "report.json"],
        cwd=shop,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield Page(process, port)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    make_shop(tmp_path)
    (tmp_path / "client.py").write_text(REMEMBERS)
    (tmp_path / "short.yaml").write_text(SCENARIO)
    (tmp_path / "harness.toml").write_text(
        '[clients.shop]\nprovider = "stripe"\ncalls.read = "client:read"\n'
    )
    return tmp_path


def report_of(shop: Path, name: str) -> LoadReport:
    return msgspec.json.decode((shop / name).read_bytes(), type=LoadReport)


def ended(page: Page) -> tuple[int, str]:
    page.process.send_signal(signal.SIGINT)
    said, _ = page.process.communicate(timeout=60)
    return page.process.returncode, said


def test_each_run_of_the_page_has_a_fresh_client_and_a_verdict_of_its_own(shop: Path) -> None:
    with page_of(shop, "harness", "load", "shop", "--scenario", "short.yaml", "--web") as page:
        page.until_there()
        first = page.until_judged(1)  # it starts by itself
        page.start(5)
        page.until_users(5)
        page.post("/stats/reset")
        second = page.until_judged(2)
        page.start(3)
        page.until_users(3)
        page.post("/stop")
        third = page.until_judged(3)
        assert 'id="harness"' in page.get("/")
        assert "<svg" in page.get(second["report"])
        code, said = ended(page)
    assert (first["number"], second["number"]) == (1, 2)
    assert third["outcome"] == "inconclusive"
    for name, users in (("report.json", 3), ("report-2.json", 5)):
        report = report_of(shop, name)
        assert report.counts.users == users
        assert report.duration_s == pytest.approx(3.0, abs=0.5)
        # What the run before left open would refuse every call of this one.
        assert report.counts.attempts > 5
    assert code == (1 if "fail" in (first["outcome"], second["outcome"]) else 3), said
    assert "Traceback" not in said
    assert not left_over(shop)


@pytest.mark.slow
def test_the_locustfile_has_them_too_and_a_page_where_nothing_ran_is_no_pass(shop: Path) -> None:
    command = ("locust", "-f", str(LOCUSTFILE), "--client", "shop", "--scenario", "short.yaml")
    with page_of(shop, *command, "--web-host", "127.0.0.1") as page:
        page.until_there()
        assert page.runs() == []
        page.start(4)
        page.until_judged(1)
        page.start(2)
        page.until_judged(2)
        code, said = ended(page)
    assert code in (1, 3), said
    assert report_of(shop, "report-2.json").counts.users == 2
    with page_of(shop, *command, "--web-host", "127.0.0.1") as page:
        page.until_there()
        code, said = ended(page)
    assert code == 3, said
    assert not left_over(shop)


@pytest.mark.slow
def test_workers_have_a_part_in_each_run_and_a_client_that_breaks_ends_only_its_run(shop: Path) -> None:
    command = ("harness", "load", "shop", "--scenario", "short.yaml", "--web", "--workers", "2")
    with page_of(shop, *command) as page:
        page.until_there()
        page.until_judged(1)
        sound = (shop / "client.py").read_text()
        (shop / "client.py").write_text("raise ValueError('in the middle of an edit')\n")
        page.start(4)
        assert "in the middle of an edit" in page.until_judged(2)["says"]
        (shop / "client.py").write_text(sound)
        page.start(4)
        page.until_judged(3)
        code, said = ended(page)
    assert code in (1, 2), said
    for name in ("report.json", "report-3.json"):
        report = report_of(shop, name)
        assert report.counts.attempts > 5
        assert report.honesty.grouped == 1.0
    assert not left_over(shop)
