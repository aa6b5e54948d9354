"""One scenario played with one call of the client: lanes, drivers, calls, and the evidence that is left."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from hashlib import sha256
from typing import Protocol, TypeVar

import msgspec

from harness.checks.registry import Evidence
from harness.contract.provider import Provider
from harness.errors import DriverError
from harness.faults.plan import Plan
from harness.model.call import Call, Kind, Outcome
from harness.model.exchange import Exchange
from harness.model.journal import Journal
from harness.model.noise import Noise
from harness.model.policy import Policy
from harness.run.callspec import CallSpec
from harness.run.drivers.driver import Driver, Given
from harness.run.ending import Limits, Outage, heals_midway, overdue
from harness.run.machine import Machine, crowd, processor_s
from harness.run.scenario import Heal, Scenario
from harness.run.telling import merged, ran_at_once, told_apart

T = TypeVar("T")


class Lane(Protocol):
    """What is needed of a lane (`server/lanes.py` has the real one)."""

    id: str
    url: str
    credentials: dict[str, str]
    env: dict[str, str]
    healed_s: float | None
    journal: Journal

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


class Played(msgspec.Struct, frozen=True):
    """A scenario after it was played."""

    scenario: Scenario
    subject: Subject
    seed: int
    evidence: Evidence
    fault_fired: bool


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


async def play(scenario: Scenario, subject: Subject, theatre: Theatre) -> Played:
    """Play it through. Raises DriverError where the client cannot be started at all."""
    began_s, processor = time.monotonic(), processor_s()
    if scenario.heal is not None:
        stages = [await _outage(scenario, subject, theatre, scenario.heal)]
    elif scenario.calls.parallel > 1 and theatre.one_at_a_time:
        stages = await _one_by_one(scenario, subject, theatre)
    elif scenario.calls.parallel > 1:
        stages = await _side_by_side(scenario, subject, theatre)
    else:
        stages = [await _in_sequence(scenario, subject, theatre)]
    noise = Noise(
        # The first was started alone.
        starts_s=tuple(stage.start_s for stage in stages[1:] if stage.start_s is not None),
        stalls=theatre.machine.stalls(began_s),
        crowd=crowd(processor, processor_s()),
    )
    return _played(scenario, subject, theatre, stages, noise)


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


async def _in_sequence(scenario: Scenario, subject: Subject, theatre: Theatre) -> Stage:
    async with staged(scenario, subject, theatre) as stage:
        for number in range(scenario.calls.count):
            began_s = time.monotonic()
            await stage.call(subject.spec.name)
            if stage.calls[-1].outcome.ending == "cut":
                break
            if number + 1 < scenario.calls.count:
                await asyncio.sleep(max(0.0, began_s + scenario.calls.pace_s - time.monotonic()))
        return stage


async def _side_by_side(scenario: Scenario, subject: Subject, theatre: Theatre) -> list[Stage]:
    """The first call alone; the others as soon as it is seen to try again, and not at all if it does not.

    Clients that are loaded before they are called are all loaded first: loading ten of them keeps the machine busy,
    and it is their waits that are to be seen.
    """

    async def one(number: int, again: asyncio.Future[bool]) -> Stage:
        async with staged(scenario, subject, theatre, number) as stage:
            if number > 1 and stage.driver.keeps_state:
                stage.leave_place()
                await loaded.wait()
                stage.began_s = time.monotonic()
            watching = _tries_again(stage, theatre.limits.tick_s, again)
            await _beside(watching, stage.call(subject.spec.name))
            return stage

    async def other(number: int) -> Stage | None:
        return await one(number, again) if await asyncio.shield(again) else None

    again: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    loaded = asyncio.Barrier(scenario.calls.parallel - 1)
    others = [asyncio.ensure_future(other(n)) for n in range(2, scenario.calls.parallel + 1)]
    try:
        leading = await one(1, again)
        if not again.done():
            again.set_result(len(leading.lane.journal) > 1)
        followed = await asyncio.gather(*others)
        return [leading, *(stage for stage in followed if stage is not None)]
    finally:
        for task in others:
            task.cancel()
        await asyncio.wait(others)


async def _one_by_one(scenario: Scenario, subject: Subject, theatre: Theatre) -> list[Stage]:
    """Where nothing may run side by side: fewer calls, one after another, each in its lane all the same."""
    stages: list[Stage] = []
    for number in range(1, min(scenario.calls.parallel, 3) + 1):
        async with staged(scenario, subject, theatre, number) as stage:
            await stage.call(subject.spec.name)
        stages.append(stage)
        if len(stage.lane.journal) < 2:
            break
    return stages


async def _tries_again(stage: Stage, tick_s: float, again: asyncio.Future[bool]) -> None:
    while not again.done():
        if len(stage.lane.journal) > 1:
            again.set_result(True)
        await asyncio.sleep(tick_s)


async def _beside(companion: Coroutine[None, None, None], work: Awaitable[T]) -> T:
    """Do the work with a companion that ends with it."""
    task = asyncio.ensure_future(companion)
    try:
        return await work
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _outage(scenario: Scenario, subject: Subject, theatre: Theatre, heal: Heal) -> Stage:
    async with staged(scenario, subject, theatre) as stage:
        if stage.driver.keeps_state:
            await _outage_by_calls(stage, subject.spec.name, theatre.policy, heal)
        else:
            await _outage_of_one_process(stage, subject, theatre, heal)
        return stage


async def _outage_by_calls(stage: Stage, name: str, policy: Policy, heal: Heal) -> None:
    outage = Outage(heal, policy.breaker, began_s=time.monotonic())
    while True:
        now_s = time.monotonic()
        match outage.next(stage.calls, now_s=now_s, healed_s=stage.lane.healed_s):
            case "stop":
                return
            case "heal":
                stage.lane.heal()
            case "call":
                await stage.call(name)
                await asyncio.sleep(max(0.0, now_s + heal.pace_s - time.monotonic()))


async def _outage_of_one_process(stage: Stage, subject: Subject, theatre: Theatre, heal: Heal) -> None:
    async def watch() -> None:
        while True:
            exchanges = stage.lane.journal.after()
            enough = heals_midway(exchanges, now_s=time.monotonic(), heal=heal, policy=theatre.policy)
            # A process that makes one call has no breaker to show: once the fault has struck, all is seen.
            struck = any(exchange.faults for exchange in exchanges)
            if enough or (struck and not subject.lists_calls):
                stage.lane.heal()
                return
            await asyncio.sleep(theatre.limits.tick_s)

    await _beside(watch(), stage.call(subject.spec.name))


def _played(
    scenario: Scenario, subject: Subject, theatre: Theatre, stages: list[Stage], noise: Noise
) -> Played:
    journals = merged(_as_the_calls_saw(stage) for stage in stages)
    calls = []
    for stage, journal in zip(stages, journals, strict=True):
        numbered = {before.number: after for before, after in zip(stage.lane.journal, journal, strict=True)}
        for call in stage.calls:
            attempts = tuple(numbered[attempt.number] for attempt in call.attempts)
            calls.append(msgspec.structs.replace(call, attempts=attempts))
    calls.sort(key=lambda call: call.outcome.began_s)
    behaviour = theatre.provider.behaviour
    planned = scenario.plan.faults if scenario.plan else ()
    journal = tuple(sorted((e for journal in journals for e in journal), key=lambda e: e.number))
    lead = stages[0]
    evidence = Evidence(
        calls=tuple(calls),
        journal=journal,
        kind=subject.kind,
        operation=subject.operation,
        method=subject.method,
        behaviour=behaviour,
        policy=theatre.policy,
        secrets=tuple(dict.fromkeys(s for stage in stages for s in stage.lane.credentials.values() if s)),
        faults_planned=planned,
        healed_s=lead.lane.healed_s,
        keeps_state=lead.driver.keeps_state or len(lead.calls) > 1,
        parallel=len(stages) > 1 or ran_at_once(calls),
        timeout_s=theatre.policy.deadline.request_s,
        idempotency_header=behaviour.idempotency.header if behaviour.idempotency else None,
        alike=subject.alike,
        noise=noise,
    )
    fired = not planned or any(exchange.faults for exchange in journal)
    seed = seed_of(theatre.seed, scenario.id, subject.spec.name, 1)
    return Played(scenario, subject, seed, evidence, fired)


def _as_the_calls_saw(stage: Stage) -> tuple[Exchange, ...]:
    """The lane's journal with the attempts as they were when their call ended, not as we left them afterwards."""
    seen = {attempt.number: attempt for call in stage.calls for attempt in call.attempts}
    return tuple(seen.get(exchange.number, exchange) for exchange in stage.lane.journal)
