"""Where reports go: files by ending, stdout for a bare format, the job's summary for Markdown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.report_files import Reports
from harness.errors import UsageError
from harness.report import by_ending
from tests.report.factory import battery

REPORT = battery(careful=False)


def test_a_bare_format_goes_to_stdout_and_what_is_for_people_to_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reports = Reports(["json"], by_ending, {})
    reports.tell("for people")
    reports.write(REPORT)
    said = capsys.readouterr()
    assert json.loads(said.out)["outcome"] == "fail"
    assert said.err == "for people\n"


def test_in_a_job_of_github_markdown_is_added_to_the_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("# an earlier step\n")
    reports = Reports(["md", str(tmp_path / "r.xml")], by_ending, {"GITHUB_STEP_SUMMARY": str(summary)})
    reports.tell("for people")
    reports.write(REPORT)
    text = summary.read_text()
    assert text.startswith("# an earlier step\n## ❌ fail")
    assert (tmp_path / "r.xml").read_text().startswith("<?xml")
    said = capsys.readouterr().out
    assert said.splitlines()[0] == "for people"
    assert "❌" not in said


def test_elsewhere_markdown_goes_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    Reports(["md"], by_ending, {}).write(REPORT)
    assert capsys.readouterr().out.startswith("## ❌ fail")


def test_two_formats_do_not_fit_into_one_stdout() -> None:
    with pytest.raises(UsageError, match=r"json and xml cannot both go to stdout"):
        Reports(["json", "junit"], by_ending, {})


def test_a_file_of_no_known_ending_is_told_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no report format"):
        Reports([str(tmp_path / "report.pdf")], by_ending, {})


def test_where_stdout_is_the_programs_a_bare_format_has_no_place() -> None:
    with pytest.raises(UsageError, match=r"stdout is the program's; say into which file, as report.json"):
        Reports(["json"], by_ending, {}, keeps_stdout=True)


def test_the_summary_of_a_job_has_its_place_beside_a_programs_stdout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.md"
    reports = Reports(["md"], by_ending, {"GITHUB_STEP_SUMMARY": str(summary)}, keeps_stdout=True)
    reports.write(REPORT)
    assert summary.read_text().startswith("## ❌ fail")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "wrote the job's summary\n")


def test_a_later_run_has_files_of_its_own(tmp_path: Path) -> None:
    reports = Reports([str(tmp_path / "report.json")], by_ending, {})
    for number in (1, 2):
        reports.write(REPORT, quietly=True, number=number)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report-2.json", "report.json"]
