"""Rewritings of schemas: after each, a document says what it said."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec

from tests.drift.mutation.kinds import Done, cosmetic
from tests.drift.mutation.tree import (
    DIRECTIONS,
    MASKS,
    Node,
    Reach,
    Spot,
    Tree,
    is_nullable,
    is_plain,
    types,
)


def silent(where: str) -> Done:
    """Nothing changed, this way and back."""
    return Done("silent", "silent", where)


def _copy(node: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(node))


def _schemas(tree: Tree) -> list[Spot]:
    """Each schema that is reached and stands where a schema may be exchanged for one that says the same."""
    reach = Reach(tree)
    return [spot for each in DIRECTIONS for spot in reach.strict[each].values()]


def _drawn(tree: Tree, rng: Random, fits: Any) -> Spot | None:
    found = [spot for spot in _schemas(tree) if fits(spot)]
    return rng.choice(found) if found else None


def every_schema(tree: Tree) -> Iterator[Node]:
    """Each schema of the document, once, in whatever place."""
    seen: set[int] = set()
    pending: list[Any] = [*tree.schemas.values()]
    pending.extend(spot.node for spot in _schemas(tree))
    while pending:
        node = pending.pop()
        if not isinstance(node, dict) or id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        for key in ("properties", "patternProperties"):
            pending.extend((node.get(key) or {}).values())
        for key in ("allOf", "anyOf", "oneOf"):
            pending.extend(node.get(key) or ())
        pending.extend(node.get(key) for key in ("items", "additionalProperties", "not"))


@cosmetic
def inlined(tree: Tree, rng: Random) -> Done | None:
    """A reference to a schema becomes the schema."""
    held = [
        (s.holder, s.key)
        for s in _schemas(tree)
        if isinstance(s.holder[s.key], dict) and "$ref" in s.holder[s.key]
    ]
    if not held:
        return None
    holder, key = rng.choice(held)
    ref = holder[key]["$ref"]
    beside = {k: v for k, v in holder[key].items() if k == "nullable" and v is True}
    target = tree.at(ref)
    if beside and (not types(target) or target.keys() & {"enum", *MASKS}):
        return None
    holder[key] = _copy(target) | beside
    return silent(ref)


@cosmetic
def extracted(tree: Tree, rng: Random) -> Done | None:
    """A schema that stands in its place becomes a named one."""
    spot = _drawn(tree, rng, lambda s: "$ref" not in s.holder[s.key] and types(s.node))
    if spot is None or (tree.swagger and spot.textual):
        return None
    tree.schemas["HarnessExtracted"] = spot.node
    spot.holder[spot.key] = {"$ref": f"{tree.schemas_at}HarnessExtracted"}
    return silent(f"{spot.operation} {spot.part} {spot.key}")


def _referring(node: Any, ref: str) -> Iterator[Node]:
    pending = [node]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            if node.get("$ref") == ref:
                yield node
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)


@cosmetic
def renamed(tree: Tree, rng: Random) -> Done | None:
    """A named schema gets another name. Where a discriminator leads by names, they mean something."""
    text = msgspec.json.encode(tree.root).decode()
    names = [name for name in tree.schemas if "/" not in name and "~" not in name and "%" not in name]
    if not names or "discriminator" in text:
        return None
    name = rng.choice(names)
    tree.rename_schema(name, "HarnessRenamed")
    for node in _referring(tree.root, tree.schemas_at + name):
        node["$ref"] = f"{tree.schemas_at}HarnessRenamed"
    return silent(name)


@cosmetic
def all_of_one(tree: Tree, rng: Random) -> Done | None:
    spot = _drawn(tree, rng, lambda s: s.holder is not None)
    if spot is None or (tree.swagger and spot.textual):
        return None
    held = spot.holder[spot.key]
    if held.get("nullable") is True or "discriminator" in held:
        return None
    spot.holder[spot.key] = {"allOf": [held]}
    return silent(f"{spot.operation} {spot.part} {spot.key}")


@cosmetic
def any_of_one(tree: Tree, rng: Random) -> Done | None:
    spot = _drawn(tree, rng, lambda s: not s.textual)
    # What a form of a choice says beside what is valid is not said of the choice.
    if spot is None or spot.holder[spot.key].keys() & {"nullable", "default", "deprecated"}:
        return None
    spot.holder[spot.key] = {rng.choice(("anyOf", "oneOf")): [spot.holder[spot.key]]}
    return silent(f"{spot.operation} {spot.part} {spot.key}")


@cosmetic
def object_split(tree: Tree, rng: Random) -> Done | None:
    """An object becomes an allOf of two, half of its properties in each."""

    def fits(spot: Spot) -> bool:
        node = spot.node
        return is_plain(node, "object", "properties", "required") and len(node.get("properties") or {}) > 1

    spot = _drawn(tree, rng, fits)
    if spot is None or spot.textual:
        return None
    node = spot.node
    names = list(node["properties"])
    first = set(rng.sample(names, len(names) // 2))
    halves = []
    for part in (first, {*names} - first):
        half: Node = {"type": "object", "properties": {n: node["properties"][n] for n in names if n in part}}
        needed = [
            name for name in node.get("required", ()) if name in part or (name not in names and part is first)
        ]
        halves.append(half | ({"required": needed} if needed else {}))
    if is_nullable(node):
        return None
    kept = {key: value for key, value in node.items() if key not in ("type", "properties", "required")}
    node.clear()
    node |= kept | {"allOf": halves}
    return silent(f"{spot.operation} {spot.part} {spot.key}")


@cosmetic
def enum_of_one(tree: Tree, rng: Random) -> Done | None:
    """An enumeration of one value becomes a constant."""
    if not tree.modern:
        return None
    spot = _drawn(tree, rng, lambda s: len(s.node.get("enum") or ()) == 1)
    if spot is None:
        return None
    spot.node["const"] = spot.node.pop("enum")[0]
    return silent(f"{spot.operation} {spot.part} {spot.key}")


@cosmetic
def choice_of_types(tree: Tree, rng: Random) -> Done | None:
    """A list of types becomes a choice of them."""
    spot = _drawn(
        tree,
        rng,
        lambda s: tree.modern and is_plain(s.node, *types(s.node)) if len(types(s.node)) == 1 else False,
    )
    if spot is None or spot.textual or not is_nullable(spot.node) or not isinstance(spot.node["type"], list):
        return None
    kinds = spot.node.pop("type")
    spot.node[rng.choice(("anyOf", "oneOf"))] = [{"type": kind} for kind in kinds]
    return silent(f"{spot.operation} {spot.part} {spot.key}")


@cosmetic
def one_of_for_any_of(tree: Tree, rng: Random) -> Done | None:
    """A choice between types that have nothing in common: oneOf says of it what anyOf says."""
    found = []
    for node in every_schema(tree):
        for key in ("anyOf", "oneOf"):
            parts = [tree.follow(part) for part in node.get(key) or ()]
            kinds = [types(part) for part in parts]
            apart = all(not a & b for i, a in enumerate(kinds) for b in kinds[:i])
            numbers = sum(bool(each & {"integer", "number"}) for each in kinds)
            nulls = any(map(is_nullable, parts)) or any(part.get("nullable") for part in node.get(key) or ())
            if (
                len(parts) > 1
                and all(kinds)
                and apart
                and numbers < 2
                and not nulls
                and "discriminator" not in node
            ):
                found.append((node, key))
    if not found:
        return None
    node, key = rng.choice(found)
    node["oneOf" if key == "anyOf" else "anyOf"] = node.pop(key)
    return silent(key)


@cosmetic
def said_anyway(tree: Tree, rng: Random) -> Done | None:
    """What holds without saying is said."""
    spot = _drawn(tree, rng, lambda s: types(s.node) and not s.node.keys() & MASKS and "allOf" not in s.node)
    if spot is None or (tree.swagger and spot.textual):
        return None
    node, kinds = spot.node, types(spot.node)
    if not tree.modern and not tree.swagger and not is_nullable(node):
        node["nullable"] = False
    if kinds == {"object"} and not tree.swagger:
        node.setdefault("additionalProperties", rng.choice((True, {})))
        node.setdefault("minProperties", 0)
    if kinds == {"array"}:
        node.setdefault("minItems", 0)
        node.setdefault("uniqueItems", False)
    if kinds == {"string"}:
        node.setdefault("minLength", 0)
    if kinds == {"integer"}:
        node.setdefault("multipleOf", 1)
    if kinds == {"boolean"}:
        node.setdefault("enum", [True, False, *([None] if is_nullable(node) else [])])
    return silent(f"{spot.operation} {spot.part} {spot.key}")
