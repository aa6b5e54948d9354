"""Questions about a converted schema: which types it allows, which members it declares, what a text means in it."""

from __future__ import annotations

import re
from itertools import pairwise
from math import isfinite
from typing import Any, TypeAlias

from harness.contract.schema import TYPES, Schema, Schemas

Tree: TypeAlias = "str | list[Tree] | dict[str, Tree]"
"""A form with nested keys before its schema is known: texts, lists and objects of them."""

_TEXT: Schema = {"type": "string"}
OPEN: Schema = {}
"""Admits anything. One object, so that what is kept of a schema is kept once."""
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,4298})")
"""No longer than Python reads: 4,300 digits, see `sys.int_info`."""
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_INDEX = re.compile(r"[0-9]{1,18}")
_KINDS: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}


def types(schemas: Schemas, schema: Schema) -> frozenset[str]:
    """The JSON types that a schema may allow, seen through references and combinations; all when it is open."""
    return schemas.fact("types", schema, lambda: _types(schemas, schema, 8))


def _types(schemas: Schemas, schema: Schema, depth: int) -> frozenset[str]:
    schema = schemas.resolve(schema)
    allowed = set(TYPES)
    kind = schema.get("type")
    if kind is not None:
        allowed &= {kind} if isinstance(kind, str) else set(kind)
    if "enum" in schema:
        allowed &= {_KINDS.get(type(value), "string") for value in schema["enum"]}
    if "const" in schema:
        allowed &= {_KINDS.get(type(schema["const"]), "string")}
    if depth and len(allowed) > 1:
        for part in schema.get("allOf", ()):
            if isinstance(part, dict):
                allowed &= _types(schemas, part, depth - 1)
        for key in ("anyOf", "oneOf"):
            parts = [part for part in schema.get(key, ()) if isinstance(part, dict)]
            if parts:
                allowed &= frozenset().union(*(_types(schemas, part, depth - 1) for part in parts))
    if (
        kind is None
        and len(allowed) == len(TYPES)
        and ("properties" in schema or "additionalProperties" in schema)
    ):
        return frozenset(("object",))
    return frozenset(allowed)


def branches(schemas: Schemas, schema: Schema) -> list[Schema]:
    """The schema itself and every schema that it combines, references resolved: where a member may be declared."""
    return schemas.fact("branches", schema, lambda: _branches(schemas, schema, 8))


def _branches(schemas: Schemas, schema: Schema, depth: int) -> list[Schema]:
    schema = schemas.resolve(schema)
    found = [schema]
    if depth:
        for key in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(key, ()):
                if isinstance(part, dict):
                    found += _branches(schemas, part, depth - 1)
    return found


def members(schemas: Schemas, schema: Schema) -> dict[str, Schema]:
    """Every property that a schema or one of its combinations declares; the first declaration of a name counts."""
    return schemas.fact("members", schema, lambda: _members(schemas, schema))


def _members(schemas: Schemas, schema: Schema) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for branch in branches(schemas, schema):
        for name, member in branch.get("properties", {}).items():
            found.setdefault(name, member if isinstance(member, dict) else {})
    return found


def member(schemas: Schemas, schema: Schema, name: str) -> Schema | None:
    """The schema of one member: declared, else that of additional ones; None where nothing speaks of it."""
    known = members(schemas, schema).get(name)
    if known is not None:
        return known
    for branch in branches(schemas, schema):
        found = branch.get("additionalProperties")
        if isinstance(found, dict):
            return found
    return None


def item(schemas: Schemas, schema: Schema) -> Schema:
    """The schema of an array's items; open where none is declared."""
    for branch in branches(schemas, schema):
        found = branch.get("items")
        if isinstance(found, dict):
            return found
    return OPEN


def scalar(kinds: frozenset[str], text: str) -> object:
    """What a text means among these types. A text that means nothing there stays as it is, for validation to tell."""
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    if ("integer" in kinds or "number" in kinds) and len(kinds) < len(TYPES):
        if _INTEGER.fullmatch(text):
            return int(text)
        if "number" in kinds and _NUMBER.fullmatch(text) and isfinite(number := float(text)):
            return number
    if text == "" and "null" in kinds and "string" not in kinds:
        return None
    return text


def coerce(schemas: Schemas, schema: Schema, tree: Tree) -> object:
    """A tree of texts as the value that its schema means: types of scalars, arrays for `a[0]`, `a[]` and repeats."""
    kinds = types(schemas, schema)
    if isinstance(tree, dict):
        if "array" in kinds and tree and all(_INDEX.fullmatch(key) for key in tree):
            tree = [tree[key] for key in sorted(tree, key=int)]
        else:
            made: dict[str, object] = {}
            for name, child in tree.items():
                made[name] = coerce(schemas, member(schemas, schema, name) or _TEXT, child)
            return made
    if isinstance(tree, list):
        if "array" not in kinds and "object" not in kinds:
            return coerce(schemas, schema, tree[-1]) if tree else ""
        each = item(schemas, schema)
        return [coerce(schemas, each, child) for child in tree]
    if "array" in kinds and "string" not in kinds:
        return [coerce(schemas, item(schemas, schema), tree)] if tree else []
    return scalar(kinds, tree)


_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}


def divide(text: str, style: str) -> list[str]:
    """The items of a list in one decoded text, as a style writes them; none in an empty one."""
    return text.split(_SEPARATORS.get(style, ",")) if text else []


def nest(pairs: list[tuple[str, str]]) -> dict[str, Tree]:
    """Form pairs with nested keys as a tree: `metadata[a]=b`, `items[0][price]=x`, `expand[]=a`."""
    root: dict[str, Any] = {}
    for name, text in pairs:
        keys = split_key(name)
        node: Any = root
        for here, after in pairwise(keys):
            node = _step(node, here, after)
        _put(node, keys[-1], text)
    return root


def split_key(name: str) -> list[str]:
    """`items[0][price]` as `["items", "0", "price"]`; a name whose brackets do not close is one key."""
    head, bracket, rest = name.partition("[")
    if not bracket or not head or not rest.endswith("]"):
        return [name]
    return [head, *rest[:-1].split("][")]


def _step(node: Any, key: str, after: str) -> Any:
    """The container under `key`, made where there is none: a list for `[]`, else an object."""
    fresh: Any = [] if after == "" else {}
    if isinstance(node, list):
        # `a[][b]=1&a[][c]=2` is one item with two members; a member that comes again begins the next item.
        if not node or not isinstance(node[-1], dict) or after in node[-1]:
            node.append(fresh)
        return node[-1]
    child = node.get(key)
    if not isinstance(child, dict | list):
        child = node[key] = fresh
    return child


def _put(node: Any, key: str, text: str) -> None:
    if isinstance(node, list):
        node.append(text)
    elif key not in node:
        node[key] = text
    elif isinstance(node[key], list):
        node[key].append(text)
    else:
        node[key] = [node[key], text]
