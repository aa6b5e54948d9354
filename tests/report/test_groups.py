"""A check that fails in several runs is one thing to mend."""

from __future__ import annotations

from harness.report.groups import groups
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


def test_what_is_seen_most_comes_first() -> None:
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
