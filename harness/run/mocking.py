"""Mocked providers around a program: a lane for each, a proxy before them, and what the program is started with."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from harness.contract.hosts import Hosts
from harness.contract.provider import Provider
from harness.faults.plan import Plan
from harness.run.surroundings import surroundings
from harness.server.lane import Lane
from harness.server.lanes import Lanes
from harness.server.proxy import Proxy
from harness.server.routes import Routes
from harness.server.tls import Authority

WEB_PORTS = frozenset((80, 443))


class Mock(msgspec.Struct, frozen=True):
    """A provider to mock: how it goes wrong, and the hosts that it is asked for by."""

    provider: Provider
    plan: Plan | None
    hosts: Hosts


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
    lanes, authority = Lanes(), Authority()
    with tempfile.TemporaryDirectory(prefix="harness-") as folder:
        try:
            opened = tuple([await lanes.open(mock.provider, plan=mock.plan, seed=seed) for mock in mocks])
            routes = Routes(zip(opened, (mock.hosts for mock in mocks), strict=True), allowed=allowed)
            proxy = Proxy(routes, authority)
            proxy.start()
            try:
                env = surroundings(
                    environ,
                    ca=authority.pem,
                    proxy=proxy.url,
                    ports=WEB_PORTS.union(*(mock.hosts.ports for mock in mocks)),
                    folder=Path(folder),
                )
                for lane in opened:
                    env |= lane.env if len(opened) == 1 else _its_own(lane)
                yield Mocking(opened, routes, proxy, env)
            finally:
                await proxy.close()
        finally:
            await lanes.close_all()


def _its_own(lane: Lane) -> dict[str, str]:
    """Its variables without `HARNESS_...`, which could be anybody's of several."""
    return {name: value for name, value in lane.env.items() if not name.startswith("HARNESS_")}
