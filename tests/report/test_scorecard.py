"""Verdicts counted by family and call."""

from __future__ import annotations

import pytest

from harness.model.finding import VerdictName
from harness.model.report import Counts
from harness.report.scorecard import FAMILIES, beside, family, scorecard, standing, worst
from tests.report.factory import report, run, verdict


def test_a_cell_counts_the_verdicts_of_its_family_and_call() -> None:
    card = scorecard(
        report(
            run("a", "read", verdicts=[verdict("retry.bounded"), verdict("retry.recovers", "fail")]),
            run("b", "read", verdicts=[verdict("retry.bounded"), verdict("backoff.grows", "inconclusive")]),
            run("a", "create", verdicts=[verdict("retry.bounded", "not_applicable")]),
        )
    )
    cells = {row.family: row.cells for row in card.rows}
    assert card.calls == ("read", "create")
    assert cells["retry"] == (Counts(passed=2, fail=1), Counts(not_applicable=1))
    assert cells["backoff"] == (Counts(inconclusive=1), Counts())


def test_every_family_of_ours_has_a_row_even_when_nothing_was_asked() -> None:
    assert tuple(row.family for row in scorecard(report()).rows) == FAMILIES


def test_the_families_of_third_parties_follow_ours() -> None:
    card = scorecard(report(run(verdicts=[verdict("zeal.keen"), verdict("audit.logged")])))
    assert tuple(row.family for row in card.rows) == (*FAMILIES, "audit", "zeal")


@pytest.mark.parametrize(
    ("counts", "word"),
    [
        (Counts(passed=9, fail=1, inconclusive=1), "fail"),
        (Counts(passed=9, inconclusive=1), "inconclusive"),
        (Counts(passed=1, not_applicable=9), "pass"),
        (Counts(not_applicable=9), "not_applicable"),
        (Counts(), None),
    ],
)
def test_a_fail_outweighs_all_and_too_little_evidence_outweighs_a_pass(
    counts: Counts, word: VerdictName | None
) -> None:
    assert worst(counts) == word


def test_a_run_of_which_nothing_was_expected_is_not_applicable() -> None:
    assert standing(run()) == "not_applicable"


def test_reports_beside_each_other_share_their_rows() -> None:
    one = report(run("a", "read", verdicts=[verdict("retry.bounded")]), run("a", "create"))
    two = report(run("a", "fetch", verdicts=[verdict("audit.logged", "fail")]))
    cells = {row.family: row.cells for row in beside([one, two, report()])}
    assert cells["retry"] == (Counts(passed=1), Counts(), Counts(), Counts())
    assert cells["audit"] == (Counts(), Counts(), Counts(fail=1), Counts())


def test_the_family_is_the_first_part_of_a_check() -> None:
    assert family("retry.honours_retry_after") == "retry"


def test_where_a_provider_was_judged_the_families_about_clients_have_no_place() -> None:
    card = scorecard(report(run("listOrders", "check", verdicts=[verdict("conformance.body_fits")])))
    assert [row.family for row in card.rows] == ["conformance"]
