"""The `session` driver: one long-lived process in any language that speaks JSON lines.

    in   {"id": 1, "call": "read"}
    out  {"id": 1, "ok": true, "error": null, "value": null}

Several calls may be going on; they may be answered in any order. Any other line is kept as evidence.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec

from harness.model.call import Outcome
from harness.run.drivers.command import not_started
from harness.run.drivers.driver import Given
from harness.run.drivers.process import Lines, Process
from harness.run.drivers.said import decoded, failure, last_error, outcome, said


class Session:
    """Starts a text in a shell once, and speaks with it until it is stopped."""

    keeps_state = True

    def __init__(self, text: str) -> None:
        self._text = text
        self._process: Process | None = None
        self._lines = Lines(self._heard)
        self._next = 0
        self._waiting: dict[int, asyncio.Future[tuple[object, float]]] = {}
        self._was_cut = False

    async def start(self, given: Given) -> None:
        """Start the process. A command that is not there shows at the first call."""
        self._process = Process(
            ["/bin/sh", "-c", self._text], env=given.env, writes_to=True, on_stdout=self._lines.feed
        )

    async def call(self, name: str) -> Outcome:
        """Ask for one call and wait for its answer, or for the end of the process."""
        process = self._process
        assert process is not None, "start comes first"
        self._next += 1
        number = self._next
        answered: asyncio.Future[tuple[object, float]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answered
        began_s = time.monotonic()
        process.write(msgspec.json.encode({"id": number, "call": name}) + b"\n")
        gone = asyncio.ensure_future(process.exited())
        try:
            either: set[asyncio.Future[Any]] = {answered, gone}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not answered.done():
                await process.end()  # reads what it wrote before it went
                self._lines.finish()
        finally:
            gone.cancel()
            del self._waiting[number]
        stdout, stderr = process.output()
        if not answered.done():
            return self._unanswered(await process.exited(), began_s, stdout, stderr)
        answer, ended_s = answered.result()
        word = said(answer)
        if word is None:
            error = f"answered {str(answer)[:200]}, which has no boolean `ok`"
            return failure("garbage", error, began_s=began_s, ended_s=ended_s, stdout=stdout, stderr=stderr)
        return outcome(word, began_s=began_s, ended_s=ended_s, stdout=stdout, stderr=stderr)

    async def cut(self) -> None:
        """Kill the process: it holds the calls that are going on."""
        if self._process is not None and self._process.running:
            self._was_cut = True
            await self._process.end()

    async def stop(self) -> None:
        """End the process and its children."""
        if self._process is not None:
            await self._process.end()

    def _heard(self, line: bytes) -> None:
        answer = decoded(line)
        number = answer.get("id") if isinstance(answer, dict) else None
        if isinstance(number, str) and number.isdecimal():
            number = int(number)
        waiting = self._waiting.get(number) if isinstance(number, int) else None
        if waiting is not None and not waiting.done():
            waiting.set_result((answer, time.monotonic()))
        elif self._process is not None:
            self._process.stdout.feed(line)

    def _unanswered(self, end: tuple[int, float], began_s: float, stdout: str, stderr: str) -> Outcome:
        status, ended_s = end
        ended_s = max(ended_s, began_s)
        if self._was_cut:
            error = f"cut after {ended_s - began_s:.1f} s"
            return failure("cut", error, began_s=began_s, ended_s=ended_s, stdout=stdout, stderr=stderr)
        last = not_started(last_error(stderr))
        error = f"{self._text!r} ended with status {status} and no answer" + (f": {last}" if last else "")
        return failure("died", error, began_s=began_s, ended_s=ended_s, stdout=stdout, stderr=stderr)
