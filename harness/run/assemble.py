"""From scenarios that were played and judged to the Report. No credential leaves here."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

import msgspec

from harness import __version__
from harness.checks.registry import Evidence
from harness.model.call import Call
from harness.model.exchange import Exchange
from harness.model.finding import Verdict, VerdictName
from harness.model.refusal import refusal_of
from harness.model.report import Attempt, CallReport, Counts, Report, ScenarioReport
from harness.redaction.known import Redaction
from harness.run.callspec import CallSpec
from harness.run.play import Played

SHOWN_CHARACTERS = 4000
"""How much of a call's stdout and stderr a report shows: the end of it."""


def outcome_of(verdicts: Iterable[Verdict]) -> VerdictName:
    """Any fail fails the run; else any inconclusive verdict, or no pass at all, leaves it inconclusive."""
    seen = {verdict.verdict for verdict in verdicts}
    if "fail" in seen:
        return "fail"
    return "pass" if "pass" in seen and "inconclusive" not in seen else "inconclusive"


def question_of(provider: str, specs: Iterable[CallSpec]) -> str:
    """The flags that ask the same of the same client."""
    words = [f"--provider {shlex.quote(provider)}"]
    for spec in specs:
        words.append(f"--call {spec.name}={shlex.quote(spec.text)}")
        words += [f"--kind {spec.name}={spec.kind}"] if spec.kind else []
        words += [f"--operation {spec.name}={shlex.quote(spec.operation)}"] if spec.operation else []
    return " ".join(words)


def again(question: str, *, scenario: str, seed: int) -> str:
    """The command that plays one scenario once more."""
    return f"harness verify {question} --scenario {shlex.quote(scenario)} --seed {seed}"


def scenario_report(played: Played, verdicts: Sequence[Verdict], *, began_s: float) -> ScenarioReport:
    """One scenario, with times counted from the beginning of the run."""
    return evidence_report(
        played.evidence,
        verdicts,
        id=played.scenario.id,
        call=played.subject.spec.name,
        title=played.scenario.title,
        seed=played.seed,
        fault_fired=played.fault_fired,
        began_s=began_s,
    )


def evidence_report(
    evidence: Evidence,
    verdicts: Sequence[Verdict],
    *,
    id: str,
    call: str,
    title: str,
    seed: int,
    fault_fired: bool,
    began_s: float,
) -> ScenarioReport:
    """Anything that was judged, as one run of a report, with times counted from `began_s`."""
    clean = Redaction(evidence.secrets)
    return ScenarioReport(
        id=id,
        call=call,
        fault_fired=fault_fired,
        calls=tuple(_call(call, clean, began_s) for call in evidence.calls),
        verdicts=tuple(
            msgspec.structs.replace(v, observed=clean(v.observed), expected=clean(v.expected))
            for v in verdicts
        ),
        title=title,
        seed=seed,
    )


def report(
    scenarios: Sequence[ScenarioReport],
    *,
    seed: int,
    provider: str,
    client: str,
    measured: dict[str, dict[str, object]],
    duration_s: float,
    again: str,
    notes: tuple[str, ...],
) -> Report:
    """The whole run. `again`: the command that runs it once more."""
    verdicts = [verdict for scenario in scenarios for verdict in scenario.verdicts]
    names = [verdict.verdict for verdict in verdicts]
    return Report(
        harness=__version__,
        outcome=outcome_of(verdicts),
        seed=seed,
        provider=provider,
        client=client,
        counts=Counts(
            passed=names.count("pass"),
            fail=names.count("fail"),
            inconclusive=names.count("inconclusive"),
            not_applicable=names.count("not_applicable"),
        ),
        measured=measured,
        scenarios=tuple(scenarios),
        duration_s=duration_s,
        again=again,
        notes=notes,
    )


def _call(call: Call, clean: Redaction, began_s: float) -> CallReport:
    outcome = call.outcome
    return CallReport(
        ok=outcome.ok,
        error=clean(outcome.error) if outcome.error is not None else None,
        began_s=_since(began_s, outcome.began_s),
        ended_s=_since(began_s, outcome.ended_s),
        attempts=tuple(_attempt(exchange, clean, began_s) for exchange in call.attempts),
        ending=outcome.ending,
        stdout=_end_of(clean(outcome.stdout)),
        stderr=_end_of(clean(outcome.stderr)),
    )


def _attempt(exchange: Exchange, clean: Redaction, began_s: float) -> Attempt:
    return Attempt(
        at_s=_since(began_s, exchange.at_s),
        ended_s=None if exchange.ended_s is None else _since(began_s, exchange.ended_s),
        operation=exchange.operation,
        method=exchange.method,
        path=None if exchange.path is None else clean(exchange.path),
        status=exchange.status,
        fault=exchange.fault,
        connection=exchange.connection,
        idempotency_key=None if exchange.idempotency_key is None else clean(exchange.idempotency_key),
        outcome=exchange.outcome,
        number=exchange.number,
        said=clean(refusal_of(exchange) or ""),
    )


def _since(began_s: float, at_s: float) -> float:
    return round(at_s - began_s, 4)


def _end_of(text: str) -> str:
    if len(text) <= SHOWN_CHARACTERS:
        return text
    return f"[{len(text) - SHOWN_CHARACTERS} characters before]\n{text[-SHOWN_CHARACTERS:]}"
