"""Verdicts of the same check, gathered: a check that fails in nine scenarios is one thing to mend. The one that
does most harm comes first."""

from __future__ import annotations

import msgspec

from harness.model.finding import Verdict, VerdictName
from harness.model.report import Report, ScenarioReport
from harness.report.words import short

HEAVIEST_FIRST = (
    "contract.healthy_call_works",  # nothing else can be told
    "idempotency.one_effect",  # the customer pays twice
    "secrets",
    "tls",  # and whoever is in between reads all of it
    "contract.broken_answer_refused",  # what is not there is taken for real
    "contract.failure_reported",
    "tolerance.accepts_what_is_allowed",  # it will come, one day
    "tolerance",
    "idempotency",
    "webhooks",  # anybody may say that a bill is paid
    "deadline",  # threads pile up behind a silent provider
    "retry.honours_retry_after",
    "retry.bounded",
    "retry.only_what_should",
    "retry.refreshes_once",
    "breaker",
    "retry",
    "contract",
    "backoff",
)
"""Checks and families by the harm that a broken promise does; a check has the place of its own or of its family.
Those of third parties come after ours."""


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
    """The checks that came to that word anywhere: the heaviest first, of equals those seen in most runs."""
    found: dict[str, list[Sighting]] = {}
    for run in report.scenarios:
        for each in run.verdicts:
            if each.verdict == verdict:
                found.setdefault(each.check, []).append(Sighting(run, each))
    gathered = [Group(check, tuple(sightings)) for check, sightings in found.items()]
    return tuple(sorted(gathered, key=lambda group: (_weight(group.check), -len(group.sightings))))


def _weight(check: str) -> int:
    named = check if check in HEAVIEST_FIRST else check.partition(".")[0]
    return HEAVIEST_FIRST.index(named) if named in HEAVIEST_FIRST else len(HEAVIEST_FIRST)
