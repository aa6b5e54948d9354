"""`python -m loadtests.bench.load`: what a call under `harness load` costs, beside plain Locust against nginx.

One core for the generator and one for the server. Rounds are interleaved; what is told is the median. A call costs
processor time whatever else the machine does: trust that column where others are at work.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from subprocess import DEVNULL, run

import click
import msgspec

from harness.run.callspec import parse_call
from harness.run.load import scenario as scenarios
from harness.run.load.folders import run_folder
from harness.run.load.gather import gather
from harness.run.load.scenario import LoadScenario
from harness.run.load.setup import VARIABLE, setup_of, write_setup
from loadtests.bench.load_by.tally import OUT, SECONDS
from loadtests.bench.peers import DOCUMENT, PEERS, ROOT, Setting
from loadtests.bench.process import cores, free_port, on_core, running
from loadtests.bench.table import aligned
from loadtests.bench.traffic import KINDS, asked
from loadtests.bench.wrk import Load, drive

USERS = 20
CORE = "BENCH_LOAD_CORE"
BY = Path(__file__).parent / "load_by"


class Measured(msgspec.Struct, frozen=True):
    """Requests of one round, and the processor time of the generator and of the server for one."""

    rate_per_s: float
    generator_us: float
    server_us: float | None
    failures: int


@click.command()
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1, 50))
@click.option("--seconds", default=5.0, show_default=True, type=click.FloatRange(1, 60))
def main(rounds: int, seconds: float) -> None:
    """Plain Locust against nginx, and ours against the mock, in turn."""
    plain, ours = [], []
    for _ in range(rounds):
        plain.append(plainly(seconds))
        ours.append(by_ours(seconds))
    table = [["", "calls/s", "generator us", "server us", "failures"]]
    for name, measured in (("FastHttpUser, nginx", plain), ("ClientUser, mock", ours)):
        server = [each.server_us for each in measured if each.server_us is not None]
        table.append(
            [
                name,
                f"{median(each.rate_per_s for each in measured):.0f}",
                f"{median(each.generator_us for each in measured):.1f}",
                f"{median(server):.1f}" if server else "",
                str(sum(each.failures for each in measured)),
            ]
        )
    click.echo(aligned(table))
    by_rate = median(o.rate_per_s / p.rate_per_s for o, p in zip(ours, plain, strict=True))
    by_cpu = median(p.generator_us / o.generator_us for o, p in zip(ours, plain, strict=True))
    click.echo(
        f"\nours is {by_rate:.0%} of plain Locust by rate, {by_cpu:.0%} by the generator's processor time"
    )
    mock_us, nginx_us = added_at_half(seconds)
    click.echo(
        f"at half its peak the mock's p99 is {mock_us:.0f} us, {mock_us - nginx_us:.0f} us over nginx's"
    )


def added_at_half(seconds: float) -> tuple[float, float]:
    """The p99 of the mock and of nginx, in microseconds, at about half of the mock's peak rate: wrk asks over as few
    connections as that takes."""
    found: dict[str, float] = {}
    server_core, own_core = cores()
    pets = [asked(KINDS[0], number) for number in range(1, 1001)]
    few = 0
    for name in ("ours", "nginx"):
        with folder() as place:
            port = free_port()
            start = PEERS[name].start(Setting(port, place))
            if start is None:
                raise click.ClickException(f"{name} is not installed: {PEERS[name].install}")
            with running(start.command, port=port, core=server_core, folder=place, cwd=start.cwd) as server:
                server.until_it_answers("/pets/1")

                def driven(connections: int, url: str = f"http://127.0.0.1:{port}") -> Load:
                    return drive(
                        url, pets, connections=connections, for_s=seconds, core=own_core, folder=place
                    )

                if not few:
                    half = driven(32).per_s / 2
                    few = next((n for n in range(1, 16) if driven(n).per_s >= half), 16)
                found[name] = driven(few).p99_us
    return found["ours"], found["nginx"]


def plainly(seconds: float) -> Measured:
    """FastHttpUser against nginx."""
    server_core, own_core = cores()
    with folder() as place:
        port = free_port()
        start = PEERS["nginx"].start(Setting(port, place))
        if start is None:
            raise click.ClickException("nginx is not installed: apt-get install -y nginx-light")
        with running(start.command, port=port, core=server_core, folder=place) as server:
            server.until_it_answers("/pets/1")
            before_s = server.cpu_s()
            told = locust("plain.py", place, own_core, seconds, ["--host", f"http://127.0.0.1:{port}"], {})
            return measured(told, server.cpu_s() - before_s, seconds)


def by_ours(seconds: float) -> Measured:
    """ClientUser against the mock, which is started as `harness load` starts it, and put on its core."""
    server_core, own_core = cores()
    scenario = LoadScenario(
        "as fast as it goes",
        duration_s=seconds + 30,
        load=scenarios.Load(users=USERS, calls_per_s=0.0, arrivals="closed", ramp_s=1.0),
    )
    with folder() as place:
        calls = (parse_call("read", "loadtests.bench.load_by.client:read"),)
        write_setup(place, setup_of(scenario, provider=str(DOCUMENT), calls=calls))
        told = locust("ours.py", place, own_core, seconds, [], {VARIABLE: str(place), CORE: str(server_core)})
        seen = gather(run_folder(place, 1))
        mock = next(process for process in seen.processes if process.role == "mock")
        busy = sum(mock.cpu[1:-1]) / max(1, len(mock.cpu) - 2)
        rate = told["requests"] / told["lasted_s"]
        return measured(told, busy / rate * told["requests"], seconds)


def measured(told: dict[str, float], server_cpu_s: float, seconds: float) -> Measured:
    """What one round said."""
    requests = told["requests"]
    return Measured(
        requests / told["lasted_s"],
        told["cpu_s"] / requests * 1e6,
        server_cpu_s / requests * 1e6,
        int(told["failures"]),
    )


def locust(
    file: str, place: Path, core: int, seconds: float, options: list[str], environment: dict[str, str]
) -> dict[str, float]:
    """Run Locust on one core, and give what its process tallied."""
    out = place / "tally.json"
    command = [*on_core(core), sys.executable, "-m", "locust", "-f", str(BY / file), "--headless"]
    command += ["-u", str(USERS), "-r", str(USERS), "--only-summary", *options]
    given = {**os.environ, OUT: str(out), SECONDS: str(seconds), **environment}
    log = place / "locust.log"
    with log.open("wb") as said:
        run(command, cwd=ROOT, env=given, stdin=DEVNULL, stdout=said, stderr=said, check=False, timeout=120)
    if not out.exists():
        raise click.ClickException(log.read_text("utf-8", "replace")[-3000:])
    told: dict[str, float] = json.loads(out.read_text("utf-8"))
    return told


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for one round."""
    with tempfile.TemporaryDirectory(prefix="harness-bench-load-") as name:
        yield Path(name)


if __name__ == "__main__":
    main()
