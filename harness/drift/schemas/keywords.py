"""Keywords that bound values of one kind, compared one by one: lengths, bounds, patterns, formats, enumerations.

A keyword is judged with all others as they are on the side that gives values, so that what those forbid anyway is no
change. The algebra decides; where it cannot tell, an example does; where there is none, a rule.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import msgspec

from harness.contract.schema import Direction, Schema
from harness.drift.schemas import actions, formats
from harness.drift.schemas.algebra import Algebra
from harness.drift.schemas.alternatives import Alternative
from harness.drift.schemas.candidates import lists, objects, scalars
from harness.drift.schemas.flat import ANNOTATIONS
from harness.drift.schemas.found import Candidates, Found, Step, level_of, shown, shown_whole
from harness.drift.schemas.values import Values, is_plain, proofs
from harness.model.change import Decider, Level

_ENOUGH = 12
"""How many values are made before it counts for something that none of them tells two schemas apart."""

_MOST_ENUMERATED = 40
"""Values are looked up by ourselves in longer enumerations: the algebra sorts them all each time."""


_CONDITION = ("if", "then", "else")
_CONTAINED = ("contains", "minContains", "maxContains")


class Judge:
    """Judges keywords in one direction. `giver` makes values of the side whose values the other one must take:
    requests of the old document, answers of the new one."""

    def __init__(self, direction: Direction, algebra: Algebra, old: Values, new: Values) -> None:
        self.direction, self.algebra = direction, algebra
        self.old, self.new = old, new
        self.giver, self.refuser = (old, new) if direction == "request" else (new, old)

    def sides(self, old: Any, new: Any) -> tuple[Any, Any]:
        """Of the old and the new: the one that gives, the one that must take."""
        return (old, new) if self.direction == "request" else (new, old)

    def keywords(
        self,
        old: Alternative,
        new: Alternative,
        steps: tuple[Step, ...],
        words: tuple[str, ...] | None = None,
    ) -> Iterator[Found]:
        """What changed of the keywords of two alternatives of the same kind; `words`: of those alone."""
        told = (
            set(words)
            if words is not None
            else (old.words.keys() | new.words.keys()) - {"type"} - ANNOTATIONS
        )
        changed = [w for w in (*new.words, *old.words) if w in told and old.words.get(w) != new.words.get(w)]
        changed = list(dict.fromkeys(changed))
        for unit in (_CONDITION, _CONTAINED):
            if unit[0] in changed:
                # What follows from a condition that is another one now is part of that change.
                changed = [word for word in changed if word not in unit[1:]]
        if formats.are_spelt(old.words, new.words):
            changed = [word for word in changed if word != "pattern"]
        if not changed:
            return
        before = {k: v for k, v in old.words.items() if k in told or k == "type"}
        after = {k: v for k, v in new.words.items() if k in told or k == "type"}
        if self.are_equal(before, after) and not formats.differ(before, after):
            return
        for word in changed:
            if word == "enum":
                yield from self.enumeration(old, new, before, after, steps)
            else:
                yield self._keyword(word, old, new, before, after, steps)

    def are_equal(self, old: Schema, new: Schema) -> bool:
        """Does the algebra say that both take the same?"""
        return self.algebra.covers(new, old) == "yes" and self.algebra.covers(old, new) == "yes"

    def _keyword(
        self,
        word: str,
        old: Alternative,
        new: Alternative,
        before: Schema,
        after: Schema,
        steps: tuple[Step, ...],
    ) -> Found:
        had, has = before.get(word), after.get(word)
        became = actions.of(word, had, has)
        gives, takes = self.sides(before, after)
        whole, other = self.sides(old.words, new.words)
        unit = _unit(word)
        if word == "format" and None in (had, has) and formats.are_spelt(before, after):
            unit = ("format", "pattern")
        limit = _limited(gives, takes, unit)
        made = self._candidates(whole, other, gives)
        if word in _CONDITION:
            met = takes.get("if", True)
            made = self._also(made, {"allOf": [whole, met]}, {"allOf": [whole, {"not": met}]})
        elif word == "not" and word in takes:
            made = self._also(made, {"allOf": [whole, takes["not"]]})
        if word == "format" and len(unit) == 1 and not formats.are_checked(had, has):
            level, decider, why = formats.judged(self.direction, had, has)
        else:
            level, decider, why = self._judged(word, had, has, gives, limit, made)
            if level == "breaking" and word not in formats.UNREAD and self._is_idle(whole, other, unit):
                level, decider, why = "info", "algebra", ""
        rule = f"{actions.NAMES.get(word, word)}.{became}"
        return Found(
            rule,
            level,
            f"{word} {actions.told(became, had, has)}",
            steps,
            old.origin(word) if word in old.words else old.at,
            new.origin(word) if word in new.words else new.at,
            shown({word: had}) if had is not None else "",
            shown({word: has}) if has is not None else "",
            decided_by=decider,
            candidates=None if why else self._proving(gives, limit, made, whole),
            unproven=why,
        )

    def _is_idle(self, whole: Schema, other: Schema, unit: tuple[str, ...]) -> bool:
        """Does all else that is said of the values rule out what the keyword refuses?"""
        gives = _plain(whole)
        return self.algebra.covers(_limited(gives, other, unit), gives) == "yes"

    def _candidates(self, whole: Schema, other: Schema, gives: Schema) -> Candidates:
        """Candidates of one kind; lists and objects from whole samples, since their members matter, too."""
        match gives.get("type"):
            case "array":
                return lambda: lists(self.giver, self.refuser, whole, other)
            case "object":
                return lambda: objects(self.giver, whole, other)
            case _:
                return lambda: scalars(gives, other)

    def _also(self, made: Candidates, *schemas: Schema) -> Candidates:
        """The candidates, after values of these schemas."""

        def candidates() -> Iterator[object]:
            for each in schemas:
                yield from self.giver.samples(each)
            yield from made()

        return candidates

    def _proving(self, gives: Schema, limit: Schema, made: Candidates, whole: Schema) -> Candidates:
        taken = whole if gives.get("type") in ("array", "object") else gives
        return lambda: proofs(self.giver, self.refuser, taken, limit, made)

    def _judged(
        self, word: str, had: Any, has: Any, gives: Schema, limit: Schema, made: Candidates
    ) -> tuple[Level, Decider, str]:
        """The level, who decided it, and why there can be no example (empty where there can)."""
        if word in ("contentMediaType", "contentEncoding"):
            level: Level = "breaking" if had is not None and has is not None else "risky"
            return level, "rule", f"no validator looks into {word}"
        answer = self.algebra.covers(limit, gives)
        if answer != "unknown":
            return ("info" if answer == "yes" else "breaking"), "algebra", ""
        if next(proofs(self.giver, self.refuser, gives, limit, made), None) is not None:
            return "breaking", "rule", ""
        tighter, looser = actions.effect(word, had, has)
        level = level_of(self.direction, tighter=tighter, looser=looser)
        if level == "info":
            return "info", "rule", ""
        made_some = any(self.giver.fits(gives, value) for value in itertools.islice(made(), _ENOUGH))
        certain = not (tighter and looser) and not made_some
        return ("breaking" if certain else "risky"), "rule", "no value tells the two sides apart"

    def enumeration(
        self, old: Alternative, new: Alternative, before: Schema, after: Schema, steps: tuple[Step, ...]
    ) -> Iterator[Found]:
        """What changed of an enumeration, value by value; that there is one now, or none any more, is one change."""
        had, has = before.get("enum"), after.get("enum")
        at = (
            old.origin("enum") if "enum" in old.words else old.at,
            new.origin("enum") if "enum" in new.words else new.at,
        )
        if had is None or has is None:
            made = self._keyword("enum", old, new, before, after, steps)
            rule = "enum.introduced" if had is None else "enum.dropped"
            message = "only some values are left" if had is None else "values are no longer enumerated"
            told = (shown({"enum": had}) if had else "", shown({"enum": has}) if has else "")
            yield msgspec.structs.replace(
                made, rule=rule, message=message, old=at[0], new=at[1], old_side=told[0], new_side=told[1]
            )
            return
        gives, _ = self.sides(before, after)
        for values, action, others in ((had, "removed", has), (has, "added", had)):
            hurts = level_of(self.direction, tighter=action == "removed", looser=action == "added")
            fresh = _missing(values, others)
            for value in fresh:
                level = hurts
                if (
                    hurts == "breaking"
                    and len(gives.keys() - {"type", "enum"})
                    and not self.giver.fits(gives, value)
                ):
                    level = "info"
                yield Found(
                    f"enum.{action}",
                    level,
                    f"the value {shown(value)} {'is gone' if action == 'removed' else 'is new'}",
                    steps,
                    *at,
                    old_side=shown(value) if action == "removed" else "",
                    new_side=shown(value) if action == "added" else "",
                    decided_by=self._enum_decider(others, value),
                    subject=value if isinstance(value, str) else shown(value),
                    candidates=_only(value) if level == "breaking" else None,
                )

    def _enum_decider(self, others: list[Any], value: object) -> Decider:
        if len(others) > _MOST_ENUMERATED:
            return "rule"
        return "rule" if self.algebra.covers({"enum": others}, {"enum": [value]}) == "unknown" else "algebra"


def _unit(word: str) -> tuple[str, ...]:
    """The keyword, and those that mean something together with it only."""
    if word in _CONDITION:
        return _CONDITION
    return _CONTAINED if word == "contains" else (word,)


def _limited(gives: Schema, takes: Schema, unit: tuple[str, ...]) -> Schema:
    """One side's schema with these keywords as the other side has them."""
    out = {word: value for word, value in _plain(gives).items() if word not in unit}
    return out | {word: takes[word] for word in unit if word in takes}


def _plain(words: Schema) -> Schema:
    """The keywords that refer to nothing."""
    return {word: value for word, value in words.items() if is_plain({word: value})}


def _only(value: object) -> Candidates:
    return lambda: iter((value,))


def _missing(values: list[Any], others: list[Any]) -> list[Any]:
    """The values that are not among the others, as JSON has it: 1 is 1.0, and is not true."""
    known = {_same(value) for value in others}
    return [value for value in values if _same(value) not in known]


def _same(value: object) -> tuple[str, object]:
    if isinstance(value, str | bool | None):
        return type(value).__name__, value
    if isinstance(value, int | float):
        return "number", value
    return "text", shown_whole(value)
