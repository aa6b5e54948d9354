"""`harness verify`: a client against a misbehaving provider, and the verdict."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from harness.cli.loading import find_scenarios, write_report
from harness.cli.progress import Progress
from harness.cli.settings import CallSettings, ClientSettings, Settings, read_policy, read_settings
from harness.contract.files import load_provider
from harness.contract.provider import Provider
from harness.errors import UsageError
from harness.faults.plan import Plan
from harness.model.policy import Policy
from harness.model.report import EXIT_CODES, Report
from harness.report import by_ending
from harness.report.terminal import render
from harness.run.callspec import CallSpec, parse_call
from harness.run.runner import verify as run_battery
from harness.run.scenario import Scenario
from harness.server.lanes import Lane, Lanes

DEFAULT_SEED = 1
"""The same for everybody, so that two runs of one client differ by the client alone."""


@click.command()
@click.argument("client", required=False)
@click.option(
    "--provider", metavar="NAME|DOCUMENT", help="A bundled provider, or a path to an OpenAPI document."
)
@click.option(
    "--call", "calls", multiple=True, metavar="NAME=WHAT", help="A function, command, session: or http: URL."
)
@click.option(
    "--kind", "kinds", multiple=True, metavar="NAME=read|write", help="Found by a healthy call if absent."
)
@click.option(
    "--operation", "operations", multiple=True, metavar="NAME=ID", help="Found by a healthy call if absent."
)
@click.option(
    "--scenario", "scenarios", multiple=True, metavar="ID", help="An id, a glob or a file; all if absent."
)
@click.option("--policy", metavar="FILE", type=click.Path(path_type=Path), help="TOML: what [policy] holds.")
@click.option(
    "--seed", type=click.IntRange(min=0), help=f"Of everything drawn by luck. Default {DEFAULT_SEED}."
)
@click.option("--jobs", type=click.IntRange(min=1), help="Clients that may be starting at the same time.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="A fixed port, for a service that cannot be told another."
)
@click.option(
    "--report", "reports", multiple=True, metavar="FILE", help="Written by ending: .html .json .xml .md"
)
@click.option("-v", "--verbose", is_flag=True, help="Passes and every sighting of a failure, too.")
def verify(
    client: str | None,
    provider: str | None,
    calls: tuple[str, ...],
    kinds: tuple[str, ...],
    operations: tuple[str, ...],
    scenarios: tuple[str, ...],
    policy: Path | None,
    seed: int | None,
    jobs: int | None,
    port: int | None,
    reports: tuple[str, ...],
    verbose: bool,
) -> int:
    """Run CLIENT of harness.toml, or one told by flags, through the battery, and judge it.

    \b
      harness verify shop
      harness verify --provider stripe --call read="python get.py" --call create="node create.js"
    """
    settings = read_settings(Path.cwd())
    name, asked = _asked(settings, client, provider, calls, kinds, operations)
    known = load_provider(asked.provider)
    specs = _specs(asked)
    reports = reports or asked.report
    for path in reports:
        by_ending(path)
    report = judged(
        known,
        specs,
        scenarios=find_scenarios(known, scenarios or asked.scenarios),
        policy=read_policy(policy) if policy else settings.policy,
        seed=next(s for s in (seed, asked.seed, DEFAULT_SEED) if s is not None),
        jobs=jobs or asked.jobs,
        port=port or asked.port,
        client=name,
        question=_question(client, asked, specs, policy, port),
    )
    for path in reports:
        write_report(Path(path), report)
    show(report, verbose=verbose)
    for path in reports:
        click.echo(f"wrote {path}")
    return EXIT_CODES[report.outcome]


def judged(
    provider: Provider,
    calls: Sequence[CallSpec],
    *,
    scenarios: Sequence[Scenario],
    policy: Policy,
    seed: int,
    client: str,
    question: str,
    jobs: int | None = None,
    port: int | None = None,
) -> Report:
    """Play the battery, with its progress on stderr, and give the report."""

    async def play() -> Report:
        _stop_in_order()
        lanes = Lanes()
        try:
            with Progress(client) as progress:
                return await run_battery(
                    provider,
                    calls,
                    scenarios=scenarios,
                    lanes=OnPort(lanes, port) if port else lanes,
                    policy=policy,
                    seed=seed,
                    jobs=1 if port else jobs,
                    client=client,
                    progress=progress.tell,
                    question=question,
                )
        finally:
            await lanes.close_all()

    return asyncio.run(play())


def _stop_in_order() -> None:
    """Let SIGTERM and the end of the terminal do what Ctrl-C does, so that no client outlives us."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            asyncio.get_running_loop().add_signal_handler(number, signal.raise_signal, signal.SIGINT)


class OnPort:
    """Lanes that all listen on one port, one after another: for a client that knows only that address."""

    def __init__(self, lanes: Lanes, port: int) -> None:
        self._lanes, self._port = lanes, port

    async def open(
        self, provider: Provider, *, plan: Plan | None = None, seed: int = 0, timeout_s: float = 5.0
    ) -> Lane:
        return await self._lanes.open(provider, plan=plan, seed=seed, port=self._port, timeout_s=timeout_s)

    async def close(self, lane_id: str) -> None:
        await self._lanes.close(lane_id)


def show(report: Report, *, verbose: bool = False) -> None:
    """The report on this terminal."""
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    click.echo(render(report, width=width, colour=coloured(), verbose=verbose, ascii_only=ascii_only()))


def coloured() -> bool:
    """May stdout have colours? The conventions of NO_COLOR and FORCE_COLOR hold."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def ascii_only() -> bool:
    """Can stdout not encode the marks?"""
    try:
        "✔✘·→".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def _asked(
    settings: Settings,
    client: str | None,
    provider: str | None,
    calls: tuple[str, ...],
    kinds: tuple[str, ...],
    operations: tuple[str, ...],
) -> tuple[str, ClientSettings]:
    """The client of the file, or the one that the flags tell; flags add to and override the file."""
    if client is None and calls:
        if provider is None:
            raise UsageError("--call needs --provider NAME or a path to an OpenAPI document")
        name, asked = "", ClientSettings(provider, {})
    else:
        name, asked = settings.client(client)
        asked = msgspec.structs.replace(asked, provider=provider or asked.provider)
    wanted = {
        key: value if isinstance(value, CallSettings) else CallSettings(value)
        for key, value in asked.calls.items()
    }
    wanted.update({key: CallSettings(value) for key, value in _pairs("--call", calls)})
    for flag, field, given in (("--kind", "kind", kinds), ("--operation", "operation", operations)):
        for key, value in _pairs(flag, given, only=next(iter(wanted)) if len(wanted) == 1 else None):
            if key not in wanted:
                raise UsageError(f"{flag} {key}=...: there is no call {key!r}; there are {', '.join(wanted)}")
            wanted[key] = msgspec.convert({**msgspec.to_builtins(wanted[key]), field: value}, CallSettings)
    return name, msgspec.structs.replace(asked, calls=dict(wanted))


def _pairs(flag: str, given: Sequence[str], *, only: str | None = None) -> list[tuple[str, str]]:
    pairs = []
    for text in given:
        key, equals, value = text.partition("=")
        if not equals and only is not None:
            key, value = only, text
        elif not equals or not key.strip() or not value.strip():
            raise UsageError(f"{flag} {text}: expected {flag} NAME=VALUE")
        if flag == "--kind" and value not in ("read", "write"):
            raise UsageError(f"{flag} {text}: a call is a read or a write")
        pairs.append((key.strip(), value.strip()))
    return pairs


def _specs(asked: ClientSettings) -> list[CallSpec]:
    return [
        parse_call(key, value.run, kind=value.kind, operation=value.operation)
        for key, value in asked.calls.items()
        if isinstance(value, CallSettings)
    ]


def _question(
    client: str | None,
    asked: ClientSettings,
    specs: Sequence[CallSpec],
    policy: Path | None,
    port: int | None,
) -> str:
    """What stands after `harness verify` to ask the same again."""
    words = [client] if client else []
    if not client:
        words += ["--provider", asked.provider]
        for spec in specs:
            words += ["--call", f"{spec.name}={spec.text}"]
            words += ["--kind", f"{spec.name}={spec.kind}"] if spec.kind else []
            words += ["--operation", f"{spec.name}={spec.operation}"] if spec.operation else []
    words += ["--policy", str(policy)] if policy else []
    words += ["--port", str(port)] if port else []
    return shlex.join(words)
