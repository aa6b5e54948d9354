"""Where in a Swagger 2.0 document, as it was written, stands what a pointer into our form of it names."""

from __future__ import annotations

from typing import Any, TypeAlias

from harness.contract.swagger import AS_WRITTEN
from harness.contract.tree import FILES, at, escaped

Tokens: TypeAlias = "list[str]"


def origin(root: dict[str, Any], pointer: str) -> str:
    """The pointer into the tree `root` of the document as it was written, or to what is nearest there."""
    if not pointer.startswith("/"):
        return pointer
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/")]
    return "".join("/" + escaped(token) for token in _tokens(root, tokens))


_OF_ADDRESSES: tuple[str, ...] = ("basePath", "host", "schemes")


def _tokens(root: dict[str, Any], tokens: Tokens) -> Tokens:
    match tokens:
        case ["components", "schemas", *rest]:
            return ["definitions", *rest]
        case ["components", "securitySchemes", name, "flows", _, *rest]:
            return ["securityDefinitions", name, *rest]
        case ["components", "securitySchemes", *rest]:
            return ["securityDefinitions", *rest]
        case ["servers", *_]:
            return [key for key in _OF_ADDRESSES if key in root][:1]
        case ["paths", path, method, "servers", *_]:
            return ["paths", path, method, "schemes"]
        case [top, kept, *rest] if (top, kept) == (FILES, AS_WRITTEN):
            return rest
        case ["paths", path, *rest]:
            item = _Place(root, ["paths", path]).followed()
            return _of_item(item, rest)
    return tokens


class _Place:
    """A node as it was written, and the tokens that lead there."""

    def __init__(self, root: dict[str, Any], tokens: Tokens) -> None:
        self.root, self.tokens = root, tokens
        found = at(root, "#" + "".join("/" + escaped(token).replace("%", "%25") for token in tokens))
        self.node: Any = found

    def within(self, *tokens: str) -> _Place:
        return _Place(self.root, [*self.tokens, *tokens])

    def followed(self) -> _Place:
        place = self
        for _ in range(32):
            ref = place.node.get("$ref") if isinstance(place.node, dict) else None
            if not isinstance(ref, str) or not ref.startswith("#/"):
                break
            place = _Place(
                self.root, [token.replace("~1", "/").replace("~0", "~") for token in ref[2:].split("/")]
            )
        return place

    def parameters(self) -> list[_Place]:
        nodes = self.node.get("parameters") if isinstance(self.node, dict) else None
        count = len(nodes) if isinstance(nodes, list) else 0
        found = [self.within("parameters", str(index)).followed() for index in range(count)]
        return [place for place in found if isinstance(place.node, dict)]


def _of_item(item: _Place, rest: Tokens) -> Tokens:
    match rest:
        case ["parameters", index, *more]:
            return _of_parameter(item, index, more)
        case [method, "parameters", index, *more]:
            return _of_parameter(item.within(method), index, more)
        case [method, "responses", status, *more]:
            return _of_answer(item.within(method, "responses", status).followed(), more)
        case [method, "requestBody", *more]:
            return _of_body(item, item.within(method), more)
    return [*item.tokens, *rest]


def _of_parameter(owner: _Place, index: str, rest: Tokens) -> Tokens:
    kept = [place for place in owner.parameters() if place.node.get("in") not in ("body", "formData")]
    if not index.isdigit() or int(index) >= len(kept):
        return [*owner.tokens, "parameters"]
    place = kept[int(index)]
    if rest[:1] == ["schema"] and "schema" not in place.node:
        rest = rest[1:]
    return [*place.tokens, *(rest if rest[:1] not in (["style"], ["explode"]) else [])]


def _of_answer(place: _Place, rest: Tokens) -> Tokens:
    match rest:
        case ["content", _, "schema", *more]:
            return [*place.tokens, "schema", *more]
        case ["content", kind, "example", *more]:
            named = place.within("examples", kind).node is not None
            return [*place.tokens, "examples", *([kind] if named else []), *more]
        case ["content", *_]:
            return place.tokens
        case ["headers", name, "schema", *more]:
            return [*place.tokens, "headers", name, *more]
    return [*place.tokens, *rest]


def _of_body(item: _Place, operation: _Place, rest: Tokens) -> Tokens:
    parameters = [*operation.parameters(), *item.parameters()]
    body = next((place for place in parameters if place.node.get("in") == "body"), None)
    match rest:
        case ["content", _, "schema", "properties", name, *more]:
            for place in parameters:
                if place.node.get("in") == "formData" and place.node.get("name") == name:
                    return [*place.tokens, *more]
    if body is None:
        return [*operation.tokens, "parameters"]
    match rest:
        case ["content", _, "schema", *more]:
            return [*body.tokens, "schema", *more]
    return body.tokens
