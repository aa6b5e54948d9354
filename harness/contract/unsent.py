"""What has no business to be sent: members that a schema has for requests, or for answers, alone."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract import shape
from harness.contract.schema import Schema, Schemas
from harness.contract.yaml import pointer
from harness.model.exchange import Deviation


def read_only(
    schemas: Schemas, schema: Schema, value: object, at: tuple[str, ...] = ()
) -> Iterator[Deviation]:
    """The members of a request's body that are readOnly.

    They SHOULD NOT be sent (OpenAPI 3.0.4, Schema Object; JSON Schema 2020-12 Validation section 9.4), and a provider
    that gets them may as well ignore them.
    """
    if not has_read_only(schemas, schema):
        return
    if isinstance(value, list):
        for index, child in enumerate(value):
            yield from read_only(schemas, shape.item(schemas, schema), child, (*at, str(index)))
    elif isinstance(value, dict):
        for name, child in value.items():
            if _is_owned(schemas, schema, name, 8):
                message = f"{name!r} is readOnly: it is the provider's to say"
                yield Deviation("body", pointer([*at, name]), message, "readOnly")
                continue
            member = shape.member(schemas, schema, name)
            if member is not None:
                yield from read_only(schemas, member, child, (*at, name))


def has_read_only(schemas: Schemas, schema: Schema) -> bool:
    """Does the schema, or any that it leads to, have such a member?"""
    return schemas.fact("read only", schema, lambda: _mentions(schemas, schema, set()))


def _is_owned(schemas: Schemas, schema: Schema, name: str, depth: int) -> bool | None:
    """Is that member readOnly: by one declaration of those that hold together, by each of alternatives?

    None where nothing declares it.
    """
    schema = schemas.resolve(schema)
    told: list[bool | None] = []
    own = schema.get("properties", {}).get(name)
    if isinstance(own, dict):
        told.append(is_marked(schemas, own, "readOnly", depth))
    for key in ("allOf", "anyOf", "oneOf") if depth else ():
        parts = [part for part in schema.get(key, ()) if isinstance(part, dict)]
        known = [v for part in parts if (v := _is_owned(schemas, part, name, depth - 1)) is not None]
        if known:
            told.append(any(known) if key == "allOf" else all(known))
    return any(told) if told else None


def is_marked(schemas: Schemas, member: Schema, mark: str, depth: int = 8) -> bool:
    """Is a member marked so (`readOnly`, `writeOnly`): by itself, or by a part of it?"""
    member = schemas.resolve(member)
    parts = member.get("allOf", ()) if depth else ()
    return member.get(mark) is True or any(
        is_marked(schemas, part, mark, depth - 1) for part in parts if isinstance(part, dict)
    )


def _mentions(schemas: Schemas, schema: object, seen: set[str]) -> bool:
    if isinstance(schema, list):
        return any(_mentions(schemas, part, seen) for part in schema)
    if not isinstance(schema, dict):
        return False
    if schema.get("readOnly") is True:
        return True
    key = schemas.key_of(schema)
    if key is not None and key not in seen:
        seen.add(key)
        if _mentions(schemas, schemas.definition(key), seen):
            return True
    return any(_mentions(schemas, part, seen) for part in schema.values() if isinstance(part, dict | list))
