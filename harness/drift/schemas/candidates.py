"""Values that may tell two schemas of one kind apart. Few do: what they are good for is decided by validators."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from harness.contract import pattern, realistic
from harness.contract.schema import Schema
from harness.drift.schemas.flat import as_schema
from harness.drift.schemas.kinds import is_of
from harness.drift.schemas.values import Values, luck

_TEXTS = ("word", "?!", "0", "A", "", " ", "-1", "ä€", "a b", "2026-01-01", "word" * 80)
OF_EACH_KIND: tuple[object, ...] = ("word", 1, 0.5, True, None, [], {}, ["word"], {"word": 1})
_NUMBERS = (0, 1, -1, 2, 3, 7, 10, 0.5, -0.5, 1.25, 0.001, 100, 2**31, -(2**31) - 1, 2**53, 1e30)
_MOST_SPOKEN = 4
_LONGEST = 2000
"""Longer lists are not made."""


def without(values: Values, schema: Schema, name: str) -> Iterator[object]:
    """Valid objects of a schema that lack a member."""
    for value in values.samples(schema, 2):
        if isinstance(value, dict):
            yield {key: member for key, member in value.items() if key != name}


def lists(giver: Values, refuser: Values, schema: Schema, other: Schema) -> Iterator[object]:
    """Lists as long as either of two schemas bounds them and a little beyond, of the kinds of items they speak of."""
    items = _items(giver, schema)
    wanted = [
        next(values.samples(as_schema(each["contains"]), 1), None)
        for values, each in ((giver, schema), (refuser, other))
        if "contains" in each
    ]
    sizes = _near(schema, other, ("minItems", "maxItems", "minContains", "maxContains"), _LONGEST)
    for size in sorted({*sizes, 0, 1, 2}):
        for item in wanted:
            yield [item] * size
        if items or not size:
            yield list(itertools.islice(itertools.cycle(items), size)) if items else []
        if items and size > 1:
            yield [items[0]] * size
    for item in (*wanted, *OF_EACH_KIND):
        yield [*items[:1], item]
    for made in giver.samples(schema, 2):
        if isinstance(made, list) and made:
            yield [*made, made[-1]]


def _items(values: Values, schema: Schema) -> list[object]:
    """Some items of lists of a schema, no two the same."""
    items: list[object] = []
    for number in range(6):
        made, _ = values.sample(schema, number)
        items += [item for item in made if item not in items] if isinstance(made, list) else []
    return items


def objects(giver: Values, schema: Schema, other: Schema) -> Iterator[object]:
    """Objects of a schema: with members on which more depends and no others, with members that are spoken of by the
    pattern of their names, with as few members as they may have, with all but one, and with more than they need."""
    base = next((value for value in giver.samples(schema) if isinstance(value, dict)), {})
    yield from _of_spoken(giver, schema, other)
    for name in _names(schema, other):
        yield from ({**base, name: value} for value in OF_EACH_KIND)
    for name in _triggers(schema, other):
        member = _member(giver, schema, name)
        yield {**base, name: member}
        for other_name in _asked_of(name, schema, other):
            yield from ({**base, name: member, other_name: value} for value in OF_EACH_KIND)
    for name in _allowed(schema, other):
        yield {**base, name: _member(giver, schema, name)}
    for value in giver.samples(schema):
        yield value
        if isinstance(value, dict):
            yield from _varied(giver, value, schema, other)


def _of_spoken(giver: Values, schema: Schema, other: Schema) -> Iterator[object]:
    """Objects of few of the members on which more depends."""
    spoken = list(dict.fromkeys(name for each in (schema, other) for name in _depending(each)))[:_MOST_SPOKEN]
    members = {name: _member(giver, schema, name) for name in spoken}
    for size in range(len(spoken) + 1 if spoken else 0):
        for names in itertools.combinations(spoken, size):
            yield {name: members[name] for name in names}


def _depending(schema: Any) -> Iterator[str]:
    """The members on which it depends what else holds, and of which that asks."""
    if not isinstance(schema, dict):
        return
    for name, needs in schema.get("dependentRequired", {}).items():
        yield from (name, *needs)
    for name, rule in schema.get("dependentSchemas", {}).items():
        yield name
        yield from _asked(rule)
    for word in ("if", "then", "else", "not"):
        yield from _asked(schema.get(word))


def _asked(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("required", ())
        yield from schema.get("properties", ())


def _member(giver: Values, schema: Schema, name: str) -> object:
    """A value that a member of that name may have."""
    declared = schema.get("properties", {})
    said = declared[name] if name in declared else schema.get("additionalProperties", True)
    return giver.sample(said)[0] if isinstance(said, dict) and said else "word"


def _varied(giver: Values, value: dict[str, Any], schema: Schema, other: Schema) -> Iterator[object]:
    needed = schema.get("required", ())
    yield {name: member for name, member in value.items() if name in needed}
    for name in value:
        if name not in needed:
            yield {key: member for key, member in value.items() if key != name}
    most = max(each.get("maxProperties", 0) for each in (schema, other))
    further = next(giver.samples(as_schema(schema.get("additionalProperties", True)), 1), "word")
    grown = dict(value)
    for name in itertools.islice(giver.names(schema), min(most + 2, 200)):
        grown[name] = further
        yield dict(grown)


def _names(schema: Schema, other: Schema) -> Iterator[str]:
    """Names that patterns speak of."""
    for each in (schema, other):
        for written in each.get("patternProperties", ()):
            made = pattern.matching(written, luck(0).rng)
            if made is not None:
                yield made


def _allowed(schema: Schema, other: Schema) -> Iterator[str]:
    """Names that members may have by one schema, and some that they may not have by the other one."""
    rules = [as_schema(each.get("propertyNames", True)) for each in (schema, other)]
    if any(rules):
        yield from (
            str(name) for name in itertools.islice(scalars({"type": "string", **rules[0]}, rules[1]), 24)
        )


def _triggers(schema: Schema, other: Schema) -> Iterator[str]:
    """Members that ask for others."""
    for each in (schema, other):
        for word in ("dependentRequired", "dependentSchemas"):
            yield from each.get(word, ())


def _asked_of(name: str, schema: Schema, other: Schema) -> Iterator[str]:
    """Members of which something is asked where the one of that name is there."""
    for each in (schema, other):
        rule = each.get("dependentSchemas", {}).get(name)
        yield from rule.get("properties", ()) if isinstance(rule, dict) else ()


def scalars(giver: Schema, refuser: Schema) -> Iterator[object]:
    """Values that may be of `giver` and not of `refuser`: merged keywords of texts, numbers and booleans."""
    told = giver.get("enum", ())
    others = refuser.get("enum", ())
    yield from (value for value in told if value not in others)
    kind = giver.get("type")
    if kind == "string":
        yield from _texts(giver, refuser)
    elif kind in ("number", "integer"):
        yield from (value for value in _numbers(giver, refuser) if is_of(value, str(kind)))
    elif kind == "boolean":
        yield from (True, False)
    elif kind is None:
        yield from OF_EACH_KIND
    yield from told
    forbidden = refuser.get("not")
    if isinstance(forbidden, dict):
        yield from forbidden.get("enum", [forbidden["const"]] if "const" in forbidden else ())
        yield from scalars({"type": kind, **forbidden} if kind else forbidden, {})


def _texts(giver: Schema, refuser: Schema) -> Iterator[str]:
    sizes = _near(giver, refuser, ("minLength", "maxLength"), 100_000)
    least, most = giver.get("minLength", 0), giver.get("maxLength")
    made = realistic.FORMATS.get(giver.get("format", ""))
    own = giver.get("pattern")
    if isinstance(own, str):
        first = _matching(own, 0, least, most)
        yield from (
            (first, first + "!", "!" + first, first + "0", first.upper(), first.swapcase()) if first else ()
        )
        bounds = (*((number, least, most) for number in (1, 2, 3)), *((0, size, size) for size in sizes))
        yield from (text for each in bounds if (text := _matching(own, *each)) is not None)
    for number in range(3 if made else 0):
        yield made(luck(number)) if made else ""
    for size in sizes:
        yield "a" * size
        yield ("word " * size)[:size]
    other = realistic.FORMATS.get(refuser.get("format", ""))
    if other is not None:
        yield other(luck(0)) + "?"
    yield from _TEXTS


@lru_cache(maxsize=512)
def _matching(written: str, number: int, shortest: int, longest: int | None) -> str | None:
    """A text of that pattern: documents repeat their patterns, and long texts take their time."""
    return pattern.matching(written, luck(number).rng, shortest=shortest, longest=longest)


def _numbers(giver: Schema, refuser: Schema) -> Iterator[float]:
    bounds = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    for limit in (each[word] for each in (giver, refuser) for word in bounds if word in each):
        yield from (limit, limit + 1, limit - 1, limit + 0.5, limit - 0.5, limit + 0.001, limit - 0.001)
    for step in (each["multipleOf"] for each in (giver, refuser) if "multipleOf" in each):
        yield from (step, 2 * step, 3 * step, -step, 0)
    yield from _NUMBERS


def _near(giver: Schema, refuser: Schema, words: tuple[str, ...], most: int) -> list[int]:
    """Sizes at which either of two schemas may change its mind."""
    limits = [each[word] for each in (giver, refuser) for word in words if word in each]
    return sorted({limit + step for limit in limits for step in (-1, 0, 1) if 0 <= limit + step <= most})
