"""How the peers are started, and what is said of those that are not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from loadtests.bench.peers import (
    PEERS,
    PETSTORE_ANSWERS,
    Setting,
    nginx_configuration,
    string_of,
    wiremock_stubs,
)
from loadtests.bench.process import cpu_s_of, resident_mb
from loadtests.bench.run import Plan, main
from loadtests.bench.table import LIMIT


def test_the_limit_is_measured_first() -> None:
    assert next(iter(PEERS)) == LIMIT


@pytest.mark.parametrize(
    "name", ["prism", "scalar", "wiremock", "openapi-backend", "specmatic", "mockoon", "json-server"]
)
def test_a_package_that_is_not_there_is_not_started(name: str, tmp_path: Path) -> None:
    assert PEERS[name].start(Setting(1, tmp_path, npm=tmp_path)) is None
    assert PEERS[name].start(Setting(1, tmp_path)) is None
    assert "npm install" in PEERS[name].install


def test_ours_is_told_its_document_and_port(tmp_path: Path) -> None:
    start = PEERS["ours"].start(Setting(8080, tmp_path))
    assert start is not None
    assert start.command[-2:] == ("--port", "8080")
    assert any(argument.endswith("petstore.yaml") for argument in start.command)


@pytest.mark.parametrize("locations", [PETSTORE_ANSWERS, string_of(6000)])
def test_nginx_listens_on_loopback_alone_and_writes_in_its_own_folder(tmp_path: Path, locations: str) -> None:
    text = nginx_configuration(8080, tmp_path, locations)
    assert "listen 127.0.0.1:8080;" in text
    assert text.count(str(tmp_path)) == 6
    assert text.count("{") == text.count("}")


def test_a_string_of_any_length_is_put_together_of_words_that_nginx_takes() -> None:
    text = string_of(6000)
    words = re.findall(r"x+", text.replace("$part", ""))
    assert sum(map(len, words)) == 6000 - len('""')
    assert max(map(len, words)) < 4096


def test_every_stub_answers_one_of_the_kinds() -> None:
    assert len(wiremock_stubs()) == 3


def test_processor_time_is_read_past_any_name() -> None:
    stat = "7 (a ) b) S 1 7 7 0 -1 4194304 90 0 0 0 250 50 9 9 20 0 1 0 100"
    assert cpu_s_of(stat) == pytest.approx(cpu_s_of(stat.replace("(a ) b)", "(nginx)")))
    assert cpu_s_of(stat) > 0


def test_resident_memory_is_told_in_megabytes() -> None:
    assert resident_mb("Name:\tx\nVmRSS:\t   1000 kB\n") == 1.024
    assert resident_mb("Name:\tx\n") == 0.0


def test_a_plan_knows_how_long_it_lasts() -> None:
    short, long = (Plan(rounds, 3.0, 1).lasts_s(2, 3) for rounds in (1, 5))
    assert 0 < short < long < 5 * 60


def test_an_unknown_peer_is_told_with_the_nearest_name() -> None:
    told = CliRunner().invoke(main, ["--peers", "nginz"])
    assert told.exit_code == 2
    assert "did you mean 'nginx'" in told.output
