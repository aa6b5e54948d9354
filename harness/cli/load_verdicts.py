"""The verdicts on the runs of one command: each is told, written, and left where Locust's page shows it."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from harness.cli.load_judging import Judging
from harness.cli.writing import write_text
from harness.errors import HarnessError, UsageError
from harness.model.finding import VerdictName
from harness.model.report import EXIT_CODES
from harness.report.load import html
from harness.run.load.folders import PAGE, Word, run_folder, say_of
from harness.run.load.setup import read_setup

EARLY_S = 1.0
"""A run that is so much shorter than it was to be was ended by somebody."""

BY_WEIGHT = (1, 2, 3)
"""Exit codes of runs: the first of them that there is becomes the command's."""

NOTHING = "it was stopped before the scenario began: there is nothing to judge"


FULL_BYTES = 64 * 1024
"""Where no more than that is free, nothing could be written."""


class Verdicts:
    """On runs under `root`. `has_page`: is there a page of Locust's that shows them?"""

    def __init__(self, root: Path, judging: Judging, *, has_page: bool) -> None:
        self._root, self._judging, self._has_page = root, judging, has_page
        self._codes: list[int] = []

    @property
    def judged(self) -> int:
        """The number of the last run that has been judged."""
        return len(self._codes)

    @property
    def exit_code(self) -> int:
        """That of the worst run: a fail, one that could not be judged, an inconclusive one. No run is no evidence."""
        if not self._codes:
            return 3
        return next((code for code in BY_WEIGHT if code in self._codes), 0)

    def judge(self, number: int, *, ended_by: str = "", was_stopped: bool = False) -> None:
        """A run has ended. `ended_by`: why, where it was before its time. HarnessError where it cannot be judged;
        one that `was_stopped` by people may have nothing that could be."""
        try:
            outcome, says = self._judged(number, ended_by, was_stopped)
        except (HarnessError, OSError, msgspec.DecodeError) as error:
            self._codes.append(2)
            if _is_full(self._root):
                where = f"no space is left in {self._root.parent}; TMPDIR names another place"
                raise UsageError(f"the run could not be kept: {where}") from None
            self._leave(Word(number, "", str(error).partition("\n")[0]))
            raise
        self._codes.append(EXIT_CODES[outcome])
        self._leave(Word(number, outcome, says))

    def _judged(self, number: int, ended_by: str, was_stopped: bool) -> tuple[VerdictName, str]:
        from harness.run.load.gather import ended_at_the_start, gather

        folder = run_folder(self._root, number)
        if was_stopped and ended_at_the_start(folder):
            self._judging.say(NOTHING)
            return "inconclusive", NOTHING
        run = gather(folder)
        if not ended_by and run.duration_s < read_setup(folder).duration_s - EARLY_S:
            ended_by = "stopped"
        report = self._judging.judged(run, ended_by=ended_by)
        if self._has_page:
            write_text(folder / PAGE, html.render(report))
        self._judging.tell(report, number)
        return report.outcome, f"{report.outcome}, {report.scenario}, {report.duration_s:.0f} s"

    def _leave(self, word: Word) -> None:
        if self._has_page:
            say_of(run_folder(self._root, word.number), word)


def _is_full(folder: Path) -> bool:
    return shutil.disk_usage(folder).free < FULL_BYTES
