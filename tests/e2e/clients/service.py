"""A running service with the standard library alone; a POST makes it call the provider that the body names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.request import ProxyHandler, Request, build_opener

TIMEOUT_S = 2.0
provider = build_opener(ProxyHandler({}))


def call(base_url: str, op: str) -> None:
    """Read a note, or write one."""
    note = None if op == "read" else json.dumps({"text": "milk"}).encode()
    url = f"{base_url}/notes/1" if op == "read" else f"{base_url}/notes"
    asked = Request(url, note, {"content-type": "application/json"} if note else {})
    with provider.open(asked, timeout=TIMEOUT_S) as answer:
        json.load(answer)


class Service(BaseHTTPRequestHandler):
    """204 where the call succeeded, 502 with the reason where it did not."""

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["content-length"])))
        reason = b""
        try:
            call(told["base_url"], self.path.strip("/"))
        except (OSError, HTTPException, ValueError) as error:
            reason = f"{type(error).__name__}: {error}".encode()
        self.send_response(502 if reason else 204)
        self.send_header("content-length", str(len(reason)))
        self.end_headers()
        self.wfile.write(reason)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[str]:
    """The address of the service, as long as it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
