"""A child process in a group of its own: its output kept within bounds, and gone with its children when ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence

from harness.run.drivers.strays import MARK, end_strays

OUTPUT_BYTES = 256 * 1024
"""How much is kept of each of stdout and stderr for one call: the first half and the last half of it."""

_CHUNK_BYTES = 64 * 1024
_PAUSE_S = 0.005


class Captured:
    """Bytes as they come, at most `limit_bytes` of them: the beginning and the end, with a note between."""

    def __init__(self, *, limit_bytes: int = OUTPUT_BYTES) -> None:
        self._half = limit_bytes // 2
        self._head = bytearray()
        self._tail = bytearray()
        self._left_out = 0

    def feed(self, octets: bytes) -> None:
        """Take more bytes."""
        room = self._half - len(self._head)
        self._head += octets[:room]
        self._tail += octets[room:]
        surplus = len(self._tail) - self._half
        if surplus > 0:
            del self._tail[:surplus]
            self._left_out += surplus

    def take(self) -> str:
        """The text since the last time it was taken. What is not UTF-8 is shown as U+FFFD."""
        note = f"\n[{self._left_out} bytes left out]\n".encode() if self._left_out else b""
        text = bytes(self._head + note + self._tail).decode("utf-8", "replace")
        self._head.clear()
        self._tail.clear()
        self._left_out = 0
        return text


class Lines:
    """Bytes as they come, handed on as whole lines of at most `limit_bytes`. The overlong are cut there."""

    def __init__(self, take: Callable[[bytes], None], *, limit_bytes: int = 1024 * 1024) -> None:
        self._take = take
        self._limit_bytes = limit_bytes
        self._rest = bytearray()

    def feed(self, octets: bytes) -> None:
        """Take more bytes."""
        self._rest += octets
        *whole, rest = self._rest.split(b"\n")
        if len(rest) > self._limit_bytes:
            whole, rest = [*whole, rest], bytearray()
        self._rest = bytearray(rest)
        for line in whole:
            self._take(bytes(line) + b"\n")

    def finish(self) -> None:
        """No more bytes will come: hand on what has no line end."""
        if self._rest:
            self._take(bytes(self._rest))
            self._rest = bytearray()


class Tap:
    """The reading end of a pipe from a child, emptied whenever bytes come and whenever asked.

    A child that floods is read slowly after the first megabyte, so that it cannot keep the loop from serving.
    """

    def __init__(self, fd: int, feed: Callable[[bytes], None]) -> None:
        self._fd = fd
        self._feed = feed
        self._seen_bytes = 0
        self._loop = asyncio.get_running_loop()
        self.ended = asyncio.Event()
        os.set_blocking(fd, False)
        self._loop.add_reader(fd, self._ready)

    def drain(self) -> None:
        """Take what the child has written up to now (at most a megabyte)."""
        for _ in range(16):
            if not self._read():
                return

    def close(self) -> None:
        """Read no more."""
        if not self.ended.is_set():
            self.ended.set()
            self._loop.remove_reader(self._fd)
            os.close(self._fd)

    def _ready(self) -> None:
        self._read()
        if self._seen_bytes > 16 * _CHUNK_BYTES and not self.ended.is_set():
            self._loop.remove_reader(self._fd)
            self._loop.call_later(_PAUSE_S, self._resume)

    def _resume(self) -> None:
        if not self.ended.is_set():
            self._loop.add_reader(self._fd, self._ready)

    def _read(self) -> bool:
        if self.ended.is_set():
            return False
        try:
            octets = os.read(self._fd, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            octets = b""
        if not octets:
            self.close()
            return False
        self._seen_bytes += len(octets)
        self._feed(octets)
        return True


class Process:
    """A running child. Start it with `start`; whatever happens, await `end`.

    It leads a session of its own, so that a signal to its group reaches its children too, and the terminal's
    Ctrl-C reaches only us. A child that leaves the session is known by a mark in its environment.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        writes_to: bool = False,
        on_stdout: Callable[[bytes], None] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.stdout = Captured()
        self.stderr = Captured()
        self._loop = asyncio.get_running_loop()
        self._exit: asyncio.Future[tuple[int, float]] = self._loop.create_future()
        self._mark = uuid.uuid4().hex
        self.began_s = time.monotonic()
        self._child = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE if writes_to else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={**surroundings(env), MARK: self._mark},
            start_new_session=True,
            pass_fds=tuple(pass_fds),
        )
        self.pid = self._child.pid
        assert self._child.stdout is not None
        assert self._child.stderr is not None
        self._taps = (
            Tap(os.dup(self._child.stdout.fileno()), on_stdout or self.stdout.feed),
            Tap(os.dup(self._child.stderr.fileno()), self.stderr.feed),
        )
        self._child.stdout.close()
        self._child.stderr.close()
        threading.Thread(target=self._watch, name=f"waits for {self.pid}", daemon=True).start()

    @property
    def running(self) -> bool:
        """The child itself has not ended."""
        return not self._exit.done()

    async def exited(self) -> tuple[int, float]:
        """The exit status (negative: the signal that ended it) and when it ended, on the monotonic clock."""
        return await asyncio.shield(self._exit)

    def write(self, octets: bytes) -> bool:
        """Put a line on the child's stdin. False where it does not read any more."""
        assert self._child.stdin is not None
        try:
            os.set_blocking(self._child.stdin.fileno(), False)
            return self._child.stdin.write(octets) == len(octets)
        except (OSError, ValueError):
            return False

    def output(self) -> tuple[str, str]:
        """What came on stdout and stderr since the last time that this was asked."""
        for tap in self._taps:
            tap.drain()
        return self.stdout.take(), self.stderr.take()

    async def end(self, *, grace_s: float = 0.3) -> None:
        """Leave nothing of the child or of its children: asked to stop first, then killed."""
        try:
            if self.running:
                self._signal(signal.SIGTERM)
                await self._wait(self._exit, grace_s)
            else:
                # A pipe to `tee` or the like may still be writing the last lines.
                await self._wait_for_output(0.1)
        finally:
            self._signal(signal.SIGKILL)
            end_strays(self._mark)
        await self._wait(self._exit, 2.0)
        await self._wait_for_output(0.5)
        for tap in self._taps:
            tap.close()
        if self._child.stdin is not None:
            with contextlib.suppress(OSError):
                self._child.stdin.close()

    def _watch(self) -> None:
        status = self._child.wait()
        ended_s = time.monotonic()
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks any more
            self._loop.call_soon_threadsafe(self._ended, status, ended_s)

    def _ended(self, status: int, ended_s: float) -> None:
        if not self._exit.done():
            self._exit.set_result((status, ended_s))

    def _signal(self, number: signal.Signals) -> None:
        # The group outlives its leader as long as a grandchild is in it; an empty group is no such process.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    async def _wait_for_output(self, limit_s: float) -> None:
        await self._wait(asyncio.gather(*(tap.ended.wait() for tap in self._taps)), limit_s)

    @staticmethod
    async def _wait(waited: Awaitable[object], limit_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waited), limit_s)


def surroundings(env: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child: ours, and `env` over it. No proxy stands between a client and the mock."""
    inherited = dict(os.environ)
    near = [
        part for part in (inherited.get("NO_PROXY"), inherited.get("no_proxy"), "127.0.0.1,localhost") if part
    ]
    return {**inherited, "NO_PROXY": ",".join(near), "no_proxy": ",".join(near), **env}
