"""Two schemas side by side, to the ends of what they say in one place; definitions are left to be compared once.

Members and items are compared by name and place, branches of choices by what makes them alike. Of a message only what
is declared counts: nobody is held to send, or to expect, what no document names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from harness.contract import unsent
from harness.contract.schema import Direction, Schema
from harness.drift.algebra import Algebra
from harness.drift.branches import are_apart, paired
from harness.drift.form import ANY, Alternative, Form, Forms, as_schema, names_pattern
from harness.drift.found import Candidates, Found, Step, Way, level_of, shown
from harness.drift.keywords import Judge
from harness.drift.values import Values, proofs, scalars
from harness.model.change import Level

_DEEPEST = 60
_OBJECT_BOUNDS = ("minProperties", "maxProperties")
_OBJECT_REST = (
    *("propertyNames", "dependentRequired", "dependentSchemas", "unevaluatedProperties", "patternProperties"),
    *("not", "if", "then", "else", "allOf", "enum"),
)
_ARRAY_BOUNDS = ("minItems", "maxItems", "uniqueItems")
_ARRAY_REST = (
    *("contains", "minContains", "maxContains", "unevaluatedItems"),
    *("not", "if", "then", "else", "allOf", "enum"),
)


class Walk:
    """Compares pairs of schemas of two documents in one direction. What it finds are `Found`s, and `Way`s to pairs of
    definitions that are to be compared, too."""

    def __init__(
        self, direction: Direction, old: Forms, new: Forms, old_values: Values, new_values: Values
    ) -> None:
        self.direction, self.old, self.new = direction, old, new
        self.algebra = Algebra()
        self.judge = Judge(direction, self.algebra, old_values, new_values)
        self.giver, self.refuser = self.judge.giver, self.judge.refuser
        self.unsent = old.schemas.unsent

    def pair(self, way: Way) -> Iterator[Found | Way]:
        """What changed between two schemas: of definitions, of what they say themselves."""
        yield from self._forms(way)

    def _below(self, way: Way) -> Iterator[Found | Way]:
        """What changed between two schemas inside of others: definitions are left for later."""
        both_keys = self.old.key_of(way.old) is not None and self.new.key_of(way.new) is not None
        if both_keys or self.old.is_made(way.old) or self.new.is_made(way.new) or len(way.steps) > _DEEPEST:
            yield way
        else:
            yield from self._forms(way)

    def _forms(self, way: Way) -> Iterator[Found | Way]:
        old, new = self.old.of(way.old, way.old_at), self.new.of(way.new, way.new_at)
        yield from self._notes(old, new, way)
        yield from self._null(old, new, way)
        pairs, left_old, left_new = paired(list(old.alternatives), list(new.alternatives))
        for one, other in pairs:
            yield from self._alternatives(one, other, old, new, way)
        yield from self._unpaired(left_old, left_new, bool(pairs), old, new, way)

    def _found(
        self,
        way: Way,
        rule: str,
        level: Level,
        message: str,
        *,
        subject: str = "",
        sides: tuple[Any, Any] = (None, None),
        candidates: Candidates | None = None,
        unproven: str = "",
        algebra: bool = False,
        member: str | None = None,
    ) -> Found:
        old_side, new_side = ("" if side is None else shown(side) for side in sides)
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
            unproven=unproven,
            member=member,
        )

    def _null(self, old: Form, new: Form, way: Way) -> Iterator[Found]:
        had, has = (form.nullable or ANY in form.kinds for form in (old, new))
        if had == has or (ANY in (*old.kinds, *new.kinds)) or not (old.alternatives and new.alternatives):
            return
        level = level_of(self.direction, tighter=had, looser=has)
        rule, message = ("nullable.removed", "null is gone") if had else ("nullable.added", "may be null now")
        yield self._found(
            way,
            rule,
            level,
            message,
            candidates=lambda: iter((None,)),
            algebra=self.algebra.covers({"type": "string"}, {"type": ["string", "null"]}) == "no",
        )

    def _notes(self, old: Form, new: Form, way: Way) -> Iterator[Found]:
        """What is said beside validity: defaults, deprecation, words of an open enumeration, discriminators."""
        had, has = old.words, new.words
        if had.get("default") != has.get("default") or ("default" in had) != ("default" in has):
            action = "added" if "default" not in had else "removed" if "default" not in has else "changed"
            level: Level = "info" if self.direction == "response" or action == "added" else "risky"
            sides = (
                {"default": had["default"]} if "default" in had else None,
                {"default": has["default"]} if "default" in has else None,
            )
            told = f"{shown(had.get('default'))} and is {shown(has.get('default'))}"
            message = {
                "added": f"has a default now: {shown(has.get('default'))}",
                "changed": f"default was {told}",
            }
            yield self._found(
                way, f"default.{action}", level, message.get(action, "has no default any more"), sides=sides
            )
        if bool(had.get("deprecated")) != bool(has.get("deprecated")):
            rule = "deprecated" if has.get("deprecated") else "reactivated"
            yield self._found(way, rule, "info", f"is {rule}")
        known, knows = had.get("x-extensible-enum"), has.get("x-extensible-enum")
        if isinstance(known, list) and isinstance(knows, list):
            for value in (value for value in known if value not in knows):
                gone: Level = "risky" if self.direction == "request" else "info"
                yield self._found(
                    way,
                    "known-value.removed",
                    gone,
                    f"{shown(value)} is not named any more",
                    subject=str(value),
                )
            for value in (value for value in knows if value not in known):
                yield self._found(
                    way, "known-value.added", "info", f"{shown(value)} is named now", subject=str(value)
                )
        yield from self._discriminator(had.get("discriminator"), has.get("discriminator"), way)

    def _discriminator(self, had: Any, has: Any, way: Way) -> Iterator[Found]:
        if had == has:
            return
        sides = (had, has)
        if not isinstance(had, dict) or not isinstance(has, dict):
            rule = "discriminator.added" if not isinstance(had, dict) else "discriminator.removed"
            yield self._found(way, rule, "info", rule.replace(".", " is "), sides=sides)
            return
        if had.get("propertyName") != has.get("propertyName"):
            message = f"the discriminator was {had.get('propertyName')!r} and is {has.get('propertyName')!r}"
            yield self._found(way, "discriminator.changed", "risky", message, sides=sides)
        before, after = had.get("mapping"), has.get("mapping")
        before = before if isinstance(before, dict) else {}
        after = after if isinstance(after, dict) else {}
        for word in dict.fromkeys((*before, *after)):
            if word not in after:
                level: Level = "risky" if self.direction == "request" else "info"
                yield self._found(
                    way,
                    "discriminator.mapping.removed",
                    level,
                    f"{word!r} is no longer mapped",
                    subject=str(word),
                )
            elif word not in before:
                yield self._found(
                    way, "discriminator.mapping.added", "info", f"{word!r} is mapped now", subject=str(word)
                )

    def _alternatives(
        self, one: Alternative, other: Alternative, old: Form, new: Form, way: Way
    ) -> Iterator[Found | Way]:
        taking = new if self.direction == "request" else old
        gives, takes = self.judge.sides(one, other)
        steps = way.steps
        rivals = [each for each in taking.alternatives if each is not takes and not are_apart(gives, each)]
        if rivals:
            given, taken = self.judge.sides(way.old, way.new)
            steps = (*steps, Step("choice", given, other=taken))
        inner = msgspec.structs.replace(way, steps=steps, old_at=one.at, new_at=other.at)
        if one.key is not None and other.key is not None and not self._is_here(one.key, other.key, way):
            yield msgspec.structs.replace(
                inner, old=self.old.schemas.reference(one.key), new=self.new.schemas.reference(other.key)
            )
            return
        if one.kind == "object" == other.kind:
            yield from self._objects(one, other, inner)
        elif one.kind == "array" == other.kind:
            yield from self._arrays(one, other, inner)
        elif one.kind == other.kind:
            yield from self.judge.keywords(one, other, steps)
        else:
            yield from self._numbers(one, other, inner)

    def _is_here(self, old_key: str, new_key: str, way: Way) -> bool:
        return self.old.key_of(way.old) == old_key and self.new.key_of(way.new) == new_key

    def _numbers(self, one: Alternative, other: Alternative, way: Way) -> Iterator[Found]:
        """An integer against a number."""
        whole: Schema = {"type": "integer"}
        tighter = other.kind == "integer"
        limits = (one.words, other.words)
        equal = all(self.algebra.covers(a, b) == "yes" for a, b in (limits, limits[::-1]))
        if not equal:
            rule = "type.narrowed" if tighter else "type.widened"
            level = level_of(self.direction, tighter=tighter, looser=not tighter)
            message = f"was {one.kind} and is {other.kind}"
            gives, takes = self.judge.sides(*limits)
            yield self._found(
                way,
                rule,
                level,
                message,
                sides=({"type": one.kind}, {"type": other.kind}),
                candidates=lambda: proofs(
                    self.giver, self.refuser, gives, takes, lambda: scalars(gives, takes)
                ),
                algebra=True,
                subject=other.kind if not tighter else one.kind,
            )
        same = {**one.words, **whole}, {**other.words, **whole}
        yield from self.judge.keywords(
            msgspec.structs.replace(one, words=same[0]),
            msgspec.structs.replace(other, words=same[1]),
            way.steps,
        )

    def _unpaired(
        self,
        left_old: list[Alternative],
        left_new: list[Alternative],
        some: bool,
        old: Form,
        new: Form,
        way: Way,
    ) -> Iterator[Found]:
        """Kinds of values, or branches of a choice, that one side alone has."""
        if left_old and left_new and not some:
            yield self._retyped(old, new, way)
            return
        for each, action, form, other in (
            *((each, "removed", old, new) for each in left_old),
            *((each, "added", new, old) for each in left_new),
        ):
            hurts = level_of(self.direction, tighter=action == "removed", looser=action == "added")
            decided = self._is_taken(each, other, way) if hurts == "breaking" else "yes"
            new_kind = each.kind not in other.kinds
            if ANY in other.kinds and decided == "yes" and hurts == "breaking":
                continue
            if new_kind:
                rule = f"type.{'widened' if action == 'added' else 'narrowed'}"
                message = f"{'may be' if action == 'added' else 'is no longer'} {_an(each.kind)}"
            else:
                choice = form.choice or other.choice or "anyOf"
                rule = f"{'one-of' if choice == 'oneOf' else 'any-of'}.{action}"
                still = "now" if action == "added" else "no more"
                message = f"{_an(each.key or each.kind)} is one of its forms {still}"
            made: Candidates = _samples(self.giver, each.words)
            yield self._found(
                way,
                rule,
                hurts if decided != "yes" else "info",
                message,
                subject=each.key or each.kind,
                sides=(each.words, None) if action == "removed" else (None, each.words),
                candidates=made,
                algebra=decided == "algebra",
            )

    def _retyped(self, old: Form, new: Form, way: Way) -> Found:
        gives, takes = self.judge.sides(old, new)
        decided = [self._is_taken(each, takes, way) for each in gives.alternatives]
        bad = [each for each, answer in zip(gives.alternatives, decided, strict=True) if answer != "yes"]
        had, has = " or ".join(old.kinds), " or ".join(new.kinds)
        opened = ANY in new.kinds or ANY in old.kinds
        rule = "type.changed" if not opened else "type.widened" if ANY in new.kinds else "type.narrowed"
        message = f"was {_an(had)} and is {_an(has)}".replace("an any", "anything")
        return self._found(
            way,
            rule,
            "breaking" if bad else "info",
            message,
            sides=({"type": had}, {"type": has}) if not opened else (None, None),
            candidates=_samples(self.giver, *(each.words for each in bad)) if bad else None,
            algebra=any(answer == "algebra" for answer in decided),
            subject=has if has != ANY else had,
        )

    def _is_taken(self, given: Alternative, takes: Form, way: Way) -> str:
        """Is all that an alternative gives taken by the other side: `yes`, or who says that it is not."""
        if ANY in takes.kinds:
            plain = [
                each for each in takes.alternatives if each.kind == ANY and not each.words.keys() - {"type"}
            ]
            if plain:
                return "yes"
        if not takes.alternatives:
            return "rule"
        if given.kind != ANY and all(given.kind not in _also(kind) for kind in takes.kinds):
            return "algebra"
        if given.kind not in ("object", "array") and takes.alternatives:
            wide: Schema = {"anyOf": [each.words for each in takes.alternatives]}
            answer = self.algebra.covers(wide, given.words)
            if answer != "unknown":
                return "yes" if answer == "yes" else "algebra"
        _, taken = self.judge.sides(way.old, way.new)
        samples = list(_samples(self.giver, given.words)())
        if samples and all(self.refuser.fits(taken, value) for value in samples):
            return "yes"
        return "rule"

    def _objects(self, one: Alternative, other: Alternative, way: Way) -> Iterator[Found | Way]:
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
            return self.giver.without(gives, name)

        lacks = msgspec.structs.replace(inner, steps=way.steps)
        outward = self.direction == "response"
        sides = (inner.old if had is not None else None, inner.new if has is not None else None)
        if had and has:
            yield from self._requiredness(name, must, lacks, lacking)
            yield from self._below(inner)
        elif had and has is None:
            if outward and must[0] and not must[1]:
                yield self._found(
                    lacks,
                    "required-property.removed",
                    "breaking",
                    f"{name!r} is gone",
                    sides=sides,
                    candidates=lacking,
                    algebra=self._is_missed(name),
                    subject=name,
                    member=name,
                )
            elif outward:
                yield self._found(
                    inner, "property.removed", "risky", f"{name!r} is gone", sides=sides, subject=name
                )
            else:
                yield from self._unasked(name, inner, other, sides, must)
        elif has and had is None:
            if not outward and must[1] and not must[0]:
                yield self._found(
                    lacks,
                    "required-property.added",
                    "breaking",
                    f"{name!r} is new and required",
                    sides=sides,
                    candidates=lacking,
                    algebra=self._is_missed(name),
                    subject=name,
                    member=name,
                )
            else:
                closed = outward and self._says_nothing_of(one, name)
                level: Level = "risky" if closed else "info"
                rule = (
                    "property.added-to-closed"
                    if closed
                    else "required-property.added"
                    if must[1]
                    else "property.added"
                )
                yield self._found(inner, rule, level, f"{name!r} is new", sides=sides, subject=name)
        elif had is None and has is None:
            yield from self._requiredness(name, must, lacks, lacking)
        elif had is not None and has is not None and had != has:
            yield from self._marked(name, has, must, inner, lacks, lacking)

    def _is_missed(self, name: str) -> bool:
        """Does the algebra say that an object without the member is refused where it is required?"""
        return self.algebra.covers({"type": "object", "required": [name]}, {"type": "object"}) == "no"

    def _marked(
        self, name: str, has: bool, must: tuple[bool, bool], inner: Way, lacks: Way, lacking: Candidates
    ) -> Iterator[Found]:
        """A member that is no longer sent in this direction by its mark, or is sent now."""
        mark = "read-only" if self.direction == "request" else "write-only"
        if has:
            hurts = self.direction == "request" and must[1]
            yield self._found(
                lacks if hurts else inner,
                f"property.became-not-{mark}",
                "breaking" if hurts else "info",
                f"{name!r} is no longer {mark}" + (", and required" if hurts else ""),
                candidates=lacking if hurts else None,
                subject=name,
                member=name if hurts else None,
            )
            return
        hurts = self.direction == "response" and must[0]
        yield self._found(
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
        level = level_of(self.direction, tighter=must[1], looser=must[0])
        yield self._found(
            way,
            rule,
            level,
            f"{name!r} is {'required now' if must[1] else 'no longer required'}",
            subject=name,
            candidates=lacking if level == "breaking" else None,
            algebra=self._is_missed(name),
            member=name,
        )

    def _unasked(
        self, name: str, inner: Way, other: Alternative, sides: tuple[Any, Any], must: tuple[bool, bool]
    ) -> Iterator[Found]:
        """A member of requests that the new side does not name: refused, taken as any other, or ignored."""
        patterns = names_pattern(other.words, name)
        further = other.words.get("additionalProperties", True)
        if not patterns and further is False:
            yield self._found(
                inner,
                "property.refused",
                "breaking",
                f"{name!r} is gone, and nothing that is not declared is taken",
                sides=sides,
                subject=name,
                candidates=_samples(self.giver, inner.old),
                algebra=True,
            )
            return
        rule = "required-property.removed" if must[0] else "property.removed"
        yield self._found(inner, rule, "risky", f"{name!r} is gone", sides=sides, subject=name)
        bound = as_schema(patterns[0] if patterns else further)
        if bound:
            yield from (
                each
                for each in self._below(msgspec.structs.replace(inner, new=bound))
                if isinstance(each, Found) and each.level == "breaking"
            )

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
            if self.direction == "request":
                level = "breaking" if free[0] or had is not True else "risky"
            yield self._found(
                inner,
                "additional-properties.closed",
                level,
                "nothing but declared members is taken now"
                if self.direction == "request"
                else "has no further members",
                sides=sides,
                candidates=_samples(self.giver, inner.old),
                algebra=level == "breaking",
            )
        elif had is False:
            level = "info" if self.direction == "request" else "breaking" if has is not True else "risky"
            yield self._found(
                inner,
                "additional-properties.opened",
                level,
                "may have further members now",
                sides=sides,
                candidates=_samples(self.giver, inner.new),
                algebra=level == "breaking",
            )
        elif (had is not True and has is not True) or all(free):
            yield from self._below(inner)
        else:
            given, taken = self.judge.sides((had, free[0]), (has, free[1]))
            hurts = taken[0] is not True and (given[0] is not True or given[1])
            rule = "additional-properties.changed"
            message = "further members are " + ("of a type now" if had is True else "of any type now")
            level = "risky" if hurts or (taken[0] is not True) else "info"
            yield self._found(inner, rule, level, message, sides=sides)

    def _arrays(self, one: Alternative, other: Alternative, way: Way) -> Iterator[Found | Way]:
        firsts = one.words.get("prefixItems", []), other.words.get("prefixItems", [])
        gives = self.judge.sides(one.words, other.words)[0]
        rest = one.words.get("items", True), other.words.get("items", True)
        for index in range(max(len(firsts[0]), len(firsts[1]))):
            schemas = [
                as_schema(first[index] if index < len(first) else each)
                for first, each in zip(firsts, rest, strict=True)
            ]
            ats = [
                each.origin("prefixItems") + f"/{index}" if index < len(first) else each.origin("items")
                for each, first in zip((one, other), firsts, strict=True)
            ]
            step = Step("item", gives, str(index))
            yield from self._below(Way((*way.steps, step), schemas[0], schemas[1], ats[0], ats[1]))
        if rest[0] is not True or rest[1] is not True:
            yield from self._below(
                Way(
                    (*way.steps, Step("item", gives)),
                    as_schema(rest[0]),
                    as_schema(rest[1]),
                    one.origin("items"),
                    other.origin("items"),
                )
            )
        yield from self.judge.keywords(one, other, way.steps, _ARRAY_BOUNDS)
        yield from self.judge.keywords(one, other, way.steps, _ARRAY_REST)


def _samples(values: Values, *schemas: Schema) -> Candidates:
    return lambda: (value for schema in schemas for value in values.samples(schema))


def _also(kind: str) -> tuple[str, ...]:
    return ("number", "integer") if kind == "number" else (kind,)


def _an(name: str) -> str:
    return ("an " if name[:1] in "aeiou" else "a ") + name
