"""Children that left their process group, as daemons do: known by a mark in their environment, and ended.

Where there is no /proc (not Linux) there is no way to know them, and only the group is ended.
"""

from __future__ import annotations

import contextlib
import os
import signal

MARK = "HARNESS_PROCESS"
"""The variable that every child is started with, and its children inherit."""


def end_strays(mark: str) -> None:
    """Kill every process that was started with this mark."""
    wanted = f"{MARK}={mark}".encode()
    with contextlib.suppress(OSError), os.scandir("/proc") as entries:
        for entry in entries:
            if entry.name.isdigit() and wanted in _environment(entry.path):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(int(entry.name), signal.SIGKILL)


def _environment(process: str) -> list[bytes]:
    try:
        with open(f"{process}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:  # it has ended, or is somebody else's
        return []
