"""`harness serve`: one or more mocked providers, and the control API, until stopped."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

import click
import msgspec

from harness.cli.loading import find_plan, find_provider
from harness.cli.numbers import DEFAULT_SEED, Whole
from harness.cli.output import say
from harness.cli.stopping import run
from harness.console.serve import serve as run_server
from harness.errors import UsageError
from harness.server.lanes import Lane


@click.command()
@click.argument("providers", nargs=-1, required=True, metavar="PROVIDER|DOCUMENT...")
@click.option(
    "--port",
    type=Whole(0, 65535),
    metavar="N",
    default=0,
    help="Of the first provider; the others follow. Else any free one.",
)
@click.option(
    "--control-port",
    type=Whole(0, 65535),
    metavar="N",
    default=0,
    help="Of the control API. Else any free one.",
)
@click.option(
    "--plan",
    metavar="NAME|FILE",
    help="How they go wrong: a plan of each provider, or a YAML file. Else not at all.",
)
@click.option(
    "--seed", type=Whole(0), metavar="N", default=DEFAULT_SEED, show_default=True, help="Of what is answered."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json: one line for each provider, for programs.",
)
def serve(
    providers: tuple[str, ...],
    port: int,
    control_port: int,
    plan: str | None,
    seed: int,
    form: Literal["text", "json"],
) -> int:
    """Play providers, bundled ones or OpenAPI documents of yours, on loopback until stopped by Ctrl-C.

    \b
      harness serve stripe --plan rate_limited
      harness serve stripe github my-openapi.yaml --format json

    Each has a lane of its own. The control API opens more of them, changes plans, and gives journals and verdicts;
    GET /openapi.json on it says how.
    """
    known = [find_provider(name) for name in providers]
    if port and port + len(known) - 1 > 65535:
        raise UsageError(f"--port {port} leaves no ports for {len(known)} providers; they take one each")
    plans = [find_plan(provider, plan) for provider in known]
    # A name means each provider's own plan of that name; a file is one plan for all.
    chosen = plan if plan and all(plan in provider.plans for provider in known) else plans[0]
    told: list[Lane] = []

    def on_listening(lane: Lane, control: str) -> None:
        told.append(lane)
        say(_line(lane, control) if form == "json" else _text(lane))
        if form == "text" and len(told) == len(known):
            say(f"\ncontrol API: {control}  (GET /openapi.json)\nCtrl-C stops.")

    serving = run_server(
        known, port=port, control_port=control_port, plan=chosen, seed=seed, on_listening=on_listening
    )
    with suppress(KeyboardInterrupt):  # the way to end it
        run(serving)
    if form == "text":
        served = sum(len(lane.journal) for lane in told)
        say(f"stopped after {served} request{'' if served == 1 else 's'}")
    return 0


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
