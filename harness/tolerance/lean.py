"""The same answer with less in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.contract.sample import Sampler
from harness.contract.schema import Schema
from harness.tolerance.places import places
from harness.tolerance.variation import Base, Token, Variation


def spare(sampler: Sampler, schema: Schema, base: Base, needed: Sequence[Variation]) -> Iterator[Variation]:
    """What may be left out of an answer: each optional place that no needed one is at, in or around."""
    taken: list[tuple[Token, ...]] = []
    for place in places(sampler, schema, base.value):
        at = place.pointer
        if not place.optional or any(at[: len(known)] == known for known in taken):
            continue
        if any(
            at[: len(one.pointer)] == one.pointer or one.pointer[: len(at)] == at
            for one in needed
            if one.where == "body"
        ):
            continue
        taken.append(at)
        yield Variation("left_out", at, drops=True)
