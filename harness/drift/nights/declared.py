"""A document as a tree, in the dialect that it is written in, and where in it a change is declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.contract.body import essence
from harness.contract.tree import at as node_at
from harness.drift.seen.met import EACH, tokens
from harness.model.change import Change

_DEEPEST = 24

METHODS = frozenset(("get", "put", "post", "delete", "options", "head", "patch", "trace", "query"))


class Tree:
    """`root`: the whole of it. Swagger 2.0, OpenAPI 3.0, or 3.1 and later."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.root = tree
        version = str(tree.get("openapi", ""))
        self.is_swagger = not version
        self.has_null = not self.is_swagger and not version.startswith("3.0")

    def follow(self, node: Any) -> Any:
        """The node behind its references."""
        for _ in range(_DEEPEST):
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                return node
            node = node_at(self.root, node["$ref"])
        return None

    def operation(self, change: Change) -> dict[str, Any] | None:
        """The operation that the change is in."""
        path = tokens(change.place.old)
        if path[:1] != ("paths",) or len(path) < 3:
            return None
        item = self.follow(self.root.get("paths", {}).get(path[1]))
        found = self.follow(item.get(path[2])) if isinstance(item, dict) and path[2] in METHODS else None
        return found if isinstance(found, dict) else None

    def answer(self, change: Change) -> dict[str, Any] | None:
        """The declared answer that the change is in."""
        operation, path = self.operation(change), tokens(change.place.old)
        if operation is None or path[3:4] != ("responses",) or len(path) < 5:
            return None
        found = self.follow(operation.get("responses", {}).get(path[4]))
        return found if isinstance(found, dict) else None

    def holder(self, change: Change) -> dict[str, Any] | None:
        """What has the `schema` of the body: the media type, or in Swagger 2.0 the answer."""
        answer = self.answer(change)
        if answer is None or self.is_swagger:
            return answer
        content = answer.get("content")
        if not isinstance(content, dict):
            return None
        seen = essence(change.place.part.split(" ")[-1])
        named = next((media for media in content if essence(media) == seen), None)
        # An answer in JSON of another name is read as the JSON that is declared.
        found = self.follow(content[named] if named else next(iter(content.values()), None))
        return found if isinstance(found, dict) else None

    def schemas(self, change: Change, path: Sequence[str]) -> list[dict[str, Any]]:
        """The schemas that are declared for a place of the body, wherever it is declared."""
        holder = self.holder(change)
        here = list(self._parts(holder.get("schema"))) if holder is not None else []
        for token in path:
            here = [part for node in here for inner in _inner(node, token) for part in self._parts(inner)]
        return here

    def _parts(self, node: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
        """A schema and all that it combines, references followed."""
        node = self.follow(node)
        if not isinstance(node, dict) or depth > _DEEPEST:
            return
        yield node
        for key in ("allOf", "anyOf", "oneOf"):
            for part in node.get(key, ()) if isinstance(node.get(key), list) else ():
                yield from self._parts(part, depth + 1)

    def schema_of(self, value: object) -> dict[str, Any]:
        """A schema that says of a value no more than its type, and those of its members."""
        if isinstance(value, dict):
            members = {name: self.schema_of(inner) for name, inner in value.items()}
            return {"type": "object", **({"properties": members} if members else {})}
        if isinstance(value, list):
            kinds = [self.schema_of(item) for item in value]
            return {"type": "array", "items": kinds[0] if kinds and all(k == kinds[0] for k in kinds) else {}}
        kind = kind_word(value)
        if kind == "null":
            return {}
        return {"type": kind}


def _inner(node: Mapping[str, Any], token: str) -> Iterator[Any]:
    """What a schema says of a member, or of each item or name."""
    members = node.get("properties")
    if isinstance(members, dict) and token in members:
        yield members[token]
    elif token == EACH:
        yield from (node[key] for key in ("items", "additionalProperties") if isinstance(node.get(key), dict))
    elif isinstance(node.get("additionalProperties"), dict):
        yield node["additionalProperties"]


def kind_word(value: object) -> str:
    kinds: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return kinds.get(type(value), "object" if isinstance(value, dict) else "null")
