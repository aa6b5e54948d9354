"""A check that fails in several runs is one thing to mend."""

from __future__ import annotations

from harness.checks.all import CHECKS
from harness.report.groups import HEAVIEST_FIRST, groups
from tests.report.factory import report, run, verdict


def test_the_same_check_is_one_group_with_every_place_where_it_failed() -> None:
    (group,) = groups(
        report(
            run("error_502", "read", verdicts=[verdict(word="fail", observed="first")]),
            run("error_502", "create", verdicts=[verdict(word="fail")]),
            run("error_503", "read", verdicts=[verdict(word="fail")]),
            run("error_503", "create", verdicts=[verdict(word="fail")]),
            run("hang", "read", verdicts=[verdict(word="fail"), verdict(word="fail")]),
            run("hang", "create", verdicts=[verdict(word="pass")]),
        ),
        "fail",
    )
    assert group.places == "error_{502, 503} (read, create), hang (read)"
    assert group.first.verdict.observed == "first"
    assert len(group.sightings) == 6


def test_what_does_most_harm_comes_first_however_often_others_are_seen() -> None:
    runs = [
        run(str(n), verdicts=[verdict("backoff.jitters", "fail"), verdict("retry.bounded", "fail")])
        for n in range(9)
    ]
    once = [verdict("own.check", "fail"), verdict("idempotency.one_effect", "fail")]
    found = groups(report(*runs, run("lost_answer", verdicts=once)), "fail")
    assert [group.check for group in found] == [
        "idempotency.one_effect",
        "retry.bounded",
        "backoff.jitters",
        "own.check",
    ]


def test_every_check_of_ours_has_a_weight() -> None:
    assert {check_id.partition(".")[0] for check_id in CHECKS.ids()} <= set(HEAVIEST_FIRST)
    assert {name for name in HEAVIEST_FIRST if "." in name} <= set(CHECKS.ids())


def test_of_equal_harm_what_is_seen_most_comes_first() -> None:
    found = groups(
        report(
            run("a", verdicts=[verdict("retry.rare", "fail"), verdict("retry.often", "fail")]),
            run("b", verdicts=[verdict("retry.often", "fail")]),
        ),
        "fail",
    )
    assert [group.check for group in found] == ["retry.often", "retry.rare"]


def test_a_report_without_failures_has_no_groups() -> None:
    assert groups(report(run(verdicts=[verdict()])), "fail") == ()
