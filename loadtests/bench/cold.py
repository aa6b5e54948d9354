"""Cold starts: a new process, to its first valid answer; and `harness --help`.

As after an installation: the bytecode of all modules is there, which a start that does not count has written, also
where this Python is told to write none.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

import click
import msgspec
import yaml

from loadtests.bench.documents import Known
from loadtests.bench.peers import HERE, Peer, Setting
from loadtests.bench.process import NotServing, free_port, running
from loadtests.bench.table import aligned

HELP_GOAL_S = 0.15
YAML_GOALS_S = {"Stripe": 0.5, "GitHub": 0.8}


def report(peers: Iterable[Peer], found: Iterable[Known], *, npm: Path | None, rounds: int, core: int) -> str:
    """Seconds from starting a process to the first valid answer. Peers other than ours: on the petstore only."""
    found = list(found)
    lines = [("server", "document", "seconds", "slowest", "of them cpu", "goal")]
    with tempfile.TemporaryDirectory(prefix="harness-bench-") as folder:
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(Path(folder, "bytecode"))}
        for peer in peers:
            documents = [*found, *_in_yaml(found, Path(folder))] if peer.name == "ours" else found[:1]
            for document in documents:
                try:
                    times = [
                        first_answer_s(peer, document, npm=npm, core=core, environment=compiled)
                        for _ in range(1 + rounds)
                    ][1:]
                except NotServing as reason:
                    click.echo(f"skipped {peer.name} on {document.name}: {reason}", err=True)
                    continue
                goal = f"{document.goal_s:g}" if peer.name == "ours" else "-"
                lines.append((peer.name, document.name, *_seconds(times), goal))
        helps = [help_s(compiled) for _ in range(1 + rounds)][1:]
    lines.append(("harness --help", "", *_seconds(helps), f"{HELP_GOAL_S:g}"))
    return aligned(lines)


def _seconds(times: list[tuple[float, float]]) -> tuple[str, str, str]:
    wall, cpu = [each[0] for each in times], [each[1] for each in times]
    return f"{median(wall):.3f}", f"{max(wall):.3f}", f"{median(cpu):.3f}"


def first_answer_s(
    peer: Peer, document: Known, *, npm: Path | None, core: int, environment: Mapping[str, str]
) -> tuple[float, float]:
    """The time until the first valid answer was whole, and the processor time that the server took for it."""
    with tempfile.TemporaryDirectory(prefix="harness-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        port = free_port()
        start = peer.start(Setting(port, folder, document.path, npm))
        if start is None:
            raise NotServing(f"not installed: {peer.install}")
        began_s = time.monotonic()
        with running(
            start.command,
            port=port,
            core=core,
            folder=folder,
            environment={**environment, **start.environment},
            cwd=start.cwd,
        ) as server:
            target = document.asked(1).target
            answered_s = server.until_it_answers(target, headers=document.headers)
            cpu_s = server.cpu_s()
            answer = server.ask("GET", target, headers=document.headers)
            try:
                msgspec.json.decode(answer.body)
            except msgspec.MsgspecError as error:
                raise NotServing(f"GET {target} got no JSON: {error}") from None
    return answered_s - began_s, cpu_s


def help_s(environment: Mapping[str, str]) -> tuple[float, float]:
    """The time of `harness --help`, in all and on the processor."""
    command = Path(sys.executable).with_name("harness")
    arguments = [str(command)] if command.exists() else [sys.executable, "-m", "harness"]
    return _timed(
        lambda: subprocess.run(
            [*arguments, "--help"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=HERE,
            env={**os.environ, **environment},
        )
    )


def _timed(run: Callable[[], object]) -> tuple[float, float]:
    before, began_s = getrusage(RUSAGE_CHILDREN), time.monotonic()
    run()
    after, ended_s = getrusage(RUSAGE_CHILDREN), time.monotonic()
    return ended_s - began_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _in_yaml(found: Iterable[Known], folder: Path) -> Iterable[Known]:
    """The JSON documents, written as YAML."""
    for document in found:
        if document.path.suffix == ".json":
            path = folder / f"{document.path.stem}.yaml"
            value = msgspec.json.decode(document.path.read_bytes())
            with path.open("w", encoding="utf-8") as file:
                yaml.dump(value, file, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False)
            yield Known(
                f"{document.name}, YAML", path, document.target, YAML_GOALS_S[document.name], document.bearer
            )
