"""`harness serve`: one or more mocked providers, and the control API, until stopped."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
import msgspec

from harness.cli import trust as trust_of
from harness.cli.loading import find_plan, find_provider
from harness.cli.numbers import DEFAULT_SEED, Whole
from harness.cli.output import say
from harness.cli.stopping import run
from harness.console.serve import serve as run_server
from harness.contract.provider import Provider
from harness.errors import UsageError
from harness.server.front import LaneFront
from harness.server.lanes import Stores
from harness.server.loop import new_loop

if TYPE_CHECKING:
    from harness.cli.recording import Recording
    from harness.server.workers import Workers


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
    "--workers",
    type=Whole(1, 64),
    metavar="N",
    default=1,
    show_default=True,
    help="Processes that share the work. What counts from one request to the next stays with one of them.",
)
@click.option(
    "--store",
    metavar="URL",
    help="redis://HOST:PORT/DB: servers of the same provider and seed remember together. Takes harness[redis].",
)
@click.option(
    "--tls", is_flag=True, help="They speak TLS: https, with certificates of a CA made for this run."
)
@click.option(
    "--ca-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where that CA's certificate is written, too. With --tls.",
)
@click.option(
    "--cassette",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Recorded exchanges answer, matched by what a request means. Of one provider.",
)
@click.option(
    "--record",
    type=click.Choice(["none", "new"]),
    default="none",
    show_default=True,
    help="new: what the cassette lacks is asked of the live provider, and kept in it without secrets.",
)
@click.option("--base-url", metavar="URL", help="Where the live provider is. Else where its documents say.")
@click.option(
    "--webhooks",
    metavar="URL",
    help="Where to send the events that requests cause, signed as the provider signs them. On this machine.",
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
    workers: int,
    store: str | None,
    cassette: Path | None,
    record: Literal["none", "new"],
    base_url: str | None,
    webhooks: str | None,
    tls: bool,
    ca_file: Path | None,
    form: Literal["text", "json"],
) -> int:
    """Play providers, bundled ones or OpenAPI documents of yours, on loopback until stopped by Ctrl-C.

    \b
      harness serve stripe --plan rate_limited
      harness serve stripe github my-openapi.yaml --format json

    Each has a lane of its own. The control API opens more of them, changes plans, and gives journals and verdicts;
    GET /openapi.json on it says how.

    With --workers, a provider of which only the document is known is played by all of them, on one port; one that
    remembers (quotas, idempotency keys, resources) or is given a plan that counts, by one of them alone. With
    --store, what the providers named here remember is in Redis, for as many servers and workers as like; plans and
    journals stay with each server.

    With --tls, the variables that are told make most programs trust the CA. Plans with tls.expired and the like show
    what a client makes of certificates that are not as they should be: `harness explain tls.expired`.
    """
    known = [find_provider(name, or_webhooks=True) for name in providers]
    gc.freeze()  # documents stay: no collection needs to walk them
    if port and port + len(known) - 1 > 65535:
        raise UsageError(f"--port {port} leaves no ports for {len(known)} providers; they take one each")
    if webhooks and workers > 1:
        raise UsageError(
            "--webhooks takes one process: no worker knows all that happens, so leave out --workers"
        )
    plans = [find_plan(provider, plan) for provider in known]
    # A name means each provider's own plan of that name; a file is one plan for all.
    chosen = plan if plan and all(plan in provider.plans for provider in known) else plans[0]
    trust_of.require_tls(tls, ca_file=ca_file, workers=workers, plans=plans)
    stores = _stores(store) if store else None
    playing = _playing(cassette, record, base_url, known, workers) if cassette or base_url else None
    if record == "new" and playing is None:
        raise UsageError("--record new needs --cassette FILE, where it is kept")
    told: list[LaneFront] = []

    def on_listening(lane: LaneFront, control: str) -> None:
        told.append(lane)
        if webhooks and lane.webhooks is not None:
            lane.webhooks.subscribe(webhooks)
        say(_line(lane, control, trust) if form == "json" else _text(lane))
        if form == "text" and len(told) == len(known):
            say(f"{trust_of.told(trust)}\ncontrol API: {control}  (GET /openapi.json)\nCtrl-C stops.")

    with (
        suppress(KeyboardInterrupt),  # Ctrl-C ends it
        _working(workers, known, stores) as crew,
        trust_of.vouching(tls, ca_file) as (authority, trust),
    ):
        serving = run_server(
            known,
            port=port,
            control_port=control_port,
            plan=chosen,
            seed=seed,
            on_listening=on_listening,
            workers=crew,
            stores=stores,
            source=playing.player if playing else None,
            authority=authority,
        )
        run(serving, new_loop=new_loop)
    kept = playing.keep() if playing else ""
    if form == "text":
        if kept:
            say(kept)
        served = sum(lane.seen for lane in told)
        say(f"stopped after {served} request{'' if served == 1 else 's'}")
    return 0


def _playing(
    cassette: Path | None, record: str, base_url: str | None, known: Sequence[Provider], workers: int
) -> Recording:
    """What answers instead of the mock."""
    # Imported here: few ask for it, and it speaks HTTP as a client does.
    from harness.cli.recording import Recording

    if cassette is None:
        raise UsageError("--base-url is for --cassette FILE --record new")
    if len(known) > 1 or workers > 1:
        raise UsageError("--cassette is of one provider, played in one process")
    return Recording.of(known[0], cassette, record="new" if record == "new" else "none", base_url=base_url)


@contextmanager
def _working(count: int, known: Sequence[Provider], stores: Stores | None) -> Iterator[Workers | None]:
    """So many worker processes for as long as they are needed; None where this process does it all."""
    if count == 1:
        yield None
        return
    # Imported here: one process needs none of it, and is to answer at once.
    from harness.server.workers import Workers

    workers = Workers.start(count, known, stores=stores)
    try:
        yield workers
    finally:
        workers.stop()


def _stores(url: str) -> Stores:
    """The memories in a Redis. UsageError where there is none, or no package that speaks to it."""
    # Imported here: an optional package, and few ask for it.
    try:
        from harness.server.redis_store import RedisStores
    except ModuleNotFoundError:
        raise UsageError("--store takes the package redis: pip install 'harness[redis]'") from None
    return RedisStores(url).store


def _line(lane: LaneFront, control: str, trust: Mapping[str, str]) -> str:
    """The lane as one line of JSON, for programs."""
    told = {
        "provider": lane.provider.name,
        "url": lane.url,
        "control": control,
        "lane": lane.id,
        "seed": lane.seed,
        "env": {**lane.env, **trust},
    }
    return msgspec.json.encode(told).decode()


def _text(lane: LaneFront) -> str:
    """The lane for people: its address, how it goes wrong, and what a client is started with."""
    card = lane.provider.card
    plan = f", going wrong by {lane.plan.name}" if lane.plan else ""
    lines = [f"{card.title} at {lane.url}{plan} (lane {lane.id}, seed {lane.seed})"]
    lines += [
        f"  export {name}={value}" for name, value in lane.env.items() if not name.startswith("HARNESS_")
    ]
    return "\n".join(lines)
