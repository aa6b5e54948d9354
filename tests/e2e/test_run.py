"""`harness run` around real programs, none of which was written for it."""

from __future__ import annotations

import importlib.util
import os
import pty
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e.processes import gone, pid_in

KEY = "sk_test_of_the_programs_own"

CURL = ["curl", "-sS", "-u", f"{KEY}:", "https://api.stripe.com/v1/balance"]

STRIPE = f"""
import stripe
print(stripe.StripeClient("{KEY}").v1.customers.create({{"email": "ada@example.com"}}).email)
"""

AIOHTTP = f"""
import asyncio, aiohttp
async def main():
    async with aiohttp.ClientSession(headers={{"Authorization": "Bearer {KEY}"}}) as session:
        async with session.get("https://api.stripe.com/v1/balance") as answer:
            print((await answer.json())["object"])
asyncio.run(main())
"""

STANDARD_LIBRARY = f"""
import http.client, json
connection = http.client.HTTPSConnection("api.stripe.com")
connection.request("GET", "/v1/balance", headers={{"Authorization": "Bearer {KEY}"}})
print(json.load(connection.getresponse())["object"])
"""

PYGITHUB = """
import github
print(github.Github(auth=github.Auth.Token("ghp_" + "a" * 36)).get_repo("octocat/Hello-World").full_name)
"""

NODE = f"""
import https from 'node:https';
const headers = {{authorization: 'Bearer {KEY}'}};
const answer = await fetch('https://api.stripe.com/v1/balance', {{headers}});
console.log((await answer.json()).object);
https.get('https://api.stripe.com/v1/balance', {{headers}}, (answer) => console.log(answer.resume().statusCode));
"""

JAVA = f"""
import java.net.*; import java.net.http.*;
public class Client {{
  public static void main(String[] arguments) throws Exception {{
    var asked = HttpRequest.newBuilder(URI.create("https://api.stripe.com/v1/balance"))
      .header("Authorization", "Bearer {KEY}").build();
    System.out.println(HttpClient.newHttpClient().send(asked, HttpResponse.BodyHandlers.ofString()).statusCode());
    var older = (HttpURLConnection) URI.create("https://api.stripe.com/v1/balance").toURL().openConnection();
    older.setRequestProperty("Authorization", "Bearer {KEY}");
    System.out.println(older.getResponseCode());
  }}
}}
"""


def harness_run(*words: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harness", "run", *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def installed(tool: str) -> None:
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")


@pytest.mark.parametrize(
    ("needs", "script", "printed"),
    [
        ("stripe", STRIPE, "ada@example.com"),
        ("aiohttp", AIOHTTP, "balance"),
        ("http", STANDARD_LIBRARY, "balance"),
    ],
    ids=["stripe's SDK", "aiohttp", "http.client"],
)
def test_python_programs_meet_the_mock_at_the_hosts_own_name(needs: str, script: str, printed: str) -> None:
    if importlib.util.find_spec(needs) is None:
        pytest.skip(f"{needs} is not installed")
    done = harness_run("--provider", "stripe", "--", sys.executable, "-c", script)
    assert (done.returncode, done.stdout.strip()) == (0, printed), done.stderr
    assert "harness: stripe: 1 request: " in done.stderr


def test_pygithub() -> None:
    pytest.importorskip("github", reason="PyGithub is in the group `clients`")
    done = harness_run("--provider", "github", "--", sys.executable, "-c", PYGITHUB)
    assert (done.returncode, done.stdout.strip()) == (0, "octocat/Hello-World"), done.stderr


def test_curl() -> None:
    installed("curl")
    done = harness_run("--provider", "stripe", "--", *CURL)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith('{"object":"balance"')


def test_a_node_script_with_fetch_and_https(tmp_path: Path) -> None:
    installed("node")
    (tmp_path / "script.mjs").write_text(NODE)
    done = harness_run("--provider", "stripe", "--", "node", str(tmp_path / "script.mjs"))
    assert done.stdout.split() == ["balance", "200"], done.stderr


@pytest.mark.slow
def test_a_java_program(tmp_path: Path) -> None:
    installed("javac")
    (tmp_path / "Client.java").write_text(JAVA)
    done = harness_run("--provider", "stripe", "--", "java", str(tmp_path / "Client.java"))
    assert done.stdout.split() == ["200", "200"], done.stderr


def test_a_host_of_nobody_is_refused_by_name_and_told() -> None:
    installed("curl")
    done = harness_run("--provider", "stripe", "--", "curl", "-sS", "https://telemetry.example.com/v1")
    assert done.returncode == 56  # curl's own: the proxy said no
    assert (
        "harness: refused telemetry.example.com:443: no provider claims it; --allow telemetry.example.com "
        "lets it through" in done.stderr
    )
    assert (
        "harness: stripe: no request came; it is asked as $STRIPE_BASE_URL or api.stripe.com" in done.stderr
    )


@pytest.fixture
def own_service() -> Iterator[str]:
    """A service of the program's own, on this machine."""

    class Own(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"own")

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Own) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_the_programs_own_services_are_where_they_were(own_service: str) -> None:
    script = (
        f"import urllib.request; print(urllib.request.urlopen({own_service!r}, timeout=5).read().decode())"
    )
    done = harness_run("--provider", "stripe", "--", sys.executable, "-c", script)
    assert done.stdout.strip() == "own", done.stderr


def test_the_base_url_is_told_too() -> None:
    script = "import os, urllib.request; print(os.environ['STRIPE_BASE_URL'], os.environ['STRIPE_API_KEY'])"
    done = harness_run("--provider", "stripe", "--", sys.executable, "-c", script)
    assert done.stdout.startswith("http://127.0.0.1:")
    assert "sk_test_" in done.stdout


def test_a_document_of_ones_own_under_a_name_of_ones_own(tmp_path: Path) -> None:
    installed("curl")
    shutil.copy(Path(__file__).parents[1] / "examples" / "openapi.yaml", tmp_path / "my.yaml")
    words = ("--provider", "parcels=my.yaml", "--host", "parcels.example.com", "--")
    command = (
        "sh",
        "-c",
        "echo $PARCELS_BASE_URL; curl -sS -o /dev/null -w '%{http_code}' https://parcels.example.com/parcels",
    )
    done = harness_run(*words, *command, cwd=tmp_path)
    assert done.stdout.startswith("http://127.0.0.1:"), done.stderr
    assert done.stdout.endswith(("200", "401")), done.stderr


def test_verdicts_fail_a_program_that_went_well(tmp_path: Path) -> None:
    installed("curl")
    words = ("--provider", "stripe", "--plan", "outage", "--verify", "retry,contract.requests_conform")
    report = tmp_path / "report.json"
    done = harness_run(*words, "--report", str(report), "--", *CURL, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "retry.retries_transient" in done.stderr
    assert "harness run --provider stripe --plan outage" in done.stderr
    assert report.read_text().startswith("{")
    kept = harness_run("--provider", "stripe", "--verify", "contract.requests_conform", "--", *CURL)
    assert kept.returncode == 0, kept.stderr
    assert "1 pass" in kept.stderr


def test_the_programs_own_failure_stays_its_exit_code() -> None:
    words = ("--provider", "stripe", "--verify", "retry")
    assert harness_run(*words, "--", "sh", "-c", "exit 7").returncode == 7


def under_run(script: str) -> tuple[list[str], dict[str, str]]:
    """The command that runs this Python under `harness run`, and its environment."""
    run = [sys.executable, "-m", "harness", "run", "--provider", "stripe", "--", sys.executable, "-c", script]
    return run, {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def test_ctrl_c_ends_the_program_and_its_children_and_leaves_no_file(tmp_path: Path) -> None:
    script = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
open("files", "w").write(os.environ["HARNESS_CA_FILE"])
open("pids", "w").write(str(child.pid))
time.sleep(30)
"""
    argv, env = under_run(script)
    with subprocess.Popen(
        argv, cwd=tmp_path, env=env, start_new_session=True, stderr=subprocess.PIPE
    ) as running:
        child = pid_in(tmp_path / "pids")
        os.killpg(running.pid, signal.SIGINT)
        running.communicate(timeout=20)
    assert running.returncode == 130
    assert gone(child)
    assert not Path((tmp_path / "files").read_text()).parent.exists()


def test_ctrl_c_of_a_terminal_reaches_the_program_once(tmp_path: Path) -> None:
    script = """
import signal, sys, time
seen = []
signal.signal(signal.SIGINT, lambda *_: seen.append(1))
open("ready", "w").write("1")
until_s = time.monotonic() + 20
while not seen and time.monotonic() < until_s:
    time.sleep(0.02)
time.sleep(0.3)
sys.exit(40 + len(seen))
"""
    argv, env = under_run(script)
    pid, terminal = pty.fork()
    if pid == 0:  # the child, with the terminal for its own
        os.chdir(tmp_path)
        os.execve(sys.executable, argv, env)
    try:
        pid_in(tmp_path / "ready")
        os.write(terminal, b"\x03")
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 41
