"""Which function that the test called a request was made in, as the test's own stack shows while the client waits.

Two requests in one execution of a function of the client are one call of it: no mark can say that better. It is told
only where it is certain: of clients that wait in the test's own thread, with no other thread at work.
"""

from __future__ import annotations

import sys
import threading
from functools import cache
from pathlib import Path
from types import FrameType

RUNNERS = frozenset(
    {"_pytest", "pytest", "pytest_benchmark", "hypothesis", "unittest", "timeit", "concurrent", "multiprocessing",
     "threading", "asyncio", "anyio", "trio", "uvloop", "gevent", "eventlet", "subprocess", "contextlib", "functools"}
)  # fmt: skip
"""Who may call several times what they are given to call, or wait for what somebody else asks."""

LOOPS = frozenset({"asyncio", "anyio", "trio", "uvloop", "gevent", "eventlet"})
"""Who lets several functions wait at once."""

OURS = frozenset({"harness", "execnet", "pytest_timeout"})
"""Whose threads ask nothing of a provider."""

WAITING = frozenset(
    {("threading", "wait"), ("threading", "join"), ("threading", "_wait_for_tstate_lock"), ("queue", "get"),
     ("concurrent.futures.thread", "_worker")}
)  # fmt: skip
"""Where a thread waits for another one, and asks nobody for anything."""

SERVERS = ("socketserver", "serve_forever")
"""Where a thread waits for others to ask, such as that of an httpserver."""

RESUMED = 0x20 | 0x80 | 0x200
"""The flags of code whose frames are left and entered again: generators and coroutines."""


class Callers:
    """The function of the client, by exchange, as a number that two exchanges share where they share it."""

    def __init__(self, own_thread: int) -> None:
        self._thread = own_thread
        # Frames, so that none is taken for another that has its address later.
        self._frames: list[FrameType] = []
        self._by_exchange: dict[int, int] = {}

    def note(self, number: int) -> None:
        """An exchange of this number is being entered. Called in the thread of the server, before it answers."""
        frame = self._caller()
        if frame is not None:
            known = next((i for i, each in enumerate(self._frames) if each is frame), None)
            if known is None:
                known = len(self._frames)
                self._frames.append(frame)
            self._by_exchange[number] = known

    @property
    def by_exchange(self) -> dict[int, int]:
        """What is known so far."""
        return dict(self._by_exchange)

    def forget(self) -> None:
        """Let go of the frames, and of what they hold."""
        self._frames.clear()
        self._by_exchange.clear()

    def _caller(self) -> FrameType | None:
        frames = sys._current_frames()
        innermost = frames.get(self._thread)
        here = threading.get_ident()
        others = [frame for thread, frame in frames.items() if thread not in (self._thread, here)]
        if innermost is None or not all(map(_is_idle, others)):
            return None
        below: FrameType | None = None
        frame: FrameType | None = innermost
        while frame is not None and not _is_of_tests(frame.f_code.co_filename):
            if _package(frame) in LOOPS:
                return None
            below, frame = frame, frame.f_back
        if frame is None or below is None:
            return None
        if _package(below) in RUNNERS or below.f_code.co_flags & RESUMED:
            return None
        return below


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _is_idle(frame: FrameType | None) -> bool:
    """Is it a thread that asks nothing of a provider?"""
    if frame is not None and _place(frame) in WAITING:
        return True
    if frame is not None and frame.f_back is not None and _place(frame.f_back) == SERVERS:
        return True
    while frame is not None:
        if _package(frame) in OURS:
            return True
        frame = frame.f_back
    return False


def _place(frame: FrameType) -> tuple[str, str]:
    return str(frame.f_globals.get("__name__", "")), frame.f_code.co_name


@cache
def _is_of_tests(file: str) -> bool:
    """Is it the file of a test, or of what belongs to one: whatever asks there asks as often as it likes?"""
    path = Path(file)
    return (
        path.name == "conftest.py"
        or path.name.startswith("test_")
        or path.stem.endswith("_test")
        or not {"test", "tests"}.isdisjoint(path.parts)
    )
