"""Kinds of values, and branches of choices, that one of two schemas alone takes; values that fit two branches."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial

from harness.contract.schema import Schema
from harness.drift.schemas.alternatives import Alternative
from harness.drift.schemas.branches import are_apart
from harness.drift.schemas.candidates import OF_EACH_KIND, scalars
from harness.drift.schemas.form import Form
from harness.drift.schemas.found import Candidates, Found, Way, found, level_of
from harness.drift.schemas.keywords import Judge
from harness.drift.schemas.kinds import ANY
from harness.drift.schemas.values import Values, is_plain, proofs, samples
from harness.model.change import Level

_TRIED = 24
_SHOWN = 4


class Kinds:
    """Compares which kinds and branches two schemas have, in one direction."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.algebra = judge, judge.algebra
        self.direction, self.giver, self.refuser = judge.direction, judge.giver, judge.refuser

    def changed(
        self, left_old: list[Alternative], left_new: list[Alternative], old: Form, new: Form, way: Way
    ) -> Iterator[Found]:
        """What became of the alternatives that one side alone has, and of null."""
        none_is_kept = len(left_old) == len(old.alternatives) and len(left_new) == len(new.alternatives)
        if left_old and left_new and none_is_kept:
            if not (old.is_of_all_kinds or new.is_of_all_kinds):
                yield from self._null(old, new, way)
            yield self._retyped(old, new, way)
            return
        gone = [each for each in left_old if each.kind not in new.kinds]
        come = [each for each in left_new if each.kind not in old.kinds]
        if not (gone and old.is_of_all_kinds) and not (come and new.is_of_all_kinds):
            yield from self._null(old, new, way)
        yield from self._of_kinds(gone, "removed", old, new, way)
        yield from self._of_kinds(come, "added", new, old, way)
        for each in left_old:
            if each.kind in new.kinds:
                yield from self._branch(each, "removed", old, new, way)
        for each in left_new:
            if each.kind in old.kinds:
                yield from self._branch(each, "added", new, old, way)

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

    def _of_kinds(
        self, left: list[Alternative], action: str, form: Form, other: Form, way: Way
    ) -> Iterator[Found]:
        """Kinds that `form` has and `other` has not, as one change."""
        if not left:
            return
        hurts = level_of(self.direction, tighter=action == "removed", looser=action == "added")
        decided = ["yes" if hurts == "info" else self._is_taken(each, other, way) for each in left]
        bad = [each for each, answer in zip(left, decided, strict=True) if answer != "yes"]
        if not bad and ANY in other.kinds:
            return
        told = bad or left
        kinds = list(dict.fromkeys(each.kind for each in told))
        sides = _sides(told, action)
        named = " or ".join(map(_an, kinds))
        message = f"{'may be' if action == 'added' else 'is no longer'} {named}"
        if form.is_of_all_kinds and len(told) == len(left):
            sides = ({}, _typed(other)) if action == "removed" else (_typed(other), {})
            kept = " or ".join(map(_an, other.kinds)) or "null"
            message = f"was anything and is {kept}" if action == "removed" else f"was {kept} and is anything"
        yield found(
            way,
            f"type.{'widened' if action == 'added' else 'narrowed'}",
            "breaking" if bad else "info",
            message,
            subject=", ".join(kinds),
            sides=sides,
            candidates=self._telling(bad, other) if bad else None,
            algebra=any(answer == "algebra" for answer in decided),
        )

    def _branch(self, each: Alternative, action: str, form: Form, other: Form, way: Way) -> Iterator[Found]:
        """A branch of a choice that `form` has, and `other`, which has others of its kind, has not."""
        hurts = level_of(self.direction, tighter=action == "removed", looser=action == "added")
        decided = self._is_taken(each, other, way) if hurts == "breaking" else "yes"
        choice = form.choice or other.choice or "anyOf"
        still = "now" if action == "added" else "no more"
        yield found(
            way,
            f"{'one-of' if choice == 'oneOf' else 'any-of'}.{action}",
            hurts if decided != "yes" else "info",
            f"{_an(each.key or each.kind)} is one of its forms {still}",
            subject=each.key or each.kind,
            sides=_sides([each], action),
            candidates=self._telling([each], other),
            algebra=decided == "algebra",
        )

    def _retyped(self, old: Form, new: Form, way: Way) -> Found:
        gives, takes = self.judge.sides(old, new)
        decided = [self._is_taken(each, takes, way) for each in gives.alternatives]
        bad = [each for each, answer in zip(gives.alternatives, decided, strict=True) if answer != "yes"]
        had, has = (ANY if form.is_of_all_kinds else " or ".join(form.kinds) for form in (old, new))
        opened = ANY in (had, has)
        rule = "type.changed" if not opened else "type.widened" if has == ANY else "type.narrowed"
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

    def overlap(self, old: Form, new: Form, way: Way) -> Iterator[Found]:
        """Values that fit two forms of which only one may be meant, now or before, and that the other side takes."""
        for takes, gives, refuser, giver, is_new in (
            (new, old, self.judge.new, self.judge.old, True),
            (old, new, self.judge.old, self.judge.new, False),
        ):
            taken, given = (way.new, way.old) if is_new else (way.old, way.new)
            twice = self._twice(takes, gives, refuser, giver)
            told = (each for each in twice if giver.fits(given, each) and not refuser.fits(taken, each))
            first = list(itertools.islice(told, _SHOWN))
            if not first:
                continue
            hurts = is_new == (self.direction == "request")
            level: Level = "info" if not hurts else "breaking" if self.direction == "request" else "risky"
            yield found(
                way,
                "one-of.overlapping" if is_new else "one-of.parted",
                level,
                f"a value {'fits' if is_new else 'fitted'} two forms of which only one may be meant (oneOf)",
                candidates=partial(iter, first),
            )

    def _twice(self, takes: Form, gives: Form, refuser: Values, giver: Values) -> Iterator[object]:
        """Values that fit two of the forms of a oneOf."""
        forms = takes.alternatives
        pairs = [(a, b) for a, b in itertools.combinations(forms, 2) if not are_apart(a, b)]
        if takes.choice != "oneOf" or not pairs:
            return
        for value in itertools.chain(
            (value for each in gives.alternatives for value in giver.samples(each.words, 2)),
            (value for pair in pairs for value in _of_both(refuser, *pair)),
        ):
            if sum(refuser.fits(form.words, value) for form in forms) > 1:
                yield value

    def _telling(self, given: list[Alternative], takes: Form) -> Candidates:
        """Values of some alternatives, those first that others of their kind refuse."""

        def made() -> Iterator[object]:
            limit: Schema = {"anyOf": [each.words for each in takes.alternatives] or [False]}
            # Texts can be written wherever a value stands.
            for each in sorted(given, key=lambda each: each.kind != "string"):
                if each.kind == ANY:
                    values = partial(iter, OF_EACH_KIND)
                    yield from proofs(self.giver, self.refuser, each.words, limit, values)
                for other in takes.alternatives:
                    if each.kind == other.kind and each.kind not in ("object", "array"):
                        some = partial(scalars, each.words, other.words)
                        yield from proofs(self.giver, self.refuser, each.words, other.words, some)
                yield from self.giver.samples(each.words)
                some = partial(scalars, each.words, {})
                yield from proofs(self.giver, self.refuser, each.words, {"not": {}}, some)

        return made

    def _is_taken(self, given: Alternative, takes: Form, way: Way) -> str:
        """Is all that an alternative gives taken by the other side: `yes`, or who says that it is not."""
        if ANY in takes.kinds and any(each.is_plain for each in takes.alternatives):
            return "yes"
        if self.algebra.covers({"not": {}}, given.words) == "yes":
            return "yes"  # there is no such value at all
        if not takes.alternatives:
            return "rule"
        if ANY not in (given.kind, *takes.kinds) and not any(
            given.kind in _also(kind) for kind in takes.kinds
        ):
            return "algebra"
        answer = self.algebra.covers({"anyOf": [each.words for each in takes.alternatives]}, given.words)
        # Of objects and lists, what is not declared need not be taken.
        if answer == "yes" or (answer == "no" and given.kind not in ("object", "array")):
            return "yes" if answer == "yes" else "algebra"
        _, taken = self.judge.sides(way.old, way.new)
        made = list(samples(self.giver, given.words)())
        if made and all(self.refuser.fits(taken, value) for value in made):
            return "yes"
        return "rule"


def _of_both(values: Values, one: Alternative, other: Alternative) -> Iterator[object]:
    """Some values of two alternatives that may be of both."""
    for a, b in ((other, one), (one, other)):
        yield from values.samples(a.words)
        if a.kind not in ("object", "array") and is_plain(a.words):
            yield from itertools.islice(scalars(a.words, b.words), _TRIED)
    for mine, theirs in zip(values.samples(one.words, 2), values.samples(other.words, 2), strict=False):
        if isinstance(mine, dict) and isinstance(theirs, dict):
            yield {**mine, **theirs}


def _sides(left: list[Alternative], action: str) -> tuple[Schema | None, Schema | None]:
    """What stands there of them: on the old side what is gone, on the new one what came."""
    said = left[0].words if len(left) == 1 else {"type": [each.kind for each in left]}
    return (said, None) if action == "removed" else (None, said)


def _typed(form: Form) -> Schema:
    """The types of a form's values."""
    kinds = [*form.kinds, *(("null",) if form.nullable else ())]
    return {"type": kinds[0] if len(kinds) == 1 else kinds}


def _also(kind: str) -> tuple[str, ...]:
    return ("number", "integer") if kind == "number" else (kind,)


def _an(name: str) -> str:
    if name == ANY:
        return "anything"
    return ("an " if name[:1].lower() in "aeiou" else "a ") + name
