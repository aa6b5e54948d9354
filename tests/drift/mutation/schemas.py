"""Changes of one schema of a text, a number or anything. Most make it narrower: taken back, they make it wider."""

from __future__ import annotations

from typing import Any

from tests.drift.mutation.kinds import Change, Site, of_schema
from tests.drift.mutation.tree import MASKS, Node, is_nullable, is_plain, types

SHORT = ("maxLength", "minLength")
NEW = "x_harness"


def narrower(where: str) -> Change:
    """Less is valid than was: whoever sends breaks; taken back, whoever reads."""
    return Change("breaking", "harmless", where)


def other(where: str) -> Change:
    """Something valid is not any more, and the other way round."""
    return Change("breaking", "breaking", where)


@of_schema
def max_length(site: Site) -> Change | None:
    node = site.node
    if not is_plain(node, "string", *SHORT) or node.get("maxLength", 9) < 2 + node.get("minLength", 0):
        return None
    node["maxLength"] = node.get("maxLength", 12) - 1 if "maxLength" in node else 5 + node.get("minLength", 0)
    return narrower(f"maxLength {node['maxLength']}")


@of_schema
def min_length(site: Site) -> Change | None:
    node = site.node
    if not is_plain(node, "string", *SHORT) or node.get("maxLength", 90) < 4 + node.get("minLength", 0):
        return None
    node["minLength"] = node.get("minLength", 0) + 2
    return narrower(f"minLength {node['minLength']}")


@of_schema
def pattern(site: Site) -> Change | None:
    if not is_plain(site.node, "string"):
        return None
    site.node["pattern"] = "^[a-f]{2,8}$"
    return narrower("pattern")


@of_schema
def pattern_changed(site: Site) -> Change | None:
    node = site.node
    if not is_plain(node, "string", "pattern") or "pattern" not in node:
        return None
    node["pattern"] = "^harness-[0-9]+$"
    return Change("open", "open", "pattern")


@of_schema
def string_enum(site: Site) -> Change | None:
    if not is_plain(site.node, "string") or "default" in site.node:
        return None
    site.node["enum"] = ["one", "two"]
    return narrower("enum")


@of_schema
def enum_value(site: Site) -> Change | None:
    node = site.node
    values = node.get("enum")
    plain = isinstance(values, list) and len(values) > 1 and len(set(map(repr, values))) == len(values)
    if not plain or not is_plain(node, "string", "enum") or not all(isinstance(v, str) for v in values or ()):
        return None
    assert isinstance(values, list)
    removable = [value for value in values if value and value != node.get("default")]
    if not removable:
        return None
    gone = site.rng.choice(removable)
    node["enum"] = [value for value in values if value != gone]
    return narrower(f"enum value {gone}")


@of_schema
def enum_value_replaced(site: Site) -> Change | None:
    node = site.node
    found = enum_value(site)
    if found is None:
        return None
    node["enum"] = [*node["enum"], NEW]
    return other(found.where)


@of_schema
def enum_with_others(site: Site) -> Change | None:
    """An enumeration of integers."""
    if not is_plain(site.node, "integer") or "default" in site.node:
        return None
    site.node["enum"] = [1, 2, 3]
    return narrower("enum")


@of_schema
def const(site: Site) -> Change | None:
    if not site.tree.modern or not is_plain(site.node, "string") or "default" in site.node:
        return None
    site.node["const"] = "only"
    return narrower("const")


@of_schema
def minimum(site: Site) -> Change | None:
    node = site.node
    kind = next((kind for kind in ("integer", "number") if is_plain(node, kind, "minimum", "format")), None)
    if kind is None or not isinstance(node.get("minimum", 0), int | float):
        return None
    node["minimum"] = node.get("minimum", 0) + 1
    return narrower(f"minimum {node['minimum']}")


@of_schema
def maximum(site: Site) -> Change | None:
    node = site.node
    kind = next((kind for kind in ("integer", "number") if is_plain(node, kind, "maximum", "format")), None)
    if kind is None or not isinstance(node.get("maximum", 0), int | float):
        return None
    node["maximum"] = node.get("maximum", 100) - 1
    return narrower(f"maximum {node['maximum']}")


@of_schema
def exclusive_minimum(site: Site) -> Change | None:
    node = site.node
    if not (is_plain(node, "integer", "format") or is_plain(node, "number", "format")):
        return None
    node |= {"exclusiveMinimum": 3} if site.tree.modern else {"minimum": 3, "exclusiveMinimum": True}
    return narrower("exclusiveMinimum 3")


@of_schema
def minimum_became_exclusive(site: Site) -> Change | None:
    node = site.node
    if not is_plain(node, "integer", "minimum") or not isinstance(node.get("minimum"), int):
        return None
    if site.tree.modern:
        node["exclusiveMinimum"] = node.pop("minimum")
    else:
        node["exclusiveMinimum"] = True
    return narrower("exclusive minimum")


@of_schema
def multiple_of(site: Site) -> Change | None:
    if not is_plain(site.node, "integer"):
        return None
    site.node["multipleOf"] = 5
    return narrower("multipleOf 5")


@of_schema
def number_to_integer(site: Site) -> Change | None:
    if not is_plain(site.node, "number"):
        return None
    site.node["type"] = "integer" if isinstance(site.node["type"], str) else _swapped(site.node, "integer")
    return narrower("number to integer")


def _swapped(node: Node, kind: str) -> Any:
    """The type of a node with another for the one that it names, null kept."""
    return kind if isinstance(node["type"], str) else [kind, *(["null"] if "null" in node["type"] else [])]


@of_schema
def string_to_integer(site: Site) -> Change | None:
    if not is_plain(site.node, "string") or {"default", "example", "examples"} & site.node.keys():
        return None
    site.node["type"] = _swapped(site.node, "integer")
    # As text, each integer is a string, too.
    return narrower("string to integer") if site.textual else other("string to integer")


@of_schema
def integer_to_boolean(site: Site) -> Change | None:
    if not is_plain(site.node, "integer") or {"default", "example", "examples"} & site.node.keys():
        return None
    site.node["type"] = _swapped(site.node, "boolean")
    return other("integer to boolean")


@of_schema
def scalar_to_list(site: Site) -> Change | None:
    node = site.node
    if site.textual or not (is_plain(node, "string") or is_plain(node, "boolean")):
        return None
    made = {"type": "array", "items": {"type": types(node).pop()}}
    null = is_nullable(node)
    node.clear()
    node.update(made, **({"nullable": True} if null and not site.tree.modern else {}))
    if null and site.tree.modern:
        node["type"] = ["array", "null"]
    return other("scalar to list")


@of_schema
def type_added(site: Site) -> Change | None:
    if site.node.keys() - {"description", "title"} or site.textual:
        return None
    site.node["type"] = "object"
    return narrower("type object")


@of_schema
def not_null(site: Site) -> Change | None:
    node = site.node
    if site.textual or not is_nullable(node) or not types(node) or node.keys() & MASKS or "allOf" in node:
        return None
    if any(_nulls(each.holder[each.key]) for each in site.reach.holders[id(node)]):
        return None
    if node.get("nullable") is True and node.get("default", "") is not None:
        del node["nullable"]
    elif isinstance(node["type"], list) and "null" in node["type"]:
        node["type"] = [each for each in node["type"] if each != "null"]
    else:
        return None
    if is_nullable(node):
        return None
    return narrower("not nullable")


def _nulls(holder: Any) -> bool:
    """Is null taken by what stands beside a reference?"""
    return isinstance(holder, dict) and "$ref" in holder and holder.get("nullable") is True


@of_schema
def date(site: Site) -> Change | None:
    if not is_plain(site.node, "string") or {"default"} & site.node.keys():
        return None
    site.node["format"] = site.rng.choice(("date", "date-time", "uuid", "ipv4"))
    return narrower(f"format {site.node['format']}")


@of_schema
def date_to_date_time(site: Site) -> Change | None:
    node = site.node
    if not is_plain(node, "string", "format") or node.get("format") not in ("date", "date-time", "uuid"):
        return None
    node["format"] = {"date": "date-time", "date-time": "date", "uuid": "date"}[node["format"]]
    return other(f"format {node['format']}")


@of_schema
def choice_within_all(site: Site) -> Change | None:
    """A string of which a choice is left: anyOf a string and an integer becomes the string."""
    node = site.node
    if site.textual or not is_plain(node, "string") or is_nullable(node):
        return None
    kept = {"type": "string"}
    del node["type"]
    node["allOf"] = [{"anyOf": [kept, {"type": "integer"}]}, {"type": "string"}]
    return Change("silent", "silent", "anyOf within allOf")


@of_schema
def all_of_more(site: Site) -> Change | None:
    node = site.node
    if not is_plain(node, "string"):
        return None
    node["allOf"] = [{"maxLength": 3}]
    return narrower("allOf a maxLength")


@of_schema
def forbidden_value(site: Site) -> Change | None:
    if not is_plain(site.node, "string"):
        return None
    site.node["not"] = {"enum": ["forbidden"]}
    return narrower("not a value")


@of_schema
def default_changed(site: Site) -> Change | None:
    node = site.node
    if not is_plain(node, "integer"):
        return None
    node["default"] = 7 if node.get("default") != 7 else 8
    return Change("harmless", "harmless", "default")


@of_schema
def deprecated(site: Site) -> Change | None:
    if not types(site.node) or site.node.get("deprecated") is True:
        return None
    site.node["deprecated"] = True
    return Change("harmless", "harmless", "deprecated")
