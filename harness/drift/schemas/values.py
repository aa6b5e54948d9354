"""Values that may tell two schemas apart, and whole values with one in its place."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from harness.contract.forked import Fork
from harness.contract.realistic import Luck
from harness.contract.sample import Sampler
from harness.contract.schema import Schema, Schemas
from harness.drift.schemas.found import Candidates, Step
from harness.drift.schemas.projection import Sparing

_NOW_S = 1_767_225_600.0
_TRIES = 64
_NAMES = 8


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
        self.schemas = Sparing.of(schemas)
        self._sampler = Sampler(self.schemas)
        self._sampled: dict[tuple[int, int], tuple[Schema, object, bool]] = {}

    def fits(self, schema: Schema, value: object) -> bool:
        """Does the value fit the converted schema?"""
        return self.schemas.valid(schema, value)

    def errors(self, schema: Schema, value: object) -> list[Any]:
        """What a validator of the converted schema says against the value."""
        return list(self.schemas.validator(schema).iter_errors(value))

    def sample(self, schema: Schema, number: int = 0, name: str = "") -> tuple[object, bool]:
        """A value of a schema, and whether it is valid: the same for the same number."""
        known = self._sampled.get((id(schema), number))
        if known is None:
            value, valid = self._sampler.valid_value(schema, luck(number), name=name)
            known = self._sampled[id(schema), number] = (schema, value, valid)
        return known[1], known[2]

    def samples(self, schema: Schema, count: int = 4) -> Iterator[object]:
        """Some valid values of a schema."""
        for number in range(count):
            value, valid = self.sample(schema, number)
            if valid:
                yield value

    def names(self, schema: Schema) -> Iterator[str]:
        """Names that members which a schema does not declare may have."""
        rule = schema.get("propertyNames")
        if isinstance(rule, dict):
            made = (self._sampler.valid_value({"type": "string", **rule}, luck(n)) for n in range(_NAMES))
            yield from dict.fromkeys(str(name) for name, valid in made if valid)
        yield from fresh_names()

    def placed(self, steps: tuple[Step, ...], value: object, *, lean: bool = False) -> object:
        """A whole value with the given one at the end of the steps. `lean`: beside it, only what must be there."""
        for step in reversed(steps):
            if step.kind == "choice":
                continue
            around, _ = self.sample(step.around)
            if lean and isinstance(around, dict):
                needed = step.around.get("required", ())
                around = {name: member for name, member in around.items() if name in needed}
            if step.kind == "item":
                value = self._in_list(around, value, step)
            else:
                name = step.name
                if step.kind == "extra":
                    name = next(
                        n for n in self.names(step.around) if n not in step.around.get("properties", {})
                    )
                value = {**(around if isinstance(around, dict) else {}), name: value}
        return value

    def _in_list(self, around: object, value: object, step: Step) -> list[object]:
        """A list with the value in its place: after those that have one of their own, where it has none."""
        items: list[object] = list(around) if isinstance(around, list) else []
        firsts = step.around.get("prefixItems", ())
        index = int(step.name) if step.name else max(len(firsts), step.after)
        items += [
            self.sample(first)[0] if isinstance(first, dict) else value for first in firsts[len(items) :]
        ]
        rest = step.around.get("items")
        while len(items) < index and isinstance(rest, dict):
            items.append(self.sample(rest)[0])
        while len(items) <= index or len(items) < step.around.get("minItems", 0):
            items.append(value)
        if "contains" in step.around:
            items.insert(index, value)
        else:
            items[index] = value
        return items


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


def luck(number: int) -> Luck:
    """The luck of that number: the same today and tomorrow."""
    return Luck(Fork(_Zero()).numbered(number), _NOW_S)


def fresh_names() -> Iterator[str]:
    """Names of members that no document declares, most likely."""
    return (f"extra{n or ''}" for n in itertools.count())


def is_plain(words: Schema) -> bool:
    """Has it no reference anywhere?"""
    return not _refers(words)


def _refers(node: Any) -> bool:
    if isinstance(node, dict):
        return "$ref" in node or any(_refers(child) for child in node.values())
    return isinstance(node, list) and any(_refers(child) for child in node)
