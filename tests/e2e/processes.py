"""Processes that a test must not leave behind."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path


def gone(pid: int) -> bool:
    """Is there no such process any more (a zombie is none)? It is given two seconds."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            state = "?"
            with suppress(ProcessLookupError):
                os.kill(pid, 0)
                state = "there"
        if state in ("Z", "X", "?"):
            return True
        time.sleep(0.02)
    return False


def pid_in(file: Path) -> int:
    """The pid that a client wrote down, once it is there."""
    for _ in range(500):
        if file.exists() and file.read_text().strip():
            return int(file.read_text())
        time.sleep(0.02)
    raise AssertionError(f"no pid in {file}")
