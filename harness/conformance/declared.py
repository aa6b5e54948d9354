"""Drawn requests without what their contract does not speak of.

A schema that is open takes any other member, too, and so they are drawn. A provider that keeps such a member sends it
back to whoever asks next, and that is no word of the provider's own.
"""

from __future__ import annotations

import json

import msgspec

from harness.conformance.sending import Asked
from harness.contract import shape
from harness.contract.body import Malformed, decode_json, is_json
from harness.contract.contract import Contract, Operation
from harness.contract.schema import Schema, Schemas


def without_additions(contract: Contract, operation: Operation, asked: Asked) -> Asked:
    """The request with only what is declared in its body, where that is JSON; others as they are."""
    said = next((value for name, value in asked.headers if name.lower() == "content-type"), "")
    schema = next((media.schema for media in contract.compiled(operation).body if is_json(media.type)), None)
    if not asked.body or not is_json(said) or schema is None:
        return asked
    try:
        value = decode_json(asked.body)
    except Malformed:
        return asked
    kept = _declared(contract.schemas("request"), schema, value)
    if kept == value:
        return asked
    return msgspec.structs.replace(asked, body=json.dumps(kept).encode())


def _declared(schemas: Schemas, schema: Schema, value: object) -> object:
    if isinstance(value, list):
        item = shape.item(schemas, schema)
        return [_declared(schemas, item, inner) for inner in value]
    declared = shape.members(schemas, schema)
    if not isinstance(value, dict) or not declared or _has_patterns(schemas, schema):
        return value
    members = {name: shape.member(schemas, schema, name) for name in value}
    return {
        name: _declared(schemas, member, value[name])
        for name, member in members.items()
        if member is not None
    }


def _has_patterns(schemas: Schemas, schema: Schema) -> bool:
    return any("patternProperties" in branch for branch in shape.branches(schemas, schema))
