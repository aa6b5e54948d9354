"""Changes of one schema of an object, a list or a choice."""

from __future__ import annotations

from tests.drift.mutation.kinds import Change, Site, Truth, of_schema
from tests.drift.mutation.schemas import NEW, narrower, other
from tests.drift.mutation.tree import Node, is_plain, types


@of_schema
def min_items(site: Site) -> Change | None:
    node = site.node
    if not is_plain(node, "array", "items", "minItems"):
        return None
    node["minItems"] = node.get("minItems", 0) + 1
    return narrower(f"minItems {node['minItems']}")


@of_schema
def max_items(site: Site) -> Change | None:
    node = site.node
    if not is_plain(node, "array", "items", "maxItems") or node.get("maxItems", 9) < 2:
        return None
    node["maxItems"] = node.get("maxItems", 4) - 1
    return narrower(f"maxItems {node['maxItems']}")


@of_schema
def unique_items(site: Site) -> Change | None:
    if not is_plain(site.node, "array", "items"):
        return None
    site.node["uniqueItems"] = True
    return narrower("uniqueItems")


@of_schema
def min_properties(site: Site) -> Change | None:
    if site.textual or not is_plain(site.node, "object", "additionalProperties"):
        return None
    if site.node.get("additionalProperties") is False:
        return None
    site.node["minProperties"] = 1
    return narrower("minProperties 1")


@of_schema
def max_properties(site: Site) -> Change | None:
    if site.textual or not is_plain(site.node, "object", "additionalProperties"):
        return None
    if site.node.get("additionalProperties") is False:
        return None
    site.node["maxProperties"] = 2
    return narrower("maxProperties 2")


def _is_open(node: Node) -> bool:
    return node.get("additionalProperties", True) in (True, {})


def _members(site: Site) -> Node | None:
    """The properties of an object that says of each all there is to say."""
    node = site.node
    said = {"properties", "required", "additionalProperties"}
    if site.textual or not is_plain(node, "object", *said) or not isinstance(node.get("properties"), dict):
        return None
    return {
        name: member
        for name, member in node["properties"].items()
        if (found := site.tree.follow(member)) and not found.keys() & {"readOnly", "writeOnly", "allOf"}
    }


@of_schema
def required(site: Site) -> Change | None:
    members = _members(site)
    names = [name for name in members or {} if name not in site.node.get("required", ())]
    if not names:
        return None
    name = site.rng.choice(names)
    site.node["required"] = [*site.node.get("required", ()), name]
    return narrower(f"property {name} required")


@of_schema
def optional_property_gone(site: Site) -> Change | None:
    members = _members(site)
    names = [name for name in members or {} if name not in site.node.get("required", ())]
    if not names or not (_is_open(site.node) or site.node["additionalProperties"] is False):
        return None
    name = site.rng.choice(names)
    del site.node["properties"][name]
    if _is_open(site.node):
        return Change("harmless", "harmless", name)
    return Change("breaking", "harmless", name, given="open")


@of_schema
def required_property_new(site: Site) -> Change | None:
    if _members(site) is None or not _is_open(site.node):
        return None
    site.node["properties"][NEW] = {"type": "string"}
    site.node["required"] = [*site.node.get("required", ()), NEW]
    return narrower(NEW)


@of_schema
def required_property_renamed(site: Site) -> Change | None:
    members = _members(site)
    names = [name for name in members or {} if name in site.node.get("required", ())]
    if not names:
        return None
    name = site.rng.choice(names)
    site.node["properties"] = {
        (NEW if each == name else each): member for each, member in site.node["properties"].items()
    }
    site.node["required"] = [NEW if each == name else each for each in site.node["required"]]
    return other(f"{name} renamed")


@of_schema
def optional_property_renamed(site: Site) -> Change | None:
    members = _members(site)
    names = [name for name in members or {} if name not in site.node.get("required", ())]
    if not names or not _is_open(site.node):
        return None
    name = site.rng.choice(names)
    site.node["properties"] = {
        (NEW if each == name else each): member for each, member in site.node["properties"].items()
    }
    return Change("harmless", "harmless", f"{name} renamed")


@of_schema
def closed(site: Site) -> Change | None:
    if _members(site) is None or not _is_open(site.node):
        return None
    # Where nothing was said of members that are not declared, a client that sends some relied on silence.
    there: Truth = "breaking" if "additionalProperties" in site.node else "open"
    site.node["additionalProperties"] = False
    # Of what is not described, a client that reads knows nothing: to be told so is no news, nor is the contrary.
    return Change(there, "harmless", "additionalProperties false", given="open")


@of_schema
def map_typed(site: Site) -> Change | None:
    node = site.node
    if site.textual or not is_plain(node, "object", "additionalProperties") or not _is_open(node):
        return None
    node["additionalProperties"] = {"type": "string"}
    return Change("breaking", "harmless", "additionalProperties string", given="open")


@of_schema
def choice_gone(site: Site) -> Change | None:
    node = site.node
    said = {key for key in node if key not in ANNOTATED and not key.startswith("x-")}
    if site.textual or said not in ({"anyOf"}, {"oneOf"}):
        return None
    key = said.pop()
    parts = [types(site.tree.follow(part)) for part in node[key]]
    if len(parts) < 2 or not all(parts) or any(site.tree.follow(p).keys() & {"nullable"} for p in node[key]):
        return None
    lone = [
        index
        for index, kinds in enumerate(parts)
        if all(not kinds & rest for at, rest in enumerate(parts) if at != index)
        and not (
            {"integer", "number"} & kinds and any({"integer", "number"} & r for r in parts if r is not kinds)
        )
    ]
    if not lone:
        return None
    gone = site.rng.choice(lone)
    node[key] = [part for index, part in enumerate(node[key]) if index != gone]
    return narrower(f"{key}/{gone}")


ANNOTATED = frozenset(("title", "description", "example", "examples", "default", "deprecated", "nullable"))
