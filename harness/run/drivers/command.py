"""The `command` driver: one process a call. Its exit status, or its own last line, says how the call went."""

from __future__ import annotations

import os
import re
import signal
from difflib import get_close_matches

from harness.model.call import Outcome
from harness.run.drivers.driver import Given
from harness.run.drivers.process import Process
from harness.run.drivers.said import failure, last_error, last_line, outcome

NOT_STARTED = (126, 127)
"""POSIX 2.8.2: what a shell exits with where a command was found but is no program, or was not found."""

_SHELL = re.compile(r"^\S*sh: (line )?(\d+: )?")


class Command:
    """Runs a text in a shell for each call. Exit status 0 is success, unless the last line of stdout is a JSON
    object with a boolean `ok`: then that decides (`drivers/said.py` tells what else it may say)."""

    keeps_state = False

    def __init__(self, text: str) -> None:
        self._text = text
        self._given = Given(base_url="")
        self._process: Process | None = None
        self._was_cut = False

    async def start(self, given: Given) -> None:
        """Remember what the processes are to be told."""
        self._given = given

    async def call(self, name: str) -> Outcome:
        """Run the command once, to its end."""
        self._was_cut = False
        process = Process(["/bin/sh", "-c", self._text], env={**self._given.env, "HARNESS_CALL": name})
        self._process = process
        try:
            status, ended_s = await process.exited()
        finally:
            await process.end()
            self._process = None
        return self._read(process, status, ended_s)

    async def cut(self) -> None:
        """Kill the process of the call that is going on, with all its children."""
        if self._process is not None and self._process.running:
            self._was_cut = True
            await self._process.end()

    async def stop(self) -> None:
        """Nothing of a call outlives it, but one may be going on."""
        if self._process is not None:
            await self._process.end()

    def _read(self, process: Process, status: int, ended_s: float) -> Outcome:
        stdout, stderr = process.output()
        began_s = process.began_s
        if self._was_cut:
            error = f"cut after {ended_s - began_s:.1f} s"
            return failure("cut", error, began_s=began_s, ended_s=ended_s, stdout=stdout, stderr=stderr)
        word = last_line(stdout)
        if word is not None:
            return outcome(word, began_s=began_s, ended_s=ended_s, stdout=stdout, stderr=stderr)
        if status == 0:
            return Outcome(True, began_s, ended_s, stdout=stdout, stderr=stderr)
        error = last_error(stderr)
        if status in NOT_STARTED:
            error = f"{self._text!r} could not be started: {not_started(error) or f'exit status {status}'}"
            return failure("died", error, began_s=began_s, ended_s=ended_s, stdout=stdout, stderr=stderr)
        if status < 0:
            error = f"ended by {signal.Signals(-status).name}"
            return failure("died", error, began_s=began_s, ended_s=ended_s, stdout=stdout, stderr=stderr)
        error = f"exit status {status}" + (f": {error}" if error else "")
        return failure("ended", error, began_s=began_s, ended_s=ended_s, stdout=stdout, stderr=stderr)


def not_started(error: str) -> str:
    """What the shell says of a program, without its own name, and the nearest program that there is."""
    said = _SHELL.sub("", error)
    missing = re.match(r"(\S+): (command )?not found$", said)
    near = get_close_matches(missing[1], _programs(), 1, 0.75) if missing else []
    return f"{said}; did you mean {near[0]!r}?" if near else said


def _programs() -> list[str]:
    folders = [folder for folder in os.get_exec_path() if os.path.isdir(folder)]
    return sorted({name for folder in folders for name in os.listdir(folder)})
