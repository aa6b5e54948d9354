"""What is counted over nights: how many things had a member, and how many lacked it since.

A thing is kept as a part of its hash: enough to count it once, too little to know it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from harness.drift.seen.absent import chance
from harness.drift.seen.evidence import Thing

CHANCE = 1e-6
"""Some hundred places are looked at each night, and there are many nights."""

FEWEST_NIGHTS = 3
"""What the things of one night lack may be the mood of that night."""

MOST_NIGHTS, MOST_THINGS, MOST_PLACES = 90, 200, 1000
"""How far back it is remembered, how many things of a place are told apart, of how many places of an operation."""

_HEX = 6


class Member(msgspec.Struct, omit_defaults=True):
    """One member at one place. Until it was last met: `there` of `seen` things had it, on `nights` of `nights_seen`.
    Since then: the things that `lack` it, their hashes end to end, on `nights_lacking` nights, and among them `fresh`
    that were never seen before."""

    there: int = 0
    seen: int = 0
    nights: int = 0
    nights_seen: int = 0
    lack: str = ""
    fresh: int = 0
    nights_lacking: int = 0

    @property
    def lacking(self) -> int:
        """How many things lack it."""
        return len(self.lack) // _HEX

    @property
    def chance(self) -> float:
        """How likely it is that all this is chance."""
        if not self.nights_lacking or (self.there <= 1 and self.nights <= 1):
            return 1.0
        by_things = chance(self.there, self.seen, self.lacking) if self.there else 1.0
        return min(by_things, chance(self.nights, self.nights_seen, self.nights_lacking))

    @property
    def is_gone(self) -> bool:
        """Is it too unlikely to be chance?"""
        return self.nights_lacking >= FEWEST_NIGHTS and self.chance <= CHANCE

    def meet(self, came: int, fresh: int, *, is_another_night: bool) -> None:
        """It came tonight, in `came` of the `fresh` things that were never seen before."""
        had_lacked = self.nights_lacking > 0
        self.there += came
        self.seen += self.fresh + fresh
        self.nights_seen += self.nights_lacking + is_another_night
        self.nights = min(self.nights + (is_another_night or had_lacked), self.nights_seen)
        self.lack, self.fresh, self.nights_lacking = "", 0, 0
        if self.nights_seen > MOST_NIGHTS:
            self.there, self.seen = self.there // 2, self.seen // 2
            self.nights, self.nights_seen = self.nights // 2, self.nights_seen // 2

    def miss(self, things: Iterable[str], fresh: int, *, is_another_night: bool) -> None:
        """None of these things had it tonight."""
        self.lack = joined(self.lack, things)
        self.fresh += fresh
        self.nights_lacking += is_another_night or not self.nights_lacking


class Spot(msgspec.Struct, omit_defaults=True):
    """A place where objects stand. `things`: the hashes of those last seen; `seen`, `nights`: how many there were in
    all, and on how many nights."""

    things: str = ""
    seen: int = 0
    nights: int = 0
    members: dict[str, Member] = {}


class Kept(msgspec.Struct, omit_defaults=True):
    """What is kept of one operation. `stamp`: of its part of the contract, and of its recording; `last`: the last
    night, YYYY-MM-DD; `spots`: by status and pointer, as `200/data/*`."""

    stamp: str
    last: str = ""
    spots: dict[str, Spot] = {}


def hashed(thing: Thing) -> str:
    return blake2b(repr(thing).encode("utf-8", "replace"), digest_size=_HEX // 2).hexdigest()


def split(hashes: str) -> list[str]:
    return [hashes[at : at + _HEX] for at in range(0, len(hashes), _HEX)]


def joined(hashes: str, more: Iterable[str]) -> str:
    """With others put in, the last so many of them."""
    last = sorted(set(more))
    found = [text for text in split(hashes) if text not in last]
    return "".join((*found, *last)[-MOST_THINGS:])
