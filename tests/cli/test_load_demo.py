"""`harness load demo`: what it does with the reports of its two runs, and where a run goes wrong."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli import load_demo
from harness.errors import UsageError
from harness.report.load import json
from tests.report.load.factory import report

Command = Callable[[str, int, Path, Path], list[str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(load_demo, "TAKES_S", 1)
    return tmp_path


def played(tmp_path: Path, *, code: int) -> Command:
    """A run that took no time."""
    ready = tmp_path / "ready.json"
    ready.write_text(json.render(report()), "utf-8")

    def command(client: str, seed: int, file: Path, targets: Path) -> list[str]:
        script = f"import shutil, sys; shutil.copy({str(ready)!r}, {str(file)!r}); sys.exit({code})"
        return [sys.executable, "-c", script]

    return command


@pytest.mark.parametrize("code", load_demo.OUTCOMES)
def test_both_curves_are_on_the_terminal_and_on_one_page(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: int
) -> None:
    monkeypatch.setattr(load_demo, "command", played(folder, code=code))
    assert load_demo.demo(7) == 0
    said = capsys.readouterr().out
    assert "Attempts at the provider a second" in said
    for client in load_demo.CLIENTS:
        assert len(re.findall(rf"^  {client} +[▁-█]", said, re.MULTILINE)) == 2
    assert "harness-report/load.html" in said
    page = (folder / "harness-report" / "load.html").read_text("utf-8")
    assert 'href="load-naive.html"' in page
    assert "naive against stripe" in (folder / "harness-report" / "load-naive.html").read_text("utf-8")


def test_a_run_that_cannot_be_is_told_with_its_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def command(client: str, seed: int, file: Path, targets: Path) -> list[str]:
        return [sys.executable, "-c", "import sys; sys.exit('harness: no Locust here')"]

    monkeypatch.setattr(load_demo, "command", command)
    with pytest.raises(UsageError, match="budgeted client did not end well:\nharness: no Locust here"):
        load_demo.demo(7)


def test_nothing_outlives_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def command(client: str, seed: int, file: Path, targets: Path) -> list[str]:
        pid = folder / f"{client}.pid"
        script = f"import os, time, pathlib; pathlib.Path({str(pid)!r}).write_text(str(os.getpid())); time.sleep(60)"
        return [sys.executable, "-c", script]

    def stopped_when_both_are_there(running: object) -> None:
        while not all(_written(folder / f"{client}.pid") for client in load_demo.CLIENTS):
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(load_demo, "command", command)
    monkeypatch.setattr(load_demo, "_wait", stopped_when_both_are_there)
    with pytest.raises(KeyboardInterrupt):
        load_demo.demo(7)
    for client in load_demo.CLIENTS:
        with pytest.raises(ProcessLookupError):
            os.kill(int((folder / f"{client}.pid").read_text()), 0)


def _written(file: Path) -> bool:
    return file.exists() and bool(file.read_text())


def test_a_run_is_one_that_anybody_could_start() -> None:
    argv = load_demo.command("naive", 7, Path("x.json"), Path("targets.yaml"))
    assert argv[1:4] == ["-m", "harness", "load"]
    assert "read=harness.demo.naive:read" in argv
