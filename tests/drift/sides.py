"""Builders of what `harness/drift/schemas/compare.py` compares: two documents with one schema each."""

from __future__ import annotations

import json
from typing import Any

from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.contract.schema import Direction
from harness.drift.schemas.compare import MISSING, Memo, SchemaChange, Side, compare

Node = dict[str, Any]

AT = "/components/schemas/Root"


def contract(schema: Any, components: dict[str, Any] | None = None, *, version: str = "3.1.0") -> Contract:
    """A contract whose component `Root` is the schema."""
    document = {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "paths": {},
        "components": {"schemas": {"Root": schema, **(components or {})}},
    }
    return Contract(parse(json.dumps(document).encode(), name="t"))


def side(of: Contract, direction: Direction) -> Side:
    """The component `Root` of a contract."""
    schema = of.document.root["components"]["schemas"]["Root"]
    return Side(of, of.schemas(direction).convert(schema), AT)


def changes(old: Contract, new: Contract, direction: Direction) -> tuple[SchemaChange, ...]:
    """What changed between the components `Root`; every example is checked with the validators of both sides."""
    before, after = side(old, direction), side(new, direction)
    found = compare(before, after, direction, Memo())
    for change in found:
        proven(change, before, after, direction)
    return found


def proven(change: SchemaChange, old: Side, new: Side, direction: Direction) -> None:
    """A breaking change has an example that one side takes and the other one refuses, or says why not."""
    if change.level != "breaking":
        assert change.example is MISSING
        return
    if change.example is MISSING:
        assert change.unproven
        return
    gives, takes = (old, new) if direction == "request" else (new, old)
    assert gives.contract.schemas(direction).valid(gives.schema, change.example), change
    assert not takes.contract.schemas(direction).valid(takes.schema, change.example), change


def lines(old: Any, new: Any, direction: Direction, components: dict[str, Any] | None = None) -> list[str]:
    """`level rule value` of each change between two schemas."""
    found = changes(contract(old, components), contract(new, components), direction)
    return [f"{each.level} {each.rule} {each.value}".rstrip() for each in found]
