"""The combined report of a pytest run (`--harness-report DIR`): a test is a run of it, also when pytest-xdist has
played it in another process."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.model.report import Report

ENDINGS = (".html", ".json", ".xml", ".md")


class Collecting:
    """Gathers what each test's report brings along, and writes it in the end. A plugin of its own."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self._folder = folder if folder.is_absolute() else config.invocation_params.dir / folder
        if self._folder.exists() and not self._folder.is_dir():
            raise pytest.UsageError(
                f"--harness-report {folder}: there is a file of that name; it must be a folder"
            )
        self._root = config.rootpath
        self._seed: int = config.option.harness_seed
        self._began_s = time.monotonic()
        self._runs: list[str] = []
        self._failed: list[str] = []
        self._said = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        runs = getattr(report, "harness_runs", None)
        if runs:
            self._runs += runs
            if report.failed:
                self._failed.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self._runs:
            self._said = "no test met a mocked provider; no report was written"
            return
        # Here and not above: only a run that has something to tell needs them.
        from harness.cli.report_files import write_report
        from harness.errors import HarnessError
        from harness.report.words import of

        report = self._report()
        try:
            for ending in ENDINGS:
                write_report(self._folder / f"index{ending}", report)
        except HarnessError as error:
            self._said = str(error)
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        else:
            self._said = (
                f"{of(len(report.scenarios), 'run')} in {self._folder / 'index.html'} (.json, .xml, .md)"
            )

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(f"harness: {self._said}")

    def _report(self) -> Report:
        import msgspec

        from harness.model.report import ScenarioReport
        from harness.run.assemble import report

        runs = [msgspec.json.decode(run, type=ScenarioReport) for run in self._runs]
        # As pytest-xdist hands tests out, they end in another order each time.
        runs.sort(key=lambda run: (run.id, run.call))
        unjudged = [
            name
            for name in dict.fromkeys(self._failed)
            if not any(v.verdict == "fail" for run in runs if run.id == name for v in run.verdicts)
        ]
        return report(
            runs,
            seed=self._seed,
            provider=", ".join(dict.fromkeys(run.call for run in runs)),
            client=f"the tests of {self._root.name}",
            measured={},
            duration_s=round(time.monotonic() - self._began_s, 3),
            again=f"pytest --harness-seed {self._seed}",
            notes=tuple(f"{name} failed for a reason of its own: see pytest's report" for name in unjudged),
        )
