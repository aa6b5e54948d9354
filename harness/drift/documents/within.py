"""What changed inside a schema, as findings of the document: made by `schemas/compare.py`, placed and proven here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
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


class Meant(msgspec.Struct, frozen=True):
    """A schema of one document, and the pointer to it there. None: anything is taken."""

    contract: Contract
    schema: Schema | None
    at: str


class Within(msgspec.Struct, frozen=True, eq=False):
    """All that changed inside a schema, in one part of a document.

    `changes`: the same tuple wherever the same two schemas stand. `prefix` goes before the names of their rules.
    `place`: the part. `as_texts`: are values written as texts, so that a number and its digits are the same?
    """

    changes: tuple[SchemaChange, ...]
    prefix: str
    place: Place
    prove: Prover
    as_texts: bool

    def each(self) -> Iterator[Found]:
        """The changes one by one."""
        return map(self.found, self.changes)

    def found(self, change: SchemaChange) -> Found:
        """One of them as a finding of the document."""
        told = Change(
            *(self.prefix + change.rule, change.level, change.message, (self.place_of(change),)),
            *(change.old_side, change.new_side, change.decided_by),
        )
        return Found(told, partial(self._proven, change) if change.level == "breaking" else None)

    def place_of(self, change: SchemaChange) -> Place:
        """Where one of them shows."""
        # hot: a component's change shows in each operation that leads to it (`loadtests/bench/drift.py`).
        here = self.place
        return Place(here.operation, here.operation_id, here.part, change.value, change.old, change.new)

    def _proven(self, change: SchemaChange) -> Witness | Harmless | str:
        outcome: Witness | str = ""
        for example in change.examples:
            outcome = self.prove(example)
            if isinstance(outcome, Witness):
                return outcome
        is_of_requests = self.prefix.startswith("request")
        if outcome and self.as_texts and _is_one_as_text(change, is_of_requests=is_of_requests):
            if is_of_requests and _had_parts(change):
                return Harmless("any text is taken, but its parts are no longer told apart", level="risky")
            return Harmless("written as a text, it is the same")
        return outcome or change.unproven or "no value was found on which the two sides differ"


Finding: TypeAlias = "Found | Within"
"""What is found of two documents: a change of its own, or all that changed inside a schema."""


def each_of(findings: Iterable[Finding]) -> Iterator[Found]:
    """All findings one by one."""
    for finding in findings:
        yield from (finding,) if isinstance(finding, Found) else finding.each()


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
) -> Within:
    """Every change from one schema to the other."""
    sides = (
        Side(old.contract, old.schema or {}, old.at),
        Side(new.contract, new.schema or {}, new.at),
    )
    return Within(compare(*sides, direction, comparing.memo), prefix, place, prove, as_texts)


def _is_one_as_text(change: SchemaChange, *, is_of_requests: bool) -> bool:
    """Is it of a kind that has no meaning where all is text: a number that may be any text, a null?"""
    if change.rule == "type.changed":
        return "string" in _kinds(change.new_side if is_of_requests else change.old_side)
    if change.rule == "type.narrowed":
        # What takes anything takes what is written as a text, and so does what takes texts.
        of_anything = change.subject == "string" and not change.old_side
        kinds = set(change.subject.split(", "))
        return of_anything or kinds <= _SCALARS or {"object", "array", "number", "boolean"} <= kinds
    return change.rule == ("nullable.removed" if is_of_requests else "nullable.added")


def _had_parts(change: SchemaChange) -> bool:
    """Was it a list or an object?"""
    return change.rule == "type.changed" and not _kinds(change.old_side).isdisjoint(("array", "object"))


def _kinds(side: str) -> set[str]:
    """The kinds that one side of a changed type shows: `{"type":"string or array"}`."""
    return set(side.removeprefix('{"type":"').removesuffix('"}').split(" or "))


_SCALARS = frozenset(("integer", "number", "boolean", "null"))
