"""Everything is played, what fails is shrunk, and no failure hides another."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from harness.tolerance.search import MOST_FOUND, Found, Search
from harness.tolerance.variation import Variation

Fails = Callable[[tuple[Variation, ...]], bool]


def pool(count: int) -> list[Variation]:
    return [Variation("kind", (f"p{number}",), number) for number in range(count)]


def searched(
    fails: Fails, *, count: int = 60, examples: int = 50, seed: int = 1, **more: object
) -> list[list[str]]:
    search = Search(pool(count), fails, examples=examples, luck=random.Random(seed), **more)  # type: ignore[arg-type]
    return [names(found) for found in search.run()]


def names(found: Found) -> list[str]:
    return [str(one.pointer[0]) for one in found.variations]


def at(*places: str) -> Fails:
    """Fails where all of these differ."""
    return lambda variations: set(places) <= {one.pointer[0] for one in variations}


@pytest.mark.parametrize("seed", range(5))
def test_one_in_sixty_is_found_in_fifty_examples_and_is_alone(seed: int) -> None:
    assert searched(at("p37"), seed=seed) == [["p37"]]


@pytest.mark.parametrize("seed", range(5))
def test_three_are_found_each_by_itself(seed: int) -> None:
    fails = [at("p3"), at("p30"), at("p59")]
    found = searched(lambda variations: any(each(variations) for each in fails), seed=seed)
    assert sorted(found) == [["p3"], ["p30"], ["p59"]]


def test_two_that_fail_together_only_are_shrunk_to_the_two() -> None:
    assert searched(at("p1", "p4"), count=8, examples=60) == [["p1", "p4"]]


def test_of_a_kind_the_simplest_that_fails_is_told() -> None:
    sizes = [Variation("many", ("data",), size) for size in (2, 10, 100, 1000)]
    search = Search(
        sizes, lambda chosen: any(one.value >= 100 for one in chosen), examples=20, luck=random.Random(1)
    )
    assert [[one.value for one in found.variations] for found in search.run()] == [[100]]


def test_no_more_is_played_than_asked_for_and_nothing_twice() -> None:
    seen: list[tuple[Variation, ...]] = []

    def fails(variations: tuple[Variation, ...]) -> bool:
        seen.append(variations)
        return False

    assert searched(fails, examples=30) == []
    assert len(seen) <= 30
    assert len(set(map(repr, seen))) == len(seen)


def test_a_client_that_fails_at_everything_is_left_alone_soon() -> None:
    assert len(searched(lambda variations: True, examples=500)) == MOST_FOUND


def test_one_at_a_time_is_never_two() -> None:
    most = 0

    def fails(variations: tuple[Variation, ...]) -> bool:
        nonlocal most
        most = max(most, len(variations))
        return False

    searched(fails, singly=True, examples=200)
    assert most == 1


def test_what_failed_before_comes_first() -> None:
    found = searched(at("p50"), examples=1, known=[(pool(60)[50],)])
    assert found == [["p50"]]
    assert searched(at("p50"), examples=1, known=[(Variation("gone", ("q",)),)]) == []


def test_the_end_of_time_is_heeded() -> None:
    assert searched(at("p37"), more=lambda: False) == []
