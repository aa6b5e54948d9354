"""Where reports go: files by ending, stdout for a bare format, the job's summary for Markdown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.report_files import Reports
from harness.errors import UsageError
from tests.report.factory import battery

REPORT = battery(careful=False)


def test_a_bare_format_goes_to_stdout_and_what_is_for_people_to_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reports = Reports(["json"], {})
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
    reports = Reports(["md", str(tmp_path / "r.xml")], {"GITHUB_STEP_SUMMARY": str(summary)})
    reports.tell("for people")
    reports.write(REPORT)
    text = summary.read_text()
    assert text.startswith("# an earlier step\n## ❌ fail")
    assert (tmp_path / "r.xml").read_text().startswith("<?xml")
    said = capsys.readouterr().out
    assert said.splitlines()[0] == "for people"
    assert "❌" not in said


def test_elsewhere_markdown_goes_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    Reports(["md"], {}).write(REPORT)
    assert capsys.readouterr().out.startswith("## ❌ fail")


def test_two_formats_do_not_fit_into_one_stdout() -> None:
    with pytest.raises(UsageError, match=r"json and xml cannot both go to stdout"):
        Reports(["json", "junit"], {})


def test_a_file_of_no_known_ending_is_told_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no report format"):
        Reports([str(tmp_path / "report.pdf")], {})
