"""An example of a change: a whole value that one side takes and the other one refuses."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec

from harness.drift.schemas.found import Found, Way
from harness.drift.schemas.refusal import Clearing, Refusal, path_to, refusal
from harness.drift.schemas.walk import Walk

_TRIES = 8


class Example:
    """The values that show a change, each made when it is first asked for."""

    def __init__(self, walk: Walk, root: Way, found: Found) -> None:
        self._walk, self._root = walk, root
        self._known: list[object] = []
        self._further = self._made(found)
        self._why, self._refuted = "", False

    @property
    def values(self) -> Iterator[object]:
        """The value that says least, and where there is one that says more, that as well."""
        for index in itertools.count():
            if index == len(self._known):
                self._known.extend(itertools.islice(self._further, 1))
            if index == len(self._known):
                return
            yield self._known[index]

    @property
    def value(self) -> object:
        """The first value, UNSET where there is none."""
        return next(self.values, msgspec.UNSET)

    @property
    def why(self) -> str:
        """Why there is no value; empty where there is one."""
        return self._why if self.value is msgspec.UNSET else ""

    @property
    def is_refuted(self) -> bool:
        """Were values made that should be refused, and does the other side take them all?"""
        return self.value is msgspec.UNSET and self._refuted

    def _made(self, found: Found) -> Iterator[object]:
        """The values. Where there are none, why is known when they are over."""
        if found.candidates is None:
            self._why = found.unproven
            return
        walk, path = self._walk, path_to(found)
        gives, takes = walk.judge.sides(self._root.old, self._root.new)
        clearing = Clearing(walk.giver, walk.refuser, gives, takes)
        among_others: list[object] = []
        met: set[Refusal] = set()
        for candidate in itertools.islice(found.candidates(), _TRIES):
            tried: list[tuple[object, Refusal]] = []
            is_shown = False
            for lean in (True, False):
                whole = walk.giver.placed(found.steps, candidate, lean=lean)
                if walk.giver.fits(gives, whole):
                    said = refusal(walk.refuser.errors(takes, whole), path)
                    tried.append((whole, said))
                    if said.is_of_change_alone:
                        is_shown = True
                        yield whole
            if tried and not is_shown and not any(said.is_taken for _, said in tried):
                cleared = clearing.cleared(tried[0][0], path)
                if cleared is not msgspec.UNSET:
                    is_shown = True
                    yield cleared
                    if cleared == {}:
                        yield tried[0][0]  # In a form, an empty object is written as nothing.
            if is_shown:
                return
            met |= {said for _, said in tried}
            among_others += [whole for whole, said in tried if said.shows]
        if among_others:
            yield among_others[0]
        elif not met:
            self._why = "no valid value was found to show it in"
        elif all(said.is_taken for said in met):
            self._why, self._refuted = "what should be refused is taken in its place", True
        else:
            self._why = "what was tried is refused for other changes alone"
