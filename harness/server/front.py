"""What whoever steers lanes sees of them, wherever they are played: in this process, or in several."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Generic, Protocol, TypeVar

from harness.contract.provider import Provider
from harness.errors import UnknownName
from harness.faults.plan import Plan
from harness.model.clock import Clock
from harness.model.journal import Journal
from harness.server.desk import Source
from harness.server.tls import Authority
from harness.server.webhooks import Webhooks


class Memory(Protocol):
    """What a lane's provider remembers."""

    def snapshot(self) -> dict[str, object]:
        """As JSON: resources by kind, the count of effects, the idempotency keys in use."""
        ...


class LaneFront(Protocol):
    """An open lane. `Lane` is one; see there what each member means."""

    def close(self) -> None: ...
    @property
    def id(self) -> str: ...
    @property
    def provider(self) -> Provider: ...
    @property
    def seed(self) -> int: ...
    @property
    def url(self) -> str: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def timeout_s(self) -> float: ...
    @property
    def credentials(self) -> dict[str, str]: ...
    @property
    def env(self) -> dict[str, str]: ...
    @property
    def plan(self) -> Plan | None: ...
    @property
    def healed_s(self) -> float | None: ...
    @property
    def sees_refusals(self) -> bool: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def state(self) -> Memory: ...
    @property
    def webhooks(self) -> Webhooks | None:
        """What it sends; None where several processes play it: none of them knows all that happened."""
        ...

    @property
    def seen(self) -> int:
        """How many exchanges there were so far."""
        ...

    def set_plan(self, plan: Plan | None) -> None: ...
    def heal(self) -> None: ...
    def given(self, kind: str, fields: Mapping[str, object]) -> dict[str, object]: ...
    def begin_call(self, name: str) -> None: ...
    def end_call(self) -> None: ...


class LanesFront(Protocol):
    """The open lanes. `Lanes` is one."""

    async def open(
        self,
        provider: Provider,
        *,
        plan: Plan | None = None,
        seed: int = 0,
        port: int = 0,
        timeout_s: float = 5.0,
        stored: str = "",
        source: Source | None = None,
        secure: bool = False,
    ) -> LaneFront: ...
    @property
    def authority(self) -> Authority: ...
    async def close(self, lane_id: str) -> None: ...
    async def close_all(self) -> None: ...
    def __getitem__(self, lane_id: str) -> LaneFront: ...
    def __iter__(self) -> Iterator[LaneFront]: ...
    def __len__(self) -> int: ...


LaneT = TypeVar("LaneT", bound=LaneFront)


class OpenLanes(Generic[LaneT]):
    """Open lanes by id, each closed by its own `close`."""

    def __init__(self) -> None:
        self._open: dict[str, LaneT] = {}

    async def close(self, lane_id: str) -> None:
        """Close a lane and forget it. UnknownName where there is none."""
        self[lane_id].close()
        del self._open[lane_id]
        await asyncio.sleep(0)  # one turn of the loop, in which its connections are torn down

    async def close_all(self) -> None:
        """Close every lane: deliveries end, exchanges are finished, ports are free."""
        for lane_id in tuple(self._open):
            await self.close(lane_id)

    def __getitem__(self, lane_id: str) -> LaneT:
        try:
            return self._open[lane_id]
        except KeyError:
            raise UnknownName("lane", lane_id, self._open) from None

    def __iter__(self) -> Iterator[LaneT]:
        return iter(tuple(self._open.values()))

    def __len__(self) -> int:
        return len(self._open)
