"""A stage without sockets or processes: lanes that only keep a journal, and clients that are functions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.contract.provider import Card, Provider
from harness.faults.plan import Plan
from harness.model.call import Outcome
from harness.model.exchange import Exchange, Fired
from harness.model.journal import Journal
from harness.run.drivers.driver import Given

DOCUMENT = b"""
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /customers:
    get: {operationId: list, responses: {"200": {description: ok}}}
    post: {operationId: create, responses: {"200": {description: ok}}}
  /token:
    post: {operationId: token, responses: {"200": {description: ok}}}
"""


def shop() -> Provider:
    """A provider of three operations."""
    card = Card(name="shop", title="Shop", kind="test", docs="", document="")
    return Provider(card, Contract(parse(DOCUMENT, name="shop.yaml")))


class FakeLane:
    """A lane whose requests are entered by the client itself."""

    def __init__(self, number: int, plan: Plan | None, seed: int, *, secure: bool = False) -> None:
        self.id = f"shop-{number}"
        self.url = f"{'https' if secure else 'http'}://lane/{number}"
        self.credentials = {"api_key": f"canary-{number}"}
        self.env: dict[str, str] = {}
        self.healed_s: float | None = None
        self.journal = Journal()
        self.plan = plan
        self.seed = seed
        self.calls: list[str] = []

    def begin_call(self, name: str) -> None:
        self.calls.append(f"begin {name}")

    def end_call(self) -> None:
        self.calls.append("end")

    def begin_with_client(self) -> None:
        return

    def set_plan(self, plan: Plan | None) -> None:
        self.plan = plan

    def heal(self) -> None:
        self.healed_s = time.monotonic()

    @property
    def failing(self) -> bool:
        """Is there a plan in force?"""
        return self.plan is not None and self.healed_s is None

    def request(self, *, operation: str = "list", status: int | None = 200, open_: bool = False) -> None:
        """Enter one exchange."""
        now_s = time.monotonic()
        fault = (Fired(self.plan.faults[0]),) if self.plan is not None and self.failing else ()
        self.journal.enter(
            Exchange(
                number=self.journal.next_number(),
                connection=1,
                at_s=now_s,
                received_s=now_s,
                ended_s=None if open_ else now_s,
                outcome="open" if open_ else "sent",
                operation=operation,
                method="GET" if operation == "list" else "POST",
                path="/customers",
                status=None if open_ else status,
                faults=fault,
            )
        )


class FakeLanes:
    """Remembers every lane that was ever open, and which are."""

    def __init__(self) -> None:
        self.all: list[FakeLane] = []
        self.open_now: set[str] = set()

    async def open(
        self,
        provider: Provider,
        *,
        plan: Plan | None = None,
        seed: int = 0,
        timeout_s: float = 5.0,
        secure: bool = False,
    ) -> FakeLane:
        lane = FakeLane(len(self.all) + 1, plan, seed, secure=secure)
        self.all.append(lane)
        self.open_now.add(lane.id)
        return lane

    async def close(self, lane_id: str) -> None:
        self.open_now.remove(lane_id)

    def at(self, url: str) -> FakeLane:
        """The lane of that address."""
        return next(lane for lane in self.all if lane.url == url)


Act = Callable[[FakeLane, str], Awaitable[Outcome]]


class FakeDriver:
    """A client that is a function of its lane."""

    def __init__(self, clients: FakeClients, target: str) -> None:
        self.keeps_state = clients.keeps_state
        self._clients = clients
        self._act = clients.acts[target]
        self._cut = asyncio.Event()

    async def start(self, given: Given) -> None:
        self._lane = self._clients.lanes.at(given.base_url)
        self._clients.given.append(given)
        self._clients.running += 1
        self._clients.most_running = max(self._clients.most_running, self._clients.running)
        if self._clients.refusal is not None:
            raise self._clients.refusal

    async def call(self, name: str) -> Outcome:
        began_s = time.monotonic()
        acting = asyncio.ensure_future(self._act(self._lane, name))
        cutting = asyncio.ensure_future(self._cut.wait())
        await asyncio.wait({acting, cutting}, return_when=asyncio.FIRST_COMPLETED)
        cutting.cancel()
        if acting.done():
            return acting.result()
        acting.cancel()
        return Outcome(False, began_s, time.monotonic(), "cut", ending="cut")

    async def cut(self) -> None:
        self._cut.set()

    async def stop(self) -> None:
        self._clients.running -= 1
        self._clients.stopped += 1


class FakeClients:
    """Makes drivers; knows how many run at once, and how many were stopped."""

    def __init__(self, lanes: FakeLanes, acts: dict[str, Act], *, keeps_state: bool = False) -> None:
        self.lanes = lanes
        self.acts = acts
        self.keeps_state = keeps_state
        self.refusal: Exception | None = None
        self.running = self.most_running = self.stopped = 0
        self.given: list[Given] = []

    def make(self, name: str, target: str) -> FakeDriver:
        return FakeDriver(self, target)


def outcome(ok: bool = True, error: str | None = None, *, stdout: str = "") -> Outcome:
    """An outcome of this moment."""
    now_s = time.monotonic()
    return Outcome(ok, now_s, now_s, error, stdout=stdout)


def asks(operation: str = "list", *, retries: int = 0) -> Act:
    """A client that makes one request, and tries again while the provider fails."""

    async def act(lane: FakeLane, name: str) -> Outcome:
        began_s = time.monotonic()
        for _ in range(retries + 1):
            failing = lane.failing
            lane.request(operation=operation, status=503 if failing else 200)
            await asyncio.sleep(0)
            if not failing:
                return Outcome(True, began_s, time.monotonic())
        return Outcome(False, began_s, time.monotonic(), "gave up")

    return act
