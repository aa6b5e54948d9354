"""From a run under load to its report, told and written; and, while it goes on, whether it is to end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.cli.loading import read_text, shown
from harness.cli.output import ascii_only, coloured, width
from harness.cli.report_files import Reports
from harness.errors import FileError, UsageError
from harness.load.targets import Targets, combined, parse_targets
from harness.model.load_report import LoadReport
from harness.report.load import by_ending
from harness.report.load.terminal import render
from harness.run.load.folders import ENOUGH, OVER, runs_in
from harness.run.load.scenario import LoadScenario

if TYPE_CHECKING:
    from harness.load.columns import Run

THRESHOLDS = Path("loadtests") / "thresholds.yaml"
"""Where a team keeps its targets."""


class Judging:
    """From a run to its report, told and written. Everything that can be wrong with the question is found when it is
    made, before anything runs."""

    def __init__(
        self,
        targets: Path | None,
        scenario: LoadScenario,
        baseline: Path | None,
        reports: tuple[str, ...],
        *,
        verbose: bool,
    ) -> None:
        self._targets = _targets(targets, scenario)
        self._verbose = verbose
        self._baseline = _baseline(baseline) if baseline else None
        self._reporting: Reports[LoadReport] = Reports(reports, by_ending)

    @property
    def ends_early(self) -> bool:
        """Is there a promise whose failure ends the run?"""
        return bool(self._targets.abort_on_fail)

    def failure(self, run: Run) -> str:
        """What of a run so far is to end it; empty where nothing is."""
        from harness.load.verdict import abort

        verdict = abort(run, self._targets)
        return f"ended by {verdict.check} ({verdict.observed})" if verdict else ""

    def judged(self, run: Run, *, ended_by: str = "") -> LoadReport:
        """The report; `ended_by`: why the run was ended before its time, empty where it was not."""
        from harness.load.verdict import judge

        if ended_by:
            notes = [*run.facts["notes"], f"{ended_by} after {run.duration_s:.0f} s, before its time"]
            run.facts["notes"] = notes
        return judge(run, self._targets, self._baseline)

    def tell(self, report: LoadReport, number: int = 1) -> None:
        """Print it, and write the files; those of a later run beside those of the first."""
        text = render(
            report,
            width=width(),
            colour=coloured(),
            verbose=self._verbose,
            ascii_only=ascii_only(),
            has_page=self._reporting.has_page,
        )
        self._reporting.tell(text.rstrip("\n"))
        self._reporting.write(report, number=number)

    def say(self, text: str) -> None:
        """Something to people, beside the reports."""
        self._reporting.tell(text)


class Looks:
    """Judges the run that goes on, every few seconds, where a failure is to end it. `root`: of all runs."""

    EVERY_S = 2.0

    def __init__(self, root: Path, judging: Judging) -> None:
        self._root, self._judging = root, judging
        self._next_s = time.monotonic() + self.EVERY_S
        self._why: dict[int, str] = {}

    def why(self, number: int) -> str:
        """What has ended this run; empty where nothing has."""
        return self._why.get(number, "")

    def look(self) -> None:
        """Has something failed that ends the run? Then it ends."""
        if not self._judging.ends_early or time.monotonic() < self._next_s:
            return
        from harness.run.load.gather import gather_so_far

        for number, folder in runs_in(self._root):
            if not (folder / OVER).exists() and (run := gather_so_far(folder)) is not None:
                self._why[number] = self._judging.failure(run)
                if self._why[number]:
                    (folder / ENOUGH).touch()
        self._next_s = time.monotonic() + self.EVERY_S


def _targets(path: Path | None, scenario: LoadScenario) -> Targets:
    """What is demanded: by the team's thresholds, the scenario, and the file that is named, over the defaults."""
    from harness.load.promises import PROMISES

    said = []
    if path is None and THRESHOLDS.exists():
        said.append(parse_targets(read_text(THRESHOLDS), path=str(THRESHOLDS), promises=PROMISES.ids()))
    try:
        own = msgspec.json.encode(scenario.targets).decode()
        said.append(parse_targets(own, path=scenario.id, promises=PROMISES.ids()))
    except FileError as error:
        raise UsageError(f"scenario {scenario.id}: targets: {error.message}") from None
    if path is not None:
        said.append(parse_targets(read_text(path), path=shown(path), promises=PROMISES.ids()))
    return combined(*said)


def _baseline(path: Path) -> LoadReport:
    try:
        return msgspec.json.decode(read_text(path), type=LoadReport)
    except msgspec.DecodeError as error:
        raise FileError(
            shown(path), f"no report of harness load: {error}; expected what --report report.json writes"
        ) from None
