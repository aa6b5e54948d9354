"""`harness contract add` from a real server, and what was taken over played and verified by real processes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from harness.cli.fetch import fetch
from harness.errors import FileError, UsageError

DOCUMENT = b"""\
openapi: 3.1.0
info: {title: Shop, version: '7'}
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          description: found
          content: {application/json: {schema: {$ref: 'parts/order.yaml'}}}
"""
ORDER = b"{type: object, required: [state], properties: {state: {enum: [new]}}}\n"


class Site(BaseHTTPRequestHandler):
    """A provider's site for documentation."""

    files: ClassVar = {"/api/shop.yaml": DOCUMENT, "/api/parts/order.yaml": ORDER, "/large": b"x" * 3_000_000}

    def do_GET(self) -> None:
        moved = {"/moved": "/api/shop.yaml", "/circle": "/circle", "/away": "https://shop.invalid/a"}
        if self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(40):
                self.wfile.write(b" ")
                time.sleep(0.05)
            return
        if self.path in moved:
            self.send_response(302)
            self.send_header("location", moved[self.path])
            self.send_header("content-length", "0")
            self.end_headers()
            return
        body = self.files.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("content-length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def harness(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "harness", *words]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_a_document_is_fetched_with_the_files_that_it_refers_to(site: str, tmp_path: Path) -> None:
    source = site.replace("//", "//me:secret@") + "/api/shop.yaml"
    done = harness(tmp_path, "contract", "add", "shop", "--from", source, "--refs")
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "contracts" / "shop"
    assert (folder / "openapi.yaml").read_bytes() == DOCUMENT
    assert (folder / "parts/order.yaml").read_bytes() == ORDER
    card = (folder / "provider.yaml").read_text()
    assert f"document: {site}/api/shop.yaml\n" in card
    assert "secret" not in card + done.stdout


def test_without_refs_only_the_document_is_fetched(site: str, tmp_path: Path) -> None:
    done = harness(tmp_path, "contract", "add", "shop", "--from", f"{site}/moved")
    assert done.returncode == 0
    assert "dangle (--refs does): parts/order.yaml" in done.stdout
    assert not (tmp_path / "contracts/shop/parts").exists()


def test_what_was_taken_over_is_served_and_verified(site: str, tmp_path: Path) -> None:
    harness(tmp_path, "contract", "add", "shop", "--from", f"{site}/api/shop.yaml", "--refs")
    (tmp_path / "get.py").write_text(
        "import os, urllib.request\nurllib.request.urlopen(os.environ['SHOP_BASE_URL'] + '/orders/7', timeout=5)\n"
    )
    call = f"read={sys.executable} get.py"
    words = ["--provider", "./contracts/shop", "--call", call, "--scenario", "healthy", "--report", "r.json"]
    done = harness(tmp_path, "verify", *words)
    assert done.returncode == 0, done.stdout + done.stderr

    cut = harness(
        tmp_path, "contract", "slice", "./contracts/shop", "--from-journal", "r.json", "--to", "cut.json"
    )
    assert cut.returncode == 0, cut.stderr
    assert list(json.loads((tmp_path / "cut.json").read_text())["paths"]) == ["/orders/{id}"]

    argv = [sys.executable, "-m", "harness", "serve", "./contracts/shop", "--format", "json"]
    with subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = json.loads(server.stdout.readline())["url"]
            with urllib.request.urlopen(f"{url}/orders/7", timeout=10) as answer:
                assert json.load(answer) == {"state": "new"}
        finally:
            server.send_signal(signal.SIGINT)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/nothing", "answers 404; expected 200 and an OpenAPI document"),
        ("/large", "is larger than 1 MB; download it and give the file"),
        ("/slow", "takes too long; download it and give the file"),
        ("/circle", "redirects more than 5 times"),
        ("/away", "redirects to https://shop.invalid/a, which is not followed"),
    ],
)
def test_what_cannot_be_had_is_told(site: str, path: str, message: str) -> None:
    with pytest.raises(FileError) as caught:
        fetch(site + path, most_bytes=2**20, within_s=0.3 if path == "/slow" else 10)
    assert str(caught.value).startswith(f"{site}{path}: {message}")


def test_where_nobody_listens_is_told() -> None:
    with pytest.raises(FileError, match=r"http://127\.0\.0\.1:1/a: cannot be fetched: "):
        fetch("http://127.0.0.1:1/a")


@pytest.mark.parametrize(
    "url", ["http://shop.example/a", "ftp://127.0.0.1/a", "https:///a", "http://127.0.0.1.nip.io/"]
)
def test_only_https_and_loopback_are_fetched(url: str) -> None:
    with pytest.raises(UsageError, match="only https is fetched, or http on loopback"):
        fetch(url)
