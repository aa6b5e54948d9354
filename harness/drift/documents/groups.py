"""The same change in many places, told once: with all of them and, where it breaks clients, its witness."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from heapq import nsmallest
from operator import itemgetter

import msgspec

from harness.drift.documents.finding import Found, Harmless
from harness.drift.documents.within import Finding, Within
from harness.drift.schemas.compare import SchemaChange
from harness.model.change import Change, Place, Witness

_TRIES = 3

Turns = list[tuple[int, Within]]
"""The parts of a document that the same changes of a schema show in, each with the turn in which it was found."""


def told(findings: Iterable[Finding]) -> Iterator[Change]:
    """The changes, each once."""
    groups: dict[tuple[object, ...], _Group] = {}
    known: dict[tuple[int, str], Turns] = {}

    def group(finding: Found) -> _Group:
        return groups.setdefault(_key(finding), _Group(finding.change))

    for turn, finding in enumerate(findings):
        if isinstance(finding, Found):
            group(finding).alone.append((turn, finding))
            continue
        turns = known.setdefault((id(finding.changes), finding.prefix), [])
        if not turns:
            for change in finding.changes:
                group(finding.found(change)).inside.append((change, turns))
        turns.append((turn, finding))
    for each in groups.values():
        yield each.told()


class _Group:
    """One change. `alone`: the findings of nothing else, each with its turn; `inside`: the others."""

    def __init__(self, change: Change) -> None:
        self.change = change
        self.alone: list[tuple[int, Found]] = []
        self.inside: list[tuple[SchemaChange, Turns]] = []

    def told(self) -> Change:
        """The change in all its places; of one that breaks clients, a place with a witness leads."""
        change = msgspec.structs.replace(self.change, places=self._places())
        return self._proven(change) if change.level == "breaking" else change

    def _places(self) -> tuple[Place, ...]:
        """Each once, in the order in which they were found."""
        turns = [(turn, finding.change.place) for turn, finding in self.alone]
        for change, met in self.inside:
            turns += [(turn, within.place_of(change)) for turn, within in met]
        turns.sort(key=itemgetter(0))
        return tuple(dict.fromkeys(map(itemgetter(1), turns)))

    def _nearest(self) -> Iterator[Found]:
        """A few findings: what lies near the top of a value is shown by the smallest message."""
        likely = [
            (_depth(each.change.place.value), turn, partial(_itself, each)) for turn, each in self.alone
        ]
        for change, turns in self.inside:
            depth = _depth(change.value)
            likely += ((depth, turn, partial(each.found, change)) for turn, each in turns[:_TRIES])
        return (found() for _, _, found in nsmallest(_TRIES, likely, key=itemgetter(0, 1)))

    def _proven(self, change: Change) -> Change:
        """The change with a witness of the first place that has one; that place leads."""
        reason = "nothing that is sent shows it"
        harmless: Harmless | None = None
        for finding in self._nearest():
            outcome = finding.proof() if finding.proof is not None else reason
            if isinstance(outcome, Witness):
                first = finding.change.place
                places = (first, *(place for place in change.places if place != first))
                message = finding.change.message
                return msgspec.structs.replace(change, message=message, places=places, witness=outcome)
            if isinstance(outcome, Harmless):
                harmless = outcome
            else:
                reason, harmless = outcome, None
        if harmless is not None:
            message = f"{change.message} ({harmless.why})"
            return msgspec.structs.replace(change, level=harmless.level, message=message)
        return msgspec.structs.replace(change, message=f"{change.message} (no example: {reason})")


def _key(finding: Found) -> tuple[object, ...]:
    """The same for findings that are one change."""
    change, place = finding.change, finding.change.place
    sides = change.rule, change.level, change.old_side, change.new_side
    if finding.same is not None:
        return *sides, *finding.same
    if place.old or place.new:
        # What is gone is the same wherever it is missed, what is new wherever it comes.
        old = "" if change.new_side and not change.old_side else place.old
        new = "" if change.old_side and not change.new_side else place.new
        return *sides, old, new, change.message
    return *sides, place.operation, place.part, place.value


def _itself(finding: Found) -> Found:
    return finding


def _depth(value: str) -> int:
    """How deep inside a value its pointer leads."""
    return value.count("/")
