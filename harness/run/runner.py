"""`verify`: a client against a provider that misbehaves in every way of a battery, and the report of it."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from harness.contract.contract import Contract
from harness.contract.provider import Provider
from harness.errors import DriverError, UsageError
from harness.model.call import Kind
from harness.model.exchange import Exchange
from harness.model.finding import VerdictName
from harness.model.policy import Policy
from harness.model.report import Report, ScenarioReport
from harness.redaction.known import Redaction
from harness.run.assemble import again, outcome_of, question_of, report, scenario_report
from harness.run.callspec import CallSpec
from harness.run.drivers.choose import make_driver
from harness.run.drivers.driver import Driver
from harness.run.ending import Limits, limits_of
from harness.run.judge import judge
from harness.run.machine import Machine
from harness.run.measure import measure
from harness.run.play import OpenLanes, Played, Subject, Theatre, play
from harness.run.scenario import Scenario

HEALTHY = Scenario(id="healthy", title="the provider works", expect=())
"""What is played first where the battery has no scenario of that id: it shows what a call is about."""

GREETING = Scenario(id="tls_healthy", title="the provider works, by TLS", expect=(), tls=True)
"""What is played before scenarios of TLS: a client that gets on with a good certificate may refuse a bad one."""

TOKEN_PLACE = re.compile(r"(/(access_)?token|/oauth2?(/.*)?)$")
"""Where a client gets its credential: no call is about that, unless it does nothing else."""

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
        healthy = next((scenario for scenario in scenarios if scenario.id == HEALTHY.id), HEALTHY)
        firsts = await _together([_first(spec, healthy, theatre, room) for spec in calls])
        # Others are not pointed at us, and nothing can be learned.
        there = [first.subject for first in firsts if first.evidence.journal]
        greetings = await _by_tls(there, scenarios, theatre, room)
        parts = [
            (scenario, subject)
            for subject in there
            for scenario in scenarios
            if scenario.id not in (HEALTHY.id, GREETING.id) and subject.kind in scenario.kinds
            if not scenario.tls or _gets_on(greetings.get(subject.spec.name))
        ]
        played_before = [*firsts, *(played for played in greetings.values() if _gets_on(played))]
        total = len(parts) + len(played_before)
        judging = _Judging(question, provider.name, seed, began_s, total, progress)

        async def one(scenario: Scenario, subject: Subject) -> Played:
            async with room:
                judging.tell("started", scenario.id, subject.spec.name)
                played = await play(scenario, subject, theatre)
            judging.judge(played)
            return played

        for played in played_before:
            judging.judge(played)
        # The longest first, so that no long one is left for the end.
        ordered = sorted(parts, key=lambda part: -part[0].lasts_s)
        everything = [
            *played_before,
            *await _together([one(scenario, subject) for scenario, subject in ordered]),
        ]
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
        notes=(*_notes(firsts, provider), *_notes_on_tls(greetings)),
    )


class _Judging:
    """Judges each scenario when it is over, and tells of it."""

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


async def _first(spec: CallSpec, healthy: Scenario, theatre: Theatre, room: asyncio.Semaphore) -> Played:
    """A call while nothing goes wrong: it shows that the client works, and what the call is about."""
    async with room:
        played = await play(healthy, Subject(spec), theatre)
    evidence = played.evidence
    outcome = evidence.calls[0].outcome
    if outcome.ending == "died" and not evidence.journal:
        printed = outcome.stderr.strip()
        more = f"\n{printed[-2000:]}" if "\n" in printed else ""
        raise DriverError(f"call {spec.name!r}: {outcome.error}{more}")
    subject = found(spec, evidence.journal, theatre.provider, lists_calls=len(evidence.calls) > 1)
    evidence = msgspec.structs.replace(
        evidence, kind=subject.kind, operation=subject.operation, method=subject.method, alike=subject.alike
    )
    return msgspec.structs.replace(played, subject=subject, evidence=evidence)


async def _by_tls(
    subjects: Sequence[Subject], scenarios: Sequence[Scenario], theatre: Theatre, room: asyncio.Semaphore
) -> dict[str, Played]:
    """Each call once more, with a healthy provider that speaks TLS, by the call's name; none where no scenario of
    TLS is to be played, or clients cannot be told to trust us."""
    if theatre.trust is None or not any(scenario.tls for scenario in scenarios):
        return {}
    greeting = next((scenario for scenario in scenarios if scenario.id == GREETING.id), GREETING)

    async def greet(subject: Subject) -> Played:
        async with room:
            return await play(greeting, subject, theatre)

    played = await _together([greet(subject) for subject in subjects])
    return {each.subject.spec.name: each for each in played}


def _gets_on(greeting: Played | None) -> bool:
    """Did the client make its call by TLS?"""
    return greeting is not None and all(
        call.outcome.ok and any(e.stage == "request" for e in call.attempts)
        for call in greeting.evidence.calls
    )


def _notes_on_tls(greetings: Mapping[str, Played]) -> Iterator[str]:
    for name, greeting in greetings.items():
        if not _gets_on(greeting):
            outcome = greeting.evidence.calls[0].outcome
            said = "it sent no request" if outcome.ok else f"it says {outcome.error!r}"
            yield (
                f"call {name!r} does not get on with a provider that speaks TLS ({said}), so scenarios of TLS do not "
                "apply; a client that trusts SSL_CERT_FILE, REQUESTS_CA_BUNDLE or NODE_EXTRA_CA_CERTS would"
            )


def found(
    spec: CallSpec, exchanges: Sequence[Exchange], provider: Provider, *, lists_calls: bool = False
) -> Subject:
    """What a call is about, from what it did while nothing went wrong.

    The operation is that of the last successful exchange, of a write rather than of a read; one that only gets a
    credential for the others counts last. The kind follows from the operation's method. What was given holds.
    """
    contract = provider.contract
    known = [exchange for exchange in exchanges if exchange.operation is not None]
    known = [e for e in known if not gets_credential(e, contract)] or known
    succeeded = [e for e in known if e.status is not None and e.status < 400] or known
    writes = [e for e in succeeded if e.operation and not contract.operation(e.operation).safe]
    if spec.operation is not None:
        name: str | None = contract.operation(spec.operation).id
    else:
        name = next((e.operation for e in reversed(writes or succeeded)), None)
    operation = None if name is None else contract.operation(name)
    kind: Kind = spec.kind or ("read" if operation is None or operation.safe else "write")
    method = operation.method if operation else None
    return Subject(
        spec, kind, name, method, lists_calls, proven=True, alike=1 if lists_calls else alike(known)
    )


def alike(exchanges: Iterable[Exchange]) -> int:
    """Over how many connections one and the same request was sent, at the most."""
    connections: dict[object, set[int]] = {}
    for exchange in exchanges:
        asked = (exchange.method, exchange.path, exchange.query, exchange.request_body)
        connections.setdefault(asked, set()).add(exchange.connection)
    return max((len(each) for each in connections.values()), default=1)


def gets_credential(exchange: Exchange, contract: Contract) -> bool:
    """Is it a request for a token, by the place that RFC 6749 gives such an endpoint or by what it sends?"""
    path = contract.operation(exchange.operation).template if exchange.operation else exchange.path or ""
    return TOKEN_PLACE.search(path) is not None or b"grant_type" in exchange.request_body


def _measured(spec: CallSpec, everything: Sequence[Played], place: dict[str, int]) -> dict[str, object]:
    mine = [played for played in everything if played.subject.spec == spec and played.scenario.id in place]
    mine.sort(key=lambda played: place[played.scenario.id])
    measured = measure([(played.scenario.id, played.evidence) for played in mine])
    clean = Redaction(secret for played in mine for secret in played.evidence.secrets)
    return {key: clean.data(value) for key, value in measured.items()}


def _notes(firsts: Sequence[Played], provider: Provider) -> list[str]:
    notes = []
    for first in firsts:
        name = first.subject.spec.name
        if not first.evidence.journal:
            outcome = first.evidence.calls[0].outcome
            said = "it reports success" if outcome.ok else f"it says {outcome.error!r}"
            notes.append(
                f"call {name!r} sent no request while the provider was healthy, so nothing else was played; "
                f"{said}. Does the client read {provider.service}_BASE_URL?"
            )
        elif first.subject.operation is None:
            notes.append(
                f"call {name!r} sent nothing that the contract knows; every request was spoiled alike"
            )
    return notes


async def _together(playing: Sequence[Coroutine[None, None, Played]]) -> list[Played]:
    """All of them, side by side. At the first that fails the others are ended, in order, before it is raised."""
    tasks = [asyncio.ensure_future(one) for one in playing]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
