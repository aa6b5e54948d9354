"""What a comparison of two schemas finds at one place, and the way there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeAlias

import msgspec

from harness.contract.schema import BASE, Direction, Schema
from harness.contract.tree import escaped
from harness.model.change import Decider, Level

Candidates: TypeAlias = "Callable[[], Iterator[object]]"
"""Makes values that may prove a change: of the side that gives them, refused by the other one."""

_LONGEST = 160
_LONGEST_SIDE = 2000


class Step(msgspec.Struct, frozen=True, eq=False):
    """One step into a value.

    `member`: to the one of that name; `item`: to each, or to the one at the place `name`; `extra`: to each of those
    that are not declared; `choice`: to nowhere, but what is found beyond holds only if no other branch takes it;
    `content`: into what a text holds, where no validator looks. `after`: how many items have a place of their own
    before those that are meant.

    `around`: the schema of the value that is stepped into, on the side that gives examples: the branch of the choice
    that is meant. `other`: for a choice, the schema that must refuse, on the other side.
    """

    kind: Literal["member", "item", "extra", "choice", "content"]
    around: Schema
    name: str = ""
    other: Schema | None = None
    after: int = 0


class Found(msgspec.Struct, frozen=True, eq=False):
    """A change at the end of `steps`.

    `old`, `new`: pointers in the documents. `candidates` make the value at the end of the steps that proves it;
    without them, `unproven` says why there is none. `member`: of the value there, the member that the change is
    about, where the proof is a value without it.
    """

    rule: str
    level: Level
    message: str
    steps: tuple[Step, ...]
    old: str
    new: str
    old_side: str = ""
    new_side: str = ""
    decided_by: Decider = "rule"
    subject: str = ""
    candidates: Candidates | None = None
    unproven: str = ""
    member: str | None = None


class Way(msgspec.Struct, frozen=True, eq=False):
    """Where the same place is on both sides: the steps to it, and both schemas with their pointers."""

    steps: tuple[Step, ...]
    old: Schema
    new: Schema
    old_at: str
    new_at: str


def found(
    way: Way,
    rule: str,
    level: Level,
    message: str,
    *,
    subject: str = "",
    sides: tuple[Any, Any] = (None, None),
    candidates: Candidates | None = None,
    algebra: bool = False,
    member: str | None = None,
) -> Found:
    """A change at the end of a way; `algebra`: did it decide the level?"""
    old_side, new_side = ("" if side is None else _side(side) for side in sides)
    return Found(
        rule,
        level,
        message,
        way.steps,
        way.old_at,
        way.new_at,
        old_side,
        new_side,
        decided_by="algebra" if algebra else "rule",
        subject=subject,
        candidates=candidates,
        member=member,
    )


def value_pointer(steps: tuple[Step, ...], member: str | None = None) -> str:
    """The pointer into a value that the steps describe, and the member there; `*` for each item."""
    names = [
        step.name if step.kind == "member" else step.name or "*"
        for step in steps
        if step.kind not in ("choice", "content")
    ]
    return "".join("/" + escaped(name) for name in (*names, *(() if member is None else (member,))))


def level_of(direction: Direction, *, tighter: bool, looser: bool) -> Level:
    """What it means that the new side takes less (`tighter`), or more (`looser`), than the old one."""
    return "breaking" if (tighter if direction == "request" else looser) else "info"


def shown_whole(value: Any) -> str:
    """A value as JSON, the names of members in order."""
    return msgspec.json.encode(value, enc_hook=str, order="sorted").decode()


def shown(value: Any) -> str:
    """A value as short JSON."""
    text = msgspec.json.encode(value, enc_hook=str).decode()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 4] + " ..."


def _side(schema: Any) -> str:
    """A schema, or a part of one, as JSON, its references as documents have them."""
    text = msgspec.json.encode(schema, enc_hook=str).decode()
    text = text.replace(f'"{BASE}#/$defs/', '"#/components/schemas/')
    return text if len(text) <= _LONGEST_SIDE else text[: _LONGEST_SIDE - 4] + " ..."
