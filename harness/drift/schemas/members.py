"""The members of two objects, by name: gone, new, needed, not needed, and those that are not declared.

Of a message only what is declared counts: nobody is held to send, or to expect, what no document names.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any, cast

import msgspec

from harness.contract import unsent
from harness.contract.schema import Schema
from harness.drift.schemas.candidates import objects, without
from harness.drift.schemas.form import Alternative, Forms, as_schema, names_pattern
from harness.drift.schemas.found import Candidates, Found, Step, Way, found, level_of
from harness.drift.schemas.keywords import Judge
from harness.drift.schemas.values import samples
from harness.model.change import Level

_OBJECT_BOUNDS = ("minProperties", "maxProperties", "format")
_OBJECT_REST = (
    *("propertyNames", "dependentRequired", "dependentSchemas", "unevaluatedProperties", "patternProperties"),
    *("not", "if", "then", "else", "allOf", "enum"),
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
            had, has = (
                self._sent(forms, props, name)
                for forms, props in zip((self.old, self.new), declared, strict=True)
            )
            step = Step("member", around, name)
            inner = Way(
                (*way.steps, step),
                as_schema(declared[0].get(name, True)),
                as_schema(declared[1].get(name, True)),
                one.origin("properties", name) if name in declared[0] else one.at,
                other.origin("properties", name) if name in declared[1] else other.at,
            )
            must = name in required[0], name in required[1]
            yield from self._member(name, had, has, must, one, other, inner, way)
        yield from self._further(one, other, way)
        yield from self.judge.keywords(one, other, way.steps, _OBJECT_BOUNDS)
        yield from self.judge.keywords(one, other, way.steps, _OBJECT_REST)

    def _sent(self, forms: Forms, properties: Schema, name: str) -> bool | None:
        """Is that member sent in this direction? None where it is not declared."""
        if name not in properties:
            return None
        member = properties[name]
        return not (isinstance(member, dict) and unsent.is_marked(forms.schemas, member, self.unsent))

    def _member(
        self,
        name: str,
        had: bool | None,
        has: bool | None,
        must: tuple[bool, bool],
        one: Alternative,
        other: Alternative,
        inner: Way,
        way: Way,
    ) -> Iterator[Found | Way]:
        """What became of one member. `had`, `has`: is it sent, None where undeclared; `must`: is it required."""
        gives, _ = self.judge.sides(one.words, other.words)

        def lacking() -> Iterator[object]:
            return without(self.judge.giver, gives, name)

        lacks = msgspec.structs.replace(inner, steps=way.steps)
        sides = (inner.old if had is not None else None, inner.new if has is not None else None)
        if had and has:
            yield from self._requiredness(name, must, lacks, lacking)
            yield from self.below(inner)
        elif had and has is None:
            yield from self._gone(name, must, other, inner, lacks, sides, lacking)
            yield from self._against(inner, new=self._said_of_further(other, name))
        elif has and had is None:
            yield from self._fresh(name, must, one, inner, lacks, sides, lacking)
            yield from self._against(inner, old=self._said_of_further(one, name))
        elif had is None and has is None:
            yield from self._requiredness(name, must, lacks, lacking)
        elif had is not None and has is not None and had != has:
            yield from self._marked(name, has, must, inner, lacks, lacking)

    def _is_missed(self, name: str) -> bool:
        """Does the algebra say that an object without the member is refused where it is required?"""
        return self.judge.algebra.covers({"type": "object", "required": [name]}, {"type": "object"}) == "no"

    def _marked(
        self, name: str, has: bool, must: tuple[bool, bool], inner: Way, lacks: Way, lacking: Candidates
    ) -> Iterator[Found]:
        """A member that is no longer sent in this direction by its mark, or is sent now."""
        mark = "read-only" if self.judge.direction == "request" else "write-only"
        if has:
            hurts = self.judge.direction == "request" and must[1]
            yield found(
                lacks if hurts else inner,
                f"property.became-not-{mark}",
                "breaking" if hurts else "info",
                f"{name!r} is no longer {mark}" + (", and required" if hurts else ""),
                candidates=lacking if hurts else None,
                subject=name,
                member=name if hurts else None,
            )
            return
        hurts = self.judge.direction == "response" and must[0]
        yield found(
            lacks if hurts else inner,
            f"property.became-{mark}",
            "breaking" if hurts else "risky",
            f"{name!r} became {mark}",
            candidates=lacking if hurts else None,
            subject=name,
            member=name if hurts else None,
        )

    def _requiredness(
        self, name: str, must: tuple[bool, bool], way: Way, lacking: Candidates
    ) -> Iterator[Found]:
        if must[0] == must[1]:
            return
        rule = "property.became-required" if must[1] else "property.became-optional"
        level = level_of(self.judge.direction, tighter=must[1], looser=must[0])
        yield found(
            way,
            rule,
            level,
            f"{name!r} is {'required now' if must[1] else 'no longer required'}",
            subject=name,
            candidates=lacking if level == "breaking" else None,
            algebra=self._is_missed(name),
            member=name,
        )

    def _gone(
        self,
        name: str,
        must: tuple[bool, bool],
        other: Alternative,
        inner: Way,
        lacks: Way,
        sides: tuple[Any, Any],
        lacking: Candidates,
    ) -> Iterator[Found]:
        """A member that the new side does not declare. In requests it is refused, taken as any other, or ignored."""
        if self.judge.direction == "response":
            if must[0] and not must[1]:
                yield self._missed("required-property.removed", name, "is gone", lacks, sides, lacking)
            else:
                yield found(
                    inner, "property.removed", "risky", f"{name!r} is gone", sides=sides, subject=name
                )
        elif self._says_nothing_of(other, name):
            yield found(
                inner,
                "property.refused",
                "breaking",
                f"{name!r} is gone, and nothing that is not declared is taken",
                sides=sides,
                subject=name,
                candidates=lambda: self._shown(inner.old),
                algebra=True,
            )
        else:
            rule = "required-property.removed" if must[0] else "property.removed"
            yield found(inner, rule, "risky", f"{name!r} is gone", sides=sides, subject=name)

    def _fresh(
        self,
        name: str,
        must: tuple[bool, bool],
        one: Alternative,
        inner: Way,
        lacks: Way,
        sides: tuple[Any, Any],
        lacking: Candidates,
    ) -> Iterator[Found]:
        """A member that only the new side declares."""
        outward = self.judge.direction == "response"
        if not outward and must[1] and not must[0]:
            yield self._missed("required-property.added", name, "is new and required", lacks, sides, lacking)
            return
        rule, level = "required-property.added" if must[1] else "property.added", "info"
        if outward and self._says_nothing_of(one, name):
            rule, level = "property.added-to-closed", "risky"
        yield found(inner, rule, cast(Level, level), f"{name!r} is new", sides=sides, subject=name)

    def _missed(
        self, rule: str, name: str, what: str, lacks: Way, sides: tuple[Any, Any], lacking: Candidates
    ) -> Found:
        """A member that breaks clients by not being there."""
        return found(
            lacks,
            rule,
            "breaking",
            f"{name!r} {what}",
            sides=sides,
            candidates=lacking,
            algebra=self._is_missed(name),
            subject=name,
            member=name,
        )

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
