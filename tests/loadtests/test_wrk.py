"""What wrk says, read back."""

from __future__ import annotations

import pytest

from loadtests.bench.wrk import Load, parse

SAID = """Running 1s test @ http://127.0.0.1:8080
  2 threads and 32 connections
{"requests":1000,"seconds":2.0,"p50_us":90,"p99_us":400,"refused":0,"broken":0}
"""


def test_the_last_line_is_the_result() -> None:
    assert parse(SAID) == Load(requests=1000, seconds=2.0, p50_us=90, p99_us=400)
    assert parse(SAID).per_s == 500


@pytest.mark.parametrize("said", ["", "unable to connect to 127.0.0.1:1\n", '{"requests":1}'])
def test_anything_else_is_told_in_wrks_own_words(said: str) -> None:
    with pytest.raises(ValueError, match="wrk did not say") as told:
        parse(said)
    assert said.strip() in str(told.value)


def test_a_clean_load_is_a_result() -> None:
    assert not parse(SAID).wrong


@pytest.mark.parametrize(
    ("load", "why"),
    [
        (Load(1000, 1.0, 1, 1, refused=7), "7 answers were errors"),
        (Load(1000, 1.0, 1, 1, broken=3), "3 failed"),
        (Load(0, 1.0, 0, 0), "nothing was answered"),
    ],
)
def test_fast_errors_are_no_result(load: Load, why: str) -> None:
    assert why in load.wrong
