"""Bodies that are written otherwise in XML though they hold the same: names of elements, attributes, namespaces,
wrapped lists."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from harness.contract import shape, xml
from harness.contract.body import Media, is_xml
from harness.contract.contract import Contract
from harness.contract.schema import Direction, Schema, Schemas
from harness.drift.documents.finding import Harmless
from harness.drift.schemas.values import Values

UNREAD_ELEMENTS = Harmless("what is written so is ignored where nothing asks for it", level="risky")

_SAMPLES = 3
_DEEPEST = 12


def written_otherwise(
    old: Contract, new: Contract, before: Media, after: Media, direction: Direction
) -> tuple[str, str, object] | None:
    """The same value as both documents write it, and the value; None where they write all alike, or no XML."""
    if not (is_xml(before.type) and is_xml(after.type)) or before.schema is None or after.schema is None:
        return None
    sides = (old.schemas(direction), before.schema), (new.schemas(direction), after.schema)
    giver, taker = sides if direction == "request" else sides[::-1]
    for value in Values(giver[0]).samples(giver[1], _SAMPLES):
        kept = _known(*taker, value, 0)
        texts = [xml.written(schemas, _unnamed(schemas, schema), kept) for schemas, schema in sides]
        if _canonical(texts[0]) != _canonical(texts[1]):
            return texts[0], texts[1], kept
    return None


def _canonical(text: str) -> str:
    """The same for documents that differ in the prefixes of their namespaces alone."""
    return ElementTree.canonicalize(text, rewrite_prefixes=True)


def _unnamed(schemas: Schemas, schema: Schema) -> Schema:
    """The schema without the name of the component that it is: what a component is called is told of nowhere else."""
    out = schemas.resolve(schema)
    items = out.get("items")
    return {**out, "items": schemas.resolve(items)} if isinstance(items, dict) else out


def _known(schemas: Schemas, schema: Schema, value: Any, depth: int) -> Any:
    """The value without members that the schema does not declare."""
    if depth > _DEEPEST:
        return value
    if isinstance(value, dict):
        declared = shape.members(schemas, schema)
        return {
            name: _known(schemas, declared[name], member, depth + 1)
            for name, member in value.items()
            if name in declared
        }
    if isinstance(value, list):
        return [_known(schemas, shape.item(schemas, schema), item, depth + 1) for item in value]
    return value
