"""The `python` driver: a function `package.module:function`, called in a worker process that lives on."""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Protocol

import msgspec

from harness.errors import DriverError
from harness.model.call import Outcome
from harness.run.drivers import worker
from harness.run.drivers.driver import Given
from harness.run.drivers.process import Lines, Process, Tap
from harness.run.drivers.said import Said, decoded, failure, outcome, said

NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"

START_LIMIT_S = 30.0
"""How long the client's module may take to load."""


class Python:
    """Calls a function with those of `base_url`, `credentials`, `timeout` (seconds), `env`, `name`, `call` and
    `number` (no two calls have the same) that it asks for. It may be async. An exception, or a returned
    `{"ok": false}`, is a failure.

    `asks`: the names of those that it asks for; `is_async`: it is a coroutine function. Known once it was started.
    """

    keeps_state = True

    def __init__(self, target: str) -> None:
        self._target = target
        self._process: Process | None = None
        self._answers: asyncio.Queue[bytes] = asyncio.Queue()
        self._tap: Tap | None = None
        self._to_worker: int | None = None
        self._was_cut = False
        self.asks: tuple[str, ...] = ()
        self.is_async = False

    async def start(self, given: Given) -> None:
        """Start the worker and load the client. Raises DriverError with its words where that cannot be done."""
        requests_in, requests_out = os.pipe()
        answers_in, answers_out = os.pipe()
        arguments = worker_command(self._target, given, requests_in, answers_out)
        try:
            env = {**given.env, NO_BYTECODE: ""} if sys.dont_write_bytecode else given.env
            self._process = Process(arguments, env=env, pass_fds=(requests_in, answers_out))
        finally:
            os.close(requests_in)
            os.close(answers_out)
            self._to_worker = requests_out
            lines = Lines(self._answers.put_nowait)
            self._tap = Tap(answers_in, lines.feed)
        await self._be_ready(self._process)

    async def call(self, name: str) -> Outcome:
        """Call the function once."""
        process, began_s = self._process, time.monotonic()
        assert process is not None, "start comes first"
        self._send({"call": name})
        line = await self._answer()
        stdout, stderr = process.output()
        if line is None:
            return self._unanswered(await process.exited(), began_s, stdout, stderr)
        answer = decoded(line)
        if not isinstance(answer, dict) or "began_s" not in answer:
            error = "something else than our worker wrote into its pipe"
            return failure(
                "garbage", error, began_s=began_s, ended_s=time.monotonic(), stdout=stdout, stderr=stderr
            )
        word = Said(False, answer["raised"]) if "raised" in answer else _returned(answer["returned"])
        return outcome(
            word, began_s=answer["began_s"], ended_s=answer["ended_s"], stdout=stdout, stderr=stderr
        )

    async def cut(self) -> None:
        """Kill the worker: a function that runs cannot be stopped in any other way."""
        if self._process is not None and self._process.running:
            self._was_cut = True
            await self._process.end()

    async def stop(self) -> None:
        """End the worker and its children."""
        if self._to_worker is not None:
            os.close(self._to_worker)
            self._to_worker = None
        if self._process is not None:
            await self._process.end()
        if self._tap is not None:
            self._tap.close()

    def _send(self, request: dict[str, str]) -> None:
        assert self._to_worker is not None
        try:
            os.write(self._to_worker, msgspec.json.encode(request) + b"\n")
        except BrokenPipeError:
            return  # the worker is gone, and so the answer will not come

    async def _answer(self) -> bytes | None:
        """The next line from the worker; None where it ended without one."""
        assert self._process is not None
        assert self._tap is not None
        heard = asyncio.ensure_future(self._answers.get())
        gone = asyncio.ensure_future(self._process.exited())
        try:
            await asyncio.wait({heard, gone}, return_when=asyncio.FIRST_COMPLETED)
            if heard.done():
                return heard.result()
        finally:
            heard.cancel()
            gone.cancel()
        await self._process.end()
        self._tap.drain()  # it may have answered and then ended
        return None if self._answers.empty() else self._answers.get_nowait()

    async def _be_ready(self, process: Process) -> None:
        try:
            line = await asyncio.wait_for(self._answer(), START_LIMIT_S)
        except TimeoutError:
            await self.stop()
            raise DriverError(f"{self._target}: not loaded after {START_LIMIT_S:.0f} s") from None
        answer = decoded(line or b"")
        if isinstance(answer, dict) and answer.get("ready"):
            self.asks, self.is_async = tuple(answer["asks"]), bool(answer["is_async"])
            return
        await self.stop()
        _, stderr = process.output()
        reason = answer.get("refused") if isinstance(answer, dict) else None
        raise DriverError(
            f"{self._target}: {reason or 'the worker ended at once'}\n{stderr.strip()[-2000:]}".rstrip()
        )

    def _unanswered(self, end: tuple[int, float], began_s: float, stdout: str, stderr: str) -> Outcome:
        status, ended_s = end
        ended_s = max(ended_s, began_s)
        if self._was_cut:
            error = f"cut after {ended_s - began_s:.1f} s"
            return failure("cut", error, began_s=began_s, ended_s=ended_s, stdout=stdout, stderr=stderr)
        error = f"the process of {self._target} ended with status {status} in mid-call"
        return failure("died", error, began_s=began_s, ended_s=ended_s, stdout=stdout, stderr=stderr)


class Told(Protocol):
    """What a worker tells the client of the provider."""

    @property
    def base_url(self) -> str: ...

    @property
    def credentials(self) -> Mapping[str, str]: ...

    @property
    def env(self) -> Mapping[str, str]: ...

    @property
    def timeout_s(self) -> float: ...


def worker_command(target: str, told: Told, requests_in: int, answers_out: int) -> list[str]:
    """The command of a worker that has loaded `target`. It reads requests from one descriptor, and writes to the
    other."""
    facts = {
        "base_url": told.base_url,
        "credentials": told.credentials,
        "timeout": told.timeout_s,
        "env": told.env,
    }
    # -P: the folder of worker.py must not come first on the client's path.
    command = [sys.executable, "-P", *_bytecode(), str(Path(worker.__file__))]
    return [*command, str(requests_in), str(answers_out), target, msgspec.json.encode(facts).decode()]


def _bytecode() -> list[str]:
    """Where Python is told to write no bytecode, a client's modules would be compiled anew in every scenario, some
    half a second each time: its workers then share a folder of ours for it."""
    return ["-X", f"pycache_prefix={_bytecode_folder()}"] if sys.dont_write_bytecode else []


@cache
def _bytecode_folder() -> str:
    folder = tempfile.mkdtemp(prefix="harness-bytecode-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _returned(value: object) -> Said:
    return said(value) or Said(True, None, value)
