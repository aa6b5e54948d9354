"""Rewritings: after each, a document says what it said."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec

from tests.drift.mutation.kinds import Done, cosmetic
from tests.drift.mutation.tree import (
    ANNOTATIONS,
    DIRECTIONS,
    MASKS,
    Node,
    Op,
    Reach,
    Spot,
    Tree,
    is_nullable,
    is_plain,
    types,
)

_DATA = ("example", "examples", "default", "enum", "const", "value")


def _silent(where: str) -> Done:
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


def _all_schemas(tree: Tree) -> Iterator[Node]:
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


def _shuffled(node: Any, rng: Random) -> Any:
    if isinstance(node, list):
        return [_shuffled(each, rng) for each in node]
    if not isinstance(node, dict):
        return node
    keys = list(node)
    rng.shuffle(keys)
    made = {key: node[key] if key in _DATA else _shuffled(node[key], rng) for key in keys}
    for key in ("required", "type", "enum"):
        if isinstance(made.get(key), list):
            made[key] = rng.sample(made[key], len(made[key]))
    for key in ("parameters", "allOf", "anyOf"):
        if isinstance(made.get(key), list):
            made[key] = rng.sample(made[key], len(made[key]))
    return made


@cosmetic
def key_order(tree: Tree, rng: Random) -> Done:
    """Keys, names of required, values of enumerations, parameters and parts of combinations in another order."""
    paths = tree.root.pop("paths", {})
    made = _shuffled(tree.root, rng)
    tree.root.clear()
    tree.root |= made
    tree.root["paths"] = {path: _shuffled(item, rng) for path, item in paths.items()}
    return _silent("everywhere")


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
    return _silent(ref)


@cosmetic
def extracted(tree: Tree, rng: Random) -> Done | None:
    """A schema that stands in its place becomes a named one."""
    spot = _drawn(tree, rng, lambda s: "$ref" not in s.holder[s.key] and types(s.node))
    if spot is None or (tree.swagger and spot.textual):
        return None
    tree.schemas["HarnessExtracted"] = spot.node
    spot.holder[spot.key] = {"$ref": f"{tree.schemas_at}HarnessExtracted"}
    return _silent(f"{spot.operation} {spot.part} {spot.key}")


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
    return _silent(name)


@cosmetic
def all_of_one(tree: Tree, rng: Random) -> Done | None:
    spot = _drawn(tree, rng, lambda s: s.holder is not None)
    if spot is None or (tree.swagger and spot.textual):
        return None
    held = spot.holder[spot.key]
    if held.get("nullable") is True or "discriminator" in held:
        return None
    spot.holder[spot.key] = {"allOf": [held]}
    return _silent(f"{spot.operation} {spot.part} {spot.key}")


@cosmetic
def any_of_one(tree: Tree, rng: Random) -> Done | None:
    spot = _drawn(tree, rng, lambda s: not s.textual)
    if spot is None or spot.holder[spot.key].get("nullable") is True:
        return None
    spot.holder[spot.key] = {rng.choice(("anyOf", "oneOf")): [spot.holder[spot.key]]}
    return _silent(f"{spot.operation} {spot.part} {spot.key}")


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
    return _silent(f"{spot.operation} {spot.part} {spot.key}")


@cosmetic
def modernised(tree: Tree, rng: Random) -> Done | None:
    """A document of 3.0 becomes one of 3.1: nullable is said by types, exclusive bounds by numbers."""
    if tree.swagger or tree.modern:
        return None
    text = msgspec.json.encode(tree.root).decode()
    if '"discriminator"' in text and '"nullable"' in text:
        return None
    for node in list(_all_schemas(tree)):
        if "$ref" in node:
            beside = {k: node.pop(k) for k in list(node) if k != "$ref" and k not in ANNOTATIONS}
            nullable = node.pop("nullable", None) is True
            if nullable:
                ref = node.pop("$ref")
                node["anyOf"] = [{"$ref": ref}, {"type": "null"}]
            node |= {k: v for k, v in beside.items() if k in ("readOnly", "writeOnly")}
            continue
        for bound in ("minimum", "maximum"):
            exclusive = "exclusive" + bound.capitalize()
            flag = node.get(exclusive)
            if isinstance(flag, bool):
                del node[exclusive]
                if flag and bound in node:
                    node[exclusive] = node.pop(bound)
        if node.pop("nullable", None) is not True:
            continue
        kind = node.get("type")
        combined = node.keys() & {"allOf", "anyOf", "oneOf", "not"}
        if isinstance(kind, str) and not combined:
            node["type"] = [kind, "null"]
            if "enum" in node and None not in node["enum"]:
                node["enum"] = [*node["enum"], None]
        elif combined:
            inner = {k: node.pop(k) for k in list(node) if k not in ANNOTATIONS and not k.startswith("x-")}
            marks = {k: inner.pop(k) for k in ("readOnly", "writeOnly") if k in inner}
            node |= {"anyOf": [inner, {"type": "null"}]} | marks
    tree.root["openapi"] = "3.1.0"
    return _silent("everywhere")


@cosmetic
def enum_of_one(tree: Tree, rng: Random) -> Done | None:
    """An enumeration of one value becomes a constant."""
    if not tree.modern:
        return None
    spot = _drawn(tree, rng, lambda s: len(s.node.get("enum") or ()) == 1)
    if spot is None:
        return None
    spot.node["const"] = spot.node.pop("enum")[0]
    return _silent(f"{spot.operation} {spot.part} {spot.key}")


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
    return _silent(f"{spot.operation} {spot.part} {spot.key}")


@cosmetic
def one_of_for_any_of(tree: Tree, rng: Random) -> Done | None:
    """A choice between types that have nothing in common: oneOf says of it what anyOf says."""
    found = []
    for node in _all_schemas(tree):
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
    return _silent(key)


@cosmetic
def lifted(tree: Tree, rng: Random) -> Done | None:
    """A parameter that all operations of a path have moves up to the path."""
    found: list[tuple[Node, list[Op], Node]] = []
    for path, item in tree.root.get("paths", {}).items():
        ops = [op for op in tree.operations() if op.path == path]
        for op in ops[:1]:
            found.extend(
                (item, ops, parameter)
                for parameter in op.node.get("parameters") or ()
                if all(parameter in (other.node.get("parameters") or ()) for other in ops)
            )
    if not found:
        return None
    item, ops, parameter = rng.choice(found)
    item["parameters"] = [*(item.get("parameters") or ()), parameter]
    for op in ops:
        op.node["parameters"] = [each for each in op.node["parameters"] if each != parameter]
    return _silent(ops[0].path)


@cosmetic
def words(tree: Tree, rng: Random) -> Done:
    """Descriptions, titles, summaries and examples say something else."""
    for node in _all_schemas(tree):
        if "$ref" not in node:
            node["description"] = "Another wording."
            node.pop("example", None)
            node.pop("title", None)
    for op in tree.operations():
        op.node["summary"] = op.node["description"] = "Another wording."
        for answer in (op.node.get("responses") or {}).values():
            tree.follow(answer)["description"] = "Another wording."
        for _, _, parameter in tree.parameters(op):
            parameter["description"] = "Another wording."
    tree.root.setdefault("info", {})["description"] = "Another wording."
    return _silent("everywhere")


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
    return _silent(f"{spot.operation} {spot.part} {spot.key}")


@cosmetic
def defaults_of_parameters(tree: Tree, rng: Random) -> Done | None:
    """What a parameter is without saying is said of it."""
    if tree.swagger:
        return None
    for op in tree.operations():
        for _, _, node in tree.parameters(op):
            style = {"query": "form", "path": "simple", "header": "simple", "cookie": "form"}.get(
                str(node.get("in"))
            )
            if style and "content" not in node and node.setdefault("style", style) == style:
                node.setdefault("explode", style == "form")
                node.setdefault("required", False)
    return _silent("everywhere")


@cosmetic
def path_parameter_renamed(tree: Tree, rng: Random) -> Done | None:
    found: list[tuple[str, str]] = []
    for op in tree.operations():
        found.extend(
            (op.path, node["name"])
            for _, _, node in tree.parameters(op)
            if node.get("in") == "path" and f"{{{node['name']}}}" in op.path
        )
    if not found:
        return None
    path, name = rng.choice(found)
    item = tree.root["paths"][path]
    lists = [item.get("parameters")] + [
        op.node.get("parameters") for op in tree.operations() if op.path == path
    ]
    for each in lists:
        for index, parameter in enumerate(each or ()):
            node = tree.follow(parameter)
            if node.get("in") == "path" and node.get("name") == name:
                each[index] = node | {"name": "harness_renamed"}
    new = path.replace(f"{{{name}}}", "{harness_renamed}")
    tree.root["paths"] = {(new if p == path else p): i for p, i in tree.root["paths"].items()}
    return _silent(path)


@cosmetic
def answer_extracted(tree: Tree, rng: Random) -> Done | None:
    """An answer, a parameter or a body becomes a named one."""
    op = rng.choice([*tree.operations()] or [None])
    if op is None or tree.swagger:
        return None
    components = tree.root.setdefault("components", {})
    for status, answer in (op.node.get("responses") or {}).items():
        if "$ref" not in answer:
            components.setdefault("responses", {})["HarnessAnswer"] = answer
            op.node["responses"][status] = {"$ref": "#/components/responses/HarnessAnswer"}
            break
    for index, parameter in enumerate(op.node.get("parameters") or ()):
        if "$ref" not in parameter:
            components.setdefault("parameters", {})["HarnessParameter"] = parameter
            op.node["parameters"][index] = {"$ref": "#/components/parameters/HarnessParameter"}
            break
    if "$ref" not in op.node.get("requestBody", {"$ref": ""}):
        components.setdefault("requestBodies", {})["HarnessBody"] = op.node["requestBody"]
        op.node["requestBody"] = {"$ref": "#/components/requestBodies/HarnessBody"}
    return _silent(op.name)


@cosmetic
def unused_schema(tree: Tree, rng: Random) -> Done:
    tree.schemas["HarnessUnused"] = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "string"}},
    }
    return _silent("components")


@cosmetic
def extension(tree: Tree, rng: Random) -> Done:
    for op in tree.operations():
        op.node["x-harness-note"] = "nobody acts on this"
    for node in _all_schemas(tree):
        if "$ref" not in node:
            node["x-harness-note"] = {"because": "of nothing"}
    return _silent("everywhere")
