"""Runs of `harness load` in processes of their own, of a client that counts its attempts itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from harness.model.load_report import LoadReport

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


def make_shop(folder: Path) -> Path:
    """A folder with a client and a scenario."""
    (folder / "client.py").write_text(CLIENT)
    (folder / "session.py").write_text(SESSION)
    (folder / "short.yaml").write_text(SCENARIO)
    return folder


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
