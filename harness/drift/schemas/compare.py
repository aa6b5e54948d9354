"""Two schemas in one direction: what changed between them, whom it hurts, and a value that proves it.

Each pair of definitions is compared once, however many schemas lead to it; what lies beyond a pair that is being
compared is not looked at again, so recursion ends. Only pairs that lead to something that changed are walked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from harness.contract.contract import Contract
from harness.contract.schema import Direction, Schema
from harness.drift.schemas.example import Example
from harness.drift.schemas.form import Forms
from harness.drift.schemas.found import Found, Step, Way, value_pointer
from harness.drift.schemas.pointers import standing
from harness.drift.schemas.values import Values
from harness.drift.schemas.walk import Walk
from harness.model.change import Decider, Level

MISSING = msgspec.UNSET
"""The example of a change that has none."""

_MOST_STEPS = 60
_Key: TypeAlias = "tuple[str | int, str | int]"


class Side(msgspec.Struct, frozen=True, eq=False):
    """A schema of a contract, converted for the direction that is asked about, and its pointer in the document."""

    contract: Contract
    schema: Schema
    pointer: str = ""


class SchemaChange(msgspec.Struct, frozen=True, eq=False):
    """One change between two schemas.

    `rule`: without the direction (`property.removed`). `value`: the pointer into a value of the schemas, `*` for each
    item. `old`, `new`: pointers in the documents. `old_side`, `new_side`: short JSON of what stood and stands there.
    `subject`: the name of the member, the value of the enumeration, the type, that it is about. `proof`: of what
    breaks clients.
    """

    rule: str
    level: Level
    message: str
    value: str
    old: str
    new: str
    old_side: str
    new_side: str
    decided_by: Decider
    subject: str
    proof: Example | None

    @property
    def example(self) -> object:
        """A whole value that one side takes and the other one refuses; MISSING where there is none. Made when it is
        first asked for."""
        return MISSING if self.proof is None else self.proof.value

    @property
    def examples(self) -> Iterator[object]:
        """The example, and where there is one that says more, that as well: each made when it is asked for."""
        return iter(()) if self.proof is None else self.proof.values

    @property
    def unproven(self) -> str:
        """Why there is no example; empty where there is one, or where nothing is to be proven."""
        return "" if self.proof is None else self.proof.why


class _Told(msgspec.Struct, frozen=True, eq=False):
    """A change of a pair of schemas. `value`: the pointer from there; `old`, `new`: as the documents are written."""

    rule: str
    level: Level
    message: str
    value: str
    old: str
    new: str
    found: Found


class _Node(msgspec.Struct, frozen=True, eq=False):
    """What a pair of schemas says itself, and where it leads."""

    told: tuple[_Told, ...]
    ways: tuple[Way, ...]


class _Half:
    """What is known of one direction."""

    def __init__(self, direction: Direction, old: Contract, new: Contract) -> None:
        self.old, self.new = Forms(old.schemas(direction)), Forms(new.schemas(direction))
        values = Values(self.old.schemas), Values(self.new.schemas)
        self.walk = Walk(direction, self.old, self.new, *values)
        self.nodes: dict[_Key, _Node] = {}
        self.clean: dict[_Key, bool] = {}
        self.leads: dict[_Key, list[tuple[Way, _Key, str]]] = {}
        self.compared: dict[_Key, tuple[SchemaChange, ...]] = {}
        self.same: dict[str, bool] = {}
        self.held: list[Way] = []
        self.proven: dict[tuple[int, int], Example] = {}

    def key(self, way: Way) -> _Key:
        """The same for the same pair of definitions. Others are known by identity, and held."""
        old, new = self.old.key_of(way.old), self.new.key_of(way.new)
        if old is None or new is None:
            self.held.append(way)
        return (id(way.old) if old is None else old), (id(way.new) if new is None else new)

    def node(self, key: _Key, way: Way) -> _Node:
        """What the pair says itself."""
        known = self.nodes.get(key)
        if known is None:
            here = msgspec.structs.replace(way, steps=())
            told = list(self.walk.pair(here))
            known = self.nodes[key] = _Node(
                tuple(self._told(each) for each in told if isinstance(each, Found)),
                tuple(each for each in told if isinstance(each, Way)),
            )
        return known

    def _told(self, found: Found) -> _Told:
        return _Told(
            found.rule,
            found.level,
            found.message,
            value_pointer(found.steps, found.member),
            standing(self.old.schemas.document, found.old),
            standing(self.new.schemas.document, found.new),
            found,
        )

    def onward(self, key: _Key, node: _Node) -> list[tuple[Way, _Key, str]]:
        """Where a pair leads to something that changed, with the pointer there; the shortest way to each first."""
        known = self.leads.get(key)
        if known is None:
            found: dict[_Key, Way] = {}
            for way in sorted(node.ways, key=lambda way: len(way.steps)):
                found.setdefault(self.key(way), way)
            known = [
                (way, each, value_pointer(way.steps))
                for each, way in found.items()
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

    def is_clean(self, key: _Key, way: Way) -> bool:
        """Does nothing that changed lie in the pair, or in anything that it leads to?"""
        known = self.clean.get(key)
        if known is None:
            self._settle(key, way)
            known = self.clean[key]
        return known

    def _settle(self, key: _Key, way: Way) -> None:
        users: dict[_Key, list[_Key]] = {}
        met: dict[_Key, None] = {key: None}
        dirty: list[_Key] = []
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

    def _led(self, key: _Key, way: Way) -> tuple[list[Way], bool]:
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


class Memo:
    """What comparing two contracts has found so far; one for each pair of contracts."""

    def __init__(self) -> None:
        self._halves: dict[Direction, _Half] = {}
        self._contracts: tuple[Contract, Contract] | None = None

    def half(self, direction: Direction, old: Contract, new: Contract) -> _Half:
        """What is known of that direction."""
        if self._contracts is None:
            self._contracts = (old, new)
        if self._contracts[0] is not old or self._contracts[1] is not new:
            raise ValueError("a Memo is of one pair of contracts")
        known = self._halves.get(direction)
        if known is None:
            known = self._halves[direction] = _Half(direction, old, new)
        return known


def compare(old: Side, new: Side, direction: Direction, memo: Memo) -> tuple[SchemaChange, ...]:
    """Every change between two schemas, those nearest to the top first; each pair of definitions is told of once."""
    half = memo.half(direction, old.contract, new.contract)
    root = Way((), old.schema, new.schema, old.pointer, new.pointer)
    key = half.key(root)
    known = half.compared.get(key)
    if known is None:
        known = half.compared[key] = () if half.is_clean(key, root) else _all(half, key, root)
    return known


def _all(half: _Half, key: _Key, root: Way) -> tuple[SchemaChange, ...]:
    """Every change that a pair leads to, breadth first."""
    changes: dict[tuple[str, str, str], SchemaChange] = {}
    seen = {key}
    queue = deque([(key, root, "")])
    while queue:
        key, way, prefix = queue.popleft()
        node = half.node(key, way)
        for told in node.told:
            value = prefix + told.value
            identity = (told.rule, value, told.message)
            if identity not in changes:
                changes[identity] = _shown(half, root, way, told, value)
        for onward, onward_key, pointer in half.onward(key, node):
            if onward_key in seen or len(way.steps) > _MOST_STEPS:
                continue
            seen.add(onward_key)
            steps = (*way.steps, *onward.steps)
            further = Way(steps, onward.old, onward.new, onward.old_at, onward.new_at)
            queue.append((onward_key, further, prefix + pointer))
    return tuple(changes.values())


def _shown(half: _Half, root: Way, way: Way, told: _Told, value: str) -> SchemaChange:
    """A change as it shows at the root. What another branch of a choice takes anyway hurts nobody."""
    level, message = told.level, told.message
    proof: Example | None = None
    if level == "breaking":
        found = msgspec.structs.replace(told.found, steps=(*way.steps, *told.found.steps))
        choice = next((index for index, step in enumerate(found.steps) if step.kind == "choice"), None)
        if choice is not None and _is_masked(half, told.found, found, choice):
            level, message = "info", f"{message}; another form takes it"
        else:
            proof = Example(half.walk, root, found)
    return SchemaChange(
        rule=told.rule,
        level=level,
        message=message,
        value=value,
        old=told.old,
        new=told.new,
        old_side=told.found.old_side,
        new_side=told.found.new_side,
        decided_by=told.found.decided_by,
        subject=told.found.subject,
        proof=proof,
    )


def _is_masked(half: _Half, own: Found, found: Found, choice: int) -> bool:
    """Is what the change is about taken by another branch of the outermost choice on the way to it?"""
    step: Step = found.steps[choice]
    known = half.proven.get((id(step), id(own)))
    if known is None:
        taken = step.other if step.other is not None else {}
        old, new = half.walk.judge.sides(step.around, taken)
        way = Way((), old, new, "", "")
        known = Example(half.walk, way, msgspec.structs.replace(found, steps=found.steps[choice:]))
        half.proven[id(step), id(own)] = known
    return known.is_refuted
