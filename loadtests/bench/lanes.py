"""What a test pays for a mocked provider: `python -m loadtests.bench.lanes [--lanes N] [--provider NAME]`.

As the pytest plugin does it: the first one of a process loads the engine and the document, each later one opens a
lane (a port, credentials, a journal) and closes it again.
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import quantiles

import click


@click.command(help=__doc__)
@click.option("--lanes", default=1000, show_default=True)
@click.option("--provider", default="stripe", show_default=True)
def main(lanes: int, provider: str) -> None:
    here = Path.cwd()

    began_s = time.perf_counter()
    # Here and not above: loading it is part of what is measured.
    from harness.pytest_plugin.bench import bench_of
    from harness.pytest_plugin.mocked import MockProvider
    from harness.pytest_plugin.opening import open_provider

    loaded_s = time.perf_counter()
    bench = bench_of(here, 0)

    def opened() -> MockProvider:
        return open_provider(
            bench,
            provider,
            near=here,
            nodeid="",
            plan="outage",
            seed=None,
            timeout_s=5.0,
            allow=(),
            tls=False,
        )

    opened().close()
    ready_s = time.perf_counter()
    click.echo(
        f"engine {1000 * (loaded_s - began_s):.0f} ms, first lane {1000 * (ready_s - loaded_s):.0f} ms"
    )

    opening_s, closing_s = [], []
    for _ in range(lanes):
        start_s = time.perf_counter()
        mocked = opened()
        open_s = time.perf_counter()
        mocked.close()
        opening_s.append(open_s - start_s)
        closing_s.append(time.perf_counter() - open_s)
    bench.stop()
    for what, times_s in (("to open", opening_s), ("to close", closing_s)):
        cuts = quantiles(times_s, n=100)
        click.echo(f"{what}: p50 {1000 * cuts[49]:.2f} ms, p99 {1000 * cuts[98]:.2f} ms, of {lanes} lanes")


if __name__ == "__main__":
    main()
