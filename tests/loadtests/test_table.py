"""Medians, and ratios of what was measured in the same round."""

from __future__ import annotations

import msgspec

from loadtests.bench.table import Sample, aligned, rows, tables
from loadtests.bench.traffic import KINDS
from loadtests.bench.wrk import Load

GET = KINDS[0].name


def sample(peer: str, per_s: int, *, round: int = 1, kind: str = GET, cpu_us: float = 5.0) -> Sample:
    return Sample(peer, kind, round, Load(per_s, 1.0, 100, 900), Load(10, 1.0, 50, 60), cpu_us)


def test_a_row_has_the_medians_of_its_rounds() -> None:
    row, *_ = rows([sample("ours", rate, round=round) for round, rate in enumerate((10, 90, 20))])
    assert (row.peer, row.kind, row.rounds, row.per_s) == ("ours", GET, 3, 20)
    assert (row.p50_us, row.p99_us, row.single_p50_us) == (100, 900, 50)


def test_a_ratio_compares_what_was_measured_in_the_same_round() -> None:
    # In the second round the machine was slow, for both.
    found = rows(
        [
            sample("nginx", 1000, round=1),
            sample("ours", 700, round=1),
            sample("nginx", 100, round=2),
            sample("ours", 70, round=2),
        ]
    )
    assert [(row.peer, row.ratio) for row in found] == [("nginx", 1.0), ("ours", 0.7)]


def test_a_ratio_by_processor_time_is_more_where_less_is_taken() -> None:
    _, ours = rows([sample("nginx", 1, cpu_us=5), sample("ours", 1, cpu_us=10)])
    assert ours.cpu_ratio == 0.5


def test_without_the_limit_there_is_no_ratio() -> None:
    (row,) = rows([sample("ours", 10)])
    assert (row.ratio, row.cpu_ratio, row.p99_ratio) == (None, None, None)
    assert "ours        -" in tables([row], KINDS, checks={})


def test_a_round_that_the_limit_missed_is_no_pair() -> None:
    ours = rows([sample("nginx", 100, round=1), sample("ours", 50, round=1), sample("ours", 1, round=2)])[1]
    assert ours.ratio == 0.5


def test_kinds_of_request_are_not_mixed() -> None:
    found = rows([sample("nginx", 100, kind=kind.name) for kind in KINDS])
    text = tables(found, KINDS, checks={"nginx": "nothing"})
    assert [text.count(f"{kind.name} (goal: {kind.goal:g} of nginx)") for kind in KINDS] == [1, 1, 1]
    assert text.count("nothing") == len(KINDS)


def test_small_ratios_keep_their_digits() -> None:
    text = tables(rows([sample("nginx", 1000), sample("slow", 2)]), KINDS, checks={})
    assert "1.00" in text
    assert "0.002" in text


def test_columns_of_figures_end_together() -> None:
    assert aligned([("a", "1", "x"), ("bbb", "100", "")]) == "a      1  x\nbbb  100"


def test_p99_is_told_as_a_multiple_of_the_limits_own() -> None:
    slow = msgspec.structs.replace(sample("ours", 50), many=Load(100, 1.0, 300, 900))
    limit = msgspec.structs.replace(sample("nginx", 100), many=Load(100, 1.0, 200, 600))
    assert rows([limit, slow])[1].p99_ratio == 1.5
