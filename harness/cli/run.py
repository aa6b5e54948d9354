"""`harness run`: any program, unchanged, against mocked providers."""

from __future__ import annotations

import os
import re
import shlex
import time
from collections.abc import Sequence

import click
import msgspec

from harness import __version__
from harness.cli.loading import find_plan, find_provider
from harness.cli.numbers import DEFAULT_SEED, Whole
from harness.cli.output import ascii_only, width
from harness.cli.report_files import Reports
from harness.cli.stopping import run as run_to_its_end
from harness.contract.files import provider_names
from harness.contract.hosts import Hosts, hosts_of
from harness.contract.provider import Provider
from harness.errors import UsageError, did_you_mean
from harness.model.report import Report
from harness.report import by_ending
from harness.report.terminal import telling
from harness.report.words import counted
from harness.run.account import account
from harness.run.judge import Expectation, resolve
from harness.run.mocking import Mock, Mocking, mocking
from harness.run.program import in_foreground, require_program
from harness.run.verdicts import report_of
from harness.server.loop import new_loop

_NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]*)=(.+)")


@click.command(context_settings={"allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
@click.option(
    "--provider",
    "providers",
    multiple=True,
    metavar="NAME[=DOCUMENT]",
    help="A bundled provider, or one of that name that your OpenAPI document describes. Else all bundled ones.",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="[NAME=]HOST",
    help="A host by which the provider is asked, beside those that its document names.",
)
@click.option(
    "--allow", "allowed", multiple=True, metavar="HOST", help="Let it through to this host, or *.domain."
)
@click.option(
    "--plan", "plans", multiple=True, metavar="[NAME=]PLAN|FILE", help="How it goes wrong. Else not at all."
)
@click.option(
    "--verify",
    "checks",
    multiple=True,
    metavar="CHECKS",
    help="Checks or families of them, by commas, to be judged at the end: retry,contract.requests_conform",
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FILE|md",
    help="A file by its ending, .html .json .xml .md; md in a job of GitHub is its summary. Repeatable.",
)
@click.option(
    "--seed", type=Whole(0), metavar="N", default=DEFAULT_SEED, show_default=True, help="Of answers."
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing at the end but what failed.")
def run(
    command: tuple[str, ...],
    providers: tuple[str, ...],
    hosts: tuple[str, ...],
    allowed: tuple[str, ...],
    plans: tuple[str, ...],
    checks: tuple[str, ...],
    reports: tuple[str, ...],
    seed: int,
    quiet: bool,
) -> int:
    """Run any program, unchanged, against mocked providers.

    \b
      harness run --provider stripe -- pytest
      harness run --provider stripe --plan rate_limited --verify retry,idempotency -- node checkout.js
      harness run --provider parcels=openapi.yaml --allow pypi.org -- make test

    The program finds STRIPE_BASE_URL and the like. One that does not read them goes to its usual host, as
    api.stripe.com, and gets there by a proxy that plays it, with a certificate of a CA made for this run, which the
    program is told to trust. A host that no provider claims is refused.

    The exit code is the program's; 1 where that is 0 and a verdict of --verify is fail.
    """
    began_s = time.monotonic()
    known = [_provider(text) for text in providers or provider_names()]
    mocks = _mocks(known, hosts, plans)
    expectations = _expectations(checks)
    reporting = Reports(reports, by_ending, keeps_stdout=True)
    if reports and not expectations:
        raise UsageError("--report needs --verify CHECKS: there is nothing to report else")
    require_program(command[0], os.environ)
    question = _question(command, providers, hosts, allowed, plans, checks, seed)

    async def play() -> tuple[int, Report | None]:
        async with mocking(mocks, environ=os.environ, seed=seed, allowed=allowed) as mocked:
            status = await in_foreground(command, mocked.env)
            if not quiet:
                _tell(mocked, mocks, named=bool(providers))
            if not expectations:
                return status, None
            return status, report_of(
                mocked.lanes,
                expectations,
                client=shlex.join(command),
                again=question,
                seed=seed,
                began_s=began_s,
                version=__version__,
            )

    status, report = run_to_its_end(play(), new_loop=new_loop)
    if report is None:
        return status
    reporting.write(report, quietly=quiet)
    told = telling(report, width=width(), ascii_only=ascii_only())
    click.echo(f"{told}harness run: {counted(report.counts)}", err=True)
    return status or int(report.outcome == "fail")


def _provider(text: str) -> Provider:
    named = _NAMED.fullmatch(text)
    if named is None:
        return find_provider(text)
    provider = find_provider(named[2])
    provider.card = msgspec.structs.replace(provider.card, name=named[1])
    return provider


def _mocks(known: Sequence[Provider], hosts: Sequence[str], plans: Sequence[str]) -> list[Mock]:
    names = [provider.name for provider in known]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"--provider {twice} is given twice")
    its_hosts, its_plans = _by_provider("--host", hosts, names), _by_provider("--plan", plans, names)
    mocks = []
    for provider in known:
        chosen = its_plans.get(provider.name, [])
        if len(chosen) > 1:
            raise UsageError(
                f"{provider.name} goes wrong by one plan at a time, not by {' and '.join(chosen)}"
            )
        urls = [*provider.contract.server_urls, *provider.contract.server_templates, *provider.card.base_urls]
        mocks.append(
            Mock(
                provider,
                find_plan(provider, chosen[0]) if chosen else None,
                hosts_of([*urls, *its_hosts.get(provider.name, [])]),
            )
        )
    return mocks


def _by_provider(flag: str, given: Sequence[str], names: Sequence[str]) -> dict[str, list[str]]:
    """What stands behind NAME=, by name; what has none is for every provider (a plan) or the only one (a host)."""
    found: dict[str, list[str]] = {}
    for text in given:
        named = _NAMED.fullmatch(text)
        if named is not None and named[1] not in names:
            raise UsageError(f"{flag} {text}: {named[1]} is not mocked; {did_you_mean(named[1], names)}")
        if named is None and flag == "--host" and len(names) > 1:
            raise UsageError(f"{flag} {text}: whose host? {flag} {names[0]}={text}")
        for name in [named[1]] if named else names:
            found.setdefault(name, []).append(named[2] if named else text)
    return found


def _expectations(given: Sequence[str]) -> list[Expectation]:
    names = [name.strip() for text in given for name in text.split(",")]
    expectations = [Expectation(name) for name in dict.fromkeys(names) if name]
    for expectation in expectations:
        resolve(expectation)
    return expectations


def _question(
    command: Sequence[str],
    providers: Sequence[str],
    hosts: Sequence[str],
    allowed: Sequence[str],
    plans: Sequence[str],
    checks: Sequence[str],
    seed: int,
) -> str:
    """The command that asks the same again."""
    flags = (
        ("--provider", providers),
        ("--host", hosts),
        ("--allow", allowed),
        ("--plan", plans),
        ("--verify", checks),
    )
    words = [word for flag, given in flags for text in given for word in (flag, text)]
    return shlex.join(["harness", "run", *words, "--seed", str(seed), "--", *command])


def _tell(mocked: Mocking, mocks: Sequence[Mock], *, named: bool) -> None:
    """What became of it, on stderr. Of providers that nobody named, only those that were asked are of interest."""
    asked = [lane for lane in mocked.lanes if named or lane.seen]
    asked_by = {mock.provider.name: _asked_by(mock.provider, mock.hosts) for mock in mocks}
    for line in account(
        asked or mocked.lanes,
        refused=mocked.routes.refused,
        distrusted=mocked.proxy.broken_off,
        unreached=mocked.proxy.unreached,
        asked_by=asked_by,
    ):
        click.echo(f"harness: {line}", err=True)


def _asked_by(provider: Provider, hosts: Hosts) -> str:
    return " or ".join([f"${provider.service}_BASE_URL", *hosts.names[:2]])
