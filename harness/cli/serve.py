"""`harness serve`: one or more mocked providers, and the control API, until stopped."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Literal

import click
import msgspec

from harness.cli.loading import find_plan
from harness.cli.verify import DEFAULT_SEED
from harness.console.serve import serve as run_server
from harness.contract.files import load_provider
from harness.server.lanes import Lane


@click.command()
@click.argument("providers", nargs=-1, required=True, metavar="PROVIDER|DOCUMENT...")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Of the first; the others follow. Free if absent.",
)
@click.option(
    "--control-port", type=click.IntRange(0, 65535), default=0, help="Of the control API. Free if absent."
)
@click.option(
    "--plan", metavar="NAME|FILE", help="How they go wrong: a plan of each provider, or a YAML file."
)
@click.option("--seed", type=click.IntRange(min=0), default=DEFAULT_SEED, show_default=True)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def serve(
    providers: tuple[str, ...],
    port: int,
    control_port: int,
    plan: str | None,
    seed: int,
    form: Literal["text", "json"],
) -> int:
    """Play providers, bundled ones or OpenAPI documents of yours, on loopback until stopped by Ctrl-C.

    Each has a lane of its own. The control API opens more of them, changes plans, and gives journals and verdicts;
    GET /openapi.json on it says how.
    """
    known = [load_provider(name) for name in providers]
    plans = [find_plan(provider, plan) for provider in known]
    # A name means each provider's own plan of that name; a file is one plan for all.
    chosen = plan if plan and all(plan in provider.plans for provider in known) else plans[0]
    told: list[Lane] = []

    def on_listening(lane: Lane, control: str) -> None:
        told.append(lane)
        click.echo(_line(lane, control) if form == "json" else _text(lane))
        if form == "text" and len(told) == len(known):
            click.echo(f"\ncontrol API: {control}  (GET /openapi.json)\nCtrl-C stops.")

    async def run(stop: asyncio.Event) -> None:
        await run_server(
            known,
            port=port,
            control_port=control_port,
            plan=chosen,
            seed=seed,
            on_listening=on_listening,
            stop=stop,
        )

    _until_stopped(run)
    if form == "text":
        served = sum(len(lane.journal) for lane in told)
        click.echo(f"stopped after {served} request{'' if served == 1 else 's'}")
    return 0


def _until_stopped(run: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run until SIGINT or SIGTERM says stop, then let it end in order."""

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await run(stop)

    asyncio.run(main())


def _line(lane: Lane, control: str) -> str:
    """The lane as one line of JSON, for programs."""
    told = {
        "provider": lane.provider.name,
        "url": lane.url,
        "control": control,
        "lane": lane.id,
        "seed": lane.seed,
        "env": lane.env,
    }
    return msgspec.json.encode(told).decode()


def _text(lane: Lane) -> str:
    """The lane for people: its address, how it goes wrong, and what a client is started with."""
    card = lane.provider.card
    plan = f", going wrong by {lane.plan.name}" if lane.plan else ""
    lines = [f"{card.title} at {lane.url}{plan} (lane {lane.id}, seed {lane.seed})"]
    lines += [
        f"  export {name}={value}" for name, value in lane.env.items() if not name.startswith("HARNESS_")
    ]
    return "\n".join(lines)
