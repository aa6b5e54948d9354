"""`harness load`: a client under load, while its provider browns out, throttles and fails, and the verdict."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.asked import asked_client, client_options, specs_of
from harness.cli.load_judging import Judging, Look
from harness.cli.loading import find_provider
from harness.cli.numbers import DEFAULT_SEED, Whole
from harness.cli.output import ascii_only
from harness.cli.report_files import HELP
from harness.cli.settings import read_settings
from harness.errors import UsageError
from harness.model.report import EXIT_CODES
from harness.run.callspec import CallSpec
from harness.run.load.generators import LOCUSTFILE, Generators
from harness.run.load.scenario import find_load_scenario, load_scenarios
from harness.run.load.setup import Setup, setup_of, write_setup

if TYPE_CHECKING:
    from harness.load.columns import Run

SCENARIO = "outage"
"""What is played where nobody says otherwise."""

NEEDS = ("locust", "numpy")

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?")


class Duration(click.ParamType[float]):
    """`90`, `90s`, `2m`, `1h30m`: seconds."""

    name = "duration"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        found = _DURATION.fullmatch(str(value).strip())
        parts = [float(part or 0) for part in found.groups()] if found else []
        seconds = parts[0] * 3600 + parts[1] * 60 + parts[2] if parts else 0.0
        if seconds <= 0:
            self.fail(f"{value!r} is no duration; expected seconds, or as 90s, 2m, 1h30m", parameter, context)
        return seconds


@click.command()
@client_options
@click.option(
    "--scenario", metavar="NAME|FILE", help=f"What happens, and when. Default {SCENARIO}. See --list."
)
@click.option("--list", "listed", is_flag=True, help="The bundled scenarios.")
@click.option("--users", type=Whole(1), metavar="N", help="In place of the scenario's.")
@click.option("--spawn-rate", type=Whole(1), metavar="N", help="How many users come in a second.")
@click.option(
    "--duration", type=Duration(), metavar="2m", help="All of the scenario in so much time. Default its own."
)
@click.option(
    "--workers", type=Whole(0), default=0, metavar="N", help="Processes of the generator, one a core."
)
@click.option("--targets", metavar="FILE", type=click.Path(path_type=Path), help="As thresholds.yaml.")
@click.option("--report", "reports", multiple=True, metavar="FILE|FORMAT", help=HELP)
@click.option("--baseline", metavar="FILE", type=click.Path(path_type=Path), help="An earlier report.json.")
@click.option(
    "--seed", type=Whole(0), metavar="N", help=f"Of all that is drawn by luck. Default {DEFAULT_SEED}."
)
@click.option("--web", is_flag=True, help="Locust's own page, too, while it runs.")
@click.option("--web-port", type=Whole(1, 65535), default=8089, show_default=True, metavar="N")
@click.option("--master", is_flag=True, help="Wait for --workers N from other machines, and conduct them.")
@click.option("--worker", is_flag=True, help="Be a worker of the --master at --master-host.")
@click.option("--master-host", default="127.0.0.1", metavar="H", show_default=True)
@click.option("--master-port", type=Whole(1, 65535), default=5557, metavar="N", show_default=True)
@click.option("-v", "--verbose", is_flag=True, help="Every verdict, every figure.")
def load(
    client: str | None,
    provider: str | None,
    calls: tuple[str, ...],
    scenario: str | None,
    listed: bool,
    users: int | None,
    spawn_rate: int | None,
    duration: float | None,
    workers: int,
    targets: Path | None,
    reports: tuple[str, ...],
    baseline: Path | None,
    seed: int | None,
    web: bool,
    web_port: int,
    master: bool,
    worker: bool,
    master_host: str,
    master_port: int,
    verbose: bool,
) -> int:
    """Run CLIENT of harness.toml, or one told by flags, under load against its provider, and judge it.

    \b
      harness load shop
      harness load shop --scenario brown_out --users 50 --workers 4 --report load.html
      harness load --provider stripe --call read=shop.payments:latest_customer --duration 1m

    Over several machines: --master --workers 8 on one, --worker --master-host H on the others, eight times in all.
    """
    if listed:
        click.echo(_listing())
        return 0
    _require_locust()
    if client == "demo" and "demo" not in read_settings(Path.cwd()).clients:
        demo: Callable[[int], int] = importlib.import_module("harness.cli.load_demo").demo
        return demo(DEFAULT_SEED if seed is None else seed)
    if worker:
        return _work(master_host, master_port)
    settings = read_settings(Path.cwd())
    name, asked = asked_client(settings, client, provider, calls, (), ())
    find_provider(asked.provider)
    specs = tuple(specs_of(asked))
    chosen = find_load_scenario(scenario or SCENARIO)
    if duration is not None:
        chosen = chosen.lasting(duration)
    if master and not workers:
        raise UsageError("--master needs --workers N: how many to wait for")
    judging = Judging(targets, chosen, baseline, reports, verbose=verbose)
    number = next(s for s in (seed, asked.seed, DEFAULT_SEED) if s is not None)
    setup = setup_of(
        chosen,
        provider=asked.provider,
        calls=specs,
        client=name,
        users=users,
        spawn_rate=spawn_rate,
        seed=number,
        timeout_s=settings.policy.deadline.request_s,
        workers=workers,
        host="0.0.0.0" if master else "127.0.0.1",
        owner=os.getpid(),
        again=_again(name, asked.provider, specs, scenario, users, spawn_rate, duration, workers, number),
        mark=f"load-{uuid.uuid4().hex[:12]}",
        looks=judging.ends_early,
    )
    why = ""
    with _folder() as folder:
        write_setup(folder, setup)
        page = ("127.0.0.1", web_port) if web else None
        generators = Generators(folder, setup, remote=master, bind=("*", master_port), web=page)
        with Line(setup) as line, generators:
            if page:
                line.say(f"Locust's page: http://{page[0]}:{page[1]}")
            if master:
                line.say(f"waiting for {workers} workers: harness load --worker --master-host THIS-MACHINE")
            look = Look(folder, judging)

            def show(live: dict[str, Any]) -> bool:
                line.show(live)
                return look.is_enough()

            try:
                generators.wait(show)
                why = look.why
            except KeyboardInterrupt:
                why = "stopped"
        run = _gathered(folder, generators)
    report = judging.judged(run, ended_by=why)
    judging.tell(report)
    return EXIT_CODES[report.outcome]


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
        from harness.report.load.live import Snapshot
        from harness.report.load.live import live as line_of

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


def _work(host: str, port: int) -> int:
    """Be one of Locust's workers until its master ends."""
    arguments = ["-f", str(LOCUSTFILE), "--worker", "--master-host", host, "--master-port", str(port)]
    process = subprocess.Popen([sys.executable, "-m", "locust", *arguments], start_new_session=True)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait(20.0)
        raise


def _require_locust() -> None:
    missing = [name for name in NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"harness load needs {' and '.join(missing)}: pip install 'harness[load]' (or uv add 'harness[load]')"
        )


def _listing() -> str:
    known = load_scenarios()
    longest = max(len(name) for name in known)
    return "\n".join(f"{name:{longest}}  {s.duration_s:4.0f} s  {s.says}" for name, s in known.items())


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="harness-load-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _again(
    name: str,
    provider: str,
    specs: tuple[CallSpec, ...],
    scenario: str | None,
    users: int | None,
    spawn_rate: int | None,
    duration: float | None,
    workers: int,
    seed: int,
) -> str:
    words = ["harness", "load"]
    words += (
        [name]
        if name
        else [
            "--provider",
            provider,
            *(word for spec in specs for word in ("--call", f"{spec.name}={spec.text}")),
        ]
    )
    words += ["--scenario", scenario] if scenario else []
    for flag, value in (("--users", users), ("--spawn-rate", spawn_rate)):
        words += [flag, str(value)] if value else []
    words += ["--duration", f"{duration:g}s"] if duration else []
    words += ["--workers", str(workers)] if workers else []
    return shlex.join([*words, "--seed", str(seed)])
