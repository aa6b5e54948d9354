"""`python -m loadtests.bench`: the command line, and the rounds in which servers are measured side by side."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
import msgspec

from harness.errors import did_you_mean
from loadtests.bench import cold, documents, memory, scaling
from loadtests.bench.peers import PEERS, Peer, Setting
from loadtests.bench.process import NotServing, Server, cores, free_port, running
from loadtests.bench.table import Sample, rows, tables
from loadtests.bench.traffic import KINDS, Asked, Kind, asked, wrong_with
from loadtests.bench.wrk import Load, drive

CONNECTIONS = 32
WARM_UP_S = 3.0
"""A Java server compiles for as long as that, and longer."""


class Plan(msgspec.Struct, frozen=True):
    """How long, and how often. `variants`: different requests of each kind, sent in turn."""

    rounds: int
    seconds: float
    variants: int

    @property
    def single_s(self) -> float:
        """How long a single connection is measured."""
        return max(1.0, self.seconds / 3)

    def lasts_s(self, servers: int, kinds: int) -> float:
        """All of it, starting the servers aside."""
        return servers * kinds * (WARM_UP_S + self.rounds * (self.seconds + self.single_s))


def _names(_: click.Context, __: click.Parameter, text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if name not in PEERS:
            raise click.BadParameter(
                f"no peer {name!r}; {did_you_mean(name, PEERS)}; known: {', '.join(PEERS)}"
            )
    return names


@click.command()
@click.option(
    "--peers", "names", default=",".join(PEERS), callback=_names, help="Names, by commas; else all."
)
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option(
    "--seconds", default=3.0, show_default=True, type=click.FloatRange(1, 60), help="Of one measurement."
)
@click.option(
    "--variants",
    default=1000,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help="Different requests of each kind, in turn. With 1, the same one over and over.",
)
@click.option(
    "--npm", type=click.Path(file_okay=False, path_type=Path), help="A folder with the peers from npm."
)
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Every sample, as JSON.")
@click.option(
    "--documents", "on_documents", is_flag=True, help="Ours on Stripe's and GitHub's documents instead."
)
@click.option("--start-up", is_flag=True, help="Cold starts instead: a process, to its first valid answer.")
@click.option(
    "--workers",
    type=click.IntRange(2, 64),
    help="Ours in so many processes beside one, on all cores, instead.",
)
@click.option("--memory", "in_memory", is_flag=True, help="What ours holds in memory instead.")
def main(
    names: tuple[str, ...],
    rounds: int,
    seconds: float,
    variants: int,
    npm: Path | None,
    report: Path | None,
    on_documents: bool,
    start_up: bool,
    workers: int | None,
    in_memory: bool,
) -> None:
    """Measure the mock server beside its peers, on loopback, the server on one core and wrk on another.

    $HARNESS_CORPUS names a folder with Stripe's and GitHub's documents, for what is measured on them.
    """
    signal.signal(signal.SIGTERM, _as_interrupt)
    npm = npm.resolve() if npm else None
    plan = Plan(rounds, seconds, variants)
    try:
        click.echo(_conditions())
        if start_up:
            found = documents.known(documents.corpus())
            installed = [PEERS[name] for name in names if name != "ours-planned"]
            click.echo(cold.report(installed, found, npm=npm, rounds=rounds, core=cores()[0]))
        elif workers:
            with _folder() as own:
                scaled = scaling.report(
                    workers, rounds=rounds, seconds=seconds, variants=variants, folder=Path(own)
                )
            click.echo(scaled)
        elif in_memory:
            click.echo(memory.report(documents.known(documents.corpus()), core=cores()[0]))
        else:
            samples = (
                _on_documents(plan) if on_documents else _beside_peers([PEERS[n] for n in names], plan, npm)
            )
            if report is not None:
                report.write_bytes(msgspec.json.encode(samples))
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nstopped, and every server with it", err=True)
        raise SystemExit(130) from None


def _as_interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _conditions() -> str:
    server, load = cores()
    if shutil.which("taskset") is None:
        raise click.ClickException("taskset is missing: apt-get install -y util-linux")
    if server == load:
        raise click.ClickException("one core is too few: the server and wrk want one each")
    average = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return f"server on core {server}, wrk on core {load}; load average before: {average}\n"


def _beside_peers(peers: Sequence[Peer], plan: Plan, npm: Path | None) -> list[Sample]:
    if shutil.which("wrk") is None:
        raise click.ClickException("wrk is missing: apt-get install -y wrk")
    with ExitStack() as open_:
        wanted = Setting(0, Path(), npm=npm, variants=plan.variants)
        servers = dict(_started(peers, wanted, open_))
        click.echo(f"about {plan.lasts_s(len(servers), len(KINDS)) / 60:.1f} minutes\n", err=True)
        variants = {
            kind.name: [asked(kind, number) for number in range(1, plan.variants + 1)] for kind in KINDS
        }
        samples = list(_measured(servers, KINDS, variants, plan, Path(open_.enter_context(_folder()))))
    checks = {peer.name: peer.checks for peer in peers}
    click.echo(tables(rows(samples), KINDS, checks=checks))
    return samples


def _on_documents(plan: Plan) -> list[Sample]:
    """Ours, a GET of each document, beside nginx with an answer as long: the size of the document should not matter,
    and that of the answer costs whoever sends it."""
    samples: list[Sample] = []
    kinds = []
    for known in documents.gets(documents.corpus()):
        click.echo(known.name, err=True)
        with ExitStack() as open_:
            setting = Setting(free_port(), Path(open_.enter_context(_folder())), known.path)
            ours = _start(PEERS["ours"], setting, open_)
            ours.until_it_answers(known.target.format(number=1), headers=known.headers)
            length = len(ours.ask("GET", known.target.format(number=1), headers=known.headers).body)
            kinds.append(Kind(f"{known.name}, {length:,} bytes", 0.70))
            variants = {kinds[-1].name: [known.asked(number) for number in range(1, plan.variants + 1)]}
            limit = Setting(0, setting.folder, answer_bytes=length)
            servers = {**dict(_started([PEERS["nginx"]], limit, open_)), "ours": ours}
            samples += _measured(servers, kinds[-1:], variants, plan, setting.folder)
    click.echo(tables(rows(samples), kinds, checks={}))
    return samples


def _started(peers: Iterable[Peer], wanted: Setting, open_: ExitStack) -> Iterator[tuple[str, Server]]:
    """Every peer that is installed and answers, each with a port and a folder of its own; the others are named, with
    the reason."""
    for peer in peers:
        folder = Path(open_.enter_context(_folder()))
        setting = msgspec.structs.replace(wanted, port=free_port(), folder=folder)
        try:
            server = _start(peer, setting, open_)
            server.until_it_answers(asked(KINDS[0], 1).target)
        except NotServing as reason:
            click.echo(f"skipped {peer.name}: {reason}", err=True)
            continue
        click.echo(f"started {peer.name}", err=True)
        yield peer.name, server


def _start(peer: Peer, setting: Setting, open_: ExitStack) -> Server:
    start = peer.start(setting)
    if start is None:
        raise NotServing(f"not installed: {peer.install}")
    return open_.enter_context(
        running(
            start.command,
            port=setting.port,
            core=cores()[0],
            folder=setting.folder,
            environment=start.environment,
            cwd=start.cwd,
        )
    )


def _measured(
    servers: dict[str, Server],
    kinds: Sequence[Kind],
    variants: dict[str, list[Asked]],
    plan: Plan,
    folder: Path,
) -> Iterator[Sample]:
    """Round by round, kind by kind, the servers one after another, so that a slow minute of the machine strikes all
    of them. A server whose answers are wrong is out for that kind."""
    out: set[tuple[str, str]] = set()
    core = cores()[1]
    for number in range(plan.rounds + 1):
        for kind in kinds:
            requests = variants[kind.name]
            for name, server in servers.items():
                if (name, kind.name) in out:
                    continue
                try:
                    _require_answer(server, kind, requests[0])
                    if number == 0:
                        _drive(server, requests, CONNECTIONS, WARM_UP_S, core, folder)
                        continue
                    before_s = server.cpu_s()
                    many = _drive(server, requests, CONNECTIONS, plan.seconds, core, folder)
                    cpu_us = (server.cpu_s() - before_s) / many.requests * 1e6
                    single = _drive(server, requests, 1, plan.single_s, core, folder)
                except (NotServing, ValueError, OSError) as reason:
                    click.echo(f"{name} is no result for {kind.name}: {reason}", err=True)
                    out.add((name, kind.name))
                    continue
                yield Sample(name, kind.name, number, many, single, cpu_us)


def _drive(
    server: Server, requests: list[Asked], connections: int, for_s: float, core: int, folder: Path
) -> Load:
    load = drive(server.url, requests, connections=connections, for_s=for_s, core=core, folder=folder)
    if load.wrong:
        raise NotServing(load.wrong)
    return load


def _require_answer(server: Server, kind: Kind, request: Asked) -> None:
    """A fast error is no result."""
    headers = {"Authorization": f"Bearer {request.bearer}"} if request.bearer else {}
    answer = server.ask(request.method, request.target, body=request.body, headers=headers)
    wrong = wrong_with(kind, answer.status, answer.body)
    if wrong:
        raise NotServing(f"{request.method} {request.target}: {wrong}")


@contextmanager
def _folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="harness-bench-", ignore_cleanup_errors=True) as folder:
        yield folder
