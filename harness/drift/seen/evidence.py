"""What was seen at one place of many values: types, members, formats, values, each with the things that showed it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import blake2b
from typing import TypeAlias

from harness.drift.seen.noise import epoch_of, format_of, is_hidden, is_map, may_be_choice, names_a_thing
from harness.redaction.names import announced

Thing: TypeAlias = "tuple[object, ...]"
"""What tells one thing from another: the id of the nearest object that has one, and the way from there."""

MOST_VALUES = 200
"""So many different texts of a place are kept."""

_IDS = ("id", "uuid", "uid", "guid", "_id", "key", "sid", "slug")


class Evidence:
    """All values seen at one place. `name`: of the member that they are; empty for a whole body and for items.

    `kinds`: the JSON types with the things that were of each; `hidden` is one of them. `holders`: the objects that
    have this as a member. `met`, `held`: how many objects there were, and how many had this, one as often as it came.
    `members`, `items`: what was seen further in. `formats`: of texts, and of numbers that are times. `texts`: each
    text with the answers it came in and the things that said it; `crowded` once there were too many. `filled`: there
    was an object or a list with something in it.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.kinds: dict[str, set[Thing]] = {}
        self.holders: set[Thing] = set()
        self.held = self.met = 0
        self.members: dict[str, Evidence] = {}
        self.items: Evidence | None = None
        self.formats: dict[str, set[Thing]] = {}
        self.texts: dict[str, tuple[set[int], set[Thing]]] = {}
        self.crowded = False
        self.filled = False
        self._joined: Evidence | None = None

    def add(self, value: object, answer: int, thing: Thing = ()) -> None:
        """Take in one value. `answer`: the number of the answer that it came in."""
        self._joined = None
        kind = kind_of(value)
        if isinstance(value, dict):
            thing = thing_of(value, thing)
            self.met += 1
            for name, inner in value.items():
                member = self.members.get(name)
                if member is None:
                    member = self.members[name] = Evidence(name)
                member.holders.add(thing)
                member.held += 1
                member.add(inner, answer, (*thing, name))
        elif isinstance(value, list):
            for inner in value:
                if self.items is None:
                    self.items = Evidence()
                self.items.add(inner, answer, (*thing, _digest(inner)))
        elif isinstance(value, str) and kind == "string":
            self.formats.setdefault(format_of(value) if value else "", set()).add(thing)
            self._text(value, answer, thing)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self.formats.setdefault(epoch_of(self.name, value), set()).add(thing)
        self.kinds.setdefault(kind, set()).add(thing)
        if isinstance(value, dict | list) and value:
            self.filled = True

    def _text(self, value: str, answer: int, thing: Thing) -> None:
        known = self.texts.get(value)
        if known is None:
            if len(self.texts) >= MOST_VALUES:
                self.crowded = True
                return
            known = self.texts[value] = (set(), set())
        known[0].add(answer)
        known[1].add(thing)

    @property
    def objects(self) -> int:
        """How many different objects were seen here."""
        return len(self.kinds.get("object", ()))

    @property
    def things(self) -> int:
        """How many different things had a value here, of whatever type."""
        return len(set().union(*self.kinds.values())) if self.kinds else 0

    @property
    def real_kinds(self) -> frozenset[str]:
        """The types that tell something: neither null nor hidden."""
        return frozenset(self.kinds) - {"null", "hidden"}

    def having(self, name: str) -> int:
        """How many different objects have a member of that name."""
        member = self.members.get(name)
        return len(member.holders) if member is not None else 0

    def always_has(self, name: str) -> bool:
        """Did every object have a member of that name whenever it came?"""
        member = self.members.get(name)
        return member is not None and member.held == self.met

    @property
    def is_map(self) -> bool:
        """Are the names of the members of somebody's choice?"""
        odd = sum(names_a_thing(name) for name in self.members)
        told = sum(self.having(name) for name in self.members)
        return is_map(self.name, len(self.members), self.objects, told, odd)

    @property
    def every(self) -> Evidence:
        """What was seen at all members, as if they were one: for a map."""
        if self._joined is None:
            self._joined = Evidence()
            for member in self.members.values():
                self._joined.take(member)
        return self._joined

    def take(self, other: Evidence) -> None:
        """Take in all that another has."""
        for kind, things in other.kinds.items():
            self.kinds.setdefault(kind, set()).update(things)
        self.holders.update(other.holders)
        self.held, self.met = self.held + other.held, self.met + other.met
        for form, things in other.formats.items():
            self.formats.setdefault(form, set()).update(things)
        for text, (answers, things) in other.texts.items():
            known = self.texts.setdefault(text, (set(), set()))
            known[0].update(answers)
            known[1].update(things)
        for name, member in other.members.items():
            self.members.setdefault(name, Evidence(name)).take(member)
        if other.items is not None:
            self.items = self.items or Evidence()
            self.items.take(other.items)
        self.crowded = self.crowded or other.crowded or len(self.texts) > MOST_VALUES
        self.filled = self.filled or other.filled

    @property
    def format(self) -> str:
        """The one format that all texts or times here are in, the empty ones aside; empty where there is none."""
        found = {form for form in self.formats if form or not self._only_empty}
        return next(iter(found)) if len(found) == 1 else ""

    @property
    def _only_empty(self) -> bool:
        unformed = self.formats.get("", set())
        empty = self.texts.get("", (set(), set()))[1]
        return bool(unformed) and unformed <= empty

    @property
    def choices(self) -> dict[str, int]:
        """The few texts that this is one of, and how many things said each; empty where it is not so."""
        if self.crowded or self.format or announced(self.name):
            return {}
        values = {text: len(things) for text, (_, things) in self.texts.items() if text}
        return values if may_be_choice(self.name, values) else {}


def kind_of(value: object) -> str:
    """The JSON type of a value; `hidden` where a secret was taken out, so that nobody knows."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    if isinstance(value, str):
        return "hidden" if is_hidden(value) else "string"
    return "array" if isinstance(value, list) else "object"


def thing_of(value: dict[str, object], thing: Thing) -> Thing:
    """An object is told from others by its id; without one by whose member it is, or by all that it says."""
    for name in _IDS:
        known = value.get(name)
        if isinstance(known, str | int) and not isinstance(known, bool):
            return (str(known),)
    return thing or (_digest(value),)


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


def names_in_order(one: Evidence, other: Evidence) -> Iterator[str]:
    """The names of the members of both, in the order in which they came."""
    yield from {**one.members, **other.members}
