"""Starting the mock's process, and the conversation with it. Blocking: under gevent, only the greenlet waits."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from harness.errors import UsageError
from harness.run.load.mock import Told
from harness.run.load.setup import Ready

START_LIMIT_S = 60.0


class Playing:
    """The mock of a run. `heard` is told every second what it has seen."""

    def __init__(self, folder: Path, heard: Callable[[Told], None]) -> None:
        self._heard = heard
        self._news = threading.Condition()
        self._told: dict[str, Told] = {}
        self._log = folder / "mock.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "harness.run.load.mock", str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "PYTHONSAFEPATH": "1"},
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def ready(self) -> Ready:
        """Where it is. UsageError with its words where it cannot be."""
        ready = self._wait("ready").ready
        assert ready is not None
        return ready

    def begin(self) -> Told:
        """The plan begins now; the answer says when that was, on the mock's clock."""
        self._ask(b"begin\n")
        return self._wait("begun")

    def stop(self) -> None:
        """Have it write down what it saw, and end."""
        with contextlib.suppress(OSError):
            self._ask(b"stop\n")
        try:
            self._process.wait(60.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ask(self, line: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def _wait(self, what: str) -> Told:
        with self._news:
            self._news.wait_for(lambda: what in self._told or "failed" in self._told, START_LIMIT_S)
            found = self._told.get(what)
            if found is not None:
                return found
            failed = self._told.get("failed")
        words = failed.text if failed else self._log.read_text("utf-8", "replace")[-2000:]
        raise UsageError(f"the mock could not be started: {words.strip() or 'no word from it'}")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                told = msgspec.json.decode(line, type=Told)
            except msgspec.DecodeError:
                continue
            if told.what == "second":
                self._heard(told)
                continue
            with self._news:
                self._told[told.what] = told
                self._news.notify_all()
        with self._news:
            self._told.setdefault("failed", Told("failed"))
            self._news.notify_all()
