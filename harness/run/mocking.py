"""Mocked providers around a program: a lane for each, a proxy before them, and what the program is started with."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path

import msgspec

from harness.contract.hosts import Hosts
from harness.contract.provider import Provider
from harness.faults.plan import Plan
from harness.run.surroundings import own_network, spelt, surroundings
from harness.server.desk import Source
from harness.server.lane import Lane
from harness.server.lanes import Lanes
from harness.server.proxy import Proxy
from harness.server.routes import Routes
from harness.server.upstream import ways_out

WEB_PORTS = frozenset((80, 443))


class Mock(msgspec.Struct, frozen=True):
    """A provider to mock: how it goes wrong, and the hosts that it is asked for by. `source`: where its answers come
    from instead of being made; the program keeps credentials of its own then."""

    provider: Provider
    plan: Plan | None
    hosts: Hosts
    source: Source | None = None


class Mocking(msgspec.Struct, frozen=True):
    """Providers that are mocked now. `env`: the whole environment of a program that is to meet them."""

    lanes: tuple[Lane, ...]
    routes: Routes
    proxy: Proxy
    env: dict[str, str]


@asynccontextmanager
async def mocking(
    mocks: Sequence[Mock], *, environ: Mapping[str, str], seed: int = 0, allowed: Sequence[str] = ()
) -> AsyncIterator[Mocking]:
    """Mock the providers for as long as the context lasts. `environ`: what the program would find without us.

    UsageError where two of them claim the same host.
    """
    lanes = Lanes()
    with tempfile.TemporaryDirectory(prefix="harness-") as folder:
        try:
            opened = tuple(
                [
                    await lanes.open(
                        mock.provider, plan=mock.plan, seed=seed, source=mock.source, vouched=True
                    )
                    for mock in mocks
                ]
            )
            claimed = [mock.hosts for mock in mocks]
            beside = own_network(environ, claimed)
            routes = Routes(
                zip(opened, claimed, strict=True),
                allowed=[*allowed, *chain.from_iterable(map(spelt, beside))],
                way_out=ways_out(environ),
            )
            proxy = Proxy(routes, lanes.authority)
            proxy.start()
            try:
                env = surroundings(
                    environ,
                    ca=lanes.authority.pem,
                    proxy=proxy.url,
                    ports=WEB_PORTS.union(*(mock.hosts.ports for mock in mocks)),
                    folder=Path(folder),
                    beside=beside,
                )
                for lane, mock in zip(opened, mocks, strict=True):
                    told = lane.env if len(opened) == 1 else _its_own(lane)
                    env |= told if mock.source is None else _but_for_credentials(lane, told, environ)
                yield Mocking(opened, routes, proxy, env)
            finally:
                await proxy.close()
        finally:
            await lanes.close_all()


def _but_for_credentials(lane: Lane, told: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """What the program is told, but for credentials that it has already: those are for the live provider."""
    ours = set(lane.credentials.values())
    return {name: value for name, value in told.items() if value not in ours or name not in environ}


def _its_own(lane: Lane) -> dict[str, str]:
    """Its variables without `HARNESS_...`, which could be anybody's of several."""
    return {name: value for name, value in lane.env.items() if not name.startswith("HARNESS_")}
