"""One scenario played with one call of the client: its calls in their order, and the evidence that is left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Coroutine, Sequence
from typing import TypeVar

import msgspec

from harness.checks.registry import Evidence
from harness.model.exchange import Exchange
from harness.model.noise import Noise
from harness.model.policy import Policy
from harness.run.ending import Outage, heals_midway
from harness.run.machine import crowd, processor_s
from harness.run.scenario import Heal, Scenario
from harness.run.stage import Stage, Subject, Theatre, seed_of, staged
from harness.run.telling import merged, ran_at_once

T = TypeVar("T")


class Played(msgspec.Struct, frozen=True):
    """A scenario after it was played."""

    scenario: Scenario
    subject: Subject
    seed: int
    evidence: Evidence
    fault_fired: bool


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


async def together(playing: Sequence[Coroutine[None, None, Played]]) -> list[Played]:
    """All of them, side by side. At the first that fails the others are ended, in order, before it is raised."""
    tasks = [asyncio.ensure_future(one) for one in playing]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


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
