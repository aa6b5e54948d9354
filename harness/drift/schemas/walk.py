"""Two schemas side by side, to the ends of what they say in one place; definitions are left to be compared once.

Branches of choices are compared by what makes them alike, items by their place; `members.py` compares members.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations

import msgspec

from harness.contract.schema import Direction, Schema
from harness.drift.schemas.algebra import Algebra
from harness.drift.schemas.branches import are_apart, paired
from harness.drift.schemas.candidates import OF_EACH_KIND, scalars
from harness.drift.schemas.form import ANY, Alternative, Form, Forms, alike, as_schema
from harness.drift.schemas.found import Candidates, Found, Step, Way, found, level_of
from harness.drift.schemas.keywords import Judge
from harness.drift.schemas.members import Members
from harness.drift.schemas.notes import notes
from harness.drift.schemas.values import Values, is_plain, proofs, samples
from harness.model.change import Level

_DEEPEST = 60
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
        yield from notes(self.direction, old, new, way)
        yield from self._null(old, new, way)
        pairs, left_old, left_new = paired(list(old.alternatives), list(new.alternatives))
        differs = old.choice != new.choice
        for one, other in pairs:
            for each in self._alternatives(one, other, old, new, way):
                differs = differs or isinstance(each, Found) or self._is_another(each)
                yield each
        yield from self._unpaired(left_old, left_new, bool(pairs), old, new, way)
        if differs:
            yield from self._overlap(old, new, way)

    def _is_another(self, way: Way) -> bool:
        """Do the two definitions, left to be compared later, say something else themselves?"""
        return self.old.schemas.resolve(way.old) != self.new.schemas.resolve(way.new)

    def _null(self, old: Form, new: Form, way: Way) -> Iterator[Found]:
        had, has = (form.nullable or ANY in form.kinds for form in (old, new))
        if had == has or ANY in (*old.kinds, *new.kinds):
            return
        level = level_of(self.direction, tighter=had, looser=has)
        rule, message = ("nullable.removed", "null is gone") if had else ("nullable.added", "may be null now")
        yield found(
            way,
            rule,
            level,
            message,
            candidates=lambda: iter((None,)),
            algebra=self.algebra.covers({"type": "string"}, {"type": ["string", "null"]}) == "no",
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
            yield from self.members.compare(one, other, inner)
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
            made: Candidates = self._telling([each], other)
            yield found(
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
        message = f"was {_an(had)} and is {_an(has)}"
        return found(
            way,
            rule,
            "breaking" if bad else "info",
            message,
            sides=({"type": had}, {"type": has}) if not opened else (None, None),
            candidates=self._telling(bad, takes) if bad else None,
            algebra=any(answer == "algebra" for answer in decided),
            subject=has if has != ANY else had,
        )

    def _overlap(self, old: Form, new: Form, way: Way) -> Iterator[Found]:
        """A value that one form took, and that two of the forms of a oneOf take now, of which only one may."""
        gives, takes = self.judge.sides(old, new)
        given, taken = self.judge.sides(way.old, way.new)
        forms = takes.alternatives
        if takes.choice != "oneOf" or all(are_apart(a, b) for a, b in combinations(forms, 2)):
            return
        twice = [
            value
            for each in gives.alternatives
            for value in self.giver.samples(each.words, 2)
            if sum(self.refuser.fits(form.words, value) for form in forms) > 1
            and self.giver.fits(given, value)
            and not self.refuser.fits(taken, value)
        ]
        if twice:
            level: Level = "breaking" if self.direction == "request" else "risky"
            message = "a value fits two forms of which only one may be meant (oneOf)"
            yield found(way, "one-of.overlapping", level, message, candidates=lambda: iter(twice))

    def _telling(self, given: list[Alternative], takes: Form) -> Candidates:
        """Values of some alternatives, those first that others of their kind refuse."""

        def made() -> Iterator[object]:
            limit: Schema = {"anyOf": [each.words for each in takes.alternatives]}
            for each in given:
                if each.kind == ANY:
                    values = partial(iter, OF_EACH_KIND)
                    yield from proofs(self.giver, self.refuser, each.words, limit, values)
                for other in takes.alternatives:
                    if each.kind == other.kind and each.kind not in ("object", "array"):
                        some = partial(scalars, each.words, other.words)
                        yield from proofs(self.giver, self.refuser, each.words, other.words, some)
                yield from self.giver.samples(each.words)

        return made

    def _is_taken(self, given: Alternative, takes: Form, way: Way) -> str:
        """Is all that an alternative gives taken by the other side: `yes`, or who says that it is not."""
        if ANY in takes.kinds:
            plain = [
                each for each in takes.alternatives if each.kind == ANY and not each.words.keys() - {"type"}
            ]
            if plain:
                return "yes"
        if self.algebra.covers({"not": {}}, given.words) == "yes":
            return "yes"  # there is no such value at all
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
        made = list(samples(self.giver, given.words)())
        if made and all(self.refuser.fits(taken, value) for value in made):
            return "yes"
        return "rule"

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
        longest = self.judge.sides(one.words, other.words)[0].get("maxItems")
        has_rest = longest is None or longest > max(map(len, firsts))
        if has_rest and (rest[0] is not True or rest[1] is not True):
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


def _also(kind: str) -> tuple[str, ...]:
    return ("number", "integer") if kind == "number" else (kind,)


def _an(name: str) -> str:
    if name == ANY:
        return "anything"
    return ("an " if name[:1].lower() in "aeiou" else "a ") + name
