"""`harness verify`: a client against a misbehaving provider, and the verdict."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import click
import msgspec

from harness.cli.asked import asked_client, client_options, specs_of
from harness.cli.loading import find_provider
from harness.cli.numbers import DEFAULT_SEED, Whole
from harness.cli.output import ascii_only, coloured, width
from harness.cli.progress import Progress
from harness.cli.report_files import HELP, Reports
from harness.cli.scenarios import find_scenarios
from harness.cli.scratch import KEPT, hypothesis_keeps_with_us
from harness.cli.settings import read_policy, read_settings
from harness.cli.stopping import run
from harness.cli.trust import trusted
from harness.contract.provider import Provider
from harness.errors import UsageError
from harness.faults.plan import Plan
from harness.model.policy import Policy
from harness.model.report import EXIT_CODES, Report
from harness.report import by_ending
from harness.report.terminal import render
from harness.run.callspec import CallSpec
from harness.run.runner import verify as run_battery
from harness.run.scenario import Scenario
from harness.server.lane import Lane
from harness.server.lanes import Lanes

DATABASE = KEPT / "examples"
"""Where answers that a client did not cope with are kept, so that they come first the next time."""


@click.command()
@client_options
@click.option(
    "--kind", "kinds", multiple=True, metavar="NAME=read|write", help="Else found by a healthy call."
)
@click.option(
    "--operation", "operations", multiple=True, metavar="NAME=ID", help="Else found by a healthy call."
)
@click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    metavar="ID|FILE",
    help="Only these: an id, a glob, a file of your own, or one of it as FILE::ID.",
)
@click.option(
    "--policy", metavar="FILE", type=click.Path(path_type=Path), help="TOML with what [policy] holds."
)
@click.option("--report", "reports", multiple=True, metavar="FILE|FORMAT", help=HELP)
@click.option(
    "--seed", type=Whole(0), metavar="N", help=f"Of all that is drawn by luck. Default {DEFAULT_SEED}."
)
@click.option("--jobs", type=Whole(1), metavar="N", help="How many clients may be starting at the same time.")
@click.option(
    "--port",
    type=Whole(1, 65535),
    metavar="N",
    help="For a service that cannot be told another. Takes longer.",
)
@click.option(
    "--fuzz",
    "examples",
    type=Whole(2),
    metavar="N",
    help="In place of the battery: N answers for each call, allowed ones and broken ones, shrunk to the smallest.",
)
@click.option(
    "--raises",
    multiple=True,
    metavar="TYPE",
    help="With --fuzz: a type of error that the client declares, as NoSuchCustomer.",
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
    reports: tuple[str, ...],
    seed: int | None,
    jobs: int | None,
    port: int | None,
    examples: int | None,
    raises: tuple[str, ...],
    verbose: bool,
) -> int:
    """Run CLIENT of harness.toml, or one told by flags, through the battery, and judge it.

    \b
      harness verify shop
      harness verify --provider stripe --call read="python get.py"
      harness verify --provider stripe --call create="node create.js" \\
                     --scenario 'error_*' --report report.html

    Options that name a file, a call or a scenario may be given more than once. Every failure comes with the
    command that shows it again.
    """
    settings = read_settings(Path.cwd())
    name, asked = asked_client(settings, client, provider, calls, kinds, operations)
    known = find_provider(asked.provider)
    specs = specs_of(asked)
    if examples is not None and scenarios:
        raise UsageError(
            "--fuzz plays answers of its own in place of scenarios; say one of --fuzz and --scenario"
        )
    if raises and examples is None:
        raise UsageError("--raises is about --fuzz N: say how many answers are to be played")
    chosen = find_scenarios(known, scenarios or asked.scenarios)
    demanded = read_policy(policy) if policy else settings.policy
    reporting = Reports(reports or asked.report, by_ending)
    if name:
        question = shlex.join([name, *_flags(provider, calls, kinds, operations, policy, port)])
    else:
        question = shlex.join(_flags(provider, calls, kinds, operations, policy, port))
    number = next(s for s in (seed, asked.seed, DEFAULT_SEED) if s is not None)
    if examples is not None:
        report = fuzzed(
            known,
            specs,
            examples=examples,
            raises=raises,
            policy=demanded,
            seed=number,
            port=port or asked.port,
            client=name,
            question=question,
            named=asked.provider,
        )
    else:
        report = judged(
            known,
            specs,
            scenarios=chosen,
            policy=demanded,
            seed=number,
            jobs=jobs or asked.jobs,
            port=port or asked.port,
            client=name,
            question=question,
            only=scenarios,
        )
    reporting.tell(_shown(report, verbose=verbose, has_page=reporting.has_page).rstrip("\n"))
    reporting.write(report)
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
    only: Sequence[str] = (),
    jobs: int | None = None,
    port: int | None = None,
) -> Report:
    """Play the battery, with its progress on stderr, and give the report.

    `question` and `only` are what stands after `harness verify` to ask the same again.
    """

    async def play() -> Report:
        lanes = Lanes()
        # Who knows one address only, knows it as http.
        by_tls = not port and any(scenario.tls for scenario in scenarios)
        try:
            with Progress(client) as progress, trusted(lanes.authority) if by_tls else nullcontext() as trust:
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
                    trust=trust,
                )
        finally:
            await lanes.close_all()

    report = run(play())
    again = " ".join([f"harness verify {question}", *(f"--scenario {shlex.quote(one)}" for one in only)])
    return msgspec.structs.replace(report, again=f"{again} --seed {seed}")


def fuzzed(
    provider: Provider,
    calls: Sequence[CallSpec],
    *,
    examples: int,
    raises: Sequence[str],
    policy: Policy,
    seed: int,
    client: str,
    question: str,
    named: str,
    port: int | None = None,
) -> Report:
    """Play answers drawn by luck, with progress on stderr, and give the report. What failed is kept in DATABASE."""
    # Here and not above: the battery has no need of it, and Hypothesis takes a while to load.
    from harness.run.fuzz.calls import fuzz
    from harness.run.fuzz.known import KnownFailures

    hypothesis_keeps_with_us()
    about = {spec.name: f"{provider.name} {spec.name} {spec.text or spec.target}" for spec in calls}

    async def play() -> Report:
        lanes = Lanes()
        try:
            with Progress(client) as progress:
                return await fuzz(
                    provider,
                    calls,
                    examples=examples,
                    lanes=OnPort(lanes, port) if port else lanes,
                    known=lambda name: KnownFailures(DATABASE, about[name]),
                    policy=policy,
                    seed=seed,
                    client=client,
                    raises=raises,
                    progress=progress.tell,
                    question=question,
                    named=named,
                )
        finally:
            await lanes.close_all()

    return run(play())


class OnPort:
    """Lanes that all listen on one port, one after another: for a client that knows only that address."""

    def __init__(self, lanes: Lanes, port: int) -> None:
        self._lanes, self._port = lanes, port

    async def open(
        self,
        provider: Provider,
        *,
        plan: Plan | None = None,
        seed: int = 0,
        timeout_s: float = 5.0,
        secure: bool = False,
    ) -> Lane:
        return await self._lanes.open(
            provider, plan=plan, seed=seed, port=self._port, timeout_s=timeout_s, secure=secure
        )

    async def close(self, lane_id: str) -> None:
        await self._lanes.close(lane_id)


def _shown(report: Report, *, verbose: bool, has_page: bool) -> str:
    return render(
        report,
        width=width(),
        colour=coloured(),
        verbose=verbose,
        ascii_only=ascii_only(),
        has_page=has_page,
    )


def _flags(
    provider: str | None,
    calls: tuple[str, ...],
    kinds: tuple[str, ...],
    operations: tuple[str, ...],
    policy: Path | None,
    port: int | None,
) -> list[str]:
    """What stands after `harness verify`, beside the client of harness.toml, to ask the same again."""
    words = ["--provider", provider] if provider else []
    for flag, given in (("--call", calls), ("--kind", kinds), ("--operation", operations)):
        words += [word for text in given for word in (flag, text)]
    words += ["--policy", str(policy)] if policy else []
    words += ["--port", str(port)] if port else []
    return words
