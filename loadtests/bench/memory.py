"""What ours holds in memory: after the start, after every operation of a document, after many requests, and with
thousands of connections that hang."""

from __future__ import annotations

import http.client
import re
import resource
import socket
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from loadtests.bench.documents import PETSTORE, Known
from loadtests.bench.peers import PEERS, Setting
from loadtests.bench.process import Server, free_port, running
from loadtests.bench.table import aligned
from loadtests.bench.traffic import KINDS, Kind, asked

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
HITS = 1000
REQUESTS = 20_000
HUNG = 5000
_Line = tuple[str, str, str, str, str]

HANGS_DELETES = "rules:\n  - {fault: timing.hung, method: DELETE}\n"


def report(found: Iterable[Known], *, core: int) -> str:
    """Resident memory in 10^6 bytes, after each thing that was done."""
    lines = [("document", "what was done", "resident MB", "more MB", "goal")]
    for document in found:
        lines += _of_document(document, core=core)
    lines += _of_hung(core=core)
    return aligned(lines)


def _of_document(document: Known, *, core: int) -> Iterator[_Line]:
    with _ours(document, core=core) as server:
        before = server.resident_mb()
        yield document.name, "one answer", f"{before:.0f}", "-", "-"
        if document.path.suffix == ".json":
            operations = operations_of(msgspec.json.decode(document.path.read_bytes()))
            good = _hit(server, operations, document.headers)
            after = server.resident_mb()
            done = (
                f"{HITS} requests over {min(HITS, len(operations))} operations, {good} of them answered 2xx"
            )
            goal = f"{document.goal_mb}" if document.goal_mb else "-"
            yield document.name, done, f"{after:.0f}", f"{after - before:.0f}", goal
        else:
            for kind in KINDS:
                before = server.resident_mb()
                _repeat(server, kind)
                after = server.resident_mb()
                yield (
                    document.name,
                    f"{REQUESTS} more: {kind.name}",
                    f"{after:.0f}",
                    f"{after - before:.0f}",
                    "-",
                )


def _of_hung(*, core: int) -> Iterator[_Line]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with _ours(PETSTORE, core=core, plan=HANGS_DELETES) as server, ExitStack() as open_:
            before = server.resident_mb()
            for _ in range(HUNG):
                connection = open_.enter_context(
                    socket.create_connection(("127.0.0.1", server.port), timeout=10)
                )
                connection.sendall(b"DELETE /pets/1 HTTP/1.1\r\nHost: x\r\n\r\n")
            began_s = time.monotonic()
            status = server.ask("GET", "/pets/1").status
            took_ms = (time.monotonic() - began_s) * 1000
            after = server.resident_mb()
            done = f"{HUNG} connections hang; a GET beside them got {status} in {took_ms:.1f} ms"
            yield "petstore", done, f"{after:.0f}", f"{after - before:.0f}", "100 more"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def _ours(document: Known, *, core: int, plan: str = "") -> Iterator[Server]:
    """Our server on a document, after its first answer."""
    with tempfile.TemporaryDirectory(prefix="harness-bench-", ignore_cleanup_errors=True) as name:
        folder, port = Path(name), free_port()
        start = PEERS["ours"].start(Setting(port, folder, document.path))
        assert start is not None, "ours is always installed"
        command = start.command
        if plan:
            (folder / "plan.yaml").write_text(plan, "utf-8")
            command = (*command, "--plan", str(folder / "plan.yaml"))
        with running(command, port=port, core=core, folder=folder, cwd=start.cwd) as server:
            server.until_it_answers(document.asked(1).target, headers=document.headers)
            yield server


def operations_of(document: Mapping[str, object]) -> list[tuple[str, str]]:
    """Method and target of every operation: each path parameter is `1`."""
    paths = document.get("paths")
    found = []
    for template, item in paths.items() if isinstance(paths, dict) else ():
        target = re.sub(r"\{[^}]*\}", "1", template)
        found += [(method.upper(), target) for method in METHODS if method in item]
    return found


def _hit(server: Server, operations: list[tuple[str, str]], headers: Mapping[str, str]) -> int:
    """Ask `HITS` times, each operation in turn; gives how many answers were 2xx."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    good = 0
    try:
        for number in range(HITS):
            method, target = operations[number % len(operations)]
            connection.request(method, target, headers=dict(headers))
            answer = connection.getresponse()
            answer.read()
            good += answer.status < 300
    finally:
        connection.close()
    return good


def _repeat(server: Server, kind: Kind) -> None:
    """Send one kind of request `REQUESTS` times, one after another."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        for number in range(REQUESTS):
            request = asked(kind, number % 1000 + 1)
            headers = {"Content-Type": "application/json"} if request.body else {}
            connection.request(request.method, request.target, request.body.encode() or None, headers)
            connection.getresponse().read()
    finally:
        connection.close()
