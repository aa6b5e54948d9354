"""`harness demo`: the main job on two bundled clients, with nothing to configure."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.loading import find_provider
from harness.cli.numbers import DEFAULT_SEED, Whole
from harness.cli.output import ascii_only, coloured, say, width
from harness.cli.progress import Progress
from harness.cli.report_files import write_report
from harness.cli.scenarios import find_scenarios
from harness.cli.stopping import run
from harness.cli.trust import trusted
from harness.cli.writing import require_writable, write_text
from harness.model.policy import Policy
from harness.model.report import Report
from harness.report import compare, index
from harness.report.terminal import telling
from harness.run.callspec import parse_call
from harness.run.runner import verify as run_battery
from harness.server.lanes import Lanes

CLIENTS = ("careful", "careless")
FOLDER = Path("harness-report")

NEXT = """\
Next
  look      {index}
  read      both clients: {source}
  explain   harness explain retry.honours_retry_after
  your own  harness verify --provider stripe --call read=your.module:function
            harness verify --provider stripe --call read="node get.js" --report {folder}/mine.html
  in a clone, `uv run` comes before each of these commands"""


@click.command()
@click.option("--seed", type=Whole(0), metavar="N", default=DEFAULT_SEED, show_default=True)
def demo(seed: int) -> int:
    """Play Stripe, and judge two clients that come with the package: a careful one and a careless one."""
    page = FOLDER / "index.html"
    require_writable(page)
    click.echo("Playing Stripe, and running two clients through every scenario of the battery ...", err=True)
    reports = run(_both(seed))
    for report in reports:
        for ending in ("html", "json", "xml", "md"):
            write_report(FOLDER / f"{report.client}.{ending}", report)
    write_text(page, index(reports, [f"{report.client}.html" for report in reports]))
    say(compare(reports, width=width(), colour=coloured(), ascii_only=ascii_only()))
    for report in reports:
        told = telling(report, width=width(), colour=coloured(), ascii_only=ascii_only())
        if told:
            what = "does wrong, the heaviest first" if report.counts.fail else "did not show clearly enough"
            say(f"What the {report.client} client {what}\n\n{told}")
    source = Path(__file__).parent.parent / "demo"
    say(NEXT.format(index=page, folder=FOLDER, source=source))
    return 0


async def _both(seed: int) -> list[Report]:
    """One client after the other: side by side they are in each other's way, and waits tell less."""
    provider = find_provider("stripe")
    scenarios = find_scenarios(provider)
    lanes = Lanes()
    try:
        with Progress("demo") as progress, trusted(lanes.authority) as trust:
            return [
                await run_battery(
                    provider,
                    [parse_call(call, f"harness.demo.{client}:{call}") for call in ("read", "write")],
                    scenarios=scenarios,
                    lanes=lanes,
                    policy=Policy(),
                    seed=seed,
                    client=client,
                    progress=progress.tell,
                    trust=trust,
                )
                for client in CLIENTS
            ]
    finally:
        await lanes.close_all()
