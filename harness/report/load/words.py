"""How a run under load is put in words: the same in every report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from harness.model.finding import Verdict
from harness.model.load_report import (
    BreakerSight,
    Compared,
    Comparison,
    Figure,
    LoadReport,
    ProcessReport,
    TargetRow,
    Unit,
    WindowReport,
)
from harness.model.report import Counts
from harness.report.load.figures import NOTHING, duration, number, percent, rate
from harness.report.scorecard import tally
from harness.report.words import WORST_FIRST, counted, of

PLACES = {"overall": "whole run", "outside": "normal running", "window": "while it failed"}
"""What the places of figures are called; others are the names of windows."""

CHANGES = ("worse", "better", "same", "unknown")

FAR = 2.0
"""What grew by more than so many times is not told in percent."""

ARROWS = {"better": "better", "worse": "worse", "same": "same", "unknown": "cannot be told"}


class Row(msgspec.Struct, frozen=True):
    """One figure at every place where it was measured: its name, and a text for each column."""

    name: str
    cells: tuple[str, ...]


def heading(report: LoadReport) -> str:
    """`shop against stripe: outage`."""
    who = f"{report.client or 'the client'} against {report.provider}"
    return f"{who}: {report.scenario}" if report.scenario else who


def counts(report: LoadReport) -> Counts:
    """How many verdicts of each name."""
    return tally(report.verdicts)


def size(report: LoadReport) -> str:
    """`2 min: 12,400 calls of 100 users, 3 workers; 13,010 attempts over 100 connections`."""
    made = report.counts
    asked = f"{many(made.calls, 'call')} of {many(made.users, 'user')}"
    if made.workers > 1:
        asked += f", {made.workers} workers"
    sent = f"{many(made.attempts, 'attempt')} over {many(made.connections, 'connection')}"
    return f"{duration(report.duration_s)}: {asked}; {sent}"


def many(how_many: int, one: str) -> str:
    """`12,400 calls`, `1 call`, `no calls`."""
    return of(how_many, one).replace(str(how_many), f"{how_many:,}", 1)


def value(amount: float | None, unit: Unit) -> str:
    """A figure with its unit."""
    if unit == "s":
        return duration(amount)
    if unit == "ratio":
        return percent(amount)
    if unit == "per_s":
        return rate(amount)
    if unit == "times":
        return NOTHING if amount is None else f"{amount:.2f}" if amount < 100 else number(amount)
    return number(amount)


def bound(row: TargetRow) -> str:
    """`at most 5 s`."""
    return f"{row.bound.replace('_', ' ')} {value(row.target, row.unit)}"


def place(where: str) -> str:
    """Where a figure was measured."""
    return PLACES.get(where, where)


def worst_first(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Failures, then what could not be told, what passed and what does not apply."""
    return tuple(sorted(verdicts, key=lambda verdict: WORST_FIRST.index(verdict.verdict)))


def rows_worst_first(rows: Iterable[TargetRow]) -> tuple[TargetRow, ...]:
    """The targets in the same order."""
    return tuple(sorted(rows, key=lambda row: WORST_FIRST.index(row.verdict)))


def measured(report: LoadReport) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """The figures as a table: the names of its columns, and a row for each of them. The only window of a run is the
    time while it failed."""
    only = report.windows[0].name if len(report.windows) == 1 else None
    found: dict[tuple[str, str], dict[str, Figure]] = {}
    for figure in report.figures:
        where = "window" if figure.where == only else figure.where
        found.setdefault((figure.id, figure.label), {})[where] = figure
    known = list(dict.fromkeys(where for row in found.values() for where in row))
    columns = [*(where for where in PLACES if where in known), *(w for w in known if w not in PLACES)]
    rows = (
        Row(label, tuple(_cell(row.get(where)) for where in columns)) for (_, label), row in found.items()
    )
    return tuple(place(where) for where in columns), tuple(rows)


def changes(comparison: Comparison) -> tuple[Compared, ...]:
    """What is worse, then what is better."""
    return tuple(_in_order(row for row in comparison.rows if row.word in ("worse", "better")))


def others(comparison: Comparison) -> tuple[Compared, ...]:
    """What stayed the same, then what cannot be told."""
    return tuple(_in_order(row for row in comparison.rows if row.word in ("same", "unknown")))


def in_sum(comparison: Comparison) -> str:
    """How many figures there are of each: `2 worse, 1 better, 20 the same within noise, 3 cannot be told`."""
    words = [row.word for row in comparison.rows]
    names = {
        "worse": "worse",
        "better": "better",
        "same": "the same within noise",
        "unknown": "cannot be told",
    }
    said = [f"{words.count(word)} {name}" for word, name in names.items() if word in words]
    return ", ".join(said) or "nothing to compare"


def _in_order(rows: Iterable[Compared]) -> list[Compared]:
    return sorted(rows, key=lambda row: CHANGES.index(row.word))


def _cell(figure: Figure | None) -> str:
    return value(figure.value, figure.unit) if figure is not None else ""


def window(shown: WindowReport) -> str:
    """What became of one window, in one line."""
    recovered = (
        f"recovered {duration(shown.recovered_s)} after it healed"
        if shown.recovered_s is not None
        else f"recovery: {shown.why or 'cannot be told'}"
    )
    sent = f"{many(shown.calls, 'call')}, {many(shown.attempts, 'attempt')}"
    return f"{shown.name}, {between(shown)}: {sent}; {recovered}"


def between(shown: WindowReport) -> str:
    """`30 s to 60 s`."""
    return f"{number(shown.from_s)} s to {number(shown.to_s)} s"


def breaker(sight: BreakerSight) -> str:
    """What one breaker did, one time that it was open."""
    parts = [f"opened at {sight.opened_s:.1f} s"]
    if sight.opened_after_s is not None:
        parts.append(
            f"{duration(max(sight.opened_after_s, 0.0))} into the {sight.window or 'failure'}, "
            f"after {many(sight.failures, 'failure')}"
        )
    parts.append(f"{many(sight.refused, 'call')} refused")
    parts.append(f"{many(sight.probes, 'probe')}")
    if sight.let_through > sight.probes:
        parts.append(f"{many(sight.let_through, 'attempt')} came through")
    if sight.closed_s is None:
        parts.append("open to the end")
    else:
        parts.append(f"closed at {sight.closed_s:.1f} s")
        if sight.closed_after_s is not None and sight.closed_after_s >= 0:
            parts.append(f"{duration(sight.closed_after_s)} after it healed")
    return ", ".join(parts)


def guards(sight: BreakerSight, report: LoadReport) -> str:
    """Whose breaker it is."""
    whose = sight.name or "all calls"
    has_others = any(other.worker != sight.worker for other in report.breakers)
    return f"{whose}, process {sight.worker}" if has_others else whose


def compared(row: Compared) -> str:
    """`worse by 12 %`, `same, within noise`."""
    if row.word == "unknown":
        return ARROWS["unknown"]
    if row.word == "same":
        apart = f"{percent(abs(row.change))} apart, " if row.change else ""
        return "same" if row.beyond_noise else f"same ({apart}within noise)"
    if row.change is None:
        return ARROWS[row.word]
    if row.change > FAR:
        return f"{ARROWS[row.word]}, {number(row.change + 1)}-fold"
    return f"{ARROWS[row.word]} by {percent(abs(row.change))}"


def process(shown: ProcessReport) -> str:
    """`42 % of a core, 61 % at its busiest, 3 % of the time waiting for one`."""
    used = f"{percent(shown.cpu_mean)} of a core, {percent(shown.cpu_peak)} at its busiest"
    if shown.waited_mean is not None:
        used += f", {percent(shown.waited_mean)} of the time waiting for one"
    gone = f"; gone at {shown.gone_s:.1f} s, before its time" if shown.gone_s is not None else ""
    return f"{used if shown.cpu_mean is not None else 'not measured'}{gone}"


TOLD_ELSEWHERE = frozenset(("client", "provider", "scenario", "seed", "again", "notes", "harness"))
"""Facts of a run that stand in its title."""


def facts(report: LoadReport) -> Iterator[tuple[str, str]]:
    """What else is known of the run: names and texts."""
    for name, fact in report.facts.items():
        if name not in TOLD_ELSEWHERE and fact not in (None, "", [], {}, ()):
            yield name.replace("_", " "), _fact(fact)


def _fact(fact: Any) -> str:
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    if isinstance(fact, float):
        return number(fact)
    if isinstance(fact, Mapping):
        return ", ".join(f"{name} {_fact(value)}" for name, value in fact.items())
    if isinstance(fact, list | tuple):
        return ", ".join(_fact(value) for value in fact)
    return str(fact)


def honest(report: LoadReport) -> Iterator[tuple[str, str]]:
    """What tells whether the figures can be trusted: names and texts."""
    seen = report.honesty
    for shown in seen.processes:
        name = shown.name if shown.role in shown.name else f"{shown.role} {shown.name}"
        yield name.strip(), process(shown)
    if seen.lag_p95_s is not None:
        yield "calls began late by", f"{duration(seen.lag_p95_s)} at p95"
    if seen.served_p99_s is not None:
        yield "the mock's own time", f"{duration(seen.served_p99_s)} at p99"
    if seen.overhead_s is not None:
        yield "the harness's own time", f"{duration(seen.overhead_s)} a call"
    if seen.grouped is not None:
        yield "attempts of a known call", percent(seen.grouped)


def trust(report: LoadReport) -> str:
    """Whether something else than the client was at its limit."""
    seen = report.honesty
    if not seen.bottleneck:
        if all(shown.cpu_mean is None for shown in seen.processes):
            return "It was not measured whether the generator or the mock was at its limit."
        return "Neither the generator nor the mock was at its limit."
    why = f": {seen.why}" if seen.why else ""
    return f"The {seen.bottleneck} was at its limit{why}. What it slows down says nothing of the client."


def told(report: LoadReport) -> str:
    """How many verdicts of each name there are."""
    return counted(counts(report))
