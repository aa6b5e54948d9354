"""What was measured, as medians and as parts of nginx's rate, in plain text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

import msgspec

from loadtests.bench.traffic import Kind
from loadtests.bench.wrk import Load

LIMIT = "nginx"
"""The server whose rate the others are parts of."""


class Sample(msgspec.Struct, frozen=True):
    """One server measured on one kind of request in one round: over many connections, and over a single one.
    `cpu_us`: processor time of the server for one request, whoever else used the core meanwhile."""

    peer: str
    kind: str
    round: int
    many: Load
    single: Load
    cpu_us: float


class Row(msgspec.Struct, frozen=True):
    """The medians of one server on one kind of request. Ratios to the limit are None where it was not measured:
    `ratio` of the rates of the same round, `cpu_ratio` of processor time, turned so that more is better;
    `p99_ratio` of the medians of p99, less is better: one round's is the machine's as often as the server's."""

    peer: str
    kind: str
    rounds: int
    per_s: float
    p50_us: float
    p99_us: float
    single_p50_us: float
    cpu_us: float
    ratio: float | None = None
    cpu_ratio: float | None = None
    p99_ratio: float | None = None


def rows(samples: Iterable[Sample]) -> list[Row]:
    """A row for each server and kind, in the order in which they were first measured."""
    grouped: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        grouped.setdefault((sample.peer, sample.kind), []).append(sample)
    return [_row(group, grouped.get((LIMIT, kind), [])) for (_, kind), group in grouped.items()]


def _row(group: Sequence[Sample], limit: Sequence[Sample]) -> Row:
    of_round = {sample.round: sample for sample in limit}
    # Round by round: what else the machine did then slowed both.
    p99_us = median(each.many.p99_us for each in group)
    best_p99_us = median(each.many.p99_us for each in limit) if limit else 0
    pairs = [(each, of_round[each.round]) for each in group if each.round in of_round]
    return Row(
        peer=group[0].peer,
        kind=group[0].kind,
        rounds=len(group),
        per_s=median(each.many.per_s for each in group),
        p50_us=median(each.many.p50_us for each in group),
        p99_us=p99_us,
        single_p50_us=median(each.single.p50_us for each in group),
        cpu_us=median(each.cpu_us for each in group),
        ratio=median(each.many.per_s / best.many.per_s for each, best in pairs) if pairs else None,
        cpu_ratio=median(best.cpu_us / each.cpu_us for each, best in pairs if each.cpu_us) if pairs else None,
        p99_ratio=p99_us / best_p99_us if best_p99_us else None,
    )


def tables(found: Iterable[Row], kinds: Iterable[Kind], *, checks: Mapping[str, str]) -> str:
    """One table a kind of request. `checks`: what each server judges, by its name."""
    found = list(found)
    parts = []
    for kind in kinds:
        chosen = [row for row in found if row.kind == kind.name]
        if chosen:
            cells = [_HEADINGS, *(_cells(row, checks.get(row.peer, "")) for row in chosen)]
            parts.append(f"{kind.name} (goal: {kind.goal:g} of {LIMIT})\n{aligned(cells)}")
    return "\n\n".join(parts)


_HEADINGS = (
    "server",
    "ratio",
    "requests/s",
    "p50 us",
    "p99 us",
    "of nginx's",
    "1 conn p50",
    "cpu us",
    "by cpu",
    "checks",
)


def _cells(row: Row, checks: str) -> tuple[str, ...]:
    return (
        row.peer,
        _ratio(row.ratio),
        f"{row.per_s:,.0f}",
        f"{row.p50_us:,.0f}",
        f"{row.p99_us:,.0f}",
        _ratio(row.p99_ratio),
        f"{row.single_p50_us:,.0f}",
        f"{row.cpu_us:,.1f}",
        _ratio(row.cpu_ratio),
        checks,
    )


def _ratio(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.3f}" if ratio < 0.1 else f"{ratio:.2f}"


def aligned(cells: Sequence[Sequence[str]]) -> str:
    """Lines of columns: the first and the last to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    last = len(widths) - 1
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index in (0, last) else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )
