"""A run under load: played by Locust, shown while it goes on, gathered when it is over."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from harness.cli.load_judging import Judging, Looks
from harness.cli.load_verdicts import NOTHING, Verdicts
from harness.cli.output import ascii_only
from harness.errors import HarnessError, UsageError
from harness.report.load.live import Snapshot
from harness.report.load.live import live as line_of
from harness.run.load.folders import OVER, runs_in
from harness.run.load.generators import LOCUSTFILE, Generators
from harness.run.load.setup import Setup, write_setup


def play(setup: Setup, judging: Judging, *, bind: tuple[str, int] | None, web: tuple[str, int] | None) -> int:
    """The run, or, with Locust's page, as many as are started there, each judged when it has ended. The exit code.

    `bind`: where workers of other machines are waited for; `web`: where Locust's page is; None for neither.
    """
    with _folder() as root:
        write_setup(root, setup)
        generators = Generators(root, setup, bind=bind, web=web)
        looks, verdicts = Looks(root, judging), Verdicts(root, judging, has_page=web is not None)
        was_stopped = False
        with Line(setup) as line, generators:
            for text in _where(setup, bind, web):
                line.say(text)

            def tick() -> None:
                live = generators.live()
                if live is not None:
                    line.show(live)
                looks.look()
                for number in _over(root, verdicts) if web else ():
                    line.clear()
                    _judge_beside_the_page(verdicts, number, looks.why(number))
                    line.say(f"Locust's page is still there: New plays it again, Ctrl-C ends it. {_url(web)}")

            try:
                generators.wait(tick)
            except KeyboardInterrupt:
                if not generators.has_ended_in_order:
                    raise
                was_stopped = True
        last_words = generators.last_words()
        for number, _ in runs_in(root):
            if number > verdicts.judged:
                try:
                    ended_by = looks.why(number) or generators.broke
                    verdicts.judge(number, ended_by=ended_by, was_stopped=was_stopped)
                except UsageError as error:
                    raise UsageError(with_words(str(error), last_words)) from None
        if not verdicts.judged:
            if not was_stopped:
                raise UsageError(with_words("Locust ended before it could begin", last_words))
            judging.say(NOTHING)
        return verdicts.exit_code


def _where(setup: Setup, bind: tuple[str, int] | None, web: tuple[str, int] | None) -> Iterator[str]:
    if web:
        yield f"Locust's page: {_url(web)}"
    if bind:
        yield f"waiting for {setup.workers} workers: harness load --worker --master-host THIS-MACHINE"


def _url(web: tuple[str, int] | None) -> str:
    return f"http://{web[0]}:{web[1]}" if web else ""


def _over(root: Path, verdicts: Verdicts) -> list[int]:
    """The runs that have ended and are not judged."""
    return [n for n, folder in runs_in(root) if n > verdicts.judged and (folder / OVER).exists()]


def _judge_beside_the_page(verdicts: Verdicts, number: int, ended_by: str) -> None:
    try:
        verdicts.judge(number, ended_by=ended_by, was_stopped=True)
    except HarnessError as error:
        click.echo(f"harness: {error}", err=True)


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

    def clear(self) -> None:
        """Make room for what others say; the next run begins anew."""
        self._draw("")
        self._attempts = []

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


def with_words(told: str, words: str) -> str:
    """What is told, and of the last words of processes what it does not say."""
    return "\n".join([told, *(line for line in words.splitlines() if not _repeats(line, told))])


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
