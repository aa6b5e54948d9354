"""Schemas drawn at random: what is written otherwise is no change; what is otherwise is found, and proven."""

from __future__ import annotations

import copy
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.contract.contract import Contract
from harness.contract.schema import Direction
from harness.drift.schemas.projection import Sparing
from harness.drift.schemas.values import Values
from tests.drift import random_schemas as drawn
from tests.drift.sides import changes, contract, side

SEEDS = st.integers(0, 2**32)
DIRECTIONS: tuple[Direction, ...] = ("request", "response")


def giving(old: Contract, new: Contract, direction: Direction) -> tuple[Contract, Contract]:
    return (old, new) if direction == "request" else (new, old)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(SEEDS)
def test_the_same_in_other_words_is_no_change(seed: int) -> None:
    luck = Random(seed)
    schema, components = drawn.schema(luck, 3), drawn.components(luck)
    other = drawn.rewritten(schema, luck)
    others = {name: drawn.rewritten(each, luck) for name, each in components.items()}
    for direction in DIRECTIONS:
        assert not changes(contract(schema, components), contract(other, others), direction)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(SEEDS)
def test_what_is_sent_and_refused_is_never_called_harmless(seed: int) -> None:
    luck = Random(seed)
    schema, components = drawn.schema(luck, 3), drawn.components(luck)
    others = copy.deepcopy(components)
    other = drawn.changed(schema, luck)
    name = luck.choice(list(others))
    others[name] = drawn.changed(others[name], luck)
    for direction in DIRECTIONS:
        old, new = contract(schema, components), contract(other, others)
        found = changes(old, new, direction)
        if any(each.level == "breaking" for each in found):
            continue
        gives, takes = giving(old, new, direction)
        sent, wanted = side(gives, direction), side(takes, direction)
        for value in Values(gives.schemas(direction)).samples(sent.schema, 8):
            assert Sparing.of(takes.schemas(direction)).valid(wanted.schema, value), value


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_most_that_breaks_is_proven_by_an_example(direction: Direction) -> None:
    told, proven = 0, 0
    for seed in range(200):
        luck = Random(seed)
        schema, components = drawn.schema(luck, 3), drawn.components(luck)
        other = drawn.changed(schema, luck)
        for change in changes(contract(schema, components), contract(other, components), direction):
            told += change.level == "breaking"
            proven += change.level == "breaking" and not change.unproven
    assert told > 100
    assert proven >= 0.95 * told


@settings(max_examples=100, deadline=None, derandomize=True)
@given(SEEDS)
def test_a_value_is_judged_by_what_it_meets_as_by_the_whole(seed: int) -> None:
    luck = Random(seed)
    of = contract(drawn.schema(luck, 3), drawn.components(luck))
    other = contract(drawn.schema(luck, 3), drawn.components(luck))
    schemas, schema = of.schemas("response"), side(of, "response").schema
    for giver in (of, other):
        for value in Values(giver.schemas("response")).samples(side(giver, "response").schema, 3):
            assert Sparing.of(schemas).valid(schema, value) == schemas.valid(schema, value)
