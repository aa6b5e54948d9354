"""The ways in which an answer may differ from a normal one within its contract, each small, the simplest first."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from harness.contract.realistic import Luck
from harness.contract.sample import Sampler
from harness.contract.schema import Schema
from harness.tolerance.places import Place, enums, options, places
from harness.tolerance.variation import Base, Variation, put, varied

NEW_WORD = "a_new_value"
"""A value that no contract names."""

TEXTS = ("é", "漢字", "🙂", "שלום")
LONG = (300, 5_000, 65_536)
MANY = (2, 10, 100, 1_000)
MOST_BYTES = 512 * 1024
"""Longer answers are not made: they would show how fast the client is, and nothing else."""

_MOST_OTHERS = 8
_NUMERALS = ("", "0", "7", "-1", "0.5", "-0.5", "100000", "3.14159265358979", "12345678901234567890.12")
_WHOLE = (0, 1, -1, 2**31 - 1, 2**31, 2**53 + 1, 2**63 - 1)
_REAL = (0, 1, -1, 0.1, 2**53 + 1, 1e16, 1e308, -1e308, 5e-324)
_LARGEST = {"int32": 2**31 - 1, "int64": 2**63 - 1, "float": 3.4e38}
_TIMES = (0, 2**31, 4_102_444_800)
"""1970, the second after 2038-01-19T03:14:07Z, and 2100."""

Allowed = Callable[[Variation], bool]


def variations(sampler: Sampler, schema: Schema | None, base: Base, luck: Luck) -> Iterator[Variation]:
    """Each difference at each place, as far as a schema tells; whether the whole is still valid is not judged."""
    yield from _headers(base)
    if schema is None or not base.is_json:
        return
    for place in places(sampler, schema, base.value):
        yield from _forms(sampler, place)
        yield from _of_value(sampler, place, luck)


def short_enough(base: Base, one: Variation) -> bool:
    """Is the answer with it still of a sane length?"""
    return len(varied(base, (one,)).body) <= MOST_BYTES


def _headers(base: Base) -> Iterator[Variation]:
    for names in ("title", "upper"):
        yield Variation("header_names", value=names, means=False, where="names")
    for name, value in base.response.headers:
        if name == "content-type":
            if ";" not in value:
                yield Variation(
                    "content_type", (name,), f"{value}; charset=utf-8", means=False, where="header"
                )
        else:
            yield Variation("header_left_out", (name,), drops=True, where="header")


def _forms(sampler: Sampler, place: Place) -> Iterator[Variation]:
    """What may be said of any value: that it is not there, that it is null, that it is of another branch."""
    if place.optional:
        yield Variation("left_out", place.pointer, drops=True)
    if place.value is not None and place.pointer and sampler.schemas.valid(place.schema, None):
        yield Variation("null", place.pointer, None)


def _of_value(sampler: Sampler, place: Place, luck: Luck) -> Iterator[Variation]:
    value = place.value
    if isinstance(value, bool):
        yield Variation("other_bool", place.pointer, not value)
    elif isinstance(value, str):
        yield from _texts(sampler, place, luck)
    elif isinstance(value, int | float):
        yield from _numbers(place)
    elif isinstance(value, list):
        yield from _lists(sampler, place, luck)
    elif isinstance(value, dict):
        yield from _objects(sampler, place, luck)
    yield from _branches(sampler, place, luck)


def _texts(sampler: Sampler, place: Place, luck: Luck) -> Iterator[Variation]:
    known = enums(sampler, place.schema)
    others = [word for word in known if word not in (place.value, None)]
    for word in others[:_MOST_OTHERS]:
        yield Variation("other_enum", place.pointer, word)
    if "const" in place.holds:
        return
    if known:
        yield Variation("new_enum", place.pointer, NEW_WORD)
        return
    if place.holds.get("format") == "date-time":
        yield from _times(place)
        return
    if isinstance(place.holds.get("pattern"), str):
        yield from _matching(sampler, place, luck)
        return
    longest = place.holds.get("maxLength")
    for text in ("", NEW_WORD):
        yield Variation("empty_text" if not text else "other_text", place.pointer, text)
    for text in TEXTS:
        yield Variation("non_ascii", place.pointer, text)
    for length in LONG:
        if longest is None or length < longest:
            yield Variation("long_text", place.pointer, "x" * length)
    if isinstance(longest, int) and len(place.value) < longest <= LONG[-1]:
        yield Variation("long_text", place.pointer, "x" * longest)


def _matching(sampler: Sampler, place: Place, luck: Luck) -> Iterator[Variation]:
    """Other texts of a pattern, the shortest first: numbers as texts, where they match, and some that are drawn."""
    bare = {"type": "string", "pattern": place.holds["pattern"]}
    drawn = (sampler.valid_value(bare, luck)[0] for _ in range(_MOST_OTHERS))
    texts = dict.fromkeys(str(text) for text in (*_NUMERALS, *drawn) if text != place.value)
    for text in sorted(texts, key=len):
        yield Variation("matching_text", place.pointer, text)


def _times(place: Place) -> Iterator[Variation]:
    """The same instant in other forms of RFC 3339 section 5.6."""
    text = str(place.value)
    for suffix in ("Z", "+00:00"):
        if text.endswith(suffix):
            bare = text.removesuffix(suffix)
            other = "+00:00" if suffix == "Z" else "Z"
            yield Variation("date_form", place.pointer, bare + other, means=False)
            if "." not in bare:
                yield Variation("date_form", place.pointer, f"{bare}.000{suffix}", means=False)
                yield Variation("date_form", place.pointer, f"{bare}.000000000{suffix}", means=False)
            return


def _numbers(place: Place) -> Iterator[Variation]:
    holds = place.holds
    if "enum" in holds:
        for other in [value for value in holds["enum"] if value not in (place.value, None)][:_MOST_OTHERS]:
            yield Variation("other_enum", place.pointer, other)
        return
    kinds = holds.get("type")
    whole = kinds == "integer" or (isinstance(kinds, list) and "number" not in kinds and "integer" in kinds)
    if holds.get("format") in ("unix-time", "timestamp"):
        candidates: tuple[float, ...] = _TIMES
    else:
        bounds = [holds[key] for key in ("minimum", "maximum") if isinstance(holds.get(key), int | float)]
        candidates = (*(_WHOLE if whole else _REAL), *bounds)
    most = _LARGEST.get(str(holds.get("format")), float("inf"))
    seen = {_exactly(place.value)}
    for number in sorted(candidates, key=abs):
        if abs(number) <= most and _exactly(number) not in seen:
            seen.add(_exactly(number))
            kind = "number" if isinstance(number, float) or abs(number) < 2**31 else "large_number"
            yield Variation(kind, place.pointer, number)


def _exactly(number: float) -> tuple[type, float]:
    return type(number), number


def _lists(sampler: Sampler, place: Place, luck: Luck) -> Iterator[Variation]:
    if place.value:
        yield Variation("empty_list", place.pointer, [])
    items = place.holds.get("items")
    sampled = sampler.valid_value(items, luck, name=place.name) if isinstance(items, dict) else (None, False)
    some = place.value or ([sampled[0]] if sampled[1] else [])
    if not place.value and some:
        yield Variation("many", place.pointer, some)
    for count in MANY if some else ():
        if count > len(place.value):
            yield Variation("many", place.pointer, [item_like(some, number) for number in range(count)])


def item_like(items: list[Any], number: int) -> Any:
    """An item for that place of a longer list: one of those there are, told apart by its `id`."""
    item = copy.deepcopy(items[number % len(items)])
    if number >= len(items) and isinstance(item, dict) and isinstance(item.get("id"), str):
        item["id"] = f"{item['id']}{number}"
    elif number >= len(items) and isinstance(item, dict) and type(item.get("id")) is int:
        item["id"] += number
    return item


def _objects(sampler: Sampler, place: Place, luck: Luck) -> Iterator[Variation]:
    name = "a_new_field"
    if place.holds.get("additionalProperties") is not False and name not in place.value:
        free = isinstance(place.holds.get("additionalProperties"), dict)
        others = place.holds["additionalProperties"] if free else {}
        if free and place.pointer and len(set(place.value) - set(place.holds.get("properties", {}))) > 1:
            yield Variation("empty_map", place.pointer, {})
        made, valid = sampler.valid_value(others, luck, name=name) if free else ("new", True)
        if valid:
            # A member of a map is data; a field that nobody has declared is only to be ignored.
            yield Variation("unknown_field", (*place.pointer, name), made, means=free)
    for member, schema in place.holds.get("properties", {}).items():
        if member not in place.value and isinstance(schema, dict) and len(place.pointer) < 3:
            value, valid = sampler.valid_value(schema, luck, name=member)
            if valid:
                yield Variation("present", (*place.pointer, member), value)


def _branches(sampler: Sampler, place: Place, luck: Luck) -> Iterator[Variation]:
    for option in options(sampler, place.schema)[:_MOST_OTHERS]:
        if sampler.schemas.valid(option, place.value):
            continue
        value, valid = sampler.valid_value(option, luck, name=place.name)
        if valid and value is not None and not _is_enum(value, place, sampler):
            yield Variation("other_branch", place.pointer, value)
            for lesser in _lesser(sampler, option, value):
                yield Variation("other_branch", place.pointer, lesser)


def _lesser(sampler: Sampler, schema: Schema, value: object) -> Iterator[object]:
    """A value of a branch with one member null or left out, where it may be."""
    for place in places(sampler, schema, value):
        for one in _forms(sampler, place) if len(place.pointer) == 1 else ():
            yield put(copy.deepcopy(value), one)


def _is_enum(value: object, place: Place, sampler: Sampler) -> bool:
    """Is it one of the words that are varied as such?"""
    return isinstance(value, str) and isinstance(place.value, str) and value in enums(sampler, place.schema)


def key(one: Variation) -> str:
    """A text that tells a variation apart from all others of its answer."""
    return msgspec.json.encode(one).decode()
