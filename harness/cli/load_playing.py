"""A run under load: played by Locust, shown while it goes on, gathered when it is over."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.load_judging import Judging, Look
from harness.cli.output import ascii_only
from harness.errors import UsageError
from harness.report.load.live import Snapshot
from harness.report.load.live import live as line_of
from harness.run.load.generators import LOCUSTFILE, Generators
from harness.run.load.setup import Setup, write_setup

if TYPE_CHECKING:
    from harness.load.columns import Run


def play(
    setup: Setup, judging: Judging, *, bind: tuple[str, int] | None, web: tuple[str, int] | None
) -> tuple[Run, str]:
    """The run, and why it was ended before its time; empty where it was not.

    `bind`: where workers of other machines are waited for; `web`: where Locust's page is; None for neither.
    """
    with _folder() as folder:
        write_setup(folder, setup)
        generators = Generators(folder, setup, bind=bind, web=web)
        look = Look(folder, judging)
        with Line(setup) as line, generators:
            if web:
                line.say(f"Locust's page: http://{web[0]}:{web[1]}")
            if bind:
                line.say(
                    f"waiting for {setup.workers} workers: harness load --worker --master-host THIS-MACHINE"
                )

            def show(live: dict[str, Any]) -> bool:
                line.show(live)
                return look.is_enough()

            try:
                generators.wait(show)
                why = look.why
            except KeyboardInterrupt:
                why = "stopped"
        return _gathered(folder, generators), why


class Line:
    """What a terminal shows of a run while it goes on; nothing where stderr is no terminal."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._shown = ""
        self._is_terminal = sys.stderr.isatty()
        self._attempts: list[tuple[float, int]] = []

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *error: object) -> None:
        self._draw("")

    def say(self, text: str) -> None:
        """A line that stays."""
        self._draw("")
        click.echo(text, err=True)

    def show(self, live: dict[str, Any]) -> None:
        """How the run goes now."""
        if not self._is_terminal:
            return
        at_s = -1.0 if live["at_s"] is None else live["at_s"]
        if not self._attempts or self._attempts[-1][0] != at_s:
            self._attempts.append((at_s, live["attempts"]))
        rates = tuple(
            max(0.0, (late - early) / max(to_s - from_s, 0.1))
            for (from_s, early), (to_s, late) in zip(self._attempts, self._attempts[1:], strict=False)
        )
        gone = sum(1 for name in live.get("gone", ()) if name.startswith("worker"))
        now = Snapshot(
            at_s=at_s,
            to_s=live["duration_s"],
            users=live["users"],
            calls_per_s=live["calls_per_s"],
            attempts_per_s=rates[-1] if rates else None,
            success=live["success"],
            p95_s=live["p95_ms"] / 1000 if live["p95_ms"] is not None else None,
            window=", ".join(live["windows"]),
            workers=max(1, self._setup.workers),
            workers_gone=gone,
            attempts_each_s=rates[-120:],
        )
        self._draw(line_of(now, shutil.get_terminal_size().columns - 1, ascii_only=ascii_only()))

    def _draw(self, text: str) -> None:
        if self._is_terminal and text != self._shown:
            sys.stderr.write(f"\r{text}\x1b[K")
            sys.stderr.flush()
            self._shown = text


def _gathered(folder: Path, generators: Generators) -> Run:
    from harness.run.load.gather import gather

    try:
        return gather(folder)
    except UsageError as error:
        said = [line for line in generators.last_words().splitlines() if not _repeats(line, str(error))]
        raise UsageError("\n".join([str(error), *said])) from None


def _repeats(line: str, told: str) -> bool:
    """Does this line of a log say no more than what is told anyway?"""
    return line.rpartition("harness.load: ")[2] in told


def work(host: str, port: int) -> int:
    """Be one of Locust's workers until its master ends."""
    arguments = ["-f", str(LOCUSTFILE), "--worker", "--master-host", host, "--master-port", str(port)]
    process = subprocess.Popen([sys.executable, "-m", "locust", *arguments], start_new_session=True)
    try:
        # Whatever else Locust ends with, it had no master to work for.
        return 0 if process.wait() == 0 else 2
    except KeyboardInterrupt:
        process.terminate()
        process.wait(20.0)
        raise


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="harness-load-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
