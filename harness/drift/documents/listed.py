"""A single value that became a list: under the same name, it is read as a list of one, or parted at commas."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from harness.contract import shape
from harness.contract.body import Media
from harness.contract.schema import Schema, Schemas
from harness.drift.documents.finding import Found, found
from harness.drift.schemas.flat import ANNOTATIONS
from harness.model.change import Place

_COUNTED = frozenset(("type", "items", "minItems", "maxItems", "uniqueItems"))
_SEVERAL = frozenset(("array", "object"))


def told(rule_id: str, place: Place, *, is_parted: bool, **sides: Any) -> Found:
    """The change itself. `is_parted`: may a text that was one value be read as several now?"""
    made = found(rule_id, place, level="risky" if is_parted else "info", **sides)
    message = (
        "a single value is a list now, parted at commas"
        if is_parted
        else "a single value is a list of one now"
    )
    return msgspec.structs.replace(made, change=msgspec.structs.replace(made.change, message=message))


def listed(single: Schema, lists: Schema) -> Schema | None:
    """Lists of such single values, as the other schema has them, but for what it asks of more than one; None where it
    says more of them than what their items are and how many."""
    lists = _but_null(lists)
    if lists.keys() - ANNOTATIONS - _COUNTED or lists.get("maxItems", 1) < 1:
        return None
    least = min(1, lists.get("minItems", 0))
    return {**lists, "items": single, **({"minItems": least} if "minItems" in lists else {})}


def as_lists(
    schemas: tuple[Schemas, Schemas], old: Media, new: Media
) -> tuple[Schema | None, dict[str, bool]]:
    """The schema of a form that was, its single values as the lists that they are now read as; by the name of each,
    whether it may be parted."""
    if old.schema is None or new.schema is None:
        return old.schema, {}
    before, after = shape.members(schemas[0], old.schema), shape.members(schemas[1], new.schema)
    instead: dict[str, Schema] = {}
    is_parted: dict[str, bool] = {}
    for name in sorted(before.keys() & after.keys()):
        kinds, now = shape.types(schemas[0], before[name]), shape.types(schemas[1], after[name])
        rule = new.rules.get(name)
        rule = rule if isinstance(rule, dict) else {}
        if (
            not kinds
            or kinds & _SEVERAL
            or now - {"null"} != {"array"}
            or rule.get("style", "form") != "form"
        ):
            continue
        made = listed(before[name], schemas[1].resolve(after[name]))
        if made is not None:
            instead[name] = made
            is_parted[name] = "string" in kinds and rule.get("explode", True) is not True
    return (_with(schemas[0], old.schema, instead) if instead else old.schema), is_parted


def singled(value: object, lists: Collection[str]) -> object:
    """A form with the only item of these lists in their place, as it was written before."""
    if not isinstance(value, dict):
        return value
    return {
        name: each[0] if name in lists and isinstance(each, list) and len(each) == 1 else each
        for name, each in value.items()
    }


def _but_null(lists: Schema) -> Schema:
    """A list that may be null, without that."""
    branches = [each for each in lists.get("anyOf", ()) if each != {"type": "null"}]
    return branches[0] if len(branches) == 1 and not lists.keys() - ANNOTATIONS - {"anyOf"} else lists


def _with(schemas: Schemas, schema: Schema, instead: dict[str, Schema], seen: Collection[str] = ()) -> Schema:
    """The schema with other members, wherever it or a part of it declares them."""
    key = schemas.key_of(schema)
    if key in seen:
        return schema
    seen = (*seen, key) if key is not None else seen
    out = dict(schemas.resolve(schema))
    if "properties" in out:
        out["properties"] = {name: instead.get(name, member) for name, member in out["properties"].items()}
    for word in ("allOf", "anyOf", "oneOf"):
        if word in out:
            out[word] = [
                _with(schemas, part, instead, seen) if isinstance(part, dict) else part for part in out[word]
            ]
    return out
