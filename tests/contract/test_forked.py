"""Luck from luck: the tries at one thing do not touch each other."""

from __future__ import annotations

import random

from harness.contract.forked import Fork


def drawn(fork: Fork, number: int) -> list[float]:
    luck = fork.numbered(number)
    return [luck.random() for _ in range(5)]


def test_a_try_has_the_same_luck_whatever_was_tried_before() -> None:
    tried = Fork(random.Random(7))
    drawn(tried, 0)
    drawn(tried, 1)
    assert drawn(tried, 2) == drawn(Fork(random.Random(7)), 2)


def test_tries_and_origins_differ() -> None:
    fork = Fork(random.Random(7))
    assert drawn(fork, 0) != drawn(fork, 1)
    assert drawn(fork, 0) != drawn(Fork(random.Random(8)), 0)


def test_no_luck_is_taken_before_it_is_needed() -> None:
    rng = random.Random(7)
    Fork(rng).numbered(3)
    assert rng.random() == random.Random(7).random()


def test_numbers_lie_in_their_range_and_reach_both_ends() -> None:
    luck = Fork(random.Random(1)).numbered(0)
    assert {luck.randrange(3, 6) for _ in range(100)} == {3, 4, 5}
    assert all(0 <= luck.random() < 1 for _ in range(100))
    assert all(luck.getrandbits(bits) < 1 << bits for bits in (1, 7, 64, 65, 200) for _ in range(50))
    assert {luck.getrandbits(1) for _ in range(50)} == {0, 1}
