"""What was met of components: of a schema that stands in several places, what stood in any of them."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract.schema import Schema, Schemas
from harness.drift.seen.met import EACH, tokens

_CHOICES = ("allOf", "anyOf", "oneOf")


def met_of(schemas: Schemas, schema: Schema, value: object) -> Iterator[tuple[str, object]]:
    """Each component that a value is of, or something in it: its pointer in the document, and that value. Of a choice
    all branches, taken or not."""
    yield from _met(schemas, schema, value, frozenset())


def _met(
    schemas: Schemas, schema: Schema, value: object, above: frozenset[str]
) -> Iterator[tuple[str, object]]:
    key = schemas.key_of(schema)
    if key is not None and key not in above:
        yield schemas.document.origin(schemas.ref_of(key).removeprefix("#")), value
        yield from _met(schemas, schemas.definition(key), value, above | {key})
    for word in _CHOICES:
        for part in schema.get(word, ()):
            if isinstance(part, dict):
                yield from _met(schemas, part, value, above)
    for inner, declared in _inside(schema, value):
        if isinstance(declared, dict):
            yield from _met(schemas, declared, inner, frozenset())


def _inside(schema: Schema, value: object) -> Iterator[tuple[object, object]]:
    """The members or items of a value, each with what its schema says of it."""
    if isinstance(value, dict):
        members, rest = schema.get("properties", {}), schema.get("additionalProperties")
        for name, inner in value.items():
            yield inner, members.get(name, rest)
    elif isinstance(value, list):
        firsts, rest = schema.get("prefixItems", ()), schema.get("items")
        for index, item in enumerate(value):
            yield item, firsts[index] if index < len(firsts) else rest


def inward(pointer: str) -> tuple[str, ...]:
    """The way into a value that a pointer into its schema leads: `/properties/lines/items/maxLength` leads to the
    items of `lines`."""
    way: list[str] = []
    parts = iter(tokens(pointer))
    for part in parts:
        if part in ("properties", "prefixItems"):
            way += (each for each in (next(parts, None),) if each is not None)
        elif part in ("items", "additionalProperties", "unevaluatedProperties", "unevaluatedItems"):
            way.append(EACH)
        elif part == "patternProperties":
            next(parts, None)
            way.append(EACH)
        elif part in _CHOICES:
            next(parts, None)
        else:
            break
    return tuple(way)
