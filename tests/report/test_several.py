"""Two reports beside each other."""

from __future__ import annotations

import pytest

from harness.report.several import compare, index
from tests.report.factory import battery, report, run, verdict

BOTH = (battery(careful=True), battery(careful=False))


def test_both_outcomes_and_both_scorecards_are_there() -> None:
    text = compare(BOTH, width=100)
    assert "INCONCLUSIVE   careful against stripe" in text
    assert "FAIL   careless against stripe" in text
    retry = next(line for line in text.splitlines() if line.startswith("retry"))
    assert "✔ 15 of 15 pass" in retry
    assert "✘ 12 of 14 fail" in retry


@pytest.mark.parametrize("width", [40, 80])
def test_what_does_not_fit_beside_goes_below(width: int) -> None:
    text = compare(BOTH, width=width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert sum(line.startswith("secrets") for line in text.splitlines()) == (1 if width == 80 else 4)


def test_what_never_applied_is_said_in_short() -> None:
    text = compare([report(run(verdicts=[verdict(word="not_applicable")]))])
    assert "– n.a." in text


def test_a_client_of_which_nothing_was_seen_has_an_empty_column() -> None:
    assert "not tested" in compare([report(run(verdicts=[verdict()])), report(client="absent")])


def test_the_page_leads_to_the_page_of_each() -> None:
    text = index(BOTH, ["careful.html", "careless.html"])
    assert '<a href="careful.html">careful against stripe</a>' in text
    assert '<a href="careless.html">careless against stripe</a>' in text
    assert text.count('scope="row"') == 7


def test_the_page_escapes_what_it_is_given() -> None:
    text = index([report(client="<script>")], ['"><script>'])
    assert "<script" not in text


def test_each_report_needs_its_link() -> None:
    with pytest.raises(ValueError, match="shorter"):
        index(BOTH, ["careful.html"])


def test_ascii_and_colour_are_as_for_one_report() -> None:
    assert compare(BOTH, ascii_only=True).isascii()
    assert "\x1b[" in compare(BOTH, colour=True)
    assert "\x1b[" not in compare(BOTH)
