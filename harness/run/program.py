"""A program in the foreground: on our terminal, with our input and output, ended when we are."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import threading
import uuid
from collections.abc import Mapping, Sequence

from harness.errors import UsageError
from harness.run.drivers.command import not_started
from harness.run.drivers.strays import MARK, end_strays

FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


async def in_foreground(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Run the program to its end; gives its exit status as a shell tells it (128 and the signal that ended it).

    Signals go on to the program, and the end is the program's. What it leaves running is ended, since whom it talks
    to is there no more. UsageError where there is no such program.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()
    mark = uuid.uuid4().hex
    child = _started(arguments, {**env, MARK: mark})
    heeded = [number for number in FORWARDED if signal.getsignal(number) is not signal.SIG_IGN]
    for number in heeded:
        loop.add_signal_handler(number, _forward, child, number)
    threading.Thread(
        target=_watch, args=(child, ended, loop), name=f"waits for {child.pid}", daemon=True
    ).start()
    try:
        status = await ended
    finally:
        for number in heeded:
            loop.remove_signal_handler(number)
        if child.returncode is None:
            child.kill()
        end_strays(mark)
    return status if status >= 0 else 128 - status


def _started(arguments: Sequence[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    require_program(arguments[0], env)
    try:
        return subprocess.Popen(list(arguments), env=env)
    except OSError as error:
        raise UsageError(f"{arguments[0]} cannot be started: {error.strerror}") from None


def require_program(name: str, env: Mapping[str, str]) -> None:
    """UsageError where there is no such program."""
    if shutil.which(name, path=env.get("PATH")) is None:
        if "/" in name and os.path.exists(name):
            raise UsageError(f"{name} is no program: it cannot be executed")
        raise UsageError(f"no program to run: {not_started(f'{name}: not found')}")


def _forward(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if number in (signal.SIGINT, signal.SIGQUIT) and _at_the_terminal():
        return  # the terminal has told the whole group, the program too
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(number)


def _at_the_terminal() -> bool:
    """Is ours the group that the keys of the terminal speak to?"""
    try:
        with open("/dev/tty") as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False


def _watch(
    child: subprocess.Popen[bytes], ended: asyncio.Future[int], loop: asyncio.AbstractEventLoop
) -> None:
    status = child.wait()

    def tell() -> None:
        if not ended.done():
            ended.set_result(status)

    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks any more
        loop.call_soon_threadsafe(tell)
