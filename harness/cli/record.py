"""`harness record`: what a program exchanges with a provider, kept in a cassette without secrets."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import click

from harness.cassette.format import require_ending
from harness.cassette.journal import from_journal
from harness.cli.loading import find_provider
from harness.cli.numbers import DEFAULT_SEED, Whole
from harness.cli.recording import Mode, Recording, live_url, write_recorded
from harness.cli.stopping import run as run_to_its_end
from harness.cli.writing import require_writable
from harness.contract.hosts import Hosts, hosts_of
from harness.contract.provider import Provider
from harness.errors import UsageError
from harness.run.account import account
from harness.run.mocking import Mock, Mocking, mocking
from harness.run.program import in_foreground, require_program
from harness.server.clerk import KEPT_BODY_BYTES
from harness.server.lane import Lane
from harness.server.loop import new_loop
from harness.server.player import moment


@click.command()
@click.argument("provider", metavar="PROVIDER|DOCUMENT")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="-- COMMAND...")
@click.option(
    "--to", "path", required=True, metavar="FILE", type=click.Path(path_type=Path), help=".yaml or .json"
)
@click.option(
    "--record",
    type=click.Choice(["new", "all", "none"]),
    help="Of a file that is there: new plays it and adds what it lacks, all replaces it, none only plays it.",
)
@click.option("--base-url", metavar="URL", help="Where the live provider is. Else where its documents say.")
@click.option("--mock", is_flag=True, help="Our mock answers, not the live provider; the cassette says so.")
@click.option("--host", "hosts", multiple=True, metavar="HOST", help="By which the provider is asked, too.")
@click.option(
    "--allow", "allowed", multiple=True, metavar="HOST", help="Let it through to this host, unrecorded."
)
@click.option(
    "--seed", type=Whole(0), metavar="N", default=DEFAULT_SEED, show_default=True, help="Of a mock's answers."
)
def record(
    provider: str,
    command: tuple[str, ...],
    path: Path,
    record: Literal["new", "all", "none"] | None,
    base_url: str | None,
    mock: bool,
    hosts: tuple[str, ...],
    allowed: tuple[str, ...],
    seed: int,
) -> int:
    """Run any program, and keep what it exchanges with the live provider.

    \b
      harness record stripe --to cassettes/stripe/refund.yaml -- node refund.js
      harness record stripe --to cassettes/stripe/refund.yaml --mock -- python refund.py

    The program is led to the provider as `harness run` does it: by STRIPE_BASE_URL, or by a proxy at its usual host.
    Secrets are taken out before anything is written: what names announce, what looks like a key or random, and the
    values of variables whose name says so. Stopped by Ctrl-C, it writes what there is.

    The exit code is the program's.
    """
    if not command:
        raise UsageError(
            "no program to run: it comes after `--`, as in: record stripe --to a.yaml -- node a.js"
        )
    known = find_provider(provider)
    require_ending(str(path))
    if path.exists() and record is None:
        raise UsageError(
            f"{path} exists: --record new adds what it lacks, all replaces it, none only plays it"
        )
    if mock and (base_url or record in ("new", "none")):
        raise UsageError(
            "--mock records anew what our mock answers: neither --base-url nor --record new fits"
        )
    require_program(command[0], os.environ)
    again = _again(provider, command, path, base_url, mock, hosts, allowed, seed)
    if mock:
        return _of_mock(known, command, path, hosts, allowed, seed, again)
    mode: Mode = record or "all"
    recording = Recording.of(known, path, record=mode, base_url=base_url, command=again)
    address = base_url or (live_url(known) if mode != "none" else "")

    async def play() -> int:
        mocked = Mock(known, None, _hosts(known, (*hosts, address)), recording.player)
        async with mocking([mocked], environ=os.environ, allowed=allowed) as now:
            try:
                return await in_foreground(command, now.env)
            finally:
                _tell(now, mocked)
                await recording.close()

    try:
        return run_to_its_end(play(), new_loop=new_loop)
    finally:
        said = recording.keep()
        if said or mode != "none":
            click.echo(f"harness: {said or f'nothing was recorded, so {path} is as it was'}", err=True)


def _of_mock(
    known: Provider,
    command: tuple[str, ...],
    path: Path,
    hosts: tuple[str, ...],
    allowed: tuple[str, ...],
    seed: int,
    again: str,
) -> int:
    require_writable(path)
    lanes: list[Lane] = []

    async def play() -> int:
        mocked = Mock(known, None, _hosts(known, hosts))
        async with mocking([mocked], environ=os.environ, seed=seed, allowed=allowed) as now:
            lanes.extend(now.lanes)
            try:
                return await in_foreground(command, now.env)
            finally:
                _tell(now, mocked)

    try:
        return run_to_its_end(play(), new_loop=new_loop)
    finally:
        for lane in lanes:
            click.echo(f"harness: {_kept(lane, path, again)}", err=True)


def _kept(lane: Lane, path: Path, again: str) -> str:
    parts = urlsplit(_address_of(lane.provider))
    since_s = lane.clock.epoch() - lane.clock.monotonic()
    found, left = from_journal(
        lane.journal,
        origin=f"{parts.scheme}://{parts.netloc}",
        moment=lambda at_s: moment(since_s + at_s),
        kept_bytes=KEPT_BODY_BYTES,
    )
    left += lane.journal.dropped_exchanges
    if not found:
        return f"nothing was recorded, so {path} is as it was"
    said = write_recorded(
        path,
        found,
        provider=lane.provider,
        recorded_by="mock",
        command=again,
        secrets=lane.credentials.values(),
    )
    return f"{said}; {left} that were not whole are left out" if left else said


def _address_of(provider: Provider) -> str:
    try:
        return live_url(provider)
    except UsageError:
        return "http://localhost"


def _hosts(provider: Provider, more: tuple[str, ...]) -> Hosts:
    urls = [*provider.contract.server_urls, *provider.contract.server_templates, *provider.card.base_urls]
    return hosts_of([*urls, *filter(None, more)])


def _tell(mocked: Mocking, mock: Mock) -> None:
    asked_by = " or ".join([f"${mock.provider.service}_BASE_URL", *mock.hosts.names[:2]])
    for line in account(
        mocked.lanes,
        refused=mocked.routes.refused,
        distrusted=mocked.proxy.broken_off,
        unreached=mocked.proxy.unreached,
        asked_by={mock.provider.name: asked_by},
    ):
        click.echo(f"harness: {line}", err=True)


def _again(
    provider: str,
    command: tuple[str, ...],
    path: Path,
    base_url: str | None,
    mock: bool,
    hosts: tuple[str, ...],
    allowed: tuple[str, ...],
    seed: int,
) -> str:
    """The command that records the same again."""
    words = ["harness", "record", provider, "--to", str(path), "--record", "all"]
    words += ["--base-url", base_url] if base_url else []
    words += ["--mock", "--seed", str(seed)] if mock else []
    words += [word for host in hosts for word in ("--host", host)]
    words += [word for host in allowed for word in ("--allow", host)]
    return shlex.join([*words, "--", *command])
