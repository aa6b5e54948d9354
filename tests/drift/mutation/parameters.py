"""Changes of the parameters of operations."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.drift.mutation.kinds import Done, Truth, of_document
from tests.drift.mutation.messages import NEW, drawn_op
from tests.drift.mutation.tree import Node, Op, Tree


def _parameter(tree: Tree, where: str, name: str, required: bool, kind: str = "string") -> Node:
    made: Node = {"name": name, "in": where, "required": required}
    return made | ({"type": kind} if tree.swagger else {"schema": {"type": kind}})


def _given(
    tree: Tree, op: Op, where: tuple[str, ...], *, required: bool | None = None
) -> list[tuple[Any, int, Node]]:
    """The parameters of an operation in these places, but for those that HTTP has its own rules for."""
    return [
        (holder, index, node)
        for holder, index, node in tree.parameters(op)
        if node.get("in") in where
        and str(node.get("name")).lower() not in ("accept", "content-type", "authorization")
        and (required is None or bool(node.get("required")) is required)
    ]


def _pick(
    tree: Tree, rng: Random, where: tuple[str, ...], *, required: bool | None = None
) -> tuple[Op, Any, int, Node] | None:
    found = [(op, *each) for op in tree.operations() for each in _given(tree, op, where, required=required)]
    return rng.choice(found) if found else None


@of_document
def parameter_new_required(tree: Tree, rng: Random) -> Done | None:
    op = drawn_op(tree, rng)
    if op is None:
        return None
    where = rng.choice(("query", "header"))
    op.node["parameters"] = [*op.node.get("parameters", []), _parameter(tree, where, NEW, True)]
    return Done("breaking", "harmless", f"{op.name} {where}", "request")


@of_document
def parameter_new_optional(tree: Tree, rng: Random) -> Done | None:
    op = drawn_op(tree, rng)
    if op is None:
        return None
    op.node["parameters"] = [*op.node.get("parameters", []), _parameter(tree, "query", NEW, False)]
    return Done("harmless", "harmless", op.name, "request")


@of_document
def parameter_required(tree: Tree, rng: Random) -> Done | None:
    found = _pick(tree, rng, ("query", "header", "formData"), required=False)
    if found is None:
        return None
    op, _, _, node = found
    node["required"] = True
    return Done("breaking", "harmless", f"{op.name} {node['in']} {node['name']}", "request")


@of_document
def parameter_renamed(tree: Tree, rng: Random) -> Done | None:
    found = _pick(tree, rng, ("query", "header"), required=True)
    if found is None:
        return None
    op, holder, index, node = found
    holder[index] = node | {"name": NEW}
    return Done("breaking", "breaking", f"{op.name} {node['in']} {node['name']}", "request")


@of_document
def optional_parameter_renamed(tree: Tree, rng: Random) -> Done | None:
    found = _pick(tree, rng, ("query", "header"), required=False)
    if found is None:
        return None
    op, holder, index, node = found
    holder[index] = node | {"name": NEW}
    return Done("harmless", "harmless", f"{op.name} {node['in']} {node['name']}", "request")


@of_document
def parameter_moved(tree: Tree, rng: Random) -> Done | None:
    found = _pick(tree, rng, ("query",), required=True)
    if found is None or found[3].get("style") or "content" in found[3]:
        return None
    op, holder, index, node = found
    holder[index] = node | {"in": "header"}
    return Done("breaking", "breaking", f"{op.name} {node['name']} to a header", "request")


@of_document
def parameter_style(tree: Tree, rng: Random) -> Done | None:
    found = _pick(tree, rng, ("query",))
    if found is None or tree.swagger or found[3].get("schema", {}).get("type") != "array":
        return None
    op, _, _, node = found
    node["explode"] = not node.get("explode", True)
    truth: Truth = "silent" if node.get("style") == "deepObject" else "open"
    return Done(truth, truth, f"{op.name} {node['name']} explode", "request")


@of_document
def parameter_type_of_swagger(tree: Tree, rng: Random) -> Done | None:
    found = _pick(tree, rng, ("query", "formData"))
    plain = {"name", "in", "type", "description", "required"}
    if found is None or not tree.swagger or found[3].keys() - plain or found[3].get("type") != "string":
        return None
    op, _, _, node = found
    node["type"] = "integer"
    # What a form says may be sent as JSON, too, where an integer is no string.
    back: Truth = "open" if node["in"] == "formData" else "harmless"
    return Done("breaking", back, f"{op.name} {node['name']} to integer", "request")


@of_document
def parameter_deprecated(tree: Tree, rng: Random) -> Done | None:
    found = _pick(tree, rng, ("query", "header"))
    if found is None or tree.swagger or found[3].get("deprecated"):
        return None
    found[3]["deprecated"] = True
    return Done("harmless", "harmless", f"{found[0].name} {found[3]['name']}", "request")
