"""Looks for the answers that a client does not cope with, and shrinks each to the smallest: Hypothesis draws.

First every variation is played, several at once where there are more of them than examples; then combinations are
drawn.
What fails is shrunk to as few variations as it takes, each the simplest of its kind that still fails.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec
from hypothesis import HealthCheck, Phase, Verbosity, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from harness.tolerance.variation import Variation

if TYPE_CHECKING:
    from random import Random

AT_ONCE = 6
"""Variations in one answer, at the most."""

MOST_FOUND = 8
"""So many different intolerances are enough to begin with."""

SHRINKS = 40
"""Examples that may be played beyond the given number, to shrink one failure."""

Chosen = tuple[int, ...]
"""Variations by their place in the pool, in its order."""

Fails = Callable[[tuple[Variation, ...]], bool]


class Found(msgspec.Struct, frozen=True):
    """Variations that, together, the client does not cope with; with any fewer it does."""

    variations: tuple[Variation, ...]


class Search:
    """Plays answers with some of `pool`, at most `examples` different ones and what shrinking takes.

    `fails`: plays one answer and says whether it is an intolerance. `known`: what failed the last time, which comes
    first. `singly`: one variation an answer. `more`: is there still time?
    """

    def __init__(
        self,
        pool: Sequence[Variation],
        fails: Fails,
        *,
        examples: int,
        luck: Random,
        singly: bool = False,
        known: Sequence[tuple[Variation, ...]] = (),
        more: Callable[[], bool] = lambda: True,
    ) -> None:
        self._pool = list(pool)
        self._fails, self._luck, self._more = fails, luck, more
        self._at_once = 1 if singly else AT_ONCE
        self._seen: dict[Chosen, bool] = {}
        self._left = examples
        self._examples = examples
        self._known = known
        self._out: set[tuple[object, ...]] = set()

    @property
    def played(self) -> int:
        """How many different answers were played."""
        return len(self._seen)

    def run(self) -> Iterator[Found]:
        """Each intolerance once, the smallest answer that shows it."""
        for count, found in enumerate(self._all(), 1):
            yield found
            self._leave_out(found)
            if count >= MOST_FOUND:
                return

    def _all(self) -> Iterator[Found]:
        for variations in self._known:
            chosen = self._indices(variations)
            if chosen and self._trial(chosen):
                yield self._shrunk(chosen)
        yield from self._each()
        if self._at_once > 1:
            yield from self._drawn()

    def _each(self) -> Iterator[Found]:
        """Every variation, in as few answers as there are examples for."""
        blocks = self._blocks()
        while blocks:
            block = tuple(index for index in blocks.pop(0) if self._is_in(index))
            if block and self._trial(block):
                found = self._shrunk(block)
                yield found
                culprits = {id(one) for one in found.variations}
                rest = [index for index in block if id(self._pool[index]) not in culprits]
                if rest and len(rest) < len(block):
                    blocks.insert(0, rest)

    def _blocks(self) -> list[list[int]]:
        order = list(range(len(self._pool)))
        # Near the top is where clients look; among equals luck decides, so that another seed sees others first.
        self._luck.shuffle(order)
        order.sort(key=lambda index: (len(self._pool[index].pointer) + 1) // 2)
        room = max(1, self._left * 2 // 3)
        size = min(self._at_once, -(-len(order) // room))
        if size <= 1:
            return [[index] for index in order]
        blocks: list[list[int]] = []
        for index in order:
            home = next((block for block in blocks[-8:] if self._fits(block, index, size)), None)
            if home is None:
                blocks.append([index])
            else:
                home.append(index)
        return blocks

    def _fits(self, block: list[int], index: int, size: int) -> bool:
        """May it stand beside those of a block: not within one of them, nor around, and of the same weight?"""
        one = self._pool[index]
        return len(block) < size and all(
            other.means == one.means and not _overlap(other, one)
            for other in (self._pool[other] for other in block)
        )

    def _drawn(self) -> Iterator[Found]:
        """Combinations, as long as there are examples left."""
        while self._left > 0 and self._more():
            pool = [index for index in range(len(self._pool)) if self._is_in(index)]
            if len(pool) < 2:
                return
            before = self._left
            drawn = st.lists(st.sampled_from(pool), min_size=1, max_size=self._at_once)
            chosen = self._find(drawn.map(_ordered), examples=self._left)
            if chosen is None and self._left in (before, 0):
                return
            if chosen is not None:
                yield self._shrunk(chosen)

    def _shrunk(self, chosen: Chosen) -> Found:
        """As few of them as it takes, each the simplest of its kind."""
        self._left = max(self._left, 0) + SHRINKS
        smallest = chosen
        if len(chosen) > 1:
            # Each is in or out: to leave one out is simpler, and changes nothing of the others.
            each_in = st.tuples(*(st.booleans() for _ in chosen))
            some = each_in.map(lambda kept: tuple(itertools.compress(chosen, kept)))
            smallest = self._find(some, examples=40 * len(chosen)) or chosen
        for index in smallest:
            family = self._pool[index].family
            simpler = [n for n in range(index + 1) if self._pool[n].family == family]
            if len(simpler) > 1:
                others = tuple(other for other in smallest if other != index)
                one = st.sampled_from([_ordered([*others, n]) for n in simpler])
                smallest = self._find(one, examples=8 * len(simpler)) or smallest
        self._left = max(0, self._left - SHRINKS)
        return Found(tuple(self._pool[index] for index in smallest))

    def _find(self, strategy: st.SearchStrategy[Chosen], *, examples: int) -> Chosen | None:
        """The smallest failing one that is drawn; None where none fails."""
        limits = settings(
            max_examples=max(1, examples),
            database=None,
            deadline=None,
            derandomize=False,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )
        try:
            return find(strategy, self._trial, settings=limits, random=self._luck)
        except NoSuchExample:
            return None

    def _trial(self, chosen: Chosen) -> bool:
        if not chosen:
            return False
        known = self._seen.get(chosen)
        if known is not None:
            return known
        if self._left <= 0 or not self._more():
            return False
        self._left -= 1
        self._seen[chosen] = failed = self._fails(tuple(self._pool[index] for index in chosen))
        return failed

    def _is_in(self, index: int) -> bool:
        one = self._pool[index]
        return self._out.isdisjoint((one.family, (one.kind,), (one.where, one.pointer)))

    def _leave_out(self, found: Found) -> None:
        for one in found.variations:
            if one.kind in ("unknown_field",):
                # Who fails at one of them fails at all, wherever they are.
                self._out.add((one.kind,))
            self._out.add(
                (one.where, one.pointer) if self._at_once == 1 and one.where == "body" else one.family
            )

    def _indices(self, variations: Sequence[Variation]) -> Chosen:
        """Where they stand in the pool, or others of their kind and place do; nothing where none does any more."""
        families = [one.family for one in self._pool]
        found = []
        for one in variations:
            if one in self._pool:
                found.append(self._pool.index(one))
            elif one.family in families:
                found.append(families.index(one.family))
            else:
                return ()
        return _ordered(found)


def _ordered(indices: Sequence[int]) -> Chosen:
    return tuple(sorted(set(indices)))


def _overlap(one: Variation, other: Variation) -> bool:
    if one.where != other.where:
        return False
    shorter, longer = sorted((one.pointer, other.pointer), key=len)
    return longer[: len(shorter)] == shorter
