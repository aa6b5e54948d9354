"""Values that may tell two schemas apart, and whole values with one in its place."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from harness.contract import pattern, realistic
from harness.contract.forked import Fork
from harness.contract.realistic import Luck
from harness.contract.sample import Sampler
from harness.contract.schema import Schema, Schemas
from harness.drift.form import as_schema, is_of
from harness.drift.found import Candidates, Step
from harness.drift.projection import Thrifty, fits

_NOW_S = 1_767_225_600.0
_TRIES = 48
_TEXTS = ("word", "", " ", "?!", "0", "A", "-1", "ä€", "a b", "2026-01-01", "word" * 80)
_OF_EACH_KIND: tuple[object, ...] = ("word", 1, 0.5, True, None, [], {}, ["word"], {"word": 1})
_NUMBERS = (0, 1, -1, 2, 3, 7, 10, 0.5, -0.5, 1.25, 0.001, 100, 2**31, -(2**31) - 1, 2**53, 1e30)


class _Zero:
    """Luck that is always the same: what proves a change today proves it tomorrow."""

    def random(self) -> float:
        return 0.0

    def randrange(self, start: int, stop: int) -> int:
        return start

    def getrandbits(self, count: int) -> int:
        return 0


class Values:
    """Makes values of the schemas of one document in one direction."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self._sampler = Sampler(Thrifty(schemas))
        self._sampled: dict[tuple[int, int], tuple[Schema, object, bool]] = {}

    def fits(self, schema: Schema, value: object) -> bool:
        """Does the value fit the converted schema?"""
        return fits(self.schemas, schema, value)

    def sample(self, schema: Schema, number: int = 0, name: str = "") -> tuple[object, bool]:
        """A value of a schema, and whether it is valid: the same for the same number."""
        known = self._sampled.get((id(schema), number))
        if known is None:
            value, valid = self._sampler.valid_value(schema, _luck(number), name=name)
            known = self._sampled[id(schema), number] = (schema, value, valid)
        return known[1], known[2]

    def samples(self, schema: Schema, count: int = 4) -> Iterator[object]:
        """Some valid values of a schema."""
        for number in range(count):
            value, valid = self.sample(schema, number)
            if valid:
                yield value

    def without(self, schema: Schema, name: str) -> Iterator[object]:
        """Valid objects of a schema that lack a member."""
        for value in self.samples(schema, 2):
            if isinstance(value, dict):
                yield {key: member for key, member in value.items() if key != name}

    def lists(self, schema: Schema, other: Schema) -> Iterator[object]:
        """Lists of a schema, as long as either of two schemas bounds them and a little beyond."""
        first = next(self.samples(schema, 1), None)
        items = list(first) if isinstance(first, list) else []
        for number in range(1, 6):
            more, _ = self.sample(schema, number)
            items += [item for item in more if item not in items] if isinstance(more, list) else []
        limits = [each.get(word) for each in (schema, other) for word in ("minItems", "maxItems")]
        sizes = {
            size + step for size in limits if isinstance(size, int) and size < 2000 for step in (-1, 0, 1)
        }
        for size in sorted(sizes | {0, 1, 2}):
            if size >= 0 and (items or not size):
                yield list(itertools.islice(itertools.cycle(items), size)) if items else []
                if size > 1:
                    yield [items[0]] * size

    def objects(self, schema: Schema, other: Schema) -> Iterator[object]:
        """Objects of a schema: as they come, with as few members as they may have, and with more than they need."""
        for value in self.samples(schema):
            yield value
            if not isinstance(value, dict):
                continue
            needed = schema.get("required", ())
            yield {name: member for name, member in value.items() if name in needed}
            for name in value:
                if name not in needed:
                    yield {key: member for key, member in value.items() if key != name}
            most = max((each.get("maxProperties", 0) for each in (schema, other)), default=0)
            further = next(self.samples(as_schema(schema.get("additionalProperties", True)), 1), "word")
            grown = dict(value)
            for name in itertools.islice(_fresh_names(), min(most + 2, 200)):
                grown[name] = further
                yield dict(grown)

    def placed(self, steps: tuple[Step, ...], value: object) -> object:
        """A whole value with the given one at the end of the steps."""
        for step in reversed(steps):
            if step.kind == "choice":
                continue
            around, _ = self.sample(step.around)
            if step.kind == "item":
                value = _in_list(around, value, step.around, int(step.name or 0))
            else:
                name = step.name
                if step.kind == "extra":
                    name = next(n for n in _fresh_names() if n not in step.around.get("properties", {}))
                value = {**(around if isinstance(around, dict) else {}), name: value}
        return value


def proofs(
    giver: Values, refuser: Values, taken: Schema, refused: Schema, made: Candidates
) -> Iterator[object]:
    """Those of the candidates that one schema takes and the other one refuses."""
    for value in itertools.islice(made(), _TRIES):
        if giver.fits(taken, value) and not refuser.fits(refused, value):
            yield value


def samples(values: Values, *schemas: Schema) -> Candidates:
    """Candidates that are valid values of some schemas."""
    return lambda: (value for schema in schemas for value in values.samples(schema))


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
        yield from _OF_EACH_KIND
    yield from told
    forbidden = refuser.get("not")
    if isinstance(forbidden, dict):
        yield from forbidden.get("enum", [forbidden["const"]] if "const" in forbidden else ())
        yield from scalars({"type": kind, **forbidden} if kind else forbidden, {})


def _texts(giver: Schema, refuser: Schema) -> Iterator[str]:
    sizes = _near(giver, refuser, ("minLength", "maxLength"))
    least, most = giver.get("minLength", 0), giver.get("maxLength")
    made = realistic.FORMATS.get(giver.get("format", ""))
    own = giver.get("pattern")
    for number in range(4) if isinstance(own, str) else ():
        for size in (None, *sizes):
            text = pattern.matching(str(own), _luck(number).rng, shortest=size or least, longest=size or most)
            if text is not None:
                yield text
                if number == 0 and size is None:
                    yield from (text + "!", "!" + text, text + "0", text.upper(), text.swapcase())
    for number in range(3 if made else 0):
        yield made(_luck(number)) if made else ""
    for size in sizes:
        if 0 <= size <= 100_000:
            yield "a" * size
            yield ("word " * size)[:size]
    other = realistic.FORMATS.get(refuser.get("format", ""))
    if other is not None:
        yield other(_luck(0)) + "?"
    yield from _TEXTS


def _numbers(giver: Schema, refuser: Schema) -> Iterator[float]:
    bounds = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    for limit in (each[word] for each in (giver, refuser) for word in bounds if word in each):
        yield from (limit, limit + 1, limit - 1, limit + 0.5, limit - 0.5, limit + 0.001, limit - 0.001)
    for step in (each["multipleOf"] for each in (giver, refuser) if "multipleOf" in each):
        yield from (step, 2 * step, 3 * step, -step, 0)
    yield from _NUMBERS


def _near(giver: Schema, refuser: Schema, words: tuple[str, ...]) -> list[int]:
    limits = [each[word] for each in (giver, refuser) for word in words if word in each]
    return sorted({limit + step for limit in limits for step in (-1, 0, 1) if limit + step >= 0})


def _in_list(around: object, value: object, schema: Schema, index: int) -> list[object]:
    items: list[object] = list(around) if isinstance(around, list) else []
    least = schema.get("minItems", 0)
    while len(items) <= index or len(items) < least:
        items.append(value)
    items[index] = value
    return items


def _fresh_names() -> Iterator[str]:
    return (f"extra{n or ''}" for n in itertools.count())


def _luck(number: int) -> Luck:
    return Luck(Fork(_Zero()).numbered(number), _NOW_S)


def is_plain(words: Schema) -> bool:
    """Has it no reference anywhere?"""
    return not _refers(words)


def _refers(node: Any) -> bool:
    if isinstance(node, dict):
        return "$ref" in node or any(_refers(child) for child in node.values())
    return isinstance(node, list) and any(_refers(child) for child in node)
