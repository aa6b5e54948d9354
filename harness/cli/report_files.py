"""Reports as files, each in the format that its ending names."""

from __future__ import annotations

from pathlib import Path

from harness.cli.writing import write_text
from harness.model.report import Report
from harness.report import by_ending


def write_report(path: Path, report: Report) -> None:
    """The report in the format that the file's ending names."""
    write_text(path, by_ending(path)(report))
