"""A server process: started on its core, asked whether it answers, weighed, and stopped with all it started."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class NotServing(Exception):
    """A server that does not start, or does not answer as it should: it is left out, and this says why."""


class Answer(msgspec.Struct, frozen=True):
    """What a server said."""

    status: int
    body: bytes


class Server:
    """A started server, in a process group of its own."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log
        self.url = f"http://127.0.0.1:{port}"

    def ask(
        self,
        method: str,
        target: str,
        *,
        body: str = "",
        headers: Mapping[str, str] | None = None,
        within_s: float = 10.0,
    ) -> Answer:
        """One request on a connection of its own. OSError or HTTPException when there is no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=within_s)
        sent = {"Content-Type": "application/json"} if body else {}
        try:
            connection.request(
                method, target, body=body.encode() or None, headers={**sent, **(headers or {})}
            )
            response = connection.getresponse()
            return Answer(response.status, response.read())
        finally:
            connection.close()

    def until_it_answers(
        self,
        target: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        within_s: float = 90.0,
    ) -> float:
        """Wait for the first answer with that status; gives the time on the monotonic clock at which it was whole."""
        gives_up_s = time.monotonic() + within_s
        last = "it never accepted a connection"
        while time.monotonic() < gives_up_s:
            if self.process.poll() is not None:
                raise NotServing(f"it ended with exit code {self.process.returncode}: {self.last_words()}")
            try:
                answer = self.ask("GET", target, headers=headers, within_s=max(1.0, within_s))
            except (OSError, http.client.HTTPException) as error:
                last = f"{type(error).__name__}: {error}"
                time.sleep(0.002)
                continue
            if answer.status == status:
                return time.monotonic()
            last = f"GET {target} got {answer.status}, not {status}: {answer.body[:200]!r}"
            time.sleep(0.05)
        raise NotServing(f"no valid answer in {within_s:g} s: {last}")

    def last_words(self) -> str:
        """The last lines that the server printed."""
        return " / ".join(self.log.read_text("utf-8", "replace").strip().splitlines()[-3:])

    def cpu_s(self) -> float:
        """The processor time that the server and its children took so far."""
        return sum(cpu_s_of(stat) for stat in _stats(self.process.pid))

    def resident_mb(self) -> float:
        """The memory that the server itself holds now, in 10^6 bytes."""
        return resident_mb(Path(f"/proc/{self.process.pid}/status").read_text("utf-8"))

    def stop(self, *, within_s: float = 5.0) -> None:
        """End the process group: politely, then surely."""
        for number, patience_s in ((signal.SIGTERM, within_s), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience_s)
        # What the leader left behind goes too: it is still in its group.


@contextlib.contextmanager
def running(
    command: Sequence[str],
    *,
    port: int,
    core: int | None,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[Server]:
    """A server on one core, None for whichever is free, stopped in the end whatever happens. It is not waited for."""
    log = folder / "server.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*on_core(core), *command],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=cwd or folder,
            env={**os.environ, **(environment or {})},
        )
    server = Server(process, port, log)
    try:
        yield server
    finally:
        server.stop()


def on_core(core: int | None) -> tuple[str, ...]:
    """What a command begins with that is to run there; None for wherever."""
    return () if core is None else ("taskset", "-c", str(core))


def free_port() -> int:
    """A port on loopback that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def cores() -> tuple[int, int]:
    """The server's core and wrk's: the last two that we may use. The same one twice where there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[-2:][0], usable[-1]


def cpu_s_of(stat: str) -> float:
    """Processor seconds, in the kernel and out of it, by a line of /proc/PID/stat."""
    # The name, in brackets, may have anything in it: what counts comes after the last one.
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def resident_mb(status: str) -> float:
    """Resident memory in 10^6 bytes by the text of /proc/PID/status."""
    for line in status.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def _stats(pid: int) -> Iterator[str]:
    """The stat lines of a process and of all below it."""
    with contextlib.suppress(OSError):
        yield Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text("utf-8").split():
                yield from _stats(int(child))
