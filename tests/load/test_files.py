"""Runs and targets on disk: what was written is read again, and mistakes are told with their place."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from harness.errors import FileError
from harness.load.columns import QuotaWindow, Run
from harness.load.files import read_report, read_run, read_targets, write_run
from harness.load.targets import Targets, combined
from harness.load.verdict import judge
from tests.load.simulate import Client, Trouble, World

THRESHOLDS = Path(__file__).parents[2] / "loadtests" / "thresholds.yaml"


def short_run() -> Run:
    run, _ = World(Client(), (Trouble(5, 10),), duration_s=20, names=("read", "write")).play()
    return msgspec.structs.replace(run, quotas=(QuotaWindow(100, 1.0),), facts={"seed": 7, "client": "shop"})


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    run = short_run()
    write_run(tmp_path / "run.npz", run)
    again = read_run(tmp_path / "run.npz")
    for table in ("calls", "attempts", "connections"):
        for field, value in msgspec.structs.asdict(getattr(run, table)).items():
            np.testing.assert_array_equal(getattr(getattr(again, table), field), value)
    assert again.quotas == run.quotas
    assert (again.windows, again.processes, again.facts) == (run.windows, run.processes, run.facts)
    assert judge(again, Targets()) == judge(run, Targets())


@pytest.mark.parametrize("octets", [b"", b"PK\x03\x04 half a file", b"something else"])
def test_what_is_no_run_is_said_to_be_none(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "run.npz"
    path.write_bytes(octets)
    with pytest.raises(FileError, match=r"run\.npz: no run of harness load"):
        read_run(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for read in (read_run, read_targets, read_report):
        with pytest.raises(FileError, match="cannot be read: No such file"):
            read(tmp_path / "none")


def test_a_report_is_read_from_its_json(tmp_path: Path) -> None:
    report = judge(short_run(), Targets())
    path = tmp_path / "report.json"
    path.write_bytes(msgspec.json.encode(report))
    assert read_report(path) == report
    path.write_bytes(b"{}")
    with pytest.raises(FileError, match="no JSON report of harness load"):
        read_report(path)


def test_the_bundled_thresholds_are_the_defaults() -> None:
    given = read_targets(THRESHOLDS)
    assert combined(given) == Targets()
    assert msgspec.UNSET not in msgspec.structs.asdict(given).values(), "every target stands in the file"
