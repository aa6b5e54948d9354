"""How fast requests go out, on a clock that only moves when somebody sleeps."""

from __future__ import annotations

import pytest

from harness.conformance.pace import Pace, parse_rate
from harness.contract.behaviour import Quota
from harness.errors import UsageError


class Time:
    def __init__(self) -> None:
        self.now_s = 100.0

    def now(self) -> float:
        return self.now_s

    def sleep(self, for_s: float) -> None:
        self.now_s += for_s


def sent(number: int, *quotas: Quota, most_per_s: float | None = None, share: float = 0.8) -> list[float]:
    time = Time()
    pace = Pace(quotas, most_per_s=most_per_s, share=share, now=time.now, sleep=time.sleep)
    times = []
    for _ in range(number):
        pace.wait()
        times.append(time.now_s - 100.0)
    return times


@pytest.mark.parametrize("window_s", [1.0, 60.0])
def test_no_window_ever_holds_more_than_four_fifths_of_the_quota(window_s: float) -> None:
    times = sent(100, Quota(requests=10, window_s=window_s))
    for start in times:
        assert len([t for t in times if start <= t < start + window_s]) <= 8


def test_every_quota_holds() -> None:
    times = sent(60, Quota(requests=5, window_s=1), Quota(requests=50, window_s=60))
    assert len([t for t in times if t < 60]) == 40
    assert len([t for t in times if t < 1]) == 4


def test_a_rate_spreads_requests_evenly() -> None:
    assert sent(3, most_per_s=4.0) == [0.0, 0.25, 0.5]


def test_processes_share_a_quota() -> None:
    assert len([t for t in sent(20, Quota(requests=20, window_s=1), share=0.2) if t < 1]) == 4


def test_a_quota_of_one_still_lets_one_through() -> None:
    assert sent(2, Quota(requests=1, window_s=5)) == [0.0, 5.0]


@pytest.mark.parametrize(("text", "rate"), [("5/s", 5.0), ("90/m", 1.5), ("3600/h", 1.0), ("2", 2.0)])
def test_rates_are_read(text: str, rate: float) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "0/s", "fast", "5/d", "-1/s"])
def test_what_is_no_rate_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="expected requests in a time, as 5/s"):
        parse_rate(text)
