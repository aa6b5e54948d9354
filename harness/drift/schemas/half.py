"""What is known of two documents in one direction: pairs of definitions, each compared once, and where they lead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from harness.contract.contract import Contract
from harness.contract.schema import Direction
from harness.drift.schemas.example import Example
from harness.drift.schemas.form import Forms
from harness.drift.schemas.found import Found, Step, Way, value_pointer
from harness.drift.schemas.pointers import standing
from harness.drift.schemas.values import Values
from harness.drift.schemas.walk import Walk
from harness.model.change import Level

Key: TypeAlias = "tuple[str | int, str | int]"
"""A pair of definitions, or of other schemas by identity."""

Choices = tuple[int, ...]
"""The choices on a way, by identity."""


def choices(steps: Iterable[Step]) -> Choices:
    """The choices among some steps."""
    return tuple(id(step) for step in steps if step.kind == "choice")


class Told(msgspec.Struct, frozen=True, eq=False):
    """A change of a pair of schemas. `value`: the pointer from there; `old`, `new`: as the documents are written."""

    rule: str
    level: Level
    message: str
    value: str
    old: str
    new: str
    found: Found


class Node(msgspec.Struct, frozen=True, eq=False):
    """What a pair of schemas says itself, and where it leads."""

    told: tuple[Told, ...]
    ways: tuple[Way, ...]


class Half:
    """What is known of one direction. `proven`: examples of changes beyond a choice, by the ids of the change and of
    the steps to it."""

    def __init__(self, direction: Direction, old: Contract, new: Contract) -> None:
        self.old, self.new = Forms(old.schemas(direction)), Forms(new.schemas(direction))
        values = Values(self.old.schemas), Values(self.new.schemas)
        self.walk = Walk(direction, self.old, self.new, *values)
        self.nodes: dict[Key, Node] = {}
        self.clean: dict[Key, bool] = {}
        self.leads: dict[Key, list[tuple[Way, Key, str]]] = {}
        self.same: dict[str, bool] = {}
        self.held: list[Way] = []
        self.proven: dict[tuple[int, ...], Example] = {}

    def key(self, way: Way) -> Key:
        """The same for the same pair of definitions. Others are known by identity, and held."""
        old, new = self.old.key_of(way.old), self.new.key_of(way.new)
        if old is None or new is None:
            self.held.append(way)
        return (id(way.old) if old is None else old), (id(way.new) if new is None else new)

    def node(self, key: Key, way: Way) -> Node:
        """What the pair says itself."""
        known = self.nodes.get(key)
        if known is None:
            here = msgspec.structs.replace(way, steps=())
            told = list(self.walk.pair(here))
            known = self.nodes[key] = Node(
                tuple(self._told(each) for each in told if isinstance(each, Found)),
                tuple(each for each in told if isinstance(each, Way)),
            )
        return known

    def _told(self, found: Found) -> Told:
        return Told(
            found.rule,
            found.level,
            found.message,
            value_pointer(found.steps, found.member),
            standing(self.old.schemas.document, found.old),
            standing(self.new.schemas.document, found.new),
            found,
        )

    def onward(self, key: Key, node: Node) -> list[tuple[Way, Key, str]]:
        """Where a pair leads to something that changed, with the pointer there: the shortest way to each, first those
        that are short; of ways through choices, one through each."""
        known = self.leads.get(key)
        if known is None:
            found: dict[Key, dict[Choices, Way]] = {}
            for way in sorted(node.ways, key=lambda way: len(way.steps)):
                found.setdefault(self.key(way), {}).setdefault(choices(way.steps), way)
            known = [
                (way, each, value_pointer(way.steps))
                for each, ways in found.items()
                # What is found beyond no choice holds: nothing is to be learnt beyond one.
                for way in ([ways[()]] if () in ways else ways.values())
                if not self.is_clean(each, way)
            ]
            self.leads[key] = known
        return known

    def is_same(self, old: str, new: str) -> bool:
        """Do two definitions say the same, but for what they refer to?"""
        if old != new:
            return False
        known = self.same.get(old)
        if known is None:
            before, after = self.old.schemas, self.new.schemas
            known = before.ref_of(old) == after.ref_of(old) and before.definition(old) == after.definition(
                old
            )
            self.same[old] = known
        return known

    def is_clean(self, key: Key, way: Way) -> bool:
        """Does nothing that changed lie in the pair, or in anything that it leads to?"""
        known = self.clean.get(key)
        if known is None:
            self._settle(key, way)
            known = self.clean[key]
        return known

    def _settle(self, key: Key, way: Way) -> None:
        users: dict[Key, list[Key]] = {}
        met: dict[Key, None] = {key: None}
        dirty: list[Key] = []
        pending = [(key, way)]
        while pending:
            each, here = pending.pop()
            ways, changed = self._led(each, here)
            if changed:
                dirty.append(each)
            for way in ways:
                next_key = self.key(way)
                if next_key in self.clean:
                    if not self.clean[next_key]:
                        dirty.append(each)
                    continue
                users.setdefault(next_key, []).append(each)
                if next_key not in met:
                    met[next_key] = None
                    pending.append((next_key, way))
        while dirty:
            each = dirty.pop()
            if self.clean.get(each) is not False:
                self.clean[each] = False
                dirty += users.get(each, ())
        for each in met:
            self.clean.setdefault(each, True)

    def _led(self, key: Key, way: Way) -> tuple[list[Way], bool]:
        old, new = key
        if isinstance(old, str) and isinstance(new, str) and self.is_same(old, new) and self._all_known(old):
            return [self.definitions(name) for name in self.old.schemas.mentions(old)], False
        node = self.node(key, way)
        return list(node.ways), bool(node.told)

    def _all_known(self, key: str) -> bool:
        """Do both sides call what the definition refers to by the same names?"""
        self.new.schemas.definition(key)
        return all(
            self.old.schemas.ref_of(name) == self.new.schemas.ref_of(name)
            for name in self.old.schemas.mentions(key)
        )

    def definitions(self, name: str) -> Way:
        """The pair of the definitions of that name."""
        old, new = self.old, self.new
        return Way(
            (),
            old.schemas.reference(name),
            new.schemas.reference(name),
            old.pointer_of(name),
            new.pointer_of(name),
        )
