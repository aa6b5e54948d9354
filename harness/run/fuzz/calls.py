"""`verify --fuzz`: answers that the contract allows and answers that break it in one place, drawn, played, shrunk.

Each call of the client is first played while all is well: what it gets then is the normal answer, from which all
others differ. One lane and one client serve all examples of a call; a failure counts only if a client begun anew
shows it, too, and copes with the normal answer before.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from random import Random

import msgspec

from harness.contract.provider import Provider
from harness.errors import DriverError
from harness.model.call import Outcome
from harness.model.finding import Verdict, VerdictName
from harness.model.policy import Policy
from harness.model.report import Report, ScenarioReport
from harness.redaction.known import Redaction
from harness.run.assemble import question_of, report, scenario_report
from harness.run.callspec import CallSpec
from harness.run.drivers.choose import make_driver
from harness.run.drivers.driver import Driver
from harness.run.ending import limits_of
from harness.run.fuzz.call import HANG_S, FuzzedCall
from harness.run.fuzz.telling import Telling
from harness.run.fuzz.trial import CHECK_OF, Demands, Known, Part
from harness.run.healthy import HEALTHY, found
from harness.run.judge import Expectation
from harness.run.machine import Machine
from harness.run.play import Played
from harness.run.runner import Event
from harness.run.scenario import Scenario
from harness.run.stage import OpenLanes, Stage, Subject, Theatre, staged
from harness.server.clock import Luck

TITLES: dict[Part, str] = {
    "allowed": "answers that the contract allows, each unusual in some way",
    "broken": "answers that break the contract in one place",
}


async def fuzz(
    provider: Provider,
    calls: Sequence[CallSpec],
    *,
    examples: int,
    lanes: OpenLanes,
    known: Callable[[str], Known],
    policy: Policy | None = None,
    seed: int = 0,
    client: str = "",
    raises: Sequence[str] = (),
    progress: Callable[[Event], None] | None = None,
    question: str = "",
    named: str = "",
    drivers: Callable[[str, str], Driver] = make_driver,
    hang_s: float = HANG_S,
) -> Report:
    """Play `examples` answers to each call, half of them allowed, half of them broken, and judge what it does.

    `raises`: the types of errors that the client declares, beside those of each call. `known`: what failed before, by
    the call's name. `named`: what the provider is called on the command line. `hang_s`: how long a call may take that
    has its answer.
    Raises DriverError where a client cannot be started.
    """
    began_s = time.monotonic()
    policy = policy or Policy()
    scenarios: list[ScenarioReport] = []
    notes: list[str] = []
    question = question or question_of(provider.name, calls)
    again = f"harness verify {question} --fuzz {examples}"
    again += "".join(f" --raises {name}" for name in raises) + f" --seed {seed}"
    async with Machine() as machine:
        theatre = Theatre(
            provider,
            lanes,
            policy,
            seed,
            limits_of(policy),
            asyncio.Semaphore(os.cpu_count() or 1),
            drivers,
            machine,
        )
        for spec in calls:
            async with staged(HEALTHY, Subject(spec), theatre) as stage:
                await stage.call(spec.name)
                subject = _normal(spec, stage, provider)
                if subject.operation is None:
                    notes.append(_nothing_varied(spec, stage.calls[-1].outcome, provider))
                    continue
                call = FuzzedCall(
                    stage,
                    theatre,
                    subject,
                    luck=Random(f"{seed}/{spec.name}"),
                    rng=Luck(seed, provider.name, f"fuzz {spec.name}", 0),
                    telling=Telling(named or provider.name, again),
                    known=known(spec.name),
                    demands=Demands((*raises, *spec.raises)),
                    hang_s=hang_s,
                )
                halves: dict[Part, int] = {"allowed": examples - examples // 2, "broken": examples // 2}
                for part, count in halves.items():
                    done, total = len(scenarios), 2 * len(calls)
                    _tell(progress, Event("started", f"fuzz_{part}", spec.name, done, total))
                    verdicts = await call.verdicts(part, count)
                    scenarios.append(_report(part, call, verdicts, began_s))
                    _tell(
                        progress,
                        Event("judged", f"fuzz_{part}", spec.name, done + 1, total, _worst(verdicts)),
                    )
    return report(
        scenarios,
        seed=seed,
        provider=provider.name,
        client=client or ", ".join(spec.text or spec.target for spec in calls),
        measured={},
        duration_s=round(time.monotonic() - began_s, 3),
        again=again,
        notes=tuple(notes),
    )


def _normal(spec: CallSpec, stage: Stage, provider: Provider) -> Subject:
    """What a call is about that was made while all is well. DriverError where the client could not be started."""
    outcome = stage.calls[-1].outcome
    if outcome.ending == "died" and not len(stage.lane.journal):
        raise DriverError(f"call {spec.name!r}: {outcome.error}")
    return found(spec, stage.lane.journal.after(), provider, lists_calls=len(stage.calls) > 1)


def _nothing_varied(spec: CallSpec, outcome: Outcome, provider: Provider) -> str:
    said = "it reports success" if outcome.ok else f"it says {outcome.error!r}"
    return (
        f"call {spec.name!r} asked for nothing that the contract knows, so no answer of its could be varied; {said}. "
        f"Does the client read {provider.service}_BASE_URL?"
    )


def _report(part: Part, call: FuzzedCall, verdicts: Sequence[Verdict], began_s: float) -> ScenarioReport:
    scenario = Scenario(id=f"fuzz_{part}", title=TITLES[part], expect=(Expectation(CHECK_OF[part]),))
    evidence = call.evidence(call.shown[part])
    clean = Redaction(evidence.secrets)
    cleaned = [msgspec.structs.replace(verdict, exhibit=clean(verdict.exhibit)) for verdict in verdicts]
    played = Played(scenario, call.subject, call.theatre.seed, evidence, fault_fired=True)
    return scenario_report(played, cleaned, began_s=began_s)


def _worst(verdicts: Sequence[Verdict]) -> VerdictName | None:
    names = [verdict.verdict for verdict in verdicts]
    order: tuple[VerdictName, ...] = ("fail", "inconclusive", "pass", "not_applicable")
    return next((name for name in order if name in names), None)


def _tell(progress: Callable[[Event], None] | None, event: Event) -> None:
    if progress is not None:
        progress(event)
