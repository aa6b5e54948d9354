"""What others wrote cannot move the cursor, break the XML or turn a word round."""

from __future__ import annotations

import pytest

from harness.report.clean import clean, cleaned, excerpt, one_line
from tests.report.factory import battery, call, report, run


@pytest.mark.parametrize("unfit", ["\x00", "\x07", "\x1b", "\x9b", "\ud800", "\uffff", "\u202e", "\x7f"])
def test_an_unfit_character_becomes_a_replacement_character(unfit: str) -> None:
    assert clean(f"a{unfit}b") == "a\ufffdb"


def test_colours_are_dropped() -> None:
    assert clean("\x1b[1;31mred\x1b[0m") == "red"


def test_lines_and_tabs_and_every_letter_stay() -> None:
    assert clean("Größe\t漢字 🙂\nzwei\r\ndrei") == "Größe\t漢字 🙂\nzwei\ndrei"


def test_every_text_of_a_report_is_cleaned() -> None:
    dirty = report(
        run("a\x1b", calls=[call(error="\x00")]), client="\x07", measured={"r\x1b": {"x\x00": ["\x01"]}}
    )
    fit = cleaned(dirty)
    assert (fit.client, fit.scenarios[0].id, fit.scenarios[0].calls[0].error) == (
        "\ufffd",
        "a\ufffd",
        "\ufffd",
    )
    assert fit.measured == {"r\ufffd": {"x\ufffd": ["\ufffd"]}}


@pytest.mark.parametrize(
    "unfit",
    [*"\x00\b\f\x1b\x7f\x80\x9f\u202a\u202e\u2066\u2069\ufffe\uffff", "\ud800", "é\x9b"],
    ids=lambda text: ascii(text),
)
def test_one_unfit_character_in_a_report_is_found(unfit: str) -> None:
    assert cleaned(report(run(f"a{unfit}b"))).scenarios[0].id == clean(f"a{unfit}b")


@pytest.mark.parametrize("fit", ["Größe\t漢字 🙂", 'a "quoted" \\\\ word\n'])
def test_a_fit_report_is_left_as_it_is(fit: str) -> None:
    assert cleaned(battery(careful=True)) == battery(careful=True)
    told = report(run(fit))
    assert cleaned(told) is told


def test_one_line_is_one_line() -> None:
    assert one_line("  two\n\tlines ") == "two lines"


def test_a_long_output_is_shown_from_its_end() -> None:
    assert (
        excerpt("x" * 10 + "the error", limit_chars=9)
        == "... 10 characters before this are left out\nthe error"
    )


def test_a_short_output_is_shown_whole() -> None:
    assert excerpt("short") == "short"
