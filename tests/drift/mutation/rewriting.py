"""Rewritings of whole documents, and of what is around schemas: after each, a document says what it said."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec

from tests.drift.mutation.cosmetic import every_schema, silent
from tests.drift.mutation.kinds import Done, cosmetic
from tests.drift.mutation.tree import ANNOTATIONS, Node, Op, Tree

_DATA = ("example", "examples", "default", "enum", "const", "value")


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
    return silent("everywhere")


@cosmetic
def modernised(tree: Tree, rng: Random) -> Done | None:
    """A document of 3.0 becomes one of 3.1: nullable is said by types, exclusive bounds by numbers."""
    if tree.swagger or tree.modern:
        return None
    text = msgspec.json.encode(tree.root).decode()
    if '"discriminator"' in text and '"nullable"' in text:
        return None
    for node in list(every_schema(tree)):
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
    return silent("everywhere")


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
    return silent(ops[0].path)


@cosmetic
def words(tree: Tree, rng: Random) -> Done:
    """Descriptions, titles, summaries and examples say something else."""
    for node in every_schema(tree):
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
    return silent("everywhere")


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
    return silent("everywhere")


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
    return silent(path)


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
    return silent(op.name)


@cosmetic
def unused_schema(tree: Tree, rng: Random) -> Done:
    tree.schemas["HarnessUnused"] = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "string"}},
    }
    return silent("components")


@cosmetic
def extension(tree: Tree, rng: Random) -> Done:
    for op in tree.operations():
        op.node["x-harness-note"] = "nobody acts on this"
    for node in every_schema(tree):
        if "$ref" not in node:
            node["x-harness-note"] = {"because": "of nothing"}
    return silent("everywhere")
