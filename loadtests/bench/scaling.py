"""What a second process brings: ours with one worker and with several, on all cores, wrk beside them.

wrk needs a core itself. So the rate alone does not tell what workers would do on cores of their own: the processor
time of a request does, which must not rise by there being several.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import msgspec

from loadtests.bench.peers import Setting, ours
from loadtests.bench.process import Server, free_port, running
from loadtests.bench.table import aligned
from loadtests.bench.traffic import KINDS, Asked, asked
from loadtests.bench.wrk import Load, drive

CONNECTIONS = 32


class Sample(msgspec.Struct, frozen=True):
    """One measurement: the rate, and the processor time of a request in all workers together."""

    per_s: float
    cpu_us: float


def report(workers: int, *, rounds: int, seconds: float, variants: int, folder: Path) -> str:
    """A table: rates, processor times, and what so many workers come to on as many cores of their own."""
    lines: list[tuple[str, ...]] = [
        ("request", "workers", "requests/s", "cpu us", "of one's rate", "on cores of their own")
    ]
    with ExitStack() as open_:
        servers = {number: _started(number, folder, open_) for number in (1, workers)}
        for kind in KINDS:
            requests = [asked(kind, number) for number in range(1, variants + 1)]
            measured: dict[int, list[Sample]] = {number: [] for number in servers}
            for turn in range(rounds + 1):
                for number, server in servers.items():
                    sample = _measured(server, requests, seconds, folder)
                    if turn:  # the first warms up
                        measured[number].append(sample)
            lines += table_lines(kind.name, measured)
    return aligned(lines)


def _started(workers: int, folder: Path, open_: ExitStack) -> Server:
    own = folder / f"workers-{workers}"
    own.mkdir()
    setting = Setting(free_port(), own)
    start = ours("--workers", str(workers))(setting)
    server = open_.enter_context(
        running(start.command, port=setting.port, core=None, folder=own, cwd=start.cwd)
    )
    server.until_it_answers(asked(KINDS[0], 1).target)
    return server


def _measured(server: Server, requests: list[Asked], seconds: float, folder: Path) -> Sample:
    before_s = server.cpu_s()
    load: Load = drive(server.url, requests, connections=CONNECTIONS, for_s=seconds, core=None, folder=folder)
    if load.wrong:
        raise ValueError(load.wrong)
    return Sample(load.per_s, (server.cpu_s() - before_s) / load.requests * 1e6)


def table_lines(kind: str, measured: dict[int, list[Sample]]) -> Iterator[tuple[str, ...]]:
    """A line for each number of workers, round by round beside the first."""
    (_, one), *_ = measured.items()
    for number, samples in measured.items():
        pairs = list(zip(samples, one, strict=True))
        yield (
            kind,
            f"{number}",
            f"{median(each.per_s for each in samples):,.0f}",
            f"{median(each.cpu_us for each in samples):,.1f}",
            f"{median(each.per_s / single.per_s for each, single in pairs):.2f}",
            f"{number * median(single.cpu_us / each.cpu_us for each, single in pairs):.2f}",
        )
