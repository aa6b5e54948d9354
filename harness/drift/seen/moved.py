"""What moved between two sets of answers: types, members, formats, values, as far as it is no chance and no noise.

Where a document declares a place, its validator has judged what comes there; here only what was promised to nobody is
looked at, and what is no longer there. Contracts that the two sets imply are not compared in their stead: they do
not say of how many answers they were made.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from harness.contract import shape
from harness.contract.schema import TYPES, Schema, Schemas
from harness.contract.tree import escaped
from harness.drift.seen.absent import confidence, is_sure, most_likely_rate
from harness.drift.seen.evidence import Evidence
from harness.drift.seen.noise import OF_TIME, STRONG
from harness.drift.seen.shown import short
from harness.model.change import Level

LIKELY = 0.99
"""What is less sure than this is not worth a word."""

NEARLY = 0.999
"""What is not sure is never told with 100.0 %."""

_DEEPEST = 24
_UNITS = {"epoch-s", "epoch-ms"}


class Move(msgspec.Struct, frozen=True):
    """One thing that moved. `value`: the pointer to it, `*` for each item. `seen`: the answers' value shows it there;
    else it is what is missing."""

    rule: str
    level: Level
    message: str
    value: str
    old_side: str = ""
    new_side: str = ""
    confidence: float | None = None
    is_there: bool = True


class Declared(msgspec.Struct, frozen=True):
    """What a document says of a place. `schema` None: nothing, but there is a document."""

    schemas: Schemas
    schema: Schema | None

    @property
    def speaks(self) -> bool:
        """Does it say what there may be?"""
        if self.schema is None:
            return False
        return len(shape.types(self.schemas, self.schema)) < len(TYPES)

    @property
    def says_how(self) -> bool:
        """Does it say how a text is to be written, so that a validator has judged that?"""
        if self.schema is None:
            return False
        said = ("format", "enum", "const", "pattern")
        return any(key in part for part in shape.branches(self.schemas, self.schema) for key in said)

    def member(self, name: str) -> Declared:
        """What it says of a member."""
        found = shape.member(self.schemas, self.schema, name) if self.schema is not None else None
        return Declared(self.schemas, found)

    @property
    def item(self) -> Declared:
        """What it says of the items."""
        found = shape.item(self.schemas, self.schema) if self.schema is not None else None
        return Declared(self.schemas, found or None)

    @property
    def is_map(self) -> bool:
        """Are there members of somebody's choice?"""
        if self.schema is None:
            return False
        parts = shape.branches(self.schemas, self.schema)
        declares = bool(shape.members(self.schemas, self.schema))
        return not declares and any("additionalProperties" in part for part in parts)

    def requires(self, name: str) -> bool:
        """Does it want a member of that name?"""
        if self.schema is None:
            return False
        return any(name in part.get("required", ()) for part in shape.branches(self.schemas, self.schema))


class Moves:
    """Compares two evidences. `declared_places`: those that the document declares are looked at, else the others.

    `unsure`: after a walk, what was always there and did not come, where there were too few things to be sure: to be
    told beside the moves, as what could not be judged.
    """

    def __init__(self, *, declared_places: bool) -> None:
        self._declared_places = declared_places
        self.unsure: list[str] = []

    def between(
        self, old: Evidence, new: Evidence, by: Declared | None = None, at: str = "", depth: int = 0
    ) -> Iterator[Move]:
        """What moved here and further in. `by`: what the document says; None where there is none."""
        speaks = by is not None and by.speaks
        if speaks == self._declared_places:
            others = [] if speaks else list(self._types(old, new, at, by))
            yield from others
            if not others and not speaks:
                yield from self._choices(old, new, at)
            if not others and (by is None or not by.says_how):
                yield from self._formats(old, new, at, by)
        if depth >= _DEEPEST:
            return
        if old.items is not None and new.items is not None:
            inner = by.item if by is not None else None
            yield from self.between(old.items, new.items, inner, f"{at}/*", depth + 1)
        if not old.objects or not new.objects:
            return
        if old.is_map or new.is_map or (by is not None and by.is_map):
            inner = by.member("\0") if by is not None else None
            yield from self.between(old.every, new.every, inner, f"{at}/*", depth + 1)
            return
        if self._is_other(old, new):
            if self._declared_places == speaks or by is None:
                yield Move(
                    "seen.object.other",
                    "breaking",
                    f"{at or 'the body'} had {_names(old)}, and has nothing of that now, but {_names(new)}",
                    at,
                    _names(old),
                    _names(new),
                )
            return
        for name in {**old.members, **new.members}:
            inner = by.member(name) if by is not None else None
            yield from self._member(old, new, name, by, f"{at}/{escaped(name)}")
            if name in old.members and name in new.members:
                place = f"{at}/{escaped(name)}"
                yield from self.between(old.members[name], new.members[name], inner, place, depth + 1)

    def _types(self, old: Evidence, new: Evidence, at: str, by: Declared | None) -> Iterator[Move]:
        # A document that leaves it open, or does not know it, has promised nothing.
        level: Level = "breaking" if by is None else "risky"
        before, now, where = old.real_kinds, new.real_kinds, at or "the body"
        if before and "null" in new.kinds and "null" not in old.kinds:
            sure = self._new(len(new.kinds["null"]), new.things, old.things)
            if sure is not None:
                yield Move(
                    "seen.null.new",
                    level,
                    f"{where} never was null, and is now",
                    at,
                    _said(old),
                    "null",
                    sure,
                )
        if not before or not now or "hidden" in old.kinds:
            return
        added = now - before - ({"integer"} if "number" in before else set())
        if "array" in added and not new.filled and "object" in before:
            # An empty object, as PHP writes it.
            added -= {"array"}
        if not added:
            return
        sides = (_said(old), _said(new))
        if not now & before and not ("integer" in before and "number" in now):
            message = f"{where} was {sides[0]}, and is {sides[1]}"
            sure = confidence(old.things, old.things, new.things)
            yield Move("seen.type.new", level, message, at, *sides, sure)
            return
        for kind in sorted(added):
            sure = self._new(len(new.kinds[kind]), new.things, old.things)
            if sure is not None:
                message = f"{where} always was {sides[0]}, and is {_KINDS[kind]} now and then"
                yield Move("seen.type.new", level, message, at, *sides, sure)

    def _formats(self, old: Evidence, new: Evidence, at: str, by: Declared | None) -> Iterator[Move]:
        where = at or "the body"
        before, now = old.format, new.format
        filled = any(new.formats) or not set(new.texts) <= {""} or new.formats.keys() - {""}
        if before in STRONG and new.formats and filled and before not in new.formats:
            # A whole number is as good as any, for a document; as a time it is another for everybody.
            is_other_unit = {before, now} == _UNITS
            level: Level = "breaking" if is_other_unit or (before in OF_TIME and by is None) else "risky"
            example = next((text for text in new.texts if text), "")
            is_now = (
                f"in the format {now}"
                if now
                else f"like {short(example, new.name)}"
                if example
                else "another number"
            )
            yield Move(
                "seen.format.new",
                level,
                f"{where} was in the format {before}, and is {is_now}",
                at,
                before,
                now or (short(example, new.name) if example else "number"),
                confidence(old.things, old.things, new.things),
            )

    def _choices(self, old: Evidence, new: Evidence, at: str) -> Iterator[Move]:
        where, choices = at or "the body", old.choices
        if not choices or new.crowded:
            return
        for text, (_, things) in new.texts.items():
            if text and text not in old.texts:
                sure = self._new(len(things), new.things, old.things)
                if sure is not None:
                    message = f"{where} is {short(text, new.name)} now and then, which it never was"
                    yield Move("seen.enum.new", "risky", message, at, ", ".join(sorted(choices)), text, sure)

    def _member(
        self, old: Evidence, new: Evidence, name: str, by: Declared | None, at: str
    ) -> Iterator[Move]:
        there, now = old.having(name), new.having(name)
        declared = by is not None and by.member(name).schema is not None
        if declared != self._declared_places and by is not None:
            return
        if there and not now and is_sure(there, old.objects, new.objects):
            if by is not None and by.requires(name):
                return
            level: Level = "breaking" if by is None else "risky"
            often = "always" if old.always_has(name) else f"in {there} of {old.objects} objects"
            most = most_likely_rate(new.objects)
            message = (
                f"{at} came {often}, and comes in none of {new.objects}"
                f" (so in {max(most, 0.001):.1%} of them at most, with a confidence of 95%)"
            )
            sure = confidence(there, old.objects, new.objects)
            yield Move("seen.property.gone", level, message, at, name, "", sure, is_there=False)
        elif old.always_has(name) and not now and not (by is not None and by.requires(name)):
            sure = confidence(there, old.objects, new.objects)
            if sure >= LIKELY:
                self.unsure.append(
                    f"{at} came in all of {there} before and in none of {new.objects} now: too few to be sure"
                    f" that it is gone ({min(sure, NEARLY):.1%})"
                )
        if now and not there and not declared:
            # Beside a document, what it does not declare is told without this.
            sure_new = self._new(now, new.objects, old.objects) if by is None else None
            if sure_new is not None:
                yield Move("seen.property.new", "info", f"{at} is new", at, "", name, sure_new)

    def _new(self, came: int, now: int, before: int) -> float | None:
        """How sure it is that what came `came` times of `now` never came in `before`; None where it may be chance."""
        return confidence(came, now, before) if is_sure(came, now, before) else None

    def _is_other(self, old: Evidence, new: Evidence) -> bool:
        """Is nothing left of the members that every object had? Members that are all alike may be those of a map."""
        always = {name for name in old.members if old.always_has(name)}
        steady = {name for name in new.members if new.always_has(name)}
        if not always or not steady or always & set(new.members):
            return False
        every = {kind for name in always for kind in old.members[name].real_kinds}
        kinds = {"number" if kind == "integer" else kind for kind in every}
        return len(kinds) >= 2 or bool(kinds & {"array", "object"})


_KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "hidden": "a secret",
}


def _said(seen: Evidence) -> str:
    kinds = sorted(seen.kinds, key=lambda kind: -len(seen.kinds[kind]))
    return " or ".join(_KINDS[kind] for kind in kinds)


def _names(seen: Evidence) -> str:
    return ", ".join(list(seen.members)[:8])
