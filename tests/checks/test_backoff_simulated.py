"""Backoff verdicts on thousands of simulated clients, under noise that only adds.

A wrong verdict for at most one client in a thousand; where waits are too few or too noisy, none.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from harness.checks.waits import Spread, by_retry, shape, trend
from harness.checks.waits import spread as spread_of

Draw = Callable[[random.Random, int], float]

TRIALS = 1000

GROWING: dict[str, Draw] = {
    "doubling from 0.2 s": lambda luck, n: 0.2 * 2**n,
    "doubling from 1 s": lambda luck, n: 2.0**n,
    "by half from 0.3 s": lambda luck, n: 0.3 * 1.5**n,
    "by 0.1 s from 0.1 s": lambda luck, n: 0.1 * (n + 1),
    "0.1 s, then 0.2 s": lambda luck, n: (0.1, 0.2, 0.2, 0.2)[n],
    "at once, 0.6 s, 1.2 s": lambda luck, n: (0.0, 0.6, 1.2, 2.4)[n],
    "full jitter from 0.3 s": lambda luck, n: luck.uniform(0, 0.3 * 2**n),
    "full jitter from 0.1 s": lambda luck, n: luck.uniform(0, 0.1 * 2**n),
    "full jitter from 1 s": lambda luck, n: luck.uniform(0, 2.0**n),
    "equal jitter from 0.5 s": lambda luck, n: 0.5 * 2**n * luck.uniform(0.5, 1),
    "equal jitter from 0.1 s": lambda luck, n: 0.1 * 2**n * luck.uniform(0.5, 1),
    "20 percent around 0.2 s": lambda luck, n: 0.2 * 2**n * luck.uniform(0.8, 1.2),
    "20 percent around 1 s": lambda luck, n: 2.0**n * luck.uniform(0.8, 1.2),
    "1 s and up to 100 ms": lambda luck, n: 2.0**n + luck.uniform(0, 0.1),
    "a floor of 0.5 s, then jitter above": lambda luck, n: (
        0.5 if n == 0 else max(0.5, 0.5 * 2**n * luck.uniform(0.5, 1))
    ),
    "0.1 s doubling and up to 1 s": lambda luck, n: 0.1 * 2**n + luck.uniform(0, 1),
}
CONSTANT: dict[str, Draw] = {
    "none at all": lambda luck, n: 0.0,
    "50 ms": lambda luck, n: 0.05,
    "0.5 s": lambda luck, n: 0.5,
    "2 s": lambda luck, n: 2.0,
    "up to 1 s": lambda luck, n: luck.uniform(0, 1),
    "up to 0.1 s": lambda luck, n: luck.uniform(0, 0.1),
    "20 percent around 0.5 s": lambda luck, n: 0.5 * luck.uniform(0.8, 1.2),
    "1 s and up to 100 ms": lambda luck, n: 1 + luck.uniform(0, 0.1),
}
JITTERED = (
    "full jitter from 0.3 s",
    "full jitter from 1 s",
    "equal jitter from 0.5 s",
    "20 percent around 0.2 s",
    "20 percent around 1 s",
    "1 s and up to 100 ms",
    "a floor of 0.5 s, then jitter above",
    "0.1 s doubling and up to 1 s",
)
FIXED = ("doubling from 0.2 s", "doubling from 1 s", "by half from 0.3 s", "at once, 0.6 s, 1.2 s")
SIZES = ((1, 3), (3, 3), (6, 2), (6, 3))


def quiet(luck: random.Random) -> float:
    """A machine with little else to do."""
    return luck.expovariate(1 / 0.003)


def busy(luck: random.Random) -> float:
    """Mostly some milliseconds, one wait in six up to 50 ms, one in a hundred up to 200 ms."""
    chance = luck.random()
    if chance < 0.01:
        return luck.uniform(0.05, 0.2)
    return luck.uniform(0, 0.05) if chance < 0.17 else luck.expovariate(1 / 0.004)


def play(
    draw: Draw, calls: int, retries: int, luck: random.Random, noise: Callable[[random.Random], float]
) -> list[list[float]]:
    return [[draw(luck, n) + noise(luck) for n in range(retries)] for _ in range(calls)]


def spread(calls: list[list[float]]) -> Spread:
    return spread_of(by_retry(calls))


def seen(
    judge: Callable[[list[list[float]]], str],
    draw: Draw,
    size: tuple[int, int],
    noise: Callable[[random.Random], float],
) -> Counter[str]:
    luck = random.Random(f"{size}")
    return Counter(judge(play(draw, *size, luck, noise)) for _ in range(TRIALS))


@pytest.mark.parametrize("noise", [quiet, busy])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", GROWING)
def test_waits_that_grow_are_never_called_constant(
    name: str, size: tuple[int, int], noise: Callable[..., float]
) -> None:
    assert seen(shape, GROWING[name], size, noise)["constant"] <= TRIALS / 1000


@pytest.mark.parametrize("noise", [quiet, busy])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", CONSTANT)
def test_waits_that_do_not_grow_are_never_said_to(
    name: str, size: tuple[int, int], noise: Callable[..., float]
) -> None:
    assert seen(shape, CONSTANT[name], size, noise)["grows"] <= TRIALS / 1000


@pytest.mark.parametrize("noise", [quiet, busy])
@pytest.mark.parametrize("size", [(6, 2), (6, 3), (10, 2), (10, 3)])
@pytest.mark.parametrize("name", JITTERED)
def test_chance_is_never_called_no_jitter(
    name: str, size: tuple[int, int], noise: Callable[..., float]
) -> None:
    assert seen(spread, GROWING[name], size, noise)["none"] <= TRIALS / 1000


@pytest.mark.parametrize("noise", [quiet, busy])
@pytest.mark.parametrize("size", [(6, 2), (6, 3), (10, 2), (10, 3)])
@pytest.mark.parametrize("name", FIXED)
def test_noise_is_never_called_jitter(name: str, size: tuple[int, int], noise: Callable[..., float]) -> None:
    assert seen(spread, GROWING[name], size, noise)["jitter"] <= TRIALS / 1000


@pytest.mark.parametrize("name", ["doubling from 0.2 s", "doubling from 1 s", "at once, 0.6 s, 1.2 s"])
def test_six_calls_of_three_retries_show_exponential_growth(name: str) -> None:
    assert seen(shape, GROWING[name], (6, 3), busy)["grows"] > 0.99 * TRIALS


@pytest.mark.parametrize("name", ["by 0.1 s from 0.1 s", "0.1 s, then 0.2 s"])
@pytest.mark.parametrize("noise", [quiet, busy])
def test_ten_calls_of_three_retries_show_growth_that_is_slow_or_soon_ends(
    name: str, noise: Callable[..., float]
) -> None:
    assert seen(shape, GROWING[name], (10, 3), noise)["grows"] > 0.9 * TRIALS


@pytest.mark.parametrize("name", ["none at all", "0.5 s", "2 s"])
def test_six_calls_of_three_retries_show_constant_waits(name: str) -> None:
    assert seen(shape, CONSTANT[name], (6, 3), quiet)["constant"] > 0.95 * TRIALS


@pytest.mark.parametrize(
    "name", ["full jitter from 0.3 s", "equal jitter from 0.5 s", "20 percent around 1 s"]
)
def test_six_calls_of_three_retries_show_jitter(name: str) -> None:
    assert seen(spread, GROWING[name], (6, 3), busy)["jitter"] > 0.95 * TRIALS


@pytest.mark.parametrize("name", FIXED)
def test_six_calls_of_three_retries_show_that_there_is_no_jitter(name: str) -> None:
    assert seen(spread, GROWING[name], (6, 3), quiet)["none"] > 0.9 * TRIALS


@pytest.mark.parametrize("size", [(6, 1), (10, 1)])
@pytest.mark.parametrize("name", [name for name in JITTERED if name != "a floor of 0.5 s, then jitter above"])
def test_one_retry_with_chance_is_never_called_no_jitter(name: str, size: tuple[int, int]) -> None:
    assert seen(spread, GROWING[name], size, quiet)["none"] <= TRIALS / 1000


def test_the_trend_test_is_exact() -> None:
    assert trend([[1, 2], [3, 4]]) == pytest.approx(1 / 6)
    assert trend([[3, 4], [1, 2]]) == pytest.approx(1.0)
    assert trend([[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]]) == pytest.approx(1 / 924)
