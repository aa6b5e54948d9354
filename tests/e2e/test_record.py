"""`harness record` around a program that nobody wrote for it: a file that vcrpy plays, and in which no secret is."""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import vcr

from harness.cassette.files import load_cassette
from tests.cassette.planted import traces

SENT = (
    "bearer",
    "basic",
    "header",
    "cookie",
    "query",
    "form",
    "json",
    "nested",
    "listed",
    "multipart",
    "graphql",
    "card",
)
ANSWERED = (
    "token",
    "set_cookie",
    "csrf",
    "jwt",
    "zipped",
    "url",
    "dsn",
    "named",
    "random",
    "pem",
    "location",
    "echoed",
)

CARD = "4000056655665556"

SECRETS = {
    **{name: f"{name}-s3cr3t-{index}x" for index, name in enumerate((*SENT, *ANSWERED))},
    "card": CARD,
    "random": "kX9v2LmQ8sT4wZ7yB1nC6dF3",
}

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Acme", "version": "1"},
    "servers": [{"url": "https://api.acme.test/v1"}],
    "paths": {
        "/login": {"post": {"operationId": "login", "responses": {"200": {"description": "in"}}}},
        "/things": {
            "get": {"operationId": "listThings", "responses": {"200": {"description": "things"}}},
            "post": {"operationId": "createThing", "responses": {"201": {"description": "a thing"}}},
        },
    },
}

CLIENT = """
import {readFileSync} from 'node:fs';
const s = JSON.parse(readFileSync('secrets.json'));
const base = 'https://api.acme.test/v1';
const json = {'content-type': 'application/json'};
const basic = 'Basic ' + Buffer.from('me:' + s.basic).toString('base64');
const ask = async (path, options) => {
  const answer = await fetch(base + path, {redirect: 'manual', ...options});
  console.log(answer.status, (await answer.text()).length);
};
await ask('/login', {method: 'POST', headers: {authorization: basic, cookie: 'sid=' + s.cookie},
  body: new URLSearchParams({grant_type: 'password', client_secret: s.form})});
const headers = {authorization: 'Bearer ' + s.bearer, 'x-acme-token': s.header};
await ask('/things?api_key=' + s.query + '&page=2', {headers});
await ask('/things', {method: 'POST', headers: json, body: JSON.stringify(
  {password: s.json, config: {apiKey: s.nested}, tokens: [s.listed], card: {number: Number(s.card), cvc: '123'},
   query: JSON.stringify({variables: {secret: s.graphql}})})});
const form = new FormData();
form.append('password', s.multipart);
await ask('/things', {method: 'POST', body: form});
"""


class Acme(BaseHTTPRequestHandler):
    """A live provider that tells secrets."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        s = SECRETS
        claims = base64.urlsafe_b64encode(json.dumps({"key": s["jwt"]}).encode()).decode().rstrip("=")
        body: dict[str, object] = {
            "access_token": s["token"],
            "note": f"id token eyJhbGciOiJIUzI1NiJ9.{claims}.c2lnbmF0dXJl",
            "next": f"http://{self.headers['host']}/v1/things?token={s['url']}&page=3",
            "dsn": f"postgres://app:{s['dsn']}@db/app",
            "env": [{"name": "API_TOKEN", "value": s["named"]}],
            "blob": s["random"],
            "key": f"-----BEGIN PRIVATE KEY-----\n{s['pem']}\n-----END PRIVATE KEY-----",
            "message": f"welcome, you sent {s['echoed']} and {s['bearer']}",
            "password": s["echoed"],
            "id": "th_1",
        }
        octets = gzip.compress(json.dumps({**body, "refresh_token": s["zipped"]}).encode())
        self.send_response(201 if self.command == "POST" and "things" in self.path else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-encoding", "gzip")
        self.send_header("set-cookie", f"sid={s['set_cookie']}; Path=/; HttpOnly")
        self.send_header("x-csrf-token", s["csrf"])
        self.send_header("location", f"/v1/things?access_token={s['location']}")
        self.send_header("content-length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    do_GET = do_POST = answer

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def acme() -> Iterator[str]:
    """The address of a live provider."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Acme)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Somebody's folder: the provider's document, a client, and what the client knows."""
    (tmp_path / "acme.json").write_text(json.dumps(DOCUMENT))
    (tmp_path / "client.mjs").write_text(CLIENT)
    (tmp_path / "secrets.json").write_text(json.dumps(SECRETS))
    return tmp_path


def record(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "harness", "record", "acme.json", "--to", "cassettes/a.yaml", *words]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_what_a_node_client_exchanges_is_played_by_vcrpy_and_holds_no_secret(folder: Path, acme: str) -> None:
    done = record(folder, "--base-url", acme, "--", "node", "client.mjs")
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["200", "200", "201", "201"]
    assert "wrote cassettes/a.yaml: 4 exchanges" in done.stderr

    path = folder / "cassettes" / "a.yaml"
    written = "".join(each.read_text("utf-8") for each in (folder / "cassettes").iterdir())
    assert len(SECRETS) >= 20
    assert not [name for name, secret in SECRETS.items() if any(trace in written for trace in traces(secret))]

    recorded = load_cassette(path)
    assert (recorded.facts.recorded_by, recorded.facts.provider) == ("live", "acme")
    assert [each.request.target.partition("?")[0] for each in recorded.exchanges] == [
        "/v1/login",
        "/v1/things",
        "/v1/things",
        "/v1/things",
    ]
    with vcr.use_cassette(str(path), record_mode="none", match_on=["method", "path"]) as played:
        origin = acme.removesuffix("/v1")
        login = httpx.post(f"{origin}/v1/login").json()
        listed = httpx.get(f"{origin}/v1/things").json()
    assert played.play_count == 2
    assert login["access_token"] == listed["access_token"]
    assert login["access_token"].startswith("<redacted:token-")
    assert login["id"] == "th_1"

    again = record(folder, "--record", "none", "--", "node", "client.mjs")
    assert again.returncode == 0, again.stderr
    assert [line.split()[0] for line in again.stdout.splitlines()] == ["200", "200", "201", "201"]


ASKS = """
import os, sys, time, urllib.request
for path in sys.argv[1:]:
    if path == "wait":
        open("waiting", "w").close()
        time.sleep(30)
    else:
        print(urllib.request.urlopen(os.environ["ACME_BASE_URL"] + path).status, flush=True)
"""


def test_new_adds_what_the_cassette_lacks_and_an_existing_file_is_not_replaced_unasked(
    folder: Path, acme: str
) -> None:
    (folder / "ask.py").write_text(ASKS)
    program = (sys.executable, "ask.py")
    assert record(folder, "--base-url", acme, "--", *program, "/things?page=1").returncode == 0
    path = folder / "cassettes" / "a.yaml"
    refused = record(folder, "--base-url", acme, "--", *program, "/things?page=2")
    assert (refused.returncode, "exists: --record new adds what it lacks" in refused.stderr) == (2, True)
    done = record(
        folder, "--record", "new", "--base-url", acme, "--", *program, "/things?page=1", "/things?page=2"
    )
    assert done.returncode == 0, done.stderr
    assert [each.request.query for each in load_cassette(path).exchanges] == ["page=1", "page=2"]
    missed = record(folder, "--record", "none", "--", *program, "/things?page=3")
    assert missed.returncode == 1
    assert "query /page is" in missed.stderr


def test_ctrl_c_loses_nothing(folder: Path, acme: str) -> None:
    (folder / "ask.py").write_text(ASKS)
    argv = [sys.executable, "-m", "harness", "record", "acme.json", "--to", "a.yaml", "--base-url", acme]
    argv += ["--", sys.executable, "ask.py", "/things?page=1", "wait"]
    with subprocess.Popen(
        argv, cwd=folder, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        until = time.monotonic() + 30
        while not (folder / "waiting").exists() and time.monotonic() < until:
            time.sleep(0.02)
        os.kill(running.pid, signal.SIGINT)
        _, said = running.communicate(timeout=30)
    assert "wrote a.yaml: 1 exchange" in said
    assert len(load_cassette(folder / "a.yaml").exchanges) == 1


def test_what_our_mock_answers_is_marked_so_and_can_be_made_again(folder: Path) -> None:
    (folder / "ask.py").write_text(ASKS)
    done = record(folder, "--mock", "--seed", "5", "--", sys.executable, "ask.py", "/things")
    assert done.returncode == 0, done.stderr
    recorded = load_cassette(folder / "cassettes" / "a.yaml")
    assert recorded.facts.recorded_by == "mock"
    assert "--mock --seed 5 -- " in recorded.facts.command
    assert recorded.exchanges[0].uri == "https://api.acme.test/things"
