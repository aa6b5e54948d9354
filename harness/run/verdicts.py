"""Verdicts on what several lanes saw of one program, as one report."""

from __future__ import annotations

import time
from collections.abc import Sequence

from harness.model.finding import Verdict
from harness.model.report import Counts, Report
from harness.run.assemble import outcome_of, scenario_report
from harness.run.callspec import CallSpec
from harness.run.judge import Expectation
from harness.run.play import Played
from harness.run.scenario import Scenario
from harness.run.stage import Subject
from harness.run.unmarked import judged
from harness.server.front import LaneFront


def report_of(
    lanes: Sequence[LaneFront],
    expectations: Sequence[Expectation],
    *,
    client: str,
    again: str,
    seed: int,
    began_s: float,
    version: str,
) -> Report:
    """One scenario a lane, called by its plan, with the provider's name for a call. A lane that saw nothing is no
    part of it, unless none saw anything. `began_s`: of the run, on the monotonic clock."""
    busy = [lane for lane in lanes if lane.seen] or list(lanes)
    scenarios = []
    verdicts: list[Verdict] = []
    for lane in busy:
        evidence, its = judged(lane, expectations, again=again)
        verdicts += its
        plan = lane.plan
        scenario = Scenario(
            id=plan.name if plan else "healthy",
            title=f"goes wrong by {plan.name}" if plan else "the provider works",
            expect=tuple(expectations),
            plan=plan,
        )
        fired = plan is None or any(exchange.faults for exchange in evidence.journal)
        subject = Subject(CallSpec(lane.provider.name, "command", client, text=client), evidence.kind)
        played = Played(scenario, subject, seed, evidence, fired)
        scenarios.append(scenario_report(played, its, began_s=began_s))
    words = [verdict.verdict for verdict in verdicts]
    return Report(
        harness=version,
        outcome=outcome_of(verdicts),
        seed=seed,
        provider=", ".join(lane.provider.name for lane in busy),
        client=client,
        counts=Counts(
            passed=words.count("pass"),
            fail=words.count("fail"),
            inconclusive=words.count("inconclusive"),
            not_applicable=words.count("not_applicable"),
        ),
        measured={},
        scenarios=tuple(scenarios),
        duration_s=round(time.monotonic() - began_s, 3),
        again=again,
    )
