"""Which branch of one choice is which of another one, and which branches cannot take the same value."""

from __future__ import annotations

from itertools import product

from harness.drift.schemas.alternatives import Alternative

_LEAST_ALIKE = 0.3
_MOST_COMPARED = 60

Pairs = list[tuple[Alternative, Alternative]]


def paired(
    old: list[Alternative], new: list[Alternative]
) -> tuple[Pairs, list[Alternative], list[Alternative]]:
    """The alternatives of two schemas that mean each other, and those that are left on either side."""
    pairs: Pairs = []
    for alike in (_same_key, _same_words, _same_tags):
        for one in list(old):
            other = next((each for each in new if each.kind == one.kind and alike(one, each)), None)
            if other is not None:
                _take(pairs, one, other, old, new)
    _by_likeness(pairs, old, new)
    for one in list(old):
        others = [each for each in new if each.kind == one.kind]
        if others and (one.kind != "object" or _are_alone(one, others[0], old, new)):
            _take(pairs, one, others[0], old, new)
    for one, other in product(list(old), list(new)):
        if {one.kind, other.kind} == {"integer", "number"} and one in old and other in new:
            _take(pairs, one, other, old, new)
    return pairs, old, new


def are_apart(one: Alternative, other: Alternative) -> bool:
    """Is there certainly no value of `one` that `other` takes, too, if nothing is sent that is not declared?"""
    if one.kind != other.kind:
        return {one.kind, other.kind} != {"integer", "number"} and "any" not in (one.kind, other.kind)
    if "enum" in one.words and "enum" in other.words:
        return not any(value in other.words["enum"] for value in one.words["enum"])
    if one.kind != "object":
        return False
    mine, theirs = _tags(one), _tags(other)
    needed = one.words.get("required", ())
    declared = one.words.get("properties")
    if declared and any(
        name not in declared and name not in needed for name in other.words.get("required", ())
    ):
        return True
    return any(
        name in needed and name in theirs and not any(value in theirs[name] for value in values)
        for name, values in mine.items()
    )


def _take(
    pairs: Pairs, one: Alternative, other: Alternative, old: list[Alternative], new: list[Alternative]
) -> None:
    pairs.append((one, other))
    old.remove(one)
    new.remove(other)


def _same_key(one: Alternative, other: Alternative) -> bool:
    return one.key is not None and one.key == other.key


def _same_words(one: Alternative, other: Alternative) -> bool:
    return one.words == other.words


def _same_tags(one: Alternative, other: Alternative) -> bool:
    """Do both say which they are, by a member with one value, and say the same?"""
    if one.kind != "object":
        return False
    mine, theirs = _tags(one), _tags(other)
    return any(len(values) == 1 and theirs.get(name) == values for name, values in mine.items())


def _tags(alternative: Alternative) -> dict[str, list[object]]:
    """Members of an object that are enumerated."""
    out: dict[str, list[object]] = {}
    for name, member in alternative.words.get("properties", {}).items():
        values = _enumerated(member)
        if values:
            out[name] = values
    return out


def _enumerated(member: object) -> list[object]:
    """The values that a schema enumerates, or a part of it does."""
    if not isinstance(member, dict):
        return []
    values = [member["const"]] if "const" in member else member.get("enum")
    if values:
        return list(values)
    return next((found for part in member.get("allOf", ()) if (found := _enumerated(part))), [])


def _by_likeness(pairs: Pairs, old: list[Alternative], new: list[Alternative]) -> None:
    """Pair objects by the names of their members, the most alike first; in order where there are very many."""
    ones = [each for each in old if each.kind == "object"]
    others = [each for each in new if each.kind == "object"]
    if len(ones) * len(others) > _MOST_COMPARED**2:
        for one, other in zip(ones, others, strict=False):
            _take(pairs, one, other, old, new)
        return
    likely = [(_likeness(one, other), i, j) for i, one in enumerate(ones) for j, other in enumerate(others)]
    for alike, i, j in sorted(likely, key=lambda found: (-found[0], found[1], found[2])):
        if alike >= _LEAST_ALIKE and ones[i] in old and others[j] in new:
            _take(pairs, ones[i], others[j], old, new)


def _likeness(one: Alternative, other: Alternative) -> float:
    mine = {*one.words.get("properties", ()), *one.words.get("required", ())}
    theirs = {*other.words.get("properties", ()), *other.words.get("required", ())}
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else 1.0


def _are_alone(one: Alternative, other: Alternative, old: list[Alternative], new: list[Alternative]) -> bool:
    """Are they the only objects left on their sides?"""
    return sum(e.kind == one.kind for e in old) == 1 and sum(e.kind == other.kind for e in new) == 1
