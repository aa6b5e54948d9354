"""How long calls take, and how seldom the next run says otherwise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.load.latency import against_once, against_part


def chances(number: int, part: float) -> NDArray[np.float64]:
    """How likely each number of hits is, where each call is one with the chance `part`."""
    hits = np.arange(number + 1)
    ways = [math.lgamma(number + 1) - math.lgamma(k + 1) - math.lgamma(number - k + 1) for k in hits]
    found: NDArray[np.float64] = np.exp(
        np.array(ways) + hits * math.log(part) + (number - hits) * math.log1p(-part)
    )
    return found


@pytest.mark.parametrize(("number", "limit"), [(900, 0.005), (900, 0.05), (900, 0.001)])
def test_ten_runs_of_a_client_near_a_target_hardly_ever_both_pass_and_fail(number: int, limit: float) -> None:
    words = np.array([against_part(hits, number, limit) for hits in range(number + 1)])
    for part in limit * np.linspace(0.5, 8, 100):
        likely = chances(number, part)
        passes, fails = likely[words == "within"].sum(), likely[words == "beyond"].sum()
        neither = max(0.0, 1 - passes - fails)
        assert 1 - (1 - passes) ** 10 - (1 - fails) ** 10 + neither**10 < 0.05


@pytest.mark.parametrize(
    ("took_s", "said"), [(9.0, "within"), (10.0, "within"), (11.5, "unclear"), (12.5, "beyond")]
)
def test_what_is_seen_once_has_room_between_pass_and_fail(took_s: float, said: str) -> None:
    assert against_once(took_s, 10.0) == said
