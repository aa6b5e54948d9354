"""What changed inside a schema, as changes of the document: found by `schemas.py`, placed and proven here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import msgspec

from harness.contract.contract import Contract
from harness.contract.schema import Direction, Schema
from harness.drift.documents.comparing import Comparing
from harness.drift.documents.finding import Found, Harmless
from harness.drift.schemas.compare import SchemaChange, Side, compare
from harness.model.change import Change, Place, Witness

Prover: TypeAlias = "Callable[[object], Witness | str]"
"""A whole message that says a value of the whole schema: a witness, or why it is none."""


_OF_SAMPLES = ("type.", "any-of.", "one-of.")
"""Rules whose examples are any values of what changed: if those are taken, so is most likely all of it."""


class Meant(msgspec.Struct, frozen=True):
    """A schema of one document, and the pointer to it there. None: anything is taken."""

    contract: Contract
    schema: Schema | None
    at: str


def within(
    comparing: Comparing,
    old: Meant,
    new: Meant,
    *,
    direction: Direction,
    prefix: str,
    place: Place,
    prove: Prover,
    as_texts: bool = False,
) -> Iterator[Found]:
    """Every change from one schema to the other. `prefix` goes before the names of its rules. `as_texts`: are values
    written as texts, so that a number and its digits are the same?"""
    sides = (
        Side(old.contract, old.schema or {}, old.at),
        Side(new.contract, new.schema or {}, new.at),
    )
    operation, operation_id, part = place.operation, place.operation_id, place.part
    for change in compare(*sides, direction, comparing.memo):
        # hot: a component's change shows in each operation that leads to it (`loadtests/bench/drift.py`).
        here = Place(operation, operation_id, part, change.value, change.old, change.new)
        told = Change(
            *(prefix + change.rule, change.level, change.message, (here,)),
            *(change.old_side, change.new_side, change.decided_by),
        )
        yield Found(told, _proof(change, prove, as_texts=as_texts) if change.level == "breaking" else None)


def _proof(change: SchemaChange, prove: Prover, *, as_texts: bool) -> Callable[[], Witness | Harmless | str]:
    def proof() -> Witness | Harmless | str:
        if change.rule.startswith(_OF_SAMPLES) and change.proof.is_refuted:
            return Harmless("of all that was tried, nothing is refused", level="risky")
        outcome: Witness | str = change.unproven or "no value was found on which the two sides differ"
        for example in change.examples:
            outcome = prove(example)
            if isinstance(outcome, Witness):
                return outcome
        if change.examples and as_texts and _is_one_as_text(change):
            return Harmless("written as a text, it is the same")
        return outcome

    return proof


def _is_one_as_text(change: SchemaChange) -> bool:
    """Is it of a kind that has no meaning where all is text: a number that may be any text now, a null?"""
    if change.rule == "type.changed":
        return '"string"' in change.new_side
    if change.rule == "type.narrowed":
        return change.subject in ("integer", "number", "boolean", "null")
    return change.rule == "nullable.removed"
