"""An example of a change: a whole value that one side takes and the other one refuses."""

from __future__ import annotations

import itertools
from functools import cached_property

import msgspec

from harness.drift.schemas.found import Found, Way
from harness.drift.schemas.refusal import Clearing, path_to, refusal
from harness.drift.schemas.walk import Walk

_TRIES = 8


class _Made(msgspec.Struct, frozen=True):
    """What came of it. `refuted`: all that should be refused is taken."""

    values: tuple[object, ...] = ()
    why: str = ""
    refuted: bool = False


class Example:
    """Makes an example when it is first asked for."""

    def __init__(self, walk: Walk, root: Way, found: Found | None) -> None:
        self._walk, self._root, self._found = walk, root, found

    @classmethod
    def none(cls) -> Example:
        """Where nothing is to be proven."""
        return _NONE

    @property
    def value(self) -> object:
        """The value, UNSET where there is none."""
        return next(iter(self.values), msgspec.UNSET)

    @property
    def values(self) -> tuple[object, ...]:
        """The value, and where there is one that says more, that as well."""
        return self._made.values

    @property
    def why(self) -> str:
        """Why there is no value; empty where there is one, or nothing to be proven."""
        return self._made.why

    @property
    def is_refuted(self) -> bool:
        """Were values made that should be refused, and does the other side take them all?"""
        return self._made.refuted

    @cached_property
    def _made(self) -> _Made:
        found = self._found
        if found is None:
            return _Made()
        if found.candidates is None:
            return _Made(why=found.unproven)
        walk, path = self._walk, path_to(found)
        gives, takes = walk.judge.sides(self._root.old, self._root.new)
        clearing = Clearing(walk.giver, walk.refuser, gives, takes)
        among_others: list[object] = []
        met = set()
        for candidate in itertools.islice(found.candidates(), _TRIES):
            wholes = [walk.giver.placed(found.steps, candidate, lean=lean) for lean in (True, False)]
            wholes = [whole for whole in wholes if walk.giver.fits(gives, whole)]
            said = [refusal(walk.refuser.errors(takes, whole), path) for whole in wholes]
            alone = [whole for whole, each in zip(wholes, said, strict=True) if each.is_of_change_alone]
            if not alone and wholes and not any(each.is_taken for each in said):
                alone = [each for each in [clearing.cleared(wholes[0], path)] if each is not msgspec.UNSET]
            if alone:
                return _Made(tuple(alone))
            met |= set(said)
            among_others += [whole for whole, each in zip(wholes, said, strict=True) if each.shows]
        if among_others:
            return _Made((among_others[0],))
        if met and all(each.is_taken for each in met):
            return _Made(why="what should be refused is taken in its place", refuted=True)
        return _Made(
            why="what was tried is refused for other changes alone"
            if met
            else "no valid value was found to show it in"
        )


_NONE = Example.__new__(Example)
_NONE._found = None
