"""Verdicts of the same check, gathered: a check that fails in nine scenarios is one thing to mend."""

from __future__ import annotations

import msgspec

from harness.model.finding import Verdict, VerdictName
from harness.model.report import Report, ScenarioReport
from harness.report.words import short


class Sighting(msgspec.Struct, frozen=True):
    """One verdict and the run that it was given on."""

    run: ScenarioReport
    verdict: Verdict


class Group(msgspec.Struct, frozen=True):
    """One check with every run in which it came to the same word, in the order of the report."""

    check: str
    sightings: tuple[Sighting, ...]

    @property
    def first(self) -> Sighting:
        """The sighting that is told in full."""
        return self.sightings[0]

    @property
    def places(self) -> str:
        """`error_{502, 503} (read, create), hang (read)`: where it was seen."""
        calls: dict[str, dict[str, None]] = {}
        for sighting in self.sightings:
            calls.setdefault(sighting.run.id, {})[sighting.run.call] = None
        scenarios: dict[str, list[str]] = {}
        for scenario, names in calls.items():
            scenarios.setdefault(", ".join(names), []).append(scenario)
        return ", ".join(f"{short(scenarios[names])} ({names})" for names in scenarios)


def groups(report: Report, verdict: VerdictName) -> tuple[Group, ...]:
    """The checks that came to that word anywhere; those seen in most runs first, then in the order of the report."""
    found: dict[str, list[Sighting]] = {}
    for run in report.scenarios:
        for each in run.verdicts:
            if each.verdict == verdict:
                found.setdefault(each.check, []).append(Sighting(run, each))
    gathered = [Group(check, tuple(sightings)) for check, sightings in found.items()]
    return tuple(sorted(gathered, key=lambda group: -len(group.sightings)))
