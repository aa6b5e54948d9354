"""Locust's processes: a master and its workers, or one that does it all; started, watched, and ended in order."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from harness.run.drivers.strays import end_strays
from harness.run.load import raw
from harness.run.load.folders import runs_in
from harness.run.load.setup import VARIABLE, Setup

LOCUSTFILE = Path(__file__).resolve().parent.parent.parent / "locust_plugin" / "locustfile.py"

PATIENCE_S = 45.0
"""How long an orderly end may take."""

TICK_S = 0.25

_COMPLAINT = re.compile(r"/(ERROR|CRITICAL)/|^[\w.]*(Error|Exception): ")
"""A line of a log that says what went wrong; Locust's table of failed calls does not."""


class Generators:
    """The processes of one run in its folder. Use it as a context: nothing outlives it.

    `bind`: the host and port where workers of other machines are waited for; None: they are started here. `web`: the
    host and port of Locust's page; None for none.
    """

    def __init__(
        self,
        folder: Path,
        setup: Setup,
        *,
        bind: tuple[str, int] | None = None,
        web: tuple[str, int] | None = None,
    ) -> None:
        self._folder, self._setup = folder, setup
        self._bind, self._web = bind, web
        self._main: subprocess.Popen[bytes] | None = None
        self._workers: list[subprocess.Popen[bytes]] = []
        self.has_ended_in_order = False

    def __enter__(self) -> Generators:
        setup, count = self._setup, self._setup.workers
        options = ["-u", str(setup.users), "-r", f"{setup.spawn_rate:g}", "--exit-code-on-error", "0"]
        if self._web is None:
            options += ["--headless", "--only-summary"]
        else:
            host, port = self._web
            options += ["--autostart", "--web-host", host, "--web-port", str(port)]
        if count:
            host, port = self._bind or ("127.0.0.1", _free_port())
            options += ["--master", "--master-bind-host", host, "--master-bind-port", str(port)]
            options += ["--expect-workers", str(count), "--enable-rebalancing"]
            if self._bind is None:
                options += ["--expect-workers-max-wait", "60"]
        self._main = self._start("locust", options)
        for number in range(count if self._bind is None else 0):
            self._workers.append(
                self._start(
                    f"worker-{number + 1}",
                    ["--worker", "--master-host", "127.0.0.1", "--master-port", str(port)],
                )
            )
        return self

    def __exit__(self, *error: object) -> None:
        for process in filter(None, [self._main, *self._workers]):
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for number in range(self._setup.workers or 1):
            end_strays(f"{self._setup.mark}-{number}")

    @property
    def broke(self) -> str:
        """How Locust's process ended where that was not in order; empty where it was."""
        code = self._main.poll() if self._main is not None else 0
        if not code:
            return ""
        return (
            f"Locust was killed by {signal.Signals(-code).name}" if code < 0 else f"Locust ended with {code}"
        )

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """Of the workers that were started here."""
        return tuple(worker.pid for worker in self._workers)

    def wait(self, tick: Callable[[], None]) -> None:
        """Until they have ended; meanwhile, `tick` is called a few times a second. By KeyboardInterrupt they end in
        order; it comes through when they have, and a second one ends them at once (`has_ended_in_order`)."""
        assert self._main is not None
        try:
            while self._main.poll() is None:
                time.sleep(TICK_S)
                tick()
        except KeyboardInterrupt:
            self._main.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._main.wait(PATIENCE_S)
            self.has_ended_in_order = True
            raise
        for worker in self._workers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.wait(5.0)
        self.has_ended_in_order = True

    def live(self) -> dict[str, Any] | None:
        """How the last run goes, as the conductor last told it."""
        try:
            *_, (_, last) = runs_in(self._folder)
            told: dict[str, Any] = msgspec.json.decode((last / raw.LIVE).read_bytes())
        except (OSError, ValueError):  # there is none yet
            return None
        return told

    def last_words(self) -> str:
        """What the processes said at last, where something went wrong."""
        lines = []
        for path in sorted(self._folder.rglob("*.log")):
            lines += [line for line in path.read_text("utf-8", "replace").splitlines() if _tells(line)]
        return "\n".join(list(dict.fromkeys(lines))[-12:])

    def _start(self, name: str, options: list[str]) -> subprocess.Popen[bytes]:
        with (self._folder / f"{name}.log").open("wb") as log:
            # A session of its own: Ctrl-C in the terminal is for us, and we pass it on in order.
            return subprocess.Popen(
                [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, VARIABLE: str(self._folder)},
            )


def _tells(line: str) -> bool:
    return bool(_COMPLAINT.search(line))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
