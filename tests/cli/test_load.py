from __future__ import annotations

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import load as module
from harness.cli.load import Duration, load
from harness.errors import FileError, HarnessError, UnknownName, UsageError

SHOP = ("--provider", "stripe", "--call", "read=shop:read")


def asked(*arguments: str) -> Result:
    return CliRunner().invoke(load, arguments, standalone_mode=False)


def mistake(*arguments: str) -> HarnessError:
    error = asked(*arguments).exception
    assert isinstance(error, HarnessError), error
    return error


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90.0), ("90s", 90.0), ("2m", 120.0), ("1h30m", 5400.0), ("0.5s", 0.5)]
)
def test_durations(text: str, seconds: float) -> None:
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "soon", "0", "-3s", "3 parsecs"])
def test_no_durations(text: str) -> None:
    assert "no duration" in str(asked(*SHOP, "--duration", text).exception)


def test_the_list_of_scenarios_says_what_each_does() -> None:
    lines = asked("--list").stdout.splitlines()
    assert any(line.startswith("brown_out ") and "ten times as long" in line for line in lines)


def test_an_unknown_scenario_is_told_before_anything_runs() -> None:
    assert isinstance(mistake(*SHOP, "--scenario", "outtage"), UnknownName)


def test_a_mistake_in_the_targets_is_told_with_its_line_before_anything_runs(tmp_path: Path) -> None:
    path = tmp_path / "targets.yaml"
    path.write_text("success_ratio: 0.99\namplifikation: 1.2\n")
    error = mistake(*SHOP, "--targets", str(path))
    assert isinstance(error, FileError)
    assert error.line == 2
    assert "amplification" in str(error)


def test_a_baseline_that_is_none_is_told_before_anything_runs(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("{}")
    assert "no report of harness load" in str(mistake(*SHOP, "--baseline", str(path)))


def test_a_report_of_no_known_ending_is_told_before_anything_runs() -> None:
    assert isinstance(mistake(*SHOP, "--report", "load.pdf"), UsageError)


def test_a_master_needs_to_know_how_many_to_wait_for() -> None:
    assert "--workers N" in str(mistake(*SHOP, "--master"))


def test_without_locust_there_is_a_word_of_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NEEDS", ("no_such_locust",))
    assert "pip install 'harness[load]'" in str(mistake(*SHOP))


@pytest.mark.parametrize("flags", [("--web", "--web-port"), ("--master", "--workers", "2", "--master-port")])
def test_a_port_that_somebody_else_has_is_told_before_anything_runs(flags: tuple[str, ...]) -> None:
    with socket.create_server(("", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = str(mistake("--provider", "stripe", "--call", "read=harness.demo.careful:read", *flags, port))
    assert said == f"port {port} cannot be used: Address already in use; {flags[-1]} takes another"
