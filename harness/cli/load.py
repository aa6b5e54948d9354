"""`harness load`: a client under load, while its provider browns out, throttles and fails, and the verdict."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shlex
import socket
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from harness.cli.asked import asked_client, client_options, specs_of
from harness.cli.load_judging import Judging
from harness.cli.load_playing import play, work
from harness.cli.loading import find_provider
from harness.cli.numbers import DEFAULT_SEED, Whole
from harness.cli.report_files import HELP
from harness.cli.settings import ClientSettings, read_settings
from harness.errors import UsageError
from harness.run.callspec import CallSpec
from harness.run.load.reading import find_load_scenario, load_scenarios, require_operations
from harness.run.load.scenario import LoadScenario
from harness.run.load.setup import Setup, setup_of

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
    "--duration",
    "duration_s",
    type=Duration(),
    metavar="2m",
    help="All of the scenario in so much time. Default its own.",
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
@click.option("--web", is_flag=True, help="Locust's own page, too; it stays for further runs, until Ctrl-C.")
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
    duration_s: float | None,
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
        return work(master_host, master_port)
    if master and not workers:
        raise UsageError("--master needs --workers N: how many to wait for")
    settings = read_settings(Path.cwd())
    name, asked = asked_client(settings, client, provider, calls, (), ())
    flags = Flags(scenario, users, spawn_rate, duration_s, workers, seed if seed is not None else asked.seed)
    chosen = flags.chosen()
    judging = Judging(targets, chosen, baseline, reports, verbose=verbose)
    setup = msgspec.structs.replace(
        flags.setup(name, asked, chosen, timeout_s=settings.policy.deadline.request_s),
        host="0.0.0.0" if master else "127.0.0.1",
        looks=judging.ends_early,
    )
    bind = ("*", master_port) if master else None
    page = ("127.0.0.1", web_port) if web else None
    for flag, place in (("--master-port", bind), ("--web-port", page)):
        if place is not None:
            _require_free(flag, *place)
    return play(setup, judging, bind=bind, web=page)


class Flags(msgspec.Struct, frozen=True):
    """What is asked of the load, and on which seed; None where the scenario or the default has its way."""

    scenario: str | None
    users: int | None
    spawn_rate: int | None
    duration_s: float | None
    workers: int
    seed: int | None

    def chosen(self) -> LoadScenario:
        """The scenario, as long as it is asked for."""
        found = find_load_scenario(self.scenario or SCENARIO)
        return found if self.duration_s is None else found.lasting(self.duration_s)

    def setup(self, name: str, client: ClientSettings, scenario: LoadScenario, *, timeout_s: float) -> Setup:
        """The run of this client, with a mark of its own."""
        require_operations(scenario, find_provider(client.provider).contract.operations)
        calls = tuple(specs_of(client))
        seed = DEFAULT_SEED if self.seed is None else self.seed
        return setup_of(
            scenario,
            provider=client.provider,
            calls=calls,
            client=name,
            users=self.users,
            spawn_rate=self.spawn_rate,
            seed=seed,
            timeout_s=timeout_s,
            workers=self.workers,
            owner=os.getpid(),
            again=self.again(name, client.provider, calls, seed),
            mark=f"load-{uuid.uuid4().hex[:12]}",
        )

    def again(self, name: str, provider: str, calls: tuple[CallSpec, ...], seed: int) -> str:
        """The command that plays the same run again."""
        by_flags = [word for spec in calls for word in ("--call", f"{spec.name}={spec.text}")]
        words = ["harness", "load", *([name] if name else ["--provider", provider, *by_flags])]
        words += ["--scenario", self.scenario] if self.scenario else []
        words += ["--users", str(self.users)] if self.users else []
        words += ["--spawn-rate", str(self.spawn_rate)] if self.spawn_rate else []
        words += ["--duration", f"{self.duration_s:g}s"] if self.duration_s else []
        words += ["--workers", str(self.workers)] if self.workers else []
        return shlex.join([*words, "--seed", str(seed)])


def _require_free(flag: str, host: str, port: int) -> None:
    try:
        socket.create_server(("" if host == "*" else host, port)).close()
    except OSError as error:
        raise UsageError(
            f"port {port} cannot be used: {os.strerror(error.errno or 0)}; {flag} takes another"
        ) from None


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
