"""The line that a terminal shows while a run goes on."""

from __future__ import annotations

import msgspec
import pytest

from harness.report.load.live import Snapshot, live

NOW = Snapshot(
    at_s=31.4,
    to_s=120,
    users=100,
    calls_per_s=212.2,
    attempts_per_s=640.1,
    success=0.982,
    p95_s=0.31,
    window="outage",
    workers=3,
    attempts_each_s=(200.0,) * 20 + (640.0,) * 20,
)


def test_the_line_says_where_the_run_stands_and_what_happens() -> None:
    told = live(NOW, 140)
    assert told.startswith(
        "31/120 s  OUTAGE  100 users  calls 212/s  attempts 640/s  ok 98.2 %  p95 310 ms  3 workers"
    )
    assert told.endswith("▃" * 10 + "█" * 20)


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 120])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_the_line_fits_and_leaves_out_what_matters_least(width: int, ascii_only: bool) -> None:
    told = live(NOW, width, ascii_only=ascii_only)
    assert len(told) <= width
    assert told.startswith("31/120 s  OUTAGE")
    assert told.isascii() or not ascii_only


def test_a_worker_that_is_gone_is_always_told() -> None:
    assert "1 of 3 workers gone" in live(msgspec.structs.replace(NOW, workers_gone=1), 44)


def test_nothing_is_said_of_what_was_not_seen_yet() -> None:
    assert live(Snapshot(at_s=-4, to_s=60, users=10), 80) == "0/60 s  ramp-up  10 users"
