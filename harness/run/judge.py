"""The judge: expectations and evidence in, verdicts out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from harness.checks.all import CHECKS
from harness.checks.registry import Evidence
from harness.errors import UnknownName, UsageError
from harness.model.exchange import Exchange
from harness.model.finding import Finding, Verdict, weigh
from harness.registry import Entry

WORDS: Mapping[str, str] = {"fail": "broken", "pass": "kept", "inconclusive": "short"}
"""The sight that each verdict rests on."""


class Expectation(msgspec.Struct, frozen=True):
    """A check that a scenario puts to the test, or a family of them, with parameters for it."""

    check: str
    parameters: dict[str, object] = {}


def judge(expectations: Iterable[Expectation], evidence: Evidence, *, again: str) -> tuple[Verdict, ...]:
    """One verdict for each check that is expected, in the order of the expectations; none twice.

    A family's name (`idempotency`) stands for all its checks. Where faults were planned and none of them was
    played, nothing was put to the test: only a promise seen broken is then more than inconclusive.
    Raises UnknownName and UsageError for a check or a parameter that there is not.
    """
    chosen: dict[str, tuple[Entry, dict[str, object]]] = {}
    for expectation in expectations:
        for entry, parameters in resolve(expectation):
            if expectation.check == entry.id:
                chosen[entry.id] = (entry, parameters)
            else:
                chosen.setdefault(entry.id, (entry, parameters))
    unplayed = _unplayed(evidence)
    return tuple(
        _verdict(entry, tuple(entry.function(evidence, **parameters)), unplayed=unplayed, again=again)
        for entry, parameters in chosen.values()
    )


def resolve(expectation: Expectation) -> tuple[tuple[Entry, dict[str, object]], ...]:
    """The checks that an expectation names, each with its parameters, converted to their types.

    A parameter given to a family goes to those of its checks that have it; one at least must.
    """
    name = expectation.check
    family = tuple(entry for entry in CHECKS if entry.id.split(".")[0] == name)
    if not family and name not in CHECKS:
        raise UnknownName("check", name, {*CHECKS.ids(), *(i.split(".")[0] for i in CHECKS.ids())})
    entries = family or (CHECKS[name],)
    known = {parameter for entry in entries for parameter in entry.parameters}
    for parameter in expectation.parameters:
        if parameter not in known:
            if not known:
                raise UsageError(f"{name} has no parameters, so there is no {parameter!r}")
            raise UnknownName(f"parameter of {name}", parameter, known)
    return tuple((entry, _converted(entry, expectation.parameters)) for entry in entries)


def _converted(entry: Entry, given: Mapping[str, object]) -> dict[str, object]:
    converted: dict[str, object] = {}
    for name, parameter in entry.parameters.items():
        if name not in given:
            continue
        try:
            converted[name] = msgspec.convert(given[name], parameter.annotation)
        except msgspec.ValidationError as error:
            raise UsageError(f"{entry.id}: {name}: {str(error)[:1].lower()}{str(error)[1:]}") from None
    return converted


def _verdict(entry: Entry, findings: tuple[Finding, ...], *, unplayed: str | None, again: str) -> Verdict:
    word = weigh(findings)
    if unplayed and word != "fail":
        return Verdict(
            entry.id, "inconclusive", unplayed, entry.expected, entry.facts.get("source", ""), again
        )
    telling = [finding for finding in findings if finding.sight == WORDS.get(word)]
    if not telling:
        observed = "nothing in this scenario puts it to the test"
        return Verdict(entry.id, word, observed, entry.expected, entry.facts.get("source", ""), again)
    first = telling[0]
    more = len(telling) - 1
    observed = f"{first.observed} (and {more} more like it)" if more else first.observed
    source = first.source or entry.facts.get("source", "")
    return Verdict(entry.id, word, observed, first.expected, source, again, first.attempts)


def _unplayed(evidence: Evidence) -> str | None:
    """What was planned and did not come to pass; None where a planned fault was played, or none was planned."""
    planned = tuple(dict.fromkeys(evidence.faults_planned))
    if not planned:
        return None
    seen = _seen(evidence)
    if any(fired.fault in planned for exchange in seen for fired in exchange.faults):
        return None
    faults = " and ".join(planned)
    if not seen:
        return f"{faults} was planned, but no request arrived"
    requests = f"{len(seen)} request{'' if len(seen) == 1 else 's'}"
    return f"{faults} was planned, but none of {requests} got it"


def _seen(evidence: Evidence) -> tuple[Exchange, ...]:
    found = {e.number: e for call in evidence.calls for e in call.attempts}
    return tuple({**{e.number: e for e in evidence.journal}, **found}.values())
