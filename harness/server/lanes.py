"""Lanes: mock providers side by side, each with its own plan, seed, state, journal, credentials and port."""

from __future__ import annotations

from collections.abc import Callable

from harness.contract.provider import Provider
from harness.errors import UnknownName
from harness.faults.plan import Plan, parse_plan
from harness.mock.store import Store
from harness.model.clock import Clock
from harness.model.journal import JOURNAL_BYTES
from harness.protocols.http1 import Limits
from harness.server.clock import SystemClock
from harness.server.desk import Source
from harness.server.front import OpenLanes
from harness.server.lane import Lane
from harness.server.refusals import Refusals
from harness.server.tls import Authority

Stores = Callable[[str], Store]
"""What the lanes of several servers remember together, by name."""


class Lanes(OpenLanes[Lane]):
    """The open lanes by id."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        clock: Clock | None = None,
        limits: Limits | None = None,
        stores: Stores | None = None,
        authority: Authority | None = None,
    ) -> None:
        super().__init__()
        self._host = host
        self._stores = stores
        self._clock = clock or SystemClock()
        self._limits = limits or Limits()
        self._refusals = Refusals()
        self._opened = 0
        self._authority = authority

    @property
    def authority(self) -> Authority:
        """Who vouches for lanes that speak TLS: one CA for all, made when it is first asked for."""
        if self._authority is None:
            self._authority = Authority()
        return self._authority

    async def open(
        self,
        provider: Provider,
        *,
        plan: Plan | None = None,
        seed: int = 0,
        port: int = 0,
        timeout_s: float = 5.0,
        share: int | None = None,
        stored: str = "",
        source: Source | None = None,
        secure: bool = False,
        vouched: bool = False,
        doors: int = 0,
        journal_bytes: int = JOURNAL_BYTES,
    ) -> Lane:
        """A new lane that listens, on a free port when `port` is 0. UsageError when the port is taken.
        `timeout_s`: the request timeout that its clients are told to use. `share`: as `Lane` has it. `source`: where
        its answers come from, else it makes them. `secure`: it speaks TLS at its port, with a certificate of
        `authority`, and no plain HTTP. `vouched`: it may be asked to speak TLS elsewhere. `stored`: the name in the
        stores, if there are any, of what the provider remembers. `doors`, `journal_bytes`: as `Lane` has them."""
        store = self._stores(stored) if self._stores and stored and provider.behaviour.remembers else None
        self._opened += 1
        lane = Lane(
            f"{provider.name}-{self._opened}",
            provider,
            seed=seed,
            host=self._host,
            port=port,
            timeout_s=timeout_s,
            clock=self._clock,
            limits=self._limits,
            refusals=self._refusals,
            share=share,
            store=store,
            source=source,
            authority=self.authority if secure or vouched else None,
            secure=secure,
            doors=doors,
            journal_bytes=journal_bytes,
        )
        lane.set_plan(plan)
        self._open[lane.id] = lane
        return lane


def named_plan(provider: Provider, name: str) -> Plan:
    """The provider's plan of that name. UnknownName where it has none, FileError where it is no plan."""
    try:
        text = provider.plans[name]
    except KeyError:
        raise UnknownName("plan", name, provider.plans) from None
    return parse_plan(text, path=f"{provider.folder or provider.name}/plans/{name}.yaml", name=name)
