"""Two clients through the same outage, side by side."""

from __future__ import annotations

import re

import msgspec
import pytest

from harness.model.load_report import Honesty, LoadReport, TargetRow
from harness.report.load import beside
from tests.report.load.factory import PASSED, TARGETS, UNSURE, report, timeline


def spared() -> LoadReport:
    """A client that makes no more attempts in the outage than it must."""
    calm = tuple(
        msgspec.structs.replace(each, values=tuple(20.0 if 40 <= n < 70 else 210.0 for n in range(120)))
        if each.id == "attempts"
        else each
        for each in timeline().series
    )
    kept = msgspec.structs.replace(TARGETS[0], measured=1.02, verdict="pass")
    return report(
        PASSED,
        client="careful",
        timeline=msgspec.structs.replace(timeline(), series=calm),
        targets=(kept, *TARGETS[1:]),
    )


BOTH = (spared(), report(client="naive"))


def test_the_curves_have_one_scale() -> None:
    told = beside.text(BOTH, width=80)
    careful, naive = (
        next(line for line in told.splitlines() if line.startswith(f"  {name}"))
        for name in ("careful", "naive")
    )
    assert re.search(r"▃{14,}▁{9,}▃{14,}  20/s to 210/s", careful)
    assert re.search(r"▃{14,}█{9,}▃{14,}  210/s to 650/s", naive)


def test_what_one_breaks_and_the_other_keeps_stands_in_one_row() -> None:
    told = beside.text(BOTH, width=100)
    assert re.search(r"attempts a call in outage +at most 1.10 +1.02 ✔ +3.05 ✘", told)
    assert re.search(r"load.amplification +✘ fail", told)
    assert re.search(r"load.success +✔ pass +✔ pass", told)


def test_it_begins_with_the_word_on_each() -> None:
    first, second, *_ = beside.text(BOTH).strip().splitlines()
    assert first.split() == ["PASS", "careful", "12,730", "calls,", "19,190", "attempts"]
    assert second.split()[:2] == ["FAIL", "naive"]


def test_a_run_that_was_not_the_clients_doing_is_told() -> None:
    busy = Honesty("generator", "it used 98 % of its core")
    both = (spared(), report(client="naive", honesty=busy))
    said = "naive: The generator was at its limit: it used 98 % of its core."
    assert said in " ".join(beside.text(both).split())
    assert said in beside.html(both, ["a.html", "b.html"], "Two")
    assert "at its limit" not in beside.text(BOTH)


def test_the_worst_comes_first() -> None:
    assert [each.check for each in beside.judged(BOTH)] == [
        "load.amplification",
        "load.jitter",
        "load.success",
    ]
    assert beside.asked(BOTH)[0].row.id == "amplification"


def test_a_target_that_only_one_was_asked_has_an_empty_cell() -> None:
    more = TargetRow("herd", "herd", "times", "overall", "at_most", 2, 1.5, "pass", "load.herd", "policy")
    both = (report(targets=(more,)), report(UNSURE, targets=()))
    (row,) = beside.asked(both)
    assert row.seen == (more, None)
    assert "herd" in beside.html(both, ["a.html", "b.html"], "Two clients")


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_it_fits_the_terminal(width: int, ascii_only: bool) -> None:
    told = beside.text(BOTH, width=width, ascii_only=ascii_only)
    assert max(len(line) for line in told.splitlines()) <= width
    assert told.isascii() or not ascii_only


def test_the_page_draws_both_and_leads_to_each() -> None:
    page = beside.html(BOTH, ["careful.html", "naive.html"], "Two clients, one outage")
    assert '<a href="careful.html"><strong>careful</strong></a>: pass.' in page
    assert page.count("</figure>") == 3
    assert len(re.findall(r'class="line (good|attempts)" d=', page)) == 6
