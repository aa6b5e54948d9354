"""The scorecard: one row per check family, one column per call of the client, verdicts counted in each cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from harness.model.finding import Verdict, VerdictName
from harness.model.report import Counts, Report, ScenarioReport
from harness.report.words import WORST_FIRST, count

FAMILIES = ("retry", "backoff", "idempotency", "deadline", "breaker", "contract", "secrets")
"""In the order in which one asks: is it tried again, how, is that safe, does it end, is the provider spared."""

APART = frozenset(("conformance", "tolerance"))
"""Families that judge a provider, or a client by odd answers: what the battery asks has no place in a report of
nothing else."""


class Row(msgspec.Struct, frozen=True):
    """One family: its name and a count of verdicts per call, in the order of `Scorecard.calls`."""

    family: str
    cells: tuple[Counts, ...]


class Scorecard(msgspec.Struct, frozen=True):
    """`calls` are the columns in order of first appearance; families of third parties follow ours by name."""

    calls: tuple[str, ...]
    rows: tuple[Row, ...]


def family(check: str) -> str:
    """`retry` of `retry.honours_retry_after`."""
    return check.partition(".")[0]


def scorecard(report: Report) -> Scorecard:
    """Count the report's verdicts by family and call.

    The families of the battery are all there, met or not, unless something else was played in its place.
    """
    calls = tuple(dict.fromkeys([*(run.call for run in report.scenarios), *report.measured]))
    met = {family(verdict.check) for run in report.scenarios for verdict in run.verdicts}
    ours = () if met and met <= APART else FAMILIES
    names = (*ours, *sorted(met.difference(ours)))
    verdicts = {call: [v for r in report.scenarios if r.call == call for v in r.verdicts] for call in calls}
    return Scorecard(
        calls,
        tuple(
            Row(name, tuple(tally(v for v in verdicts[call] if family(v.check) == name) for call in calls))
            for name in names
        ),
    )


def beside(reports: Sequence[Report]) -> tuple[Row, ...]:
    """The scorecards of several reports as one: each row has the cells of the first, then of the second, and so on.

    A report without any call has one empty cell in each row.
    """
    cards = [scorecard(report) for report in reports]
    names = dict.fromkeys([*FAMILIES, *sorted(row.family for card in cards for row in card.rows)])
    by_name = [{row.family: row.cells for row in card.rows} for card in cards]
    return tuple(
        Row(
            name,
            tuple(
                cell
                for card, rows in zip(cards, by_name, strict=True)
                for cell in rows.get(name) or (Counts(),) * max(len(card.calls), 1)
            ),
        )
        for name in names
    )


def tally(verdicts: Iterable[Verdict]) -> Counts:
    """How many verdicts of each name."""
    names = [verdict.verdict for verdict in verdicts]
    return Counts(*(names.count(name) for name in ("pass", "fail", "inconclusive", "not_applicable")))


def worst(counts: Counts) -> VerdictName | None:
    """The word on a whole cell: a fail outweighs all, too little evidence outweighs a pass; None when empty."""
    return next((name for name in WORST_FIRST if count(counts, name)), None)


def standing(run: ScenarioReport) -> VerdictName:
    """The word on one run; `not_applicable` when nothing was expected of it."""
    return worst(tally(run.verdicts)) or "not_applicable"
