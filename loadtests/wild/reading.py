"""XML back into a value by the xml keywords of the document, read anew: nothing of the engine's takes part.

For documents in which xml stands beside properties, in allOf, or in a component; ones with a choice are not read.
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from loadtests.wild.asking import followed


class Unread(Exception):
    """The schema says more than this reading knows."""


def value_of(root: dict[str, Any], schema: dict[str, Any], text: bytes) -> object:
    """The value of an XML document. Raises ElementTree.ParseError for what is none."""
    return _value(root, schema, ElementTree.fromstring(text), 0)


def flat(root: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with its references and allOf laid over each other; what stands outside wins."""
    schema = followed(root, schema)
    if "oneOf" in schema or "anyOf" in schema:
        raise Unread
    found: dict[str, Any] = {}
    for part in [*(flat(root, each) for each in schema.get("allOf", [])), schema]:
        merged: dict[str, Any] = {
            key: {**found.get(key, {}), **part[key]} for key in ("properties", "xml") if key in part
        }
        found = {**found, **part, **merged}
    return found


def _value(root: dict[str, Any], schema: dict[str, Any], element: ElementTree.Element, depth: int) -> object:
    schema = flat(root, schema)
    if any(name.endswith("}nil") for name in element.attrib):
        return None
    kind = schema.get("type") or ("object" if "properties" in schema else "")
    if kind == "array":
        return [_value(root, schema.get("items", {}), child, depth + 1) for child in element]
    if kind == "object" or (not kind and len(element)):
        return _object(root, schema, element, depth)
    text = element.text or ""
    if kind == "integer":
        return int(text)
    if kind == "number":
        return float(text)
    return text == "true" if kind == "boolean" else text


def _object(root: dict[str, Any], schema: dict[str, Any], element: ElementTree.Element, depth: int) -> object:
    left = list(element)
    found: dict[str, object] = {}
    for name, member in schema.get("properties", {}).items():
        inner = flat(root, member)
        xml = inner.get("xml", {})
        own = str(xml.get("name", name)).rpartition(":")[2]
        if xml.get("attribute") and inner.get("type") not in ("object", "array"):
            texts = [text for key, text in element.attrib.items() if _plain(key) == own]
            found |= {name: texts[0]} if texts else {}
        elif inner.get("type") == "array" and not xml.get("wrapped"):
            items = inner.get("items", {})
            each = str(flat(root, items).get("xml", {}).get("name", own)).rpartition(":")[2]
            mine = [child for child in left if _plain(child.tag) == each]
            if mine or name in schema.get("required", []):
                found[name] = [_value(root, items, child, depth + 1) for child in mine]
            left = [child for child in left if child not in mine]
        else:
            mine = [child for child in left if _plain(child.tag) == own]
            if mine:
                found[name] = _value(root, member, mine[0], depth + 1)
                left.remove(mine[0])
    more = schema.get("additionalProperties")
    for child in left:
        found[_plain(child.tag)] = _value(root, more if isinstance(more, dict) else {}, child, depth + 1)
    return found


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]
