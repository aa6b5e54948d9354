"""Two schemas side by side, to the ends of what they say in one place; definitions are left to be compared once.

Branches of choices are compared by what makes them alike, items by their place; `members.py` compares members.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec

from harness.contract.schema import Direction, Schema
from harness.drift.schemas import formats
from harness.drift.schemas.algebra import Algebra
from harness.drift.schemas.alternatives import Alternative
from harness.drift.schemas.branches import are_apart, paired
from harness.drift.schemas.candidates import scalars
from harness.drift.schemas.flat import as_schema
from harness.drift.schemas.form import Form, Forms, alike, but_null
from harness.drift.schemas.found import Candidates, Found, Step, Way, found, level_of
from harness.drift.schemas.keywords import Judge
from harness.drift.schemas.members import Members
from harness.drift.schemas.notes import notes
from harness.drift.schemas.taken import Kinds
from harness.drift.schemas.values import Values, is_plain, proofs

_DEEPEST = 60
_SCALARS = {"string", "integer", "number", "boolean"}
_ARRAY_BOUNDS = ("minItems", "maxItems", "uniqueItems", "format")
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
        self.kinds = Kinds(self.judge)
        self.members = Members(self.judge, old, new, self._below)

    def pair(self, way: Way) -> Iterator[Found | Way]:
        """What changed between two schemas: of definitions, of what they say themselves."""
        yield from self._forms(way)

    def _below(self, way: Way) -> Iterator[Found | Way]:
        """What changed between two schemas inside of others: definitions are left for later."""
        if way.old == way.new and is_plain(way.old):
            return
        both_keys = self.old.key_of(way.old) is not None and self.new.key_of(way.new) is not None
        if both_keys or self.old.is_made(way.old) or self.new.is_made(way.new) or len(way.steps) > _DEEPEST:
            yield way
        else:
            yield from self._forms(way)

    def _forms(self, way: Way) -> Iterator[Found | Way]:
        old, new = alike(self.old.of(way.old, way.old_at), self.new.of(way.new, way.new_at))
        if (
            old.nullable != new.nullable
            and self.old.says_null_by_half(old)
            and self.new.says_null_by_half(new)
        ):
            old, new = but_null(old, new)
        yield from notes(self.direction, old, new, way)
        yield from self._content(old, new, way)
        if self._are_the_same(old, new, way):
            return
        pairs, left_old, left_new = paired(list(old.alternatives), list(new.alternatives))
        for pair in [pair for pair in pairs if _is_by_chance(*pair, old, new)]:
            pairs.remove(pair)
            left_old.append(pair[0])
            left_new.append(pair[1])
        differs = old.choice != new.choice or bool(left_old or left_new)
        for one, other in pairs:
            for each in self._alternatives(one, other, old, new, way):
                differs = differs or isinstance(each, Found) or self._is_another(each)
                yield each
        yield from self.kinds.changed(left_old, left_new, old, new, way)
        if differs:
            yield from self.kinds.overlap(old, new, way)

    def _content(self, old: Form, new: Form, way: Way) -> Iterator[Found | Way]:
        """What changed in what a text holds."""
        had, has = (form.words.get("contentSchema") for form in (old, new))
        if had is not None and has is not None:
            steps = (*way.steps, Step("content", {}))
            ats = [f"{form.at}/contentSchema" for form in (old, new)]
            yield from self._below(Way(steps, as_schema(had), as_schema(has), ats[0], ats[1]))

    def _are_the_same(self, old: Form, new: Form, way: Way) -> bool:
        """Do both take the same texts, numbers and booleans, and nothing else, in other words?"""
        if not {*old.kinds, *new.kinds} <= _SCALARS or not (is_plain(way.old) and is_plain(way.new)):
            return False
        if formats.are_told(way.old) or formats.are_told(way.new):
            return False
        return self.judge.are_equal(way.old, way.new)

    def _is_another(self, way: Way) -> bool:
        """Do the two definitions, left to be compared later, say something else themselves?"""
        return self.old.schemas.resolve(way.old) != self.new.schemas.resolve(way.new)

    def _alternatives(
        self, one: Alternative, other: Alternative, old: Form, new: Form, way: Way
    ) -> Iterator[Found | Way]:
        taking = new if self.direction == "request" else old
        gives, takes = self.judge.sides(one, other)
        steps = way.steps
        rivals = [each for each in taking.alternatives if each is not takes and not are_apart(gives, each)]
        if rivals or (taking.nullable and self._null_differs(one, other)):
            given, taken = self.judge.sides(way.old, way.new)
            steps = (*steps, Step("choice", given, other=taken))
        inner = msgspec.structs.replace(way, steps=steps, old_at=one.at, new_at=other.at)
        if one.key is not None and other.key is not None and not self._is_here(one.key, other.key, way):
            yield msgspec.structs.replace(
                inner, old=self.old.schemas.reference(one.key), new=self.new.schemas.reference(other.key)
            )
            return
        if one.kind == "object" == other.kind:
            yield from self.members.compare(one, other, inner)
        elif one.kind == "array" == other.kind:
            yield from self._arrays(one, other, inner)
        elif one.kind == other.kind:
            yield from self.judge.keywords(one, other, steps)
        else:
            yield from self._numbers(one, other, inner)

    def _null_differs(self, one: Alternative, other: Alternative) -> bool:
        """Is null of one of two definitions alone?"""
        nulls = [
            forms.of(forms.schemas.definition(each.key), forms.pointer_of(each.key)).nullable
            for forms, each in ((self.old, one), (self.new, other))
            if each.key is not None
        ]
        return len(set(nulls)) > 1

    def _is_here(self, old_key: str, new_key: str, way: Way) -> bool:
        return self.old.key_of(way.old) == old_key and self.new.key_of(way.new) == new_key

    def _numbers(self, one: Alternative, other: Alternative, way: Way) -> Iterator[Found]:
        """An integer against a number."""
        whole: Schema = {"type": "integer"}
        tighter = other.kind == "integer"
        limits = (one.words, other.words)
        fractional = (one if tighter else other).words
        answer = self.algebra.covers({**fractional, **whole}, fractional)
        if answer != "yes":
            rule = "type.narrowed" if tighter else "type.widened"
            level = level_of(self.direction, tighter=tighter, looser=not tighter)
            message = f"was {one.kind} and is {other.kind}"
            gives, takes = self.judge.sides(*limits)
            yield found(
                way,
                rule,
                level,
                message,
                sides=({"type": one.kind}, {"type": other.kind}),
                candidates=self._fractions(gives, takes),
                algebra=answer == "no",
                subject=other.kind if not tighter else one.kind,
            )
        same = {**one.words, **whole}, {**other.words, **whole}
        yield from self.judge.keywords(
            msgspec.structs.replace(one, words=same[0]),
            msgspec.structs.replace(other, words=same[1]),
            way.steps,
        )

    def _fractions(self, gives: Schema, takes: Schema) -> Candidates:
        """What one side gives and the other one refuses: first what it refuses for not being whole."""

        def made() -> Iterator[object]:
            for limit in ({**gives, "type": "integer"}, takes):
                some = partial(scalars, gives, limit)
                yield from proofs(self.giver, self.refuser, gives, limit, some)

        return made

    def _arrays(self, one: Alternative, other: Alternative, way: Way) -> Iterator[Found | Way]:
        firsts = one.words.get("prefixItems", []), other.words.get("prefixItems", [])
        rest = one.words.get("items", True), other.words.get("items", True)
        gives = self.judge.sides(one.words, other.words)[0]
        places = max(map(len, firsts))
        filled = min(places, gives.get("maxItems", places))
        for index in range(filled):
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
        if gives.get("maxItems", places + 1) > places and (rest[0] is not True or rest[1] is not True):
            step = Step("item", gives, after=places)
            ats = [each.origin("items") for each in (one, other)]
            yield from self._below(
                Way((*way.steps, step), as_schema(rest[0]), as_schema(rest[1]), ats[0], ats[1])
            )
        yield from self.judge.keywords(one, other, way.steps, _ARRAY_BOUNDS)
        yield from self.judge.keywords(one, other, way.steps, _ARRAY_REST)


def _is_by_chance(one: Alternative, other: Alternative, old: Form, new: Form) -> bool:
    """Is one of them a kind that its schema takes because it says nothing of it, and speaks the other one of it?"""
    if old.is_of_all_kinds == new.is_of_all_kinds:
        return False
    open_one, told = (one, other) if old.is_of_all_kinds else (other, one)
    return open_one.is_plain and not told.is_plain
