"""The same words in every report."""

from __future__ import annotations

import pytest

from harness.model.report import Counts
from harness.report.words import cited, counted, judged, of, parts, seconds, sentence, short


def test_counts_say_only_what_there_is() -> None:
    assert counted(Counts(12, 3, 2, 1)) == "3 fail, 2 inconclusive, 12 pass, 1 not applicable"
    assert counted(Counts()) == "no verdicts"


def test_a_source_with_a_name_is_cited_without_its_url() -> None:
    both = "https://docs.example/errors; RFC 9110 section 9.2.2, https://rfc.example/9110#section-9.2.2"
    assert cited(both) == "https://docs.example/errors; RFC 9110 section 9.2.2"
    assert cited("team policy: retry.statuses") == "team policy: retry.statuses"


def test_a_cell_says_not_applicable_only_when_there_is_nothing_else() -> None:
    assert judged(Counts(passed=2, not_applicable=5)) == "2 pass"
    assert judged(Counts(not_applicable=5)) == "5 not applicable"


@pytest.mark.parametrize(
    ("value_s", "said"), [(0.4, "0.40"), (9.999, "10.00"), (14.23, "14.2"), (130.4, "130")]
)
def test_seconds_are_as_exact_as_one_can_use(value_s: float, said: str) -> None:
    assert seconds(value_s) == said


def test_numbers_agree_with_their_nouns() -> None:
    assert [of(n, "attempt") for n in (0, 1, 2)] == ["no attempts", "1 attempt", "2 attempts"]


def test_names_that_differ_at_the_end_are_put_in_braces() -> None:
    names = ["error_503", "hang", "error_502", "reset_on_accept", "error_502"]
    assert short(names) == "error_{502, 503}, hang, reset_on_accept"


def test_a_verdict_without_an_expectation_has_no_dangling_clause() -> None:
    assert sentence("it fell", "") == "it fell"
    assert sentence("it fell", "it stands") == "it fell; expected it stands"


def test_urls_are_told_from_the_sentence_around_them() -> None:
    text = (
        "RFC 9110 (https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3). More at http://a.b/c_d?e=f&g."
    )
    assert [part for part, is_url in parts(text) if is_url] == [
        "https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3",
        "http://a.b/c_d?e=f&g",
    ]
    assert "".join(part for part, _ in parts(text)) == text


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://"]
)
def test_nothing_else_is_a_url(text: str) -> None:
    assert not any(is_url for _, is_url in parts(text))
