"""The Markdown summary: short, foldable, and nothing in it that a client could have written as Markdown."""

from __future__ import annotations

import pytest

from harness.report.markdown import block, prose, render
from tests.report.factory import attempt, battery, call, report, run, verdict


def test_the_outcome_is_the_heading() -> None:
    assert render(report(run(verdicts=[verdict(word="fail")]))).startswith(
        "## ❌ fail: careless against stripe\n"
    )
    assert render(report(run(verdicts=[verdict()]))).startswith("## ✅ pass: careless against stripe\n")


def test_the_scorecard_is_a_table_with_a_row_per_family() -> None:
    text = render(
        report(run("a", "read", verdicts=[verdict(), verdict("retry.recovers", "fail")]), run("a", "create"))
    )
    assert "| check | read | create |\n|---|---|---|\n| retry | ❌ 1 fail, 1 pass | not tested |" in text


def test_a_failing_check_is_folded_with_its_evidence() -> None:
    one = run(
        calls=[call(attempt(0.0, 503), attempt(0.404, 200))],
        verdicts=[verdict(word="fail", source="http://a.b/c")],
    )
    text = render(report(one))
    assert (
        "<details><summary>❌ <b>retry.bounded</b>, 1 run: 2 retries; expected at most 3 retries</summary>"
        in text
    )
    assert "- source: <http://a.b/c>" in text
    assert "error_503, read: 0.00 GET 503 | +0.40 GET 200 -> ok\nagain: harness verify" in text


def test_every_fold_is_closed() -> None:
    text = render(battery(careful=False))
    assert text.count("<details>") == text.count("</details>") == 11


def test_too_little_evidence_is_listed() -> None:
    text = render(
        report(run(verdicts=[verdict("breaker.opens", "inconclusive", observed="saw 2", expected="5")]))
    )
    assert "### Inconclusive\n\n- ❔ **breaker.opens**: saw 2; expected 5 (error\\_503 (read))" in text


def test_the_last_word_is_how_to_repeat_it() -> None:
    assert render(report()).endswith("```text\nharness verify careless --provider stripe --seed 7\n```\n")


@pytest.mark.parametrize("written", ["|", "`", "*", "_", "[", "]", "~", "$", "#", "\\"])
def test_marks_of_markdown_are_only_characters(written: str) -> None:
    assert prose(f"a{written}b") == f"a\\{written}b"


def test_html_is_only_characters() -> None:
    assert prose("<script>&") == "&lt;script&gt;&amp;"


def test_a_line_break_cannot_end_a_table() -> None:
    assert prose("a\n| b |") == "a \\| b \\|"


def test_a_url_stays_a_link() -> None:
    assert prose("see https://a.b/c_d*e.") == "see <https://a.b/c_d*e>."


def test_a_fence_is_longer_than_any_in_its_text() -> None:
    assert block("a ```` b") == "`````text\na ```` b\n`````"


def test_nothing_of_a_hostile_report_is_read_as_html() -> None:
    evil = "<script>alert(1)</script>"
    hostile = run(
        evil, evil, verdicts=[verdict(evil, "fail", observed=evil, expected=evil, source=evil, again=evil)]
    )
    text = render(report(hostile, client=evil, notes=(evil,), measured={evil: {evil: evil}}))
    outside = "".join(part for number, part in enumerate(text.split("```")) if number % 2 == 0)
    assert "<script" not in outside
