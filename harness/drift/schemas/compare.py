"""Two schemas in one direction: what changed between them, whom it hurts, and a value that proves it.

Each pair of definitions is compared once, however many schemas lead to it; what lies beyond a pair that is being
compared is not looked at again, so recursion ends. Only pairs that lead to something that changed are walked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import msgspec

from harness.contract.contract import Contract
from harness.contract.schema import Direction, Schema
from harness.contract.tree import at
from harness.drift.schemas.example import Example
from harness.drift.schemas.found import Found, Step, Way
from harness.drift.schemas.half import Choices, Half, Key, Told, choices
from harness.model.change import Decider, Level

MISSING = msgspec.UNSET
"""The example of a change that has none."""

_MOST_STEPS = 60
_MOST_TURNS = 8
"""So many ways to a definition are gone that lead through different choices."""


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


class Memo:
    """What comparing two contracts has found so far; one for each pair of contracts."""

    def __init__(self) -> None:
        self.compared: dict[tuple[Direction, Key], tuple[SchemaChange, ...]] = {}
        self._halves: dict[Direction, Half] = {}
        self._contracts: tuple[Contract, Contract] | None = None

    def half(self, direction: Direction, old: Contract, new: Contract) -> Half:
        """What is known of that direction."""
        if self._contracts is None:
            self._contracts = (old, new)
        if self._contracts[0] is not old or self._contracts[1] is not new:
            raise ValueError("a Memo is of one pair of contracts")
        known = self._halves.get(direction)
        if known is None:
            known = self._halves[direction] = Half(direction, old, new)
        return known


_ENUMERATED = ("enum.introduced", "enum.dropped")


def compare(old: Side, new: Side, direction: Direction, memo: Memo) -> tuple[SchemaChange, ...]:
    """Every change between two schemas, those nearest to the top first; each pair of definitions is told of once."""
    half = memo.half(direction, old.contract, new.contract)
    root = Way((), old.schema, new.schema, old.pointer, new.pointer)
    key = half.key(root)
    known = memo.compared.get((direction, key))
    if known is None:
        known = memo.compared[direction, key] = () if half.is_clean(key, root) else _all(half, key, root)
    return known


def _all(half: Half, key: Key, root: Way) -> tuple[SchemaChange, ...]:
    """Every change that a pair leads to, breadth first."""
    telling = _Telling(half, root)
    turns: dict[Key, set[Choices]] = {key: {()}}
    queue = deque([(key, root, "")])
    while queue:
        key, way, prefix = queue.popleft()
        node = half.node(key, way)
        for told in node.told:
            telling.tell(told, way, prefix + told.value)
        for onward, onward_key, pointer in half.onward(key, node):
            steps = (*way.steps, *onward.steps)
            if len(way.steps) > _MOST_STEPS or not _is_new(turns.setdefault(onward_key, set()), steps):
                continue
            further = Way(steps, onward.old, onward.new, onward.old_at, onward.new_at)
            queue.append((onward_key, further, prefix + pointer))
    return tuple(telling.changes.values())


def _is_new(turns: set[Choices], steps: Iterable[Step]) -> bool:
    """Is more to be learnt of a definition by going there on that way, too: may a change that another branch takes
    elsewhere show here? `turns`: the choices on the ways that were gone."""
    turn = choices(steps)
    if () in turns or turn in turns or (turn and len(turns) >= _MOST_TURNS):
        return False
    turns.add(turn)
    return True


class _Telling:
    """Tells changes as they show at the root: each where it is met first, and rather where nothing hides it."""

    def __init__(self, half: Half, root: Way) -> None:
        self._half, self._root = half, root
        self.changes: dict[tuple[str, str, str], SchemaChange] = {}
        self._hidden: dict[int, tuple[str, str, str]] = {}
        self._open: set[int] = set()

    def tell(self, told: Told, way: Way, value: str) -> None:
        """A change that was met at the end of that way."""
        if id(told) in self._open:
            return
        change = _shown(self._half, self._root, way, told, value)
        identity = (change.rule, change.value, change.message)
        if change.level != told.level:
            if id(told) not in self._hidden:
                self._hidden[id(told)] = identity
                self.changes.setdefault(identity, change)
            return
        self._open.add(id(told))
        before = self._hidden.pop(id(told), None)
        if before is not None:
            self.changes.pop(before, None)
        self.changes.setdefault(identity, change)


def _shown(half: Half, root: Way, way: Way, told: Told, value: str) -> SchemaChange:
    """A change as it shows at the root. What another branch of a choice takes anyway hurts nobody; no validator looks
    into what a text holds."""
    rule, level, message = told.rule, told.level, told.message
    proof: Example | None = None
    if any(step.kind == "content" for step in (*way.steps, *told.found.steps)):
        rule, message = "content-schema.changed", f"in what the text holds: {message}"
        level = "info" if level == "info" else "risky"
    elif level == "breaking":
        found = msgspec.structs.replace(told.found, steps=(*way.steps, *told.found.steps))
        choice = next((index for index, step in enumerate(found.steps) if step.kind == "choice"), None)
        if choice is not None and _is_masked(half, told.found, found, choice):
            level, message = "info", f"{message}; another form takes it"
        elif rule in _ENUMERATED and _is_emptied(half, told):
            level, message = "risky", f"{message}; an enumeration of nothing says nothing"
        else:
            proof = Example(half.walk, root, found)
    return SchemaChange(
        rule=rule,
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


def _is_emptied(half: Half, told: Told) -> bool:
    """Has one side an enumeration without values, by which nothing would be valid?"""
    for forms, pointer in ((half.old, told.old), (half.new, told.new)):
        document = forms.schemas.document
        above = pointer.removesuffix("/enum").replace("%", "%25")
        node = at(document.written or document.root, f"#{above}")
        if isinstance(node, dict) and node.get("enum") == []:
            return True
    return False


def _is_masked(half: Half, own: Found, found: Found, choice: int) -> bool:
    """Is what the change is about taken by another branch of the outermost choice on the way to it?"""
    step: Step = found.steps[choice]
    path = (id(own), *map(id, found.steps[choice:]))
    known = half.proven.get(path)
    if known is None:
        taken = step.other if step.other is not None else {}
        old, new = half.walk.judge.sides(step.around, taken)
        way = Way((), old, new, "", "")
        known = Example(half.walk, way, msgspec.structs.replace(found, steps=found.steps[choice:]))
        half.proven[path] = known
    return known.is_refuted
