"""The terminal: the scorecard first, then what to mend, then what the client does."""

from __future__ import annotations

import pytest

from harness.model.report import Report
from harness.report.terminal import render, telling
from tests.report.factory import RFC_9110_10_2_3, attempt, battery, call, report, run, verdict


def squeezed(text: str) -> str:
    """The text with line breaks and runs of blanks taken out."""
    return " ".join(text.split())


def test_the_outcome_comes_first() -> None:
    first, second, third = render(battery(careful=False)).split("\n")[1:4]
    assert first == " FAIL   careless against stripe"
    assert second.startswith("  74 fail, 4 inconclusive, 26 pass")
    assert third == "  seed 7, 56 runs, 14.2 s"


def test_the_scorecard_has_a_row_for_each_family_and_a_column_for_each_call() -> None:
    one = run(
        "a", "read", verdicts=[verdict(), verdict(word="fail"), verdict("breaker.opens", "inconclusive")]
    )
    text = render(report(one, run("a", "create", verdicts=[verdict(word="not_applicable")])), width=80)
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines() if line and line[0] in "rb"}
    assert rows["retry"] == ["✘", "1", "fail", "1", "pass", "–", "1", "n.a."]
    assert rows["breaker"] == ["?", "1", "unsure", "not", "tested"]


def test_a_failure_has_the_form_observed_expected_source_again() -> None:
    one = run(
        "rate_limited_seconds",
        calls=[call(attempt(0, 429), attempt(0.404, 200))],
        verdicts=[
            verdict(
                "retry.honours_retry_after",
                "fail",
                observed="attempt 2 came 0.40 s after a 429 with Retry-After: 2",
                expected="at least 2 s",
                source="RFC 9110 10.2.3",
                again="harness verify shop --scenario rate_limited_seconds --seed 7",
            )
        ],
    )
    assert (
        "FAIL retry.honours_retry_after: attempt 2 came 0.40 s after a 429 with Retry-After: 2; "
        "expected at least 2 s [RFC 9110 10.2.3] rate_limited_seconds, read: 0.00 GET 429 | +0.40 GET 200 -> ok "
        "again: harness verify shop --scenario rate_limited_seconds --seed 7"
    ) in squeezed(render(report(one)))


def test_a_check_that_fails_in_several_scenarios_is_one_entry() -> None:
    runs = [run(name, verdicts=[verdict(word="fail")]) for name in ("error_502", "error_503", "hang")]
    text = squeezed(render(report(*runs)))
    assert text.count("FAIL retry.bounded") == 1
    assert "seen in 3 runs: error_{502, 503}, hang (read)" in text


def test_every_sighting_is_told_when_asked() -> None:
    runs = [run(name, verdicts=[verdict(word="fail", observed=f"in {name}")]) for name in ("hang", "refused")]
    text = render(report(*runs), verbose=True)
    assert "in hang" in text
    assert "in refused" in text


def test_passes_are_listed_only_when_asked() -> None:
    passing = report(run(verdicts=[verdict(observed="2 retries")]))
    assert "PASS retry.bounded" not in render(passing)
    assert "PASS retry.bounded: 2 retries; expected at most 3 retries" in render(passing, verbose=True)


def test_too_little_evidence_is_listed_briefly() -> None:
    unsure = run(
        "outage", verdicts=[verdict("breaker.opens", "inconclusive", observed="saw 2 failures, needs 5")]
    )
    assert "INCONCLUSIVE breaker.opens: saw 2 failures, needs 5" in render(report(unsure))


def test_what_was_measured_is_a_table() -> None:
    text = render(report(measured={"read": {"timeout_s": 5.0}, "create": {}}))
    assert "What the client does" in text
    assert "timeout 5.00 s -" in squeezed(text)


def test_the_end_says_what_to_do_next() -> None:
    text = render(report(run(verdicts=[verdict(word="fail")])))
    assert text.split("Next\n")[1].split("\n\n")[0].splitlines() == [
        "  what a check asks, and why: harness explain retry.bounded",
        "  every attempt on a timeline: harness verify careless --provider stripe --seed 7 --report report.html",
    ]


def test_a_page_that_is_written_is_not_recommended() -> None:
    failed = report(run(verdicts=[verdict(word="fail")]))
    assert "--report" in render(failed)
    assert "--report" not in render(failed, has_page=True)


def test_a_long_report_of_failures_ends_with_its_outcome() -> None:
    text = render(battery(careful=False))
    assert text.splitlines()[-1].startswith(" FAIL   careless against stripe: 74 fail, 4 inconclusive")


def test_notes_stand_before_the_scorecard() -> None:
    text = render(report(run(), notes=("the call was never seen to write",)))
    assert text.index("the call was never seen to write") < text.index("retry")


def test_of_a_client_that_sent_nothing_is_shown_what_it_printed_and_no_empty_scorecard() -> None:
    mute = run(
        "healthy",
        calls=[call(ok=False, error="exit status 1", stderr="Error: Cannot find module './shop'\n")],
        verdicts=[verdict(word="inconclusive", observed="no request arrived")],
    )
    text = render(report(mute, notes=("call 'read' sent no request",)))
    assert "call 'read' sent no request" in text
    assert "stderr of read\n     Error: Cannot find module './shop'\n" in text
    assert "not tested" not in text
    assert "no request arrived" not in text


def test_the_most_telling_failures_are_few_and_the_others_are_named() -> None:
    checks = ("backoff.jitters", "retry.bounded", "secrets.not_in_url", "idempotency.one_effect")
    text = telling(report(run(verdicts=[verdict(check, "fail") for check in checks])), most=2)
    shown = [line.split()[1] for line in text.splitlines() if line.startswith("FAIL")]
    assert shown == ["idempotency.one_effect:", "secrets.not_in_url:"]
    assert text.endswith("and 2 checks more: retry.bounded, backoff.jitters\n")
    assert telling(report(run(verdicts=[verdict()]))) == ""


def test_what_stayed_inconclusive_is_told_where_nothing_failed() -> None:
    unsure = verdict("backoff.jitters", "inconclusive")
    assert "INCONCLUSIVE backoff.jitters" in telling(report(run(verdicts=[unsure])))
    assert "INCONCLUSIVE" not in telling(report(run(verdicts=[unsure, verdict("retry.bounded", "fail")])))


def test_a_named_source_is_cited_without_its_url() -> None:
    one = run(verdicts=[verdict(word="fail", source="RFC 9110 section 9.2.2, https://rfc.example/9110#x")])
    assert "[RFC 9110 section 9.2.2]" in squeezed(render(report(one)))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize(
    "whole", [battery(careful=True), battery(careful=False)], ids=["careful", "careless"]
)
def test_no_line_but_a_command_is_wider_than_the_terminal(whole: Report, width: int) -> None:
    for line in render(whole, width=width, verbose=True).splitlines():
        assert len(line) <= width or "harness " in line


def test_a_command_is_never_broken_into_lines() -> None:
    command = "harness verify --call read='" + "x" * 300 + "  two blanks\n  two lines'"
    assert f"again: {command}\n" in render(
        report(run(verdicts=[verdict(word="fail", again=command)])), width=80
    )


def test_many_calls_are_put_below_each_other() -> None:
    runs = [run("a", f"call_{n}", verdicts=[verdict()]) for n in range(7)]
    text = render(report(*runs), width=80)
    assert all(f"call_{n}" in text for n in range(7))
    assert max(len(line) for line in text.splitlines() if "harness" not in line) <= 80


def test_without_colour_there_are_no_escape_sequences() -> None:
    assert "\x1b" not in render(battery(careful=False))


def test_with_colour_there_are() -> None:
    assert "\x1b[1;31m" in render(battery(careful=False), colour=True)


def test_a_client_cannot_colour_its_own_verdict() -> None:
    hostile = run(
        "a", calls=[call(error="\x1b[32mPASS\x1b[0m\x1b[2J", ok=False)], verdicts=[verdict(word="fail")]
    )
    assert "\x1b" not in render(report(hostile, client="\x1b]0;title\x07[red]x[/red]"))


def test_what_looks_like_markup_is_only_text() -> None:
    one = run(verdicts=[verdict(word="fail", observed="[bold]loud[/bold] :boom:", source=RFC_9110_10_2_3)])
    assert "[bold]loud[/bold] :boom:" in render(report(one))


def test_an_encoding_without_our_marks_gets_ascii() -> None:
    text = render(report(run(verdicts=[verdict(word="fail", observed="Größe")])), ascii_only=True)
    assert text.isascii()
    assert "x 1 fail" in text


def test_the_environment_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    before = render(battery(careful=False))
    for name, value in {"NO_COLOR": "1", "FORCE_COLOR": "1", "COLUMNS": "20", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    assert render(battery(careful=False)) == before
