"""Runs of one command: what each was worth, and what the command is worth in the end."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.cli.load_judging import Judging
from harness.cli.load_verdicts import NOTHING, Verdicts
from harness.errors import UsageError
from harness.run.load import raw
from harness.run.load.folders import run_folder, words_of
from harness.run.load.reading import load_scenarios
from harness.run.load.setup import setup_of, write_setup

STEADY = load_scenarios()["steady"]


@pytest.fixture
def verdicts(tmp_path: Path) -> Verdicts:
    for number in (1, 2):
        run_folder(tmp_path, number).mkdir()
        write_setup(run_folder(tmp_path, number), setup_of(STEADY, provider="stripe", calls=()))
    return Verdicts(tmp_path, Judging(None, STEADY, None, (), verbose=False), has_page=True)


def test_no_run_is_no_evidence(verdicts: Verdicts) -> None:
    assert verdicts.exit_code == 3


def test_a_run_that_people_stopped_before_it_began_is_inconclusive(
    verdicts: Verdicts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw.tell(run_folder(tmp_path, 1), "end", at_s=time.monotonic())
    verdicts.judge(1, was_stopped=True)
    assert (verdicts.exit_code, verdicts.judged) == (3, 1)
    assert NOTHING in capsys.readouterr().out
    assert [word.outcome for word in words_of(tmp_path)] == ["inconclusive"]


def test_one_that_ended_so_by_itself_is_a_mistake(verdicts: Verdicts) -> None:
    with pytest.raises(UsageError, match="the run ended before it could begin"):
        verdicts.judge(1)
    assert verdicts.exit_code == 2


def test_what_went_wrong_weighs_more_than_too_little_evidence_and_is_on_the_page(
    verdicts: Verdicts, tmp_path: Path
) -> None:
    raw.tell(run_folder(tmp_path, 1), "end")
    verdicts.judge(1, was_stopped=True)
    raw.tell(run_folder(tmp_path, 2), "note", text="the mock ended in mid-run")
    with pytest.raises(UsageError, match="the mock ended in mid-run"):
        verdicts.judge(2, was_stopped=True)
    assert verdicts.exit_code == 2
    assert words_of(tmp_path)[1].outcome == ""
    assert "the mock ended in mid-run" in words_of(tmp_path)[1].says


def test_a_full_disk_is_told_as_such(
    verdicts: Verdicts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=0))
    with pytest.raises(UsageError, match=f"no space is left in {tmp_path.parent}; TMPDIR"):
        verdicts.judge(1)
    assert verdicts.exit_code == 2
