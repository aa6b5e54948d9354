"""An example of a change: a whole value that one side takes and the other one refuses."""

from __future__ import annotations

import itertools
from functools import cached_property

import msgspec

from harness.drift.found import Found, Way
from harness.drift.walk import Walk

_TRIES = 8


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
        return self._made[0]

    @property
    def why(self) -> str:
        """Why there is no value; empty where there is one, or nothing to be proven."""
        return self._made[1]

    @property
    def is_refuted(self) -> bool:
        """Were values made that should be refused, and does the other side take them all?"""
        return self._made[2]

    @cached_property
    def _made(self) -> tuple[object, str, bool]:
        found = self._found
        if found is None:
            return msgspec.UNSET, "", False
        if found.candidates is None:
            return msgspec.UNSET, found.unproven, False
        giver, refuser = self._walk.giver, self._walk.refuser
        gives, takes = self._walk.judge.sides(self._root.old, self._root.new)
        taken = 0
        for candidate in itertools.islice(found.candidates(), _TRIES):
            value = giver.placed(found.steps, candidate)
            if not giver.fits(gives, value):
                continue
            if not refuser.fits(takes, value):
                return value, "", False
            taken += 1
        if taken:
            return msgspec.UNSET, "what should be refused is taken in its place", True
        return msgspec.UNSET, "no valid value was found to show it in", False


_NONE = Example.__new__(Example)
_NONE._found = None
