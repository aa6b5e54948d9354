"""A reporter is found by the ending of the file it is to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.report import REPORTERS, by_ending, endings, html, json, junit, markdown, terminal
from harness.report.registry import Reporter
from tests.report.factory import battery, report


@pytest.mark.parametrize(
    ("path", "reporter"),
    [
        ("report.json", json.render),
        ("report.xml", junit.render),
        ("out/report.html", html.render),
        ("summary.md", markdown.render),
        ("report.txt", terminal.render),
        ("REPORT.HTML", html.render),
        (Path("a.b/report.v2.json"), json.render),
    ],
)
def test_the_ending_of_a_file_chooses_the_reporter(path: str, reporter: Reporter) -> None:
    assert by_ending(path) is reporter


def test_a_misspelt_ending_names_the_nearest_one() -> None:
    with pytest.raises(
        UsageError, match=r"report\.jsn: no report format for the ending '\.jsn'; did you mean '\.json'\?"
    ):
        by_ending("report.jsn")


def test_an_ending_like_no_other_lists_what_there_is() -> None:
    with pytest.raises(UsageError, match=r"there are \.html, \.json, \.md, \.txt, \.xml"):
        by_ending("report.pdf0")


def test_a_name_without_an_ending_is_a_mistake_in_the_question() -> None:
    with pytest.raises(UsageError, match="no ending to tell the report's format by"):
        by_ending("report")


def test_every_reporter_says_what_it_promises() -> None:
    assert all(entry.promise for entry in REPORTERS)


@pytest.mark.parametrize("ending", endings())
def test_every_reporter_prints_an_empty_report(ending: str) -> None:
    assert "careless" in by_ending(f"report{ending}")(report())


@pytest.mark.parametrize("ending", endings())
def test_the_same_report_is_printed_the_same_way_twice(ending: str) -> None:
    render = by_ending(f"report{ending}")
    assert render(battery(careful=False)) == render(battery(careful=False))
