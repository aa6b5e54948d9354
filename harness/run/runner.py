"""`verify`: a client against a provider that misbehaves in every way of a battery, and the report of it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from harness.contract.provider import Provider
from harness.errors import UsageError
from harness.model.finding import VerdictName
from harness.model.policy import Policy
from harness.model.report import Report, ScenarioReport
from harness.redaction.known import Redaction
from harness.run import healthy
from harness.run.assemble import again, outcome_of, question_of, report, scenario_report
from harness.run.callspec import CallSpec
from harness.run.drivers.choose import make_driver
from harness.run.drivers.driver import Driver
from harness.run.ending import Limits, limits_of
from harness.run.judge import judge
from harness.run.machine import Machine
from harness.run.measure import measure
from harness.run.play import Played, play, together
from harness.run.scenario import Scenario
from harness.run.stage import OpenLanes, Subject, Theatre

WAITING_PER_JOB = 6
"""Scenarios going on for each client that may be starting: most of a scenario's time is spent waiting."""


class Event(msgspec.Struct, frozen=True):
    """News of a run, for whoever shows its progress. `verdict` is the scenario's worst, once it is judged."""

    what: Literal["started", "judged"]
    scenario: str
    call: str
    done: int
    total: int
    verdict: VerdictName | None = None


async def verify(
    provider: Provider,
    calls: Sequence[CallSpec],
    *,
    scenarios: Sequence[Scenario],
    lanes: OpenLanes,
    policy: Policy | None = None,
    seed: int = 0,
    jobs: int | None = None,
    client: str = "",
    progress: Callable[[Event], None] | None = None,
    question: str = "",
    limits: Limits | None = None,
    drivers: Callable[[str, str], Driver] = make_driver,
    trust: Mapping[str, str] | None = None,
) -> Report:
    """Play every scenario with every call that it is meant for, side by side, and judge what was seen.

    `jobs`: how many clients may be starting at the same time (1: one scenario after another). `question`: what
    stands after `harness verify` in the commands of the report; by default the flags that ask the same. `trust`:
    variables by which a client trusts lanes that speak TLS; without them no scenario of TLS is played.
    Raises DriverError where a client cannot be started, UnknownName and UsageError for a wrong question.
    Nothing that was started outlives it, whatever happens.
    """
    began_s = time.monotonic()
    _check(provider, calls, scenarios, drivers)
    policy = policy or Policy()
    jobs = jobs or 2 * (os.cpu_count() or 1)
    async with Machine() as machine:
        theatre = Theatre(
            provider,
            lanes,
            policy,
            seed,
            limits or limits_of(policy),
            asyncio.Semaphore(jobs),
            drivers,
            machine,
            trust=trust,
            one_at_a_time=jobs == 1,
        )
        room = asyncio.Semaphore(1 if jobs == 1 else WAITING_PER_JOB * jobs)
        firsts = await healthy.firsts(calls, scenarios, theatre, room)
        # Others are not pointed at us, and nothing can be learned.
        there = [first.subject for first in firsts if first.evidence.journal]
        greetings = await healthy.by_tls(there, scenarios, theatre, room)
        played_before = [*firsts, *(played for played in greetings.values() if healthy.gets_on(played))]
        parts = _parts(scenarios, there, greetings)
        total = len(parts) + len(played_before)
        judging = _Judging(question, provider.name, seed, began_s, total, progress)
        for played in played_before:
            judging.judge(played)
        playing = [judging.play(scenario, subject, theatre, room) for scenario, subject in parts]
        everything = [*played_before, *await together(playing)]
    place = {scenario.id: index for index, scenario in enumerate(scenarios)}
    shown = [judging.reports[id(p)] for p in everything if p.scenario.id in place]
    names = [spec.name for spec in calls]
    shown.sort(key=lambda one: (place[one.id], names.index(one.call)))
    return report(
        shown,
        seed=seed,
        provider=provider.name,
        client=client or ", ".join(spec.text or spec.target for spec in calls),
        measured={spec.name: _measured(spec, everything, place) for spec in calls},
        duration_s=round(time.monotonic() - began_s, 3),
        again=f"harness verify {question or question_of(provider.name, calls)} --seed {seed}",
        notes=(*healthy.notes(firsts, provider), *healthy.notes_on_tls(greetings)),
    )


def _parts(
    scenarios: Sequence[Scenario], subjects: Sequence[Subject], greetings: Mapping[str, Played]
) -> list[tuple[Scenario, Subject]]:
    """Which scenario is played with which call: the longest first, so that no long one is left for the end."""
    parts = [
        (scenario, subject)
        for subject in subjects
        for scenario in scenarios
        if scenario.id not in (healthy.HEALTHY.id, healthy.GREETING.id) and subject.kind in scenario.kinds
        if not scenario.tls or healthy.gets_on(greetings.get(subject.spec.name))
    ]
    return sorted(parts, key=lambda part: -part[0].lasts_s)


class _Judging:
    """Plays scenarios, judges each when it is over, and tells of it."""

    def __init__(
        self,
        question: str,
        provider: str,
        seed: int,
        began_s: float,
        total: int,
        progress: Callable[[Event], None] | None,
    ) -> None:
        self.reports: dict[int, ScenarioReport] = {}
        self._question = question
        self._provider = provider
        self._seed = seed
        self._began_s = began_s
        self._total = total
        self._progress = progress

    async def play(
        self, scenario: Scenario, subject: Subject, theatre: Theatre, room: asyncio.Semaphore
    ) -> Played:
        """Play one when there is room for it, and judge it."""
        async with room:
            self.tell("started", scenario.id, subject.spec.name)
            played = await play(scenario, subject, theatre)
        self.judge(played)
        return played

    def judge(self, played: Played) -> None:
        spec, scenario = played.subject.spec, played.scenario
        question = self._question or question_of(self._provider, [spec])
        command = again(question, scenario=scenario.asked_as or scenario.id, seed=self._seed)
        verdicts = judge(scenario.expect, played.evidence, again=command)
        self.reports[id(played)] = scenario_report(played, verdicts, began_s=self._began_s)
        self.tell("judged", scenario.id, spec.name, outcome_of(verdicts) if verdicts else None)

    def tell(
        self, what: Literal["started", "judged"], scenario: str, call: str, verdict: VerdictName | None = None
    ) -> None:
        if self._progress is not None:
            self._progress(Event(what, scenario, call, len(self.reports), self._total, verdict))


def _check(
    provider: Provider,
    calls: Sequence[CallSpec],
    scenarios: Sequence[Scenario],
    drivers: Callable[[str, str], Driver],
) -> None:
    if not calls:
        raise UsageError("nothing to verify: say --call NAME=COMMAND at least once")
    if not scenarios:
        raise UsageError("nothing to verify: no scenario was chosen")
    names = [spec.name for spec in calls]
    if len(set(names)) < len(names):
        raise UsageError(f"two calls of the same name: {', '.join(names)}")
    for spec in calls:
        drivers(spec.driver, spec.target)
        if spec.operation is not None:
            provider.contract.operation(spec.operation)


def _measured(spec: CallSpec, everything: Sequence[Played], place: dict[str, int]) -> dict[str, object]:
    mine = [played for played in everything if played.subject.spec == spec and played.scenario.id in place]
    mine.sort(key=lambda played: place[played.scenario.id])
    measured = measure([(played.scenario.id, played.evidence) for played in mine])
    clean = Redaction(secret for played in mine for secret in played.evidence.secrets)
    return {key: clean.data(value) for key, value in measured.items()}
