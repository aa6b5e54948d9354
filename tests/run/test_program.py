"""A program in the foreground: its exit status, its signals, and nothing left of it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.run.program import in_foreground
from tests.e2e.processes import gone, pid_in

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def run(script: str) -> int:
    return await asyncio.wait_for(in_foreground([sys.executable, "-c", script], dict(os.environ)), 20)


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("pass", 0),
        ("raise SystemExit(7)", 7),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", 143),
    ],
)
async def test_the_exit_status_is_the_programs(script: str, status: int) -> None:
    assert await run(script) == status


async def test_a_signal_goes_on_to_the_program_which_has_the_last_word(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    script = f"""
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
open({str(ready)!r}, "w").write(str(os.getpid()))
time.sleep(20)
"""
    going_on = asyncio.ensure_future(run(script))
    await asyncio.to_thread(pid_in, ready)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await going_on == 9


async def test_what_the_program_leaves_running_is_ended(tmp_path: Path) -> None:
    child = tmp_path / "child"
    script = f"""
import subprocess, sys
left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"], start_new_session=True)
open({str(child)!r}, "w").write(str(left.pid))
"""
    assert await run(script) == 0
    assert gone(pid_in(child))


async def test_when_we_are_cancelled_the_program_ends(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(30)"
    going_on = asyncio.ensure_future(run(script))
    running = await asyncio.to_thread(pid_in, pid)
    going_on.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going_on
    assert gone(running)


async def test_no_such_program_is_a_mistake_in_the_question(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no program to run: pyhton3: not found; did you mean 'python3'\?"):
        await in_foreground(["pyhton3"], dict(os.environ))
    (tmp_path / "text").write_text("words")
    with pytest.raises(UsageError, match="is no program"):
        await in_foreground([str(tmp_path / "text")], dict(os.environ))
