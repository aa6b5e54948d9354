"""The members of two objects, by name: gone, new, needed, not needed, and those that are not declared.

Of a message only what is declared counts: nobody is held to send, or to expect, what no document names.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec

from harness.contract import unsent
from harness.contract.schema import Schema
from harness.drift.schemas.alternatives import Alternative
from harness.drift.schemas.candidates import objects, without
from harness.drift.schemas.flat import as_schema, names_pattern
from harness.drift.schemas.form import Forms
from harness.drift.schemas.found import Candidates, Found, Step, Way, found, level_of
from harness.drift.schemas.keywords import Judge
from harness.drift.schemas.values import samples
from harness.model.change import Level

_OBJECT_BOUNDS = ("minProperties", "maxProperties", "format")
_OBJECT_REST = (
    *("propertyNames", "dependentRequired", "dependentSchemas", "unevaluatedProperties", "patternProperties"),
    *("not", "if", "then", "else", "allOf", "enum"),
)


class Member(msgspec.Struct, frozen=True, eq=False):
    """One member of two objects. `had`, `has`: is it sent, None where it is not declared; `must`: is it required.

    `one`, `other`: the objects, `around` the way to them, `inner` the way to the member.
    """

    name: str
    had: bool | None
    has: bool | None
    must: tuple[bool, bool]
    one: Alternative
    other: Alternative
    around: Way
    inner: Way

    @property
    def lacks(self) -> Way:
        """The way to what is said of the member, seen from an object without it."""
        return msgspec.structs.replace(self.inner, steps=self.around.steps)

    @property
    def sides(self) -> tuple[Schema | None, Schema | None]:
        """What is said of it, where it is declared."""
        return (
            self.inner.old if self.had is not None else None,
            self.inner.new if self.has is not None else None,
        )


class Members:
    """Compares objects of two documents in one direction. `below` compares what members say themselves."""

    def __init__(
        self, judge: Judge, old: Forms, new: Forms, below: Callable[[Way], Iterator[Found | Way]]
    ) -> None:
        self.judge, self.old, self.new, self.below = judge, old, new, below
        self.unsent = old.schemas.unsent

    def compare(self, one: Alternative, other: Alternative, way: Way) -> Iterator[Found | Way]:
        declared = one.words.get("properties", {}), other.words.get("properties", {})
        required = set(one.words.get("required", ())), set(other.words.get("required", ()))
        around = self.judge.sides(one.words, other.words)[0]
        for name in dict.fromkeys((*declared[0], *declared[1], *sorted(required[0] | required[1]))):
            inner = Way(
                (*way.steps, Step("member", around, name)),
                self._said(one, name),
                self._said(other, name),
                one.origin("properties", name) if name in declared[0] else one.at,
                other.origin("properties", name) if name in declared[1] else other.at,
            )
            must = name in required[0], name in required[1]
            # What one side declares and the other one demands without declaring it is sent by both.
            had = self._sent(self.old, declared[0], name, demanded=must[0] and name in declared[1])
            has = self._sent(self.new, declared[1], name, demanded=must[1] and name in declared[0])
            yield from self._member(Member(name, had, has, must, one, other, way, inner))
        yield from self._further(one, other, way)
        yield from self.judge.keywords(one, other, way.steps, _OBJECT_BOUNDS)
        yield from self.judge.keywords(one, other, way.steps, _OBJECT_REST)

    def _said(self, alternative: Alternative, name: str) -> Schema:
        """What is said of the member of that name; what is demanded is as all that is not declared."""
        declared = alternative.words.get("properties", {})
        if name in declared or name not in alternative.words.get("required", ()):
            return as_schema(declared.get(name, True))
        return self._said_of_further(alternative, name)

    def _sent(self, forms: Forms, properties: Schema, name: str, *, demanded: bool) -> bool | None:
        """Is that member sent in this direction? None where it is neither declared nor demanded."""
        if name not in properties:
            return True if demanded else None
        member = properties[name]
        return not (isinstance(member, dict) and unsent.is_marked(forms.schemas, member, self.unsent))

    def _member(self, member: Member) -> Iterator[Found | Way]:
        """What became of one member."""
        had, has, name = member.had, member.has, member.name
        if had and has:
            yield from self._requiredness(member)
            yield from self.below(member.inner)
        elif had and has is None:
            yield self._gone(member)
            yield from self._against(member.inner, new=self._said_of_further(member.other, name))
        elif has and had is None:
            yield self._fresh(member)
            yield from self._against(member.inner, old=self._said_of_further(member.one, name))
        elif had is None and has is None:
            yield from self._requiredness(member)
        elif had is not None and has is not None and had != has:
            yield self._marked(member)

    def _requiredness(self, member: Member) -> Iterator[Found]:
        needed, needs = member.must
        if needed == needs:
            return
        rule = "property.became-required" if needs else "property.became-optional"
        level = level_of(self.judge.direction, tighter=needs, looser=needed)
        yield self._lacking(member, rule, level, "is required now" if needs else "is no longer required")

    def _gone(self, member: Member) -> Found:
        """A member that the new side does not declare. In requests it is refused, taken as any other, or ignored."""
        needed, needs = member.must
        if self.judge.direction == "response" and needed and not needs:
            rule = "required-property.removed"
            return self._lacking(member, rule, "breaking", "is gone", sides=member.sides)
        if self.judge.direction == "request" and self._says_nothing_of(member.other, member.name):
            return found(
                member.inner,
                "property.refused",
                "breaking",
                f"{member.name!r} is gone, and nothing that is not declared is taken",
                sides=member.sides,
                subject=member.name,
                candidates=lambda: self._shown(member.inner.old),
                algebra=True,
            )
        is_of_requests = self.judge.direction == "request"
        rule = "required-property.removed" if is_of_requests and needed else "property.removed"
        return self._plain(member, rule, "risky", "is gone")

    def _fresh(self, member: Member) -> Found:
        """A member that only the new side declares."""
        needed, needs = member.must
        rule = "required-property.added" if needs else "property.added"
        if self.judge.direction == "request" and needs and not needed:
            return self._lacking(member, rule, "breaking", "is new and required", sides=member.sides)
        if self.judge.direction == "response" and self._says_nothing_of(member.one, member.name):
            return self._plain(member, "property.added-to-closed", "risky", "is new")
        return self._plain(member, rule, "info", "is new")

    def _marked(self, member: Member) -> Found:
        """A member that is no longer sent in this direction by its mark, or is sent now."""
        is_of_requests = self.judge.direction == "request"
        mark = "read-only" if is_of_requests else "write-only"
        level: Level
        if member.has:
            hurts = is_of_requests and member.must[1]
            rule, level = f"property.became-not-{mark}", "breaking" if hurts else "info"
            message = f"{member.name!r} is no longer {mark}" + (", and required" if hurts else "")
        else:
            hurts = not is_of_requests and member.must[0]
            rule, level = f"property.became-{mark}", "breaking" if hurts else "risky"
            message = f"{member.name!r} became {mark}"
        return found(
            member.lacks if hurts else member.inner,
            rule,
            level,
            message,
            candidates=self._without(member) if hurts else None,
            subject=member.name,
            member=member.name if hurts else None,
        )

    def _plain(self, member: Member, rule: str, level: Level, what: str) -> Found:
        """A change that no value shows."""
        message = f"{member.name!r} {what}"
        return found(member.inner, rule, level, message, sides=member.sides, subject=member.name)

    def _lacking(
        self, member: Member, rule: str, level: Level, what: str, *, sides: tuple[Any, Any] = (None, None)
    ) -> Found:
        """A change that an object without the member shows."""
        name = member.name
        answer = self.judge.algebra.covers({"type": "object", "required": [name]}, {"type": "object"})
        return found(
            member.lacks,
            rule,
            level,
            f"{name!r} {what}",
            sides=sides,
            candidates=self._without(member) if level == "breaking" else None,
            algebra=answer == "no",
            subject=name,
            member=name,
        )

    def _without(self, member: Member) -> Candidates:
        """Objects that lack the member."""
        gives, _ = self.judge.sides(member.one.words, member.other.words)
        return partial(without, self.judge.giver, gives, member.name)

    def _said_of_further(self, alternative: Alternative, name: str) -> Schema:
        """What is said of a member of that name that is not declared; nothing in most documents."""
        patterns = names_pattern(alternative.words, name)
        bound = patterns[0] if patterns else alternative.words.get("additionalProperties", True)
        return bound if isinstance(bound, dict) else {}

    def _against(
        self, inner: Way, *, old: Schema | None = None, new: Schema | None = None
    ) -> Iterator[Found | Way]:
        """What breaks where one side declares a member and the other one has it among any others."""
        bound = new if old is None else old
        if bound:
            sides = Way(inner.steps, old or inner.old, new or inner.new, inner.old_at, inner.new_at)
            for each in self.below(sides):
                if isinstance(each, Way) or each.level == "breaking":
                    yield each

    def _shown(self, schema: Schema) -> Iterator[object]:
        """Valid values of a member, those that every form shows first: an empty object is written as nothing."""
        values = list(self.judge.giver.samples(schema))
        if all(value in ({}, []) for value in values):
            values += itertools.islice(objects(self.judge.giver, schema, schema), 8)
        yield from sorted(values, key=lambda value: value in ({}, []))

    def _says_nothing_of(self, alternative: Alternative, name: str) -> bool:
        words = alternative.words
        return words.get("additionalProperties") is False and not names_pattern(words, name)

    def _further(self, one: Alternative, other: Alternative, way: Way) -> Iterator[Found | Way]:
        """What is said of members that are not declared."""
        had, has = (each.words.get("additionalProperties", True) for each in (one, other))
        if had == has and (had is True or had is False):
            return
        free = [not each.words.get("properties") for each in (one, other)]
        gives = self.judge.sides(one.words, other.words)[0]
        inner = Way(
            (*way.steps, Step("extra", gives)),
            as_schema(had),
            as_schema(has),
            one.origin("additionalProperties"),
            other.origin("additionalProperties"),
        )
        sides = ({"additionalProperties": had}, {"additionalProperties": has})
        if has is False:
            # What is not declared is sent only where everything is so.
            level: Level = "info"
            if self.judge.direction == "request":
                level = "breaking" if free[0] or had is not True else "risky"
            yield found(
                inner,
                "additional-properties.closed",
                level,
                "nothing but declared members is taken now"
                if self.judge.direction == "request"
                else "has no further members",
                sides=sides,
                candidates=samples(self.judge.giver, inner.old),
                algebra=level == "breaking",
            )
        elif had is False:
            level = (
                "info" if self.judge.direction == "request" else "breaking" if has is not True else "risky"
            )
            yield found(
                inner,
                "additional-properties.opened",
                level,
                "may have further members now",
                sides=sides,
                candidates=samples(self.judge.giver, inner.new),
                algebra=level == "breaking",
            )
        elif (had is not True and has is not True) or all(free):
            yield from self.below(inner)
        else:
            given, taken = self.judge.sides((had, free[0]), (has, free[1]))
            hurts = taken[0] is not True and (given[0] is not True or given[1])
            rule = "additional-properties.changed"
            message = "further members are " + ("of a type now" if had is True else "of any type now")
            level = "risky" if hurts or (taken[0] is not True) else "info"
            yield found(inner, rule, level, message, sides=sides)
