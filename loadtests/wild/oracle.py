"""A reading of documents that shares nothing with the engine's: the whole tree turned into JSON Schema at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from harness.contract.contract import Operation
from loadtests.wild.asking import followed


class Oracle:
    """Answers judged by the whole document turned at once, and not by the engine's own schemas."""

    def __init__(self, data: bytes) -> None:
        self.root = json.loads(data)
        self._registry = jsonschema_rs.Registry([("oracle:/", _turned(self.root))])

    def errors(self, operation: Operation, status: int, media: str, value: object) -> list[str]:
        """What is wrong with an answer's body. Raises what says that the schema cannot be read in this way."""
        path = self._path(operation, status, media)
        pointer = "/".join(token.replace("~", "~0").replace("/", "~1") for token in path)
        found = [
            f"{error.instance_path}: {error.message[:120]}" for error in self._at(pointer).iter_errors(value)
        ]
        return found or list(self._misnamed(self.schema(operation, status, media), value, 0))

    def schema(self, operation: Operation, status: int, media: str) -> dict[str, Any]:
        """The schema of an answer as the document has it."""
        node: Any = self.root
        for token in self._path(operation, status, media):
            node = followed(self.root, node)[token]
        return followed(self.root, node)

    def members(self, operation: Operation, status: int, media: str) -> list[str]:
        """The properties that the schema itself or the parts of its allOf declare."""
        schema = self.schema(operation, status, media)
        parts = [followed(self.root, part) for part in schema.get("allOf", [])]
        return [name for part in [schema, *parts] for name in part.get("properties", {})]

    def _at(self, pointer: str) -> jsonschema_rs.Draft202012Validator:
        quoted = re.sub(r"[^A-Za-z0-9/~_.-]", lambda m: "".join(f"%{b:02X}" for b in m[0].encode()), pointer)
        schema = {"$ref": f"oracle:/#/{quoted}"}
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, registry=self._registry)

    def _path(self, operation: Operation, status: int, media: str) -> list[str]:
        template = operation.template if operation.template in self.root["paths"] else operation.template[1:]
        node = followed(self.root, self.root["paths"][template])[operation.method.lower()]["responses"]
        key = next(k for k in (str(status), f"{status // 100}XX", "default") if k in node)
        path = ["paths", template, operation.method.lower(), "responses", key]
        if "$ref" in node[key]:
            path = node[key]["$ref"][2:].split("/")
        # Swagger 2.0 has one schema for all media types.
        if "swagger" not in self.root:
            content = followed(self.root, node[key])["content"]
            declared = media if media in content else next(k for k in content if "*" in k or "json" in k)
            path = [*path, "content", declared]
        return [*path, "schema"]

    def _misnamed(self, schema: dict[str, Any], value: object, depth: int) -> Iterator[str]:
        """Where a discriminator's property does not name the branch that the value is of."""
        schema = followed(self.root, schema)
        if depth > 12:
            return
        if isinstance(value, list):
            for item in value[:2]:
                yield from self._misnamed(schema.get("items") or {}, item, depth + 1)
        if not isinstance(value, dict):
            return
        for part in schema.get("allOf", []):
            yield from self._misnamed(part, value, depth + 1)
        for name, member in schema.get("properties", {}).items():
            if name in value:
                yield from self._misnamed(member, value[name], depth + 1)
        told = schema.get("discriminator")
        options = [*schema.get("oneOf", []), *schema.get("anyOf", [])]
        refs = [option["$ref"] for option in options if "$ref" in option]
        if not isinstance(told, dict) or not refs or not isinstance(told.get("propertyName"), str):
            return
        name = told["propertyName"]
        mapping = {
            word: ref if "/" in ref else f"#/components/schemas/{ref}"
            for word, ref in (told.get("mapping") or {}).items()
        }
        implicit = {ref.rsplit("/", 1)[-1]: ref for ref in refs if ref not in mapping.values()}
        ref = {**implicit, **mapping}.get(value.get(name))
        if ref is None:
            yield f"{name} is {value.get(name)!r}, which names none of {[*mapping, *implicit]}"
        elif not self._at(ref.removeprefix("#/")).is_valid(value):
            yield f"{name} is {value[name]!r}, and the value is not of it"


def _turned(node: Any, *, names: bool = False) -> Any:
    """The dialects of Swagger 2.0 and OpenAPI 3.0 in 2020-12, the plainest way: for the whole tree, with no regard to
    what is a schema."""
    if isinstance(node, list):
        return [_turned(item) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str) and not names:
        out = {"$ref": "oracle:/" + node["$ref"]}
        return {"anyOf": [out, {"type": "null"}]} if _nullable(node) else out
    if names:
        return {name: _turned(member) for name, member in node.items()}
    data = ("example", "examples", "default", "discriminator")
    maps = ("properties", "responses", "schemas", "definitions", "parameters")
    out = {k: _turned(v, names=k in maps) for k, v in node.items() if k not in data}
    for name in ("minimum", "maximum"):
        exclusive = "exclusive" + name.capitalize()
        if out.get(exclusive) is True:
            out[exclusive] = out.pop(name)
        elif out.get(exclusive) is False:
            del out[exclusive]
    required, properties = out.get("required"), node.get("properties")
    if isinstance(required, list) and isinstance(properties, dict):
        unsent = [n for n, p in properties.items() if isinstance(p, dict) and p.get("writeOnly") is True]
        out["required"] = [name for name in required if name not in unsent]
    if out.get("type") == "file":
        out["type"] = "string"
    return {"anyOf": [out, {"type": "null"}]} if _nullable(node) else out


def _nullable(node: dict[str, Any]) -> bool:
    return node.get("nullable") is True or node.get("x-nullable") is True
