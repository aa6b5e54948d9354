"""The places of a value: each with the schema that holds there, and whether it may be left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from harness.contract.sample import Sampler
from harness.contract.schema import Schema
from harness.tolerance.variation import Token

DEEPEST = 6
"""Deeper places are left as they are: there are too many of them, and clients seldom look there."""


class Place(msgspec.Struct, frozen=True):
    """One place. `schema`: as it is declared. `holds`: the same with references resolved, parts merged and the branch
    taken that the value is of. `optional`: the object around it may be without it."""

    pointer: tuple[Token, ...]
    value: Any
    schema: Schema
    holds: Schema
    optional: bool = False

    @property
    def name(self) -> str:
        """The name of the member, or of the list that it is an item of."""
        return next((token for token in reversed(self.pointer) if isinstance(token, str)), "")


def places(sampler: Sampler, schema: Schema, value: Any) -> Iterator[Place]:
    """Every place of a valid value, those around before those within. Of a list, the first item stands for all."""
    yield from _places(sampler, schema, value, (), optional=False)


def _places(
    sampler: Sampler, schema: Schema, value: Any, pointer: tuple[Token, ...], *, optional: bool
) -> Iterator[Place]:
    holds = branch_of(sampler, schema, value)
    yield Place(pointer, value, schema, holds, optional)
    if len(pointer) >= DEEPEST:
        return
    if isinstance(value, dict):
        members, required = holds.get("properties", {}), holds.get("required", ())
        others = holds.get("additionalProperties")
        for name, child in value.items():
            member = members.get(name, others)
            declared = member if isinstance(member, dict) else {}
            yield from _places(sampler, declared, child, (*pointer, name), optional=name not in required)
    elif isinstance(value, list) and value:
        items = holds.get("items")
        item = items if isinstance(items, dict) else {}
        yield from _places(sampler, item, value[0], (*pointer, 0), optional=False)


def branch_of(sampler: Sampler, schema: Schema, value: Any) -> Schema:
    """The merged schema, with each choice in it made as the value has it."""
    merged = sampler.merger.merged(schema)
    for _ in range(4):
        key = next((key for key in ("oneOf", "anyOf") if key in merged), None)
        if key is None:
            break
        options = [option for option in merged[key] if isinstance(option, dict)]
        fits = (n for n, option in enumerate(options) if sampler.schemas.valid(option, value))
        number = next(fits, None)
        if number is None:
            break
        merged = sampler.merger.merged(sampler.merger.branch(merged, key, number))
    return merged


def options(sampler: Sampler, schema: Schema) -> list[Schema]:
    """The branches of the first choice of a schema; none where it has none."""
    merged = sampler.merger.merged(schema)
    key = next((key for key in ("oneOf", "anyOf") if key in merged), None)
    if key is None:
        return []
    count = sum(isinstance(option, dict) for option in merged[key])
    return [sampler.merger.branch(merged, key, number) for number in range(count)]


def enums(sampler: Sampler, schema: Schema, depth: int = 4) -> list[Any]:
    """The values that a schema names anywhere among its branches."""
    merged = sampler.merger.merged(schema)
    named = list(merged.get("enum", ()))
    for option in options(sampler, schema) if depth else ():
        named += [value for value in enums(sampler, option, depth - 1) if value not in named]
    return named
