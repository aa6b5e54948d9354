"""What was found before it is told: a change in one place, how it is proven, and what makes it the same elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import nsmallest

import msgspec

from harness.drift.rules.catalogue import RULES
from harness.model.change import Change, Level, Place, Witness


class Harmless(msgspec.Struct, frozen=True):
    """Proof that a change breaks nobody who keeps to the old side after all, and why."""

    why: str
    level: Level = "info"


Proof = Callable[[], "Witness | Harmless | str"]
"""A witness, or why there is none."""

_TRIES = 3


class Found(msgspec.Struct, frozen=True):
    """A change in one place. `proof` is only asked of what breaks clients. `same`: what it has in common with other
    findings that are the same change, beside its rule, level and pointers; None where it has nothing."""

    change: Change
    proof: Proof | None = None
    same: tuple[str, ...] | None = None


def found(
    rule_id: str,
    place: Place,
    *,
    proof: Proof | None = None,
    level: Level | None = None,
    old_side: str = "",
    new_side: str = "",
    same: tuple[str, ...] | None = None,
    **facts: object,
) -> Found:
    """A finding of a rule of the catalogue, told with these facts; of the rule's level unless another is given."""
    rule = RULES[rule_id]
    change = Change(rule_id, level or rule.level, rule.told(**facts), (place,), old_side, new_side)
    return Found(change, proof, same)


def told(findings: Iterable[Found]) -> Iterator[Change]:
    """The changes, each once with all its places and, where it breaks clients, its witness."""
    groups: dict[tuple[object, ...], list[Found]] = {}
    for finding in findings:
        groups.setdefault(_key(finding), []).append(finding)
    for group in groups.values():
        places = tuple(dict.fromkeys(finding.change.place for finding in group))
        change = msgspec.structs.replace(group[0].change, places=places)
        yield _proven(change, group) if change.level == "breaking" else change


def _key(finding: Found) -> tuple[object, ...]:
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


def _proven(change: Change, group: list[Found]) -> Change:
    """The change with a witness of the first place that has one; that place leads."""
    reason = "nothing that is sent shows it"
    harmless: Harmless | None = None
    for finding in nsmallest(_TRIES, group, key=_depth):
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


def _depth(finding: Found) -> int:
    """How deep inside a value it shows: what lies near the top is shown by the smallest message."""
    return finding.change.place.value.count("/")
