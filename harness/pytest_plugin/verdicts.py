"""What the engine says of a provider's lane: verdicts, the story of a test, its part of the combined report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from harness.checks.all import CHECKS
from harness.checks.registry import Evidence
from harness.errors import UnknownName, UsageError
from harness.model.finding import Verdict
from harness.model.report import ScenarioReport
from harness.pytest_plugin.hints import hints
from harness.redaction.known import Redaction
from harness.run.judge import Expectation, judge, resolve
from harness.run.unmarked import evidence_of, judged

if TYPE_CHECKING:
    from harness.pytest_plugin.mocked import MockProvider

CONFORMS = "contract.requests_conform"


class Judged(msgspec.Struct, frozen=True):
    """What was asked, the verdicts in that order, and the evidence that they rest on."""

    asked: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    evidence: Evidence

    def unmet(self, *, allow_inconclusive: bool) -> tuple[Verdict, ...]:
        """The verdicts for which an assertion must fail: what is broken, what cannot be told, and a name of which
        nothing was put to the test."""
        unmet = [verdict for verdict in self.verdicts if verdict.verdict == "fail"]
        if not allow_inconclusive:
            unmet += [verdict for verdict in self.verdicts if verdict.verdict == "inconclusive"]
            for name in self.asked:
                mine = [
                    verdict for verdict in self.verdicts if name in (verdict.check, family(verdict.check))
                ]
                if all(verdict.verdict == "not_applicable" for verdict in mine):
                    unmet += mine
        return tuple(dict.fromkeys(unmet))


def family(check: str) -> str:
    """`retry` of `retry.bounded`."""
    return check.partition(".")[0]


def judged_all(provider: MockProvider, checks: Sequence[str], parameters: Mapping[str, object]) -> Judged:
    """The verdicts on what the provider has seen so far. UnknownName, UsageError."""
    expectations = _expectations(checks, parameters)

    def work() -> Judged:
        evidence, verdicts = judged(
            provider.lane,
            expectations,
            tuple(provider.told),
            again=provider.again,
            policy=provider.bench.policy,
            since=provider.since,
            callers=provider.callers,
        )
        return Judged(tuple(checks), verdicts, evidence)

    return provider.bench.background.do(work)


def told_unmet(provider: MockProvider, judged: Judged, unmet: Sequence[Verdict]) -> str:
    """The text of the failed assertion."""
    # Here and not above: reports are made with libraries that a test which passes need not load.
    from harness.report.assertion import unmet as told

    unsaid = judged.evidence.calls and not tuple(provider.told)
    doubted = any(verdict.verdict == "inconclusive" for verdict in unmet)
    mark = f"with {provider.name.replace('-', '_')}.call():"
    notes = [f"`{mark}` around the client's call tells what is one call, and how it ended"]
    known = _hints(provider, judged.evidence)
    run = _run(provider, judged.evidence, unmet)  # without credentials
    return told(run, run.verdicts, notes=[*known, *(notes if unsaid and doubted else ())])


def story_of(provider: MockProvider) -> str:
    """What the provider saw: its plan and seed, the calls with their attempts, what broke the contract, how to see it
    again."""
    from harness.report.assertion import calls_told

    evidence = _evidence(provider)
    plan = provider.lane.plan
    first = (
        f"{provider.name}, {f'plan {plan.name}' if plan else 'no plan'}, seed {provider.seed}, {provider.url}"
    )
    calls = tuple(
        zip((call.name for call in evidence.calls), _run(provider, evidence, ()).calls, strict=True)
    )
    told = calls_told(calls) or ("no request came",)
    wrong = provider.unexpected()
    return "\n".join(
        [
            first,
            *told,
            *_hints(provider, evidence),
            wrong or f"again: {provider.again}",
        ]
    )


def run_of(provider: MockProvider) -> ScenarioReport:
    """The test's part of the combined report: what `verify` said, and whether its requests fit the contract."""
    evidence = _evidence(provider)
    verdicts = {verdict.check: verdict for verdict in provider.verdicts_given}
    conforms = _conforms(provider, evidence)
    if conforms is not None:
        verdicts.setdefault(CONFORMS, conforms)
    return _run(provider, evidence, tuple(verdicts.values()))


def _hints(provider: MockProvider, evidence: Evidence) -> tuple[str, ...]:
    clean = Redaction(evidence.secrets)
    return tuple(map(clean, hints(provider.name, provider.lane.provider, evidence.journal)))


def _expectations(checks: Sequence[str], parameters: Mapping[str, object]) -> tuple[Expectation, ...]:
    if not checks:
        families = ", ".join(dict.fromkeys(map(family, CHECKS.ids())))
        raise UsageError(f"verify what? say verify('retry.bounded'), or a family: {families}")
    known = {
        check: {name for entry, _ in resolve(Expectation(check)) for name in entry.parameters}
        for check in checks
    }
    for name in parameters:
        if not any(name in each for each in known.values()):
            raise UnknownName(f"parameter of {', '.join(checks)}", name, set().union(*known.values()))
    return tuple(
        Expectation(check, {name: value for name, value in parameters.items() if name in known[check]})
        for check in checks
    )


def _evidence(provider: MockProvider) -> Evidence:
    told = tuple(provider.told)
    return provider.bench.background.do(
        lambda: evidence_of(provider.lane, told, provider.bench.policy, provider.since, provider.callers)
    )


def _conforms(provider: MockProvider, evidence: Evidence) -> Verdict | None:
    """None where no request came: a test may have asked for a provider that its client left alone."""
    if not any(exchange.stage == "request" for exchange in evidence.journal):
        return None
    # Whether a planned fault was played is of no concern to it.
    plain = msgspec.structs.replace(evidence, faults_planned=())
    (verdict,) = judge([Expectation(CONFORMS)], plain, again=provider.again)
    allowed = not any(provider.allow.unexpected(exchange) for exchange in evidence.journal)
    if verdict.verdict == "fail" and allowed:
        observed = f"allowed by the test: {verdict.observed}"
        return msgspec.structs.replace(verdict, verdict="not_applicable", observed=observed)
    return verdict


def _run(provider: MockProvider, evidence: Evidence, verdicts: Sequence[Verdict]) -> ScenarioReport:
    # Here and not above: it loads the drivers of the command line, of which a test that passes needs none.
    from harness.run.assemble import evidence_report

    plan = provider.lane.plan
    return evidence_report(
        evidence,
        verdicts,
        id=provider.nodeid,
        call=provider.name,
        title=f"plan {plan.name}" if plan else "",
        seed=provider.seed,
        fault_fired=any(exchange.faults for exchange in evidence.journal),
        began_s=provider.began_s,
    )
