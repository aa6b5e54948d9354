"""One lane with one client on it: started, called, cut where it hangs, and nothing of either left behind."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from hashlib import sha256
from typing import Protocol

import msgspec

from harness.contract.provider import Provider
from harness.errors import DriverError
from harness.faults.plan import Plan
from harness.model.call import Call, Kind, Outcome
from harness.model.journal import Journal
from harness.model.policy import Policy
from harness.run.callspec import CallSpec
from harness.run.drivers.driver import Driver, Given
from harness.run.ending import Limits, overdue
from harness.run.machine import Machine
from harness.run.scenario import Scenario
from harness.run.telling import told_apart


class Lane(Protocol):
    """What is needed of a lane (`server/lanes.py` has the real one)."""

    id: str
    url: str
    credentials: dict[str, str]
    env: dict[str, str]
    healed_s: float | None
    journal: Journal

    def begin_with_client(self) -> None: ...

    def begin_call(self, name: str) -> None: ...

    def end_call(self) -> None: ...

    def heal(self) -> None: ...

    def set_plan(self, plan: Plan | None) -> None: ...


class OpenLanes(Protocol):
    """Where lanes come from."""

    async def open(
        self,
        provider: Provider,
        *,
        plan: Plan | None = None,
        seed: int = 0,
        timeout_s: float = 5.0,
        secure: bool = False,
    ) -> Lane: ...

    async def close(self, lane_id: str) -> None: ...


class Subject(msgspec.Struct, frozen=True):
    """A call with what is known of it: given, or found from a healthy run. `lists_calls`: one process of it makes
    several calls and tells them. `proven`: the client has been started before, so that a failure to start is news
    and not a mistake in the question. `alike`: over how many connections it sends one and the same request."""

    spec: CallSpec
    kind: Kind = "read"
    operation: str | None = None
    method: str | None = None
    lists_calls: bool = False
    proven: bool = False
    alike: int = 1


class Theatre(msgspec.Struct, frozen=True):
    """What all scenarios of a run share. `starting`: held while a client is young and busy loading itself.
    `trust`: variables by which a client trusts lanes that speak TLS; None where there is no way to tell it.
    `one_at_a_time`: never more than one lane and one client, as for a service that knows one address only."""

    provider: Provider
    lanes: OpenLanes
    policy: Policy
    seed: int
    limits: Limits
    starting: asyncio.Semaphore
    make_driver: Callable[[str, str], Driver]
    machine: Machine
    trust: Mapping[str, str] | None = None
    one_at_a_time: bool = False


def seed_of(seed: int, scenario: str, call: str, number: int) -> int:
    """The seed of one lane: the run's, the scenario's id, the call's name and the lane's number decide it."""
    digest = sha256(f"{seed}/{scenario}/{call}/{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


class Stage:
    """One lane with one driver, and the calls made there. `more`: variables for the client beside the lane's."""

    def __init__(
        self,
        lane: Lane,
        driver: Driver,
        theatre: Theatre,
        spec: CallSpec,
        *,
        more: Mapping[str, str],
    ) -> None:
        self.lane = lane
        self.driver = driver
        self.spec = spec
        self._more = more
        self.calls: list[Call] = []
        self.began_s = 0.0
        self.limits = theatre.limits
        self._starting = theatre.starting
        self._timeout_s = theatre.policy.deadline.request_s
        self._holds_place = False
        self._unstarted = False

    async def start(self) -> None:
        """Start the client, when it is its turn."""
        await self._take_place()
        self.began_s = time.monotonic()
        lane = self.lane
        await self.driver.start(
            Given(lane.url, lane.credentials, {**lane.env, **self._more}, self._timeout_s)
        )

    def not_started(self, name: str, error: DriverError) -> None:
        """Keep it as a call that died, and make no more."""
        self._unstarted = True
        now_s = time.monotonic()
        self.calls.append(Call(name, Outcome(False, now_s, now_s, str(error), ending="died")))

    async def call(self, name: str) -> None:
        """Make one call and keep what came of it: several calls where the client's process made several."""
        if self._unstarted:
            return
        if not self.driver.keeps_state:
            await self._take_place()
            self.began_s = time.monotonic()
        before = len(self.lane.journal)
        self.lane.begin_call(name)
        began_s = time.monotonic()
        asked = asyncio.ensure_future(self.driver.call(name))
        try:
            reason = await self._wait(asked, before, began_s)
            if reason is None:
                outcome = asked.result()
                await self._settle(before)
                exchanges = self.lane.journal.after(before)
            else:
                # Before the end of the client ends its connections, so that they are seen as it left them.
                exchanges = self.lane.journal.after(before)
                outcome = await self._cut(asked, reason, began_s)
        finally:
            self.leave_place()
            self.lane.end_call()
            if not asked.done():
                asked.cancel()
                await asyncio.wait({asked})
        self.calls.extend(told_apart(name, outcome, exchanges))

    @property
    def start_s(self) -> float | None:
        """How long the client took from its last start to its first request; None where there was none."""
        first_s = next((e.at_s for e in self.lane.journal if e.at_s >= self.began_s), None)
        return None if first_s is None else first_s - self.began_s

    def leave_place(self) -> None:
        """Let the next client start."""
        if self._holds_place:
            self._holds_place = False
            self._starting.release()

    async def _take_place(self) -> None:
        if not self._holds_place:
            await self._starting.acquire()
            self._holds_place = True

    async def _wait(self, asked: asyncio.Future[Outcome], before: int, began_s: float) -> str | None:
        """Until the call has ended (None), or for a reason to cut it."""
        while True:
            done, _ = await asyncio.wait({asked}, timeout=self.limits.tick_s)
            if done:
                return None
            now_s = time.monotonic()
            exchanges = self.lane.journal.after(before)
            if exchanges or now_s - began_s >= self.limits.young_s:
                self.leave_place()
            reason = overdue(exchanges, began_s=began_s, now_s=now_s, limits=self.limits)
            if reason is not None:
                return reason

    async def _cut(self, asked: asyncio.Future[Outcome], reason: str, began_s: float) -> Outcome:
        cut_s = time.monotonic()
        await self.driver.cut()
        done, _ = await asyncio.wait({asked}, timeout=3.0)
        if not done:
            return Outcome(False, began_s, cut_s, reason, ending="cut")
        outcome = asked.result()
        if outcome.ending != "cut":
            return outcome  # it ended by itself in the last moment
        return msgspec.structs.replace(outcome, error=reason, ended_s=max(cut_s, outcome.began_s))

    async def _settle(self, before: int) -> None:
        """Let the server see how the client left its connections."""
        until_s = time.monotonic() + self.limits.settle_s
        while any(exchange.outcome == "open" for exchange in self.lane.journal.after(before)):
            if time.monotonic() >= until_s:
                return
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def staged(
    scenario: Scenario, subject: Subject, theatre: Theatre, number: int = 1
) -> AsyncIterator[Stage]:
    """An open lane with a started client; nothing of either is left behind."""
    plan = scenario.plan
    if plan is not None and subject.operation is not None:
        plan = plan.at(subject.operation)
    lane = await theatre.lanes.open(
        theatre.provider,
        plan=plan,
        seed=seed_of(theatre.seed, scenario.id, subject.spec.name, number),
        timeout_s=theatre.policy.deadline.request_s,
        secure=scenario.tls,
    )
    lane.begin_with_client()
    driver = theatre.make_driver(subject.spec.driver, subject.spec.target)
    more = (theatre.trust or {}) if scenario.tls else {}
    stage = Stage(lane, driver, theatre, subject.spec, more=more)
    try:
        try:
            await stage.start()
        except DriverError as error:
            if not subject.proven:
                raise
            stage.not_started(subject.spec.name, error)
        yield stage
    finally:
        stage.leave_place()
        try:
            await stage.driver.stop()
        finally:
            await theatre.lanes.close(lane.id)
