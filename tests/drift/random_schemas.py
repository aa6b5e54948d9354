"""Random schemas for property tests, ways to write one differently, and ways to say something else in one spot."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

Node = dict[str, Any]

NAMES = ("a", "b", "c")
WORDS = ("red", "green", "blue", "grey")
KINDS = ("string", "integer", "number", "boolean", "array", "object")
COMPONENTS = ("Pet", "Tree", "Either")


def scalar(luck: Random) -> Node:
    """A text, a number, a flag or an enumeration."""
    match luck.randrange(8):
        case 0:
            return {"type": "string"}
        case 1:
            return {"type": "string", "minLength": luck.randrange(3), "maxLength": luck.randrange(3, 9)}
        case 2:
            return {"type": "string", "enum": luck.sample(WORDS, luck.randrange(1, 4))}
        case 3:
            return {"type": "integer", "minimum": luck.randrange(5), "maximum": luck.randrange(5, 20)}
        case 4:
            return {"type": "number"}
        case 5:
            return {"type": "boolean"}
        case 6:
            return {"type": "string", "pattern": luck.choice(("^[a-f]+$", "^x", "[0-9]{2}"))}
        case _:
            return {"type": "string", "format": luck.choice(("date", "email", "uuid", "ipv4"))}


def bounded(luck: Random) -> Node:
    """Keywords that are seldom used, with the type that they are of, with another one, or with none."""
    text: Node = {"type": "string"}
    few = luck.randrange(3)
    told: Node = luck.choice(
        (
            {"minLength": few, "not": {"enum": luck.sample(WORDS, 2)}},
            {"exclusiveMinimum": few, "multipleOf": luck.choice((1, 2, 3, 0.5))},
            {"minimum": few, "exclusiveMaximum": few + luck.randrange(1, 9)},
            {"const": luck.choice((*WORDS, 1, None, True))},
            {"enum": luck.sample((*WORDS, 1, 2, None, True), 3)},
            {"items": text, "minItems": few, "maxItems": few + 1, "uniqueItems": luck.random() < 0.5},
            {"prefixItems": [text, {"type": "integer"}][: few + 1], "items": luck.choice((False, text))},
            {"contains": text, "minContains": few, "maxContains": few + 1},
            {"minContains": few, "maxContains": few + 1},
            {"minProperties": few, "maxProperties": few + 1},
            {"propertyNames": {"pattern": "^[a-c]"}, "required": luck.sample(NAMES, 1)},
            {"patternProperties": {"^a": text}, "additionalProperties": {"type": "integer"}},
            {"dependentRequired": {luck.choice(NAMES): luck.sample(NAMES, 1)}},
            {"if": {"required": ["a"]}, "then": {"required": luck.sample(NAMES, 1)}},
            {"not": {"required": luck.sample(NAMES, 1)}},
            {"not": {"type": luck.choice(KINDS)}},
        )
    )
    kind = luck.choice((*KINDS, None, None))
    return told if kind is None else {"type": kind, **told}


def schema(luck: Random, depth: int = 2) -> Node:
    """A schema of any kind; components are referred to by name."""
    if luck.random() < 0.2:
        return bounded(luck)
    if not depth or luck.random() < 0.3:
        return scalar(luck)
    match luck.randrange(8):
        case 0:
            return {"$ref": f"#/components/schemas/{luck.choice(COMPONENTS)}"}
        case 1:
            return {"type": "array", "items": schema(luck, depth - 1)}
        case 2:
            return {"anyOf": [schema(luck, depth - 1) for _ in range(luck.randrange(1, 3))]}
        case 3:
            tags = luck.sample(WORDS, luck.randrange(1, 3))
            return {"oneOf": [_tagged(luck, tag, depth) for tag in tags]}
        case 4:
            return {"allOf": [record(luck, depth - 1, NAMES[:2]), record(luck, depth - 1, NAMES[2:])]}
        case 5:
            return {"type": "object", "additionalProperties": schema(luck, depth - 1)}
        case _:
            return record(luck, depth - 1, NAMES)


def record(luck: Random, depth: int, names: tuple[str, ...]) -> Node:
    """An object with some members of these names."""
    chosen = [name for name in names if luck.random() < 0.7]
    out: Node = {"type": "object", "properties": {name: schema(luck, depth) for name in chosen}}
    required = [name for name in chosen if luck.random() < 0.5]
    if required:
        out["required"] = required
    return out


def _tagged(luck: Random, tag: str, depth: int) -> Node:
    made = record(luck, depth - 1, NAMES)
    made["properties"]["kind"] = {"type": "string", "enum": [tag]}
    made["required"] = [*made.get("required", ()), "kind"]
    return made


def components(luck: Random) -> dict[str, Node]:
    """What references lead to; one of them to itself."""
    tree = record(luck, 0, NAMES)
    tree["properties"]["next"] = {"$ref": "#/components/schemas/Tree"}
    either = {"oneOf": [_tagged(luck, "red", 1), _tagged(luck, "blue", 1)]}
    return {"Pet": record(luck, 1, NAMES), "Tree": tree, "Either": either}


def rewritten(node: Any, luck: Random) -> Any:
    """The same schema in other words, in some spots."""
    if isinstance(node, list):
        return [rewritten(each, luck) for each in node]
    if not isinstance(node, dict):
        return node
    out = {key: _inner(key, value, luck) for key, value in node.items()}
    keys = list(out)
    luck.shuffle(keys)
    out = {key: out[key] for key in keys}
    match luck.randrange(12):
        case 0 if "$ref" not in out:
            return {"allOf": [out]}
        case 1 if isinstance(out.get("type"), str):
            out["type"] = [out["type"]]
        case 2 if len(out.get("enum", ())) == 1:
            out["const"] = out.pop("enum")[0]
        case 3 if len(out.get("enum", ())) > 1:
            out["enum"] = out["enum"][::-1]
        case 4 if out.get("type") == "object" and out.keys().isdisjoint(
            ("additionalProperties", "minProperties")
        ):
            out |= {"additionalProperties": True, "minProperties": 0, "description": "an object"}
        case 5 if len(out.get("anyOf", ())) > 1:
            out["anyOf"] = out["anyOf"][::-1]
        case 6 if "oneOf" in out:
            out["anyOf"] = out.pop("oneOf")
        case 7 if set(out) <= {"type", "enum"} and len(out.get("enum", ())) > 1 and _are_texts(out):
            return {"anyOf": [{"const": word} for word in out["enum"]]}
        case 8 if "required" in out and "properties" in out and "additionalProperties" not in out:
            required = out.pop("required")
            return {"allOf": [out, {"type": "object", "required": required[::-1]}]}
        case 9 if out.get("type") == "integer" and "minimum" in out and "exclusiveMinimum" not in out:
            out["exclusiveMinimum"] = out.pop("minimum") - 1
        case 10 if out.get("type") == "string" and all(
            isinstance(each, str) for each in out.get("enum", (1,))
        ):
            del out["type"]
        case 11 if isinstance(out.get("type"), str):
            # They say nothing of values of that type.
            out |= {"minLength": 9} if out["type"] != "string" else {"minItems": 9, "required": ["z"]}
        case _:
            out["title"] = "a title"
    return out


def _are_texts(node: Node) -> bool:
    """Does it enumerate texts alone, and is it of no other type?"""
    return node.get("type", "string") == "string" and all(
        isinstance(each, str) for each in node.get("enum", (None,))
    )


def _inner(key: str, value: Any, luck: Random) -> Any:
    if key == "properties":
        names = list(value)
        luck.shuffle(names)
        return {name: rewritten(value[name], luck) for name in names}
    return (
        rewritten(value, luck)
        if key in ("items", "anyOf", "oneOf", "allOf", "additionalProperties")
        else value
    )


def spots(node: Any) -> list[Node]:
    """Every schema inside of one, itself too."""
    found: list[Node] = [node]
    for member in (node.get("properties") or {}).values():
        found += spots(member)
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            found += spots(node[key])
    for key in ("anyOf", "oneOf", "allOf"):
        for branch in node.get(key, ()):
            found += spots(branch)
    return found


def changed(root: Node, luck: Random) -> Node:
    """The schema with something else in one spot: for better or for worse, or as before."""
    out = copy.deepcopy(root)
    spot = luck.choice(spots(out))
    properties = spot.get("properties", {})
    match luck.randrange(9):
        case 0 if properties:
            name = luck.choice(list(properties))
            del properties[name]
            spot["required"] = [each for each in spot.get("required", ()) if each != name]
        case 1 if properties:
            absent = [name for name in ("d", "e") if name not in properties]
            properties[absent[0]] = scalar(luck)
            spot["required"] = [*spot.get("required", ()), *absent[: luck.randrange(2)]]
        case 2 if properties:
            name = luck.choice(list(properties))
            needed = spot.get("required", [])
            spot["required"] = [n for n in needed if n != name] if name in needed else [*needed, name]
        case 3 if "enum" in spot:
            spot["enum"] = luck.sample(WORDS, luck.randrange(1, 4))
        case 4 if spot.get("type") == "string":
            spot["maxLength"] = luck.randrange(2, 12)
        case 5 if isinstance(spot.get("type"), str):
            spot["type"] = [spot["type"], "null"]
        case 6 if spot.get("type") == "array":
            spot["minItems" if luck.random() < 0.5 else "maxItems"] = luck.randrange(4)
        case 7 if len(spot.get("anyOf") or spot.get("oneOf") or ()) > 1:
            key = "anyOf" if "anyOf" in spot else "oneOf"
            spot[key] = spot[key][:-1]
        case _:
            fresh = schema(luck, 1)
            spot.clear()
            spot.update(fresh)
    return out
