"""Schemas merged: what an allOf or a branch of a choice says with all that stands beside it, in one schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.contract.schema import Schema, Schemas

_ABOUT = ("x-name", "example", "examples", "default")


class Merger:
    """Merges the schemas of one document, each once.

    What is kept is keyed by the identity of a schema of the document, never of one made for a single value, so it is
    bounded by the document.
    """

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self._merged: dict[int, tuple[Schema, Schema]] = {}
        self._branches: dict[tuple[int, str, int], tuple[Schema, Schema]] = {}
        self._derived: dict[int, tuple[Schema, list[Schema]]] = {}

    def merged(self, schema: Schema) -> Schema:
        """The schema with its reference resolved and its allOf parts merged into it."""
        known = self._merged.get(id(schema))
        if known is None:
            known = self._merged[id(schema)] = (schema, self._merge(schema, 0))
        return known[1]

    def branch(self, schema: Schema, key: str, index: int) -> Schema:
        """One branch of a merged schema's anyOf or oneOf, with what stands beside it merged in."""
        known = self._branches.get((id(schema), key, index))
        if known is None:
            option = [option for option in schema[key] if isinstance(option, dict)][index]
            beside = {k: v for k, v in schema.items() if k not in (key, "discriminator", *_ABOUT)}
            made = combine(self.merged(option), beside) if beside else option
            known = self._branches[id(schema), key, index] = (schema, made)
        return known[1]

    def derived(self, schema: Schema) -> list[Schema]:
        """What the mapping of a merged schema's discriminator stands for, where the schema itself is none of it."""
        known = self._derived.get(id(schema))
        if known is None:
            known = self._derived[id(schema)] = (schema, list(self._targets(schema)))
        return known[1]

    def _targets(self, schema: Schema) -> Iterator[Schema]:
        discriminator = schema.get("discriminator")
        mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
        own = schema.get("x-name")
        if not isinstance(mapping, dict) or own is None or "oneOf" in schema or "anyOf" in schema:
            return
        keys = [self.schemas.key_meant(target) for target in mapping.values() if isinstance(target, str)]
        if own not in keys:
            yield from (self.schemas.reference(key) for key in dict.fromkeys(keys) if key is not None)

    def _merge(self, schema: Schema, depth: int) -> Schema:
        key = self.schemas.key_of(schema)
        schema = self.schemas.resolve(schema)
        if depth > 24:
            return schema
        parts = schema.get("allOf")
        if key is not None and ("discriminator" in schema or parts):
            schema = {**schema, "x-name": key}
        if not parts:
            return schema
        out = {k: v for k, v in schema.items() if k != "allOf"}
        for part in parts:
            if isinstance(part, dict):
                out = combine(out, self._merge(part, depth + 1))
        return out


def combine(one: Schema, other: Schema) -> Schema:
    """One schema that admits what both admit, as far as generating goes; `one` wins where they only annotate."""
    out = dict(other)
    left: list[Schema] = []
    for key, value in one.items():
        theirs: Any = out.get(key)
        if key not in out:
            out[key] = value
        elif key == "properties":
            out[key] = dict(theirs)
            for name, member in value.items():
                known = out[key].get(name)
                both = isinstance(known, dict) and isinstance(member, dict) and known != member
                out[key][name] = {"allOf": [member, known]} if both else member
        elif key == "required":
            out[key] = list(dict.fromkeys([*value, *theirs]))
        elif key == "type":
            mine = [value] if isinstance(value, str) else value
            others = [theirs] if isinstance(theirs, str) else theirs
            both_types = [k for k in mine if k in others or (k == "integer" and "number" in others)]
            both_types += [k for k in others if k == "integer" and "number" in mine and k not in both_types]
            out[key] = both_types[0] if len(both_types) == 1 else both_types or mine
        elif key == "enum":
            out[key] = [v for v in value if v in theirs] or value
        elif key.startswith("min") or key == "exclusiveMinimum":
            out[key] = max(value, theirs)
        elif key.startswith("max") or key == "exclusiveMaximum":
            out[key] = min(value, theirs)
        elif (
            key in ("items", "additionalProperties") and isinstance(value, dict) and isinstance(theirs, dict)
        ):
            out[key] = value if value == theirs else {"allOf": [value, theirs]}
        elif key == "additionalProperties" and value is not theirs and False in (value, theirs):
            out[key] = False
        elif key == "allOf":
            out[key] = [*value, *theirs]
        elif key in ("anyOf", "oneOf") and value != theirs:
            # A choice stays one: that of the other part is made once this one is.
            left.append({key: theirs})
            out[key] = value
        else:
            out[key] = value
    if left:
        out["allOf"] = [*out.get("allOf", ()), *left]
    return out
