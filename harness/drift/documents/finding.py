"""What was found before it is told: a change in one place, how it is proven, and what makes it the same elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from harness.drift.rules.catalogue import RULES
from harness.model.change import Change, Level, Place, Witness


class Harmless(msgspec.Struct, frozen=True):
    """Proof that a change breaks nobody who keeps to the old side after all, and why."""

    why: str
    level: Level = "info"


Proof = Callable[[], "Witness | Harmless | str"]
"""A witness, or why there is none."""


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
