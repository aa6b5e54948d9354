"""Whether what was found of a mutation is what is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.drift.documents.compare import compare
from harness.model.change import Change
from tests.drift.mutation.kinds import Mutation
from tests.drift.mutation.tree import Node

Changes = tuple[Change, ...]


def contract(root: Node, name: str) -> Contract:
    """What a tree compiles to."""
    return Contract(parse(msgspec.json.encode(root), name=name))


def found(mutation: Mutation) -> Changes:
    """What the comparison says of a mutation."""
    return compare(contract(mutation.old, "old.json"), contract(mutation.new, "new.json")).changes


def concerns(change: Change, direction: str) -> bool:
    """Is a change about what is sent in that direction? All are about ""."""
    return not direction or change.rule.startswith(f"{direction}.")


def missed(mutation: Mutation, changes: Changes) -> Iterator[str]:
    """What breaks, and was not found to."""
    for direction, truth in mutation.truth.items():
        told = [change for change in changes if change.level == "breaking" and concerns(change, direction)]
        if truth == "breaking" and not told:
            yield f"missed in {direction or 'the document'}: {mutation.again}\n{shown(changes)}"


def false(mutation: Mutation, changes: Changes) -> Iterator[str]:
    """What was found to break, and does not; or was found at all where there is nothing."""
    truths = mutation.truth
    for change in changes:
        if set(truths.values()) == {"silent"}:
            yield f"noise: {mutation.again}\n{shown((change,))}"
        elif change.level == "breaking" and not any(
            concerns(change, direction)
            for direction, truth in truths.items()
            if truth in ("breaking", "open")
        ):
            yield f"false: {mutation.again}\n{shown((change,))}"


def shown(changes: Changes) -> str:
    """The changes, a line each."""
    lines = [
        f"    {each.level} {each.rule} at {each.place.operation} {each.place.part} {each.place.value}: {each.message}"
        for each in changes
    ]
    return "\n".join(lines) or "    nothing was found"


class Score:
    """Recall and precision, kind by kind."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.false: Counter[str] = Counter()
        self.unseen: Counter[str] = Counter()
        self.told: list[str] = []
        self.breaking = self.witnessed = 0

    def add(self, mutation: Mutation, changes: Changes) -> None:
        """Judge what was found of one."""
        kind = mutation.kind
        self.made[kind] += 1
        misses, falses = list(missed(mutation, changes)), list(false(mutation, changes))
        self.missed[kind] += bool(misses)
        self.false[kind] += bool(falses)
        self.unseen[kind] += not changes and set(mutation.truth.values()) != {"silent"}
        self.told += misses + falses
        for change in changes:
            if change.level == "breaking":
                self.breaking += 1
                self.witnessed += change.witness is not None

    def __str__(self) -> str:
        lines = [f"{'kind':34} {'made':>5} {'missed':>6} {'false':>6} {'unseen':>6}"]
        for kind in sorted(self.made):
            row = self.made[kind], self.missed[kind], self.false[kind], self.unseen[kind]
            lines.append(f"{kind:34} {row[0]:5} {row[1]:6} {row[2]:6} {row[3]:6}")
        made = sum(self.made.values())
        lines.append(
            f"{made} mutations: {sum(self.missed.values())} missed, {sum(self.false.values())} falsely told; "
            f"{self.witnessed} of {self.breaking} breaking changes with a witness"
        )
        return "\n".join(lines)
