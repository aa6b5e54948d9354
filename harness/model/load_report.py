"""What a run under load showed, in the shape of the JSON file: figures, targets, verdicts, the time line.

Times are seconds on the run's clock: 0 is when the plan was set. A part of a core is told as 0 to 1, a ratio too.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from harness.model.finding import Verdict, VerdictName

Unit = Literal["s", "ratio", "per_s", "count", "times"]
"""`ratio`: a part of a whole, 0 to 1. `times`: how often one is in the other, as 1.1 attempts a call."""

Better = Literal["lower", "higher", "neither"]

Bottleneck = Literal["", "generator", "mock"]
"""What was at its limit beside the client; empty: nothing."""

Word = Literal["better", "worse", "same", "unknown"]


class Series(msgspec.Struct, frozen=True):
    """One line of the time line: a value for each step; None where there is none."""

    id: str
    label: str
    unit: Unit
    values: tuple[float | None, ...]


class Timeline(msgspec.Struct, frozen=True):
    """Value `i` of each series tells of the time from `began_s + i * step_s` on, for `step_s`."""

    began_s: float
    step_s: float
    series: tuple[Series, ...] = ()

    def __getitem__(self, series_id: str) -> Series:
        return next(series for series in self.series if series.id == series_id)

    def __contains__(self, series_id: object) -> bool:
        return any(series.id == series_id for series in self.series)


class Distribution(msgspec.Struct, frozen=True):
    """How often each size came: `counts[i]` between `edges[i]` and `edges[i + 1]`."""

    id: str
    label: str
    unit: Unit
    edges: tuple[float, ...]
    counts: tuple[int, ...]


class Figure(msgspec.Struct, frozen=True):
    """One measured number. `where`: `overall`, `outside` (normal running), `window` (while the provider failed),
    or the name of one window. `value`: None where there is too little to tell. `error`: its standard error, as this
    run's own ups and downs tell it; None where nobody can say. `number`: of what it was made of."""

    id: str
    label: str
    unit: Unit
    where: str
    value: float | None
    error: float | None = None
    number: int = 0
    better: Better = "neither"


class TargetRow(msgspec.Struct, frozen=True):
    """One target beside what was measured. `check`: the promise that judged it, and `verdict` its word."""

    id: str
    label: str
    unit: Unit
    where: str
    bound: Literal["at_most", "at_least"]
    target: float
    measured: float | None
    verdict: VerdictName
    check: str
    source: str
    aborts: bool = False


class BreakerSight(msgspec.Struct, frozen=True):
    """One time that one breaker was open. `worker`: the process that has it; `name`: of the calls that it guards.

    `opened_after_s`: since the provider began to fail; `failures`: calls that had failed since then. `refused`: calls
    that sent nothing while it was open; `probes`: calls that it let through; `let_through`: all attempts that reached
    the provider meanwhile, of earlier calls too. `closed_s`: None where it was open to the end; `closed_after_s`:
    since the provider was well again.
    """

    worker: int
    name: str
    window: str
    opened_s: float
    opened_after_s: float | None
    failures: int
    refused: int
    probes: int
    let_through: int
    closed_s: float | None = None
    closed_after_s: float | None = None


class WindowReport(msgspec.Struct, frozen=True):
    """One time that the provider was made to fail. `recovered_s`: how long after `to_s` calls succeeded as fast as
    the targets say, and stayed so; None where they did not, or it cannot be told, as `why` says."""

    name: str
    from_s: float
    to_s: float
    calls: int
    attempts: int
    recovered_s: float | None = None
    why: str = ""


class Compared(msgspec.Struct, frozen=True):
    """One figure beside that of an earlier run. `change`: of the earlier value, 0.1 is ten percent more; None where
    that was 0. `beyond_noise`: more than the two runs' own ups and downs explain; only then is it better or worse."""

    id: str
    label: str
    unit: Unit
    where: str
    before: float | None
    now: float | None
    change: float | None
    word: Word
    beyond_noise: bool


class Comparison(msgspec.Struct, frozen=True):
    """This run beside an earlier one. `notes`: what makes the two unlike, where they are."""

    before: str
    rows: tuple[Compared, ...]
    notes: tuple[str, ...] = ()


class ProcessReport(msgspec.Struct, frozen=True):
    """One process of the run: the part of a core that it used, on average and in its busiest second. `gone_s`: when
    it died before its time. `waited_mean`: the part of the time for which it waited for a core."""

    role: str
    name: str
    cpu_mean: float | None
    cpu_peak: float | None
    gone_s: float | None = None
    waited_mean: float | None = None


class Honesty(msgspec.Struct, frozen=True):
    """Can the figures be trusted? `bottleneck`: what else than the client was at its limit, and `why`, as a clause.

    `lag_p95_s`: how much later calls began than the load's shape wanted. `served_p99_s`: the mock's own time for an
    answer. `grouped`: the part of attempts of which the call is known. `overhead_s`: the harness's own time a call;
    None where it was not measured. `notes`: whole sentences, for people.
    """

    bottleneck: Bottleneck = ""
    why: str = ""
    processes: tuple[ProcessReport, ...] = ()
    lag_p95_s: float | None = None
    served_p99_s: float | None = None
    grouped: float | None = None
    overhead_s: float | None = None
    notes: tuple[str, ...] = ()


class LoadCounts(msgspec.Struct, frozen=True):
    """How much there was of everything."""

    calls: int = 0
    attempts: int = 0
    connections: int = 0
    users: int = 0
    workers: int = 0


class LoadReport(msgspec.Struct, frozen=True):
    """A whole run of `harness load`. `facts`: what else is to be known of it, as plain data."""

    harness: str
    outcome: VerdictName
    client: str
    provider: str
    scenario: str
    seed: int
    duration_s: float
    counts: LoadCounts
    windows: tuple[WindowReport, ...]
    targets: tuple[TargetRow, ...]
    verdicts: tuple[Verdict, ...]
    figures: tuple[Figure, ...]
    timeline: Timeline
    distributions: tuple[Distribution, ...] = ()
    breakers: tuple[BreakerSight, ...] = ()
    comparison: Comparison | None = None
    honesty: Honesty = Honesty()
    facts: dict[str, Any] = {}
    notes: tuple[str, ...] = ()
    again: str = ""

    def figure(self, figure_id: str, where: str = "overall") -> Figure | None:
        """One figure; None where it was not measured."""
        found = (f for f in self.figures if f.id == figure_id and f.where == where)
        return next(found, None)


def outcome_of(verdicts: tuple[Verdict, ...]) -> VerdictName:
    """Any failure fails; else what could not be told leaves it open; else any pass passes."""
    words = {verdict.verdict for verdict in verdicts}
    for word in ("fail", "inconclusive", "pass"):
        if word in words:
            return word
    return "not_applicable"
