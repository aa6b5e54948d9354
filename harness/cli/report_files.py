"""Where reports go: files, each in the format that its ending names; or, for a bare format, stdout.

`--report md` in a job of GitHub Actions goes to the job's summary, `$GITHUB_STEP_SUMMARY`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

import click

from harness.cli.output import say
from harness.cli.writing import require_writable, write_text
from harness.errors import FileError, UsageError
from harness.model.report import Report
from harness.report import by_ending

FORMATS = {"html": ".html", "json": ".json", "md": ".md", "xml": ".xml", "junit": ".xml", "txt": ".txt"}
"""What may stand in a file's place, and the ending that it stands for."""

SUMMARY = "GITHUB_STEP_SUMMARY"
"""https://docs.github.com/actions/reference/workflow-commands-for-github-actions#adding-a-job-summary"""

HELP = "A file by its ending, .html .json .xml .md, or one of html, json, xml, md for stdout. Repeatable."


Told = TypeVar("Told")


class Reports(Generic[Told]):
    """The reports that are asked for. UsageError and FileError for what cannot be written, before anything is run.

    `reporter`: gives what renders a report into a file of that name; UsageError for an ending that it does not know.

    One bare format at most goes to stdout, and then what is said to people goes to stderr: `tell` does that. With
    `keeps_stdout` stdout belongs to somebody else, and no bare format but a job's summary has a place.
    """

    def __init__(
        self,
        asked: Iterable[str],
        reporter: Callable[[object], Callable[[Told], str]],
        environment: Mapping[str, str] = os.environ,
        *,
        keeps_stdout: bool = False,
    ) -> None:
        asked = tuple(asked)
        self._reporter, self._keeps_stdout = reporter, keeps_stdout
        self._files = [text for text in asked if text not in FORMATS]
        bare = list(dict.fromkeys(FORMATS[text] for text in asked if text in FORMATS))
        summary = environment.get(SUMMARY, "")
        self._summary = Path(summary) if ".md" in bare and summary else None
        self._printed = [ending for ending in bare if not (ending == ".md" and self._summary)]
        if len(self._printed) > 1:
            names = " and ".join(ending.removeprefix(".") for ending in self._printed)
            raise UsageError(
                f"--report: {names} cannot both go to stdout; say into which files, as report.xml"
            )
        if self._printed and keeps_stdout:
            name = self._printed[0].removeprefix(".")
            raise UsageError(
                f"--report {name}: stdout is the program's; say into which file, as report.{name}"
            )
        for ending in bare:
            reporter(f"report{ending}")
        for path in self._files:
            reporter(path)
            require_writable(Path(path))

    @property
    def has_page(self) -> bool:
        """Is an HTML page among them?"""
        return any(path.endswith(".html") for path in self._files)

    def tell(self, text: str) -> None:
        """Say something to people."""
        if self._printed or self._keeps_stdout:
            click.echo(text, err=True)
        else:
            say(text)

    def write(self, report: Told, *, quietly: bool = False, number: int = 1) -> None:
        """Write them all, and say where, unless `quietly`. `number`: of the run; a later one has files of its own,
        `report-2.html` beside `report.html`."""
        wrote = []
        for asked in self._files:
            path = asked if number == 1 else str(_numbered(Path(asked), number))
            write_text(Path(path), self._reporter(path)(report))
            wrote.append(path)
        if self._summary is not None:
            _append(self._summary, self._reporter("summary.md")(report))
            wrote.append("the job's summary")
        for what in wrote if not quietly else ():
            self.tell(f"wrote {what}")
        for ending in self._printed:
            say(self._reporter(f"report{ending}")(report).rstrip("\n"))


def write_report(path: Path, report: Report) -> None:
    """The report in the format that the file's ending names."""
    write_text(path, by_ending(path)(report))


def _numbered(path: Path, number: int) -> Path:
    return path.with_stem(f"{path.stem}-{number}")


def _append(path: Path, text: str) -> None:
    """Steps of one job share one summary."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise FileError(str(path), f"cannot be written: {error.strerror}") from None
