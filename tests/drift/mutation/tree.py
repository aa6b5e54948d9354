"""A document as the JSON it was written in, and where in it a change is sure to matter.

A change matters where nothing masks it. So the way to a `Spot` leads through properties, items and parts of an allOf
that nobody else speaks of, and never through a choice. What else leads to the same node, in whatever way, is known
too: `loose`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

Node = dict[str, Any]
Direction = Literal["request", "response"]
DIRECTIONS: tuple[Direction, ...] = ("request", "response")

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
ANNOTATIONS = frozenset(
    (
        *("title", "description", "example", "examples", "default", "nullable", "deprecated", "externalDocs"),
        "xml",
    )
)
MASKS = frozenset(
    (
        *(
            "anyOf",
            "oneOf",
            "not",
            "if",
            "then",
            "else",
            "enum",
            "const",
            "discriminator",
            "readOnly",
            "writeOnly",
        ),
    )
) | {"unevaluatedProperties", "patternProperties", "propertyNames", "dependentSchemas", "x-extensible-enum"}
TWISTING = frozenset(("oneOf", "not", "if", "contains"))
FORM = "application/x-www-form-urlencoded"
_IGNORED_HEADERS = ("accept", "content-type", "authorization")
_NO_BODY = ("1", "204", "205", "304")


class Spot(NamedTuple):
    """A schema as a node of the tree, and what leads to it.

    `holder[key]` is the node, or a reference to it. `textual`: its value travels as text, in a parameter or a form.
    `operation`: `GET /pets`, or `webhook paid`.
    """

    node: Node
    holder: Any
    key: str | int
    operation: str
    part: str
    direction: Direction
    textual: bool


class Op(NamedTuple):
    """An operation of the tree: `item[method]` is its node."""

    path: str
    method: str
    item: Node
    node: Node

    @property
    def name(self) -> str:
        """`GET /pets`."""
        return f"{self.method.upper()} {self.path}"


class Tree:
    """A document that is to be changed."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.version = str(root.get("openapi") or root.get("swagger"))
        self.swagger = "swagger" in root
        self.modern = not self.swagger and not self.version.startswith("3.0")

    def at(self, ref: str) -> Any:
        """What a local reference names; None where it dangles."""
        node: Any = self.root
        for token in ref.removeprefix("#/").split("/"):
            token = token.replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict):
                node = node.get(token)
            elif isinstance(node, list) and token.isdigit() and int(token) < len(node):
                node = node[int(token)]
            else:
                return None
        return node

    def follow(self, node: Any) -> Node:
        """What a chain of references leads to; `{}` where that is no object, or something stands beside one."""
        for _ in range(16):
            if not isinstance(node, dict):
                return {}
            ref = node.get("$ref")
            if not isinstance(ref, str):
                return node
            if self.modern and any(key not in ANNOTATIONS and key != "$ref" for key in node):
                return {}
            if node.get("readOnly") is True or node.get("writeOnly") is True:
                return {}
            node = self.at(ref)
        return {}

    @property
    def schemas(self) -> Node:
        """The named schemas; a place for them is made where there is none."""
        holder = self.root if self.swagger else self.root.setdefault("components", {})
        found: Node = holder.setdefault("definitions" if self.swagger else "schemas", {})
        return found

    def rename_schema(self, name: str, new: str) -> None:
        """Give a named schema another name, in its place; who refers to it is not told."""
        named = self.schemas
        kept = {new if each == name else each: schema for each, schema in named.items()}
        named.clear()
        named |= kept

    @property
    def schemas_at(self) -> str:
        """The start of a reference to a named schema."""
        return "#/definitions/" if self.swagger else "#/components/schemas/"

    def operations(self) -> Iterator[Op]:
        """Each operation of the paths."""
        for path, item in self.root.get("paths", {}).items():
            if isinstance(item, dict) and "$ref" not in item:
                for method in METHODS:
                    if isinstance(item.get(method), dict):
                        yield Op(path, method, item, item[method])

    def webhooks(self) -> Iterator[Op]:
        """Each webhook, with its name for a path."""
        for name, item in self.root.get("webhooks", {}).items():
            if isinstance(item, dict) and "$ref" not in item:
                for method in METHODS:
                    if isinstance(item.get(method), dict):
                        yield Op(name, method, item, item[method])

    def parameters(self, op: Op) -> Iterator[tuple[list[Any], int, Node]]:
        """Each parameter of an operation, the list that it stands in and where; not the body of Swagger 2.0."""
        own = op.node.get("parameters") or []
        names = {(p.get("in"), p.get("name")) for p in map(self.follow, own)}
        for index, parameter in enumerate(own):
            yield own, index, self.follow(parameter)
        shared = op.item.get("parameters") or []
        for index, parameter in enumerate(shared):
            node = self.follow(parameter)
            if (node.get("in"), node.get("name")) not in names:
                yield shared, index, node

    def sent(self, op: Op) -> Iterator[tuple[str, Node, bool]]:
        """Each schema of a request, where it stands, as the node that holds it under `schema`; whether as text."""
        for _, _, parameter in self.parameters(op):
            where, name = parameter.get("in"), str(parameter.get("name"))
            if where == "header" and name.lower() in _IGNORED_HEADERS:
                continue
            if where == "body":
                yield "request body", parameter, False
            elif where in ("query", "path", "header") and "schema" in parameter:
                yield f"{where} parameter {name}", parameter, True
        yield from self._media("request body", op.node.get("requestBody"))

    def given(self, op: Op) -> Iterator[tuple[str, Node, bool]]:
        """Each schema of an answer: as of a request, headers too."""
        for status, answer in (op.node.get("responses") or {}).items():
            node = self.follow(answer)
            for name, header in (node.get("headers") or {}).items():
                held = self.follow(header)
                if "schema" in held and name.lower() not in ("content-type", "set-cookie"):
                    yield f"response {status} header {name}", held, True
            if str(status).startswith(_NO_BODY) or op.method == "head":
                continue
            if self.swagger and "schema" in node:
                yield f"response {status}", node, False
            yield from self._media(f"response {status}", answer)

    def _media(self, part: str, holder: Any) -> Iterator[tuple[str, Node, bool]]:
        for kind, media in (self.follow(holder).get("content") or {}).items():
            if isinstance(media, dict) and "schema" in media and (is_json(kind) or kind == FORM):
                yield f"{part} {kind}", media, kind == FORM


def is_json(kind: str) -> bool:
    """Is that a media type of JSON texts?"""
    kind = kind.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


class Reach:
    """What of a tree is reached, in which direction."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.strict: dict[Direction, dict[int, Spot]] = {"request": {}, "response": {}}
        self.loose: dict[Direction, set[int]] = {"request": set(), "response": set()}
        self.twisted: set[int] = set()
        self.holders: dict[int, list[Spot]] = {}
        for op in tree.operations():
            self._operation(op, op.name, "request", "response")
        for op in tree.webhooks():
            self._operation(op, f"webhook {op.path}", "response", "request")

    def spots(self) -> list[Spot]:
        """Each node that is reached and never masked: where it is in a direction at all, it matters there."""
        found: dict[int, Spot] = {}
        for direction in DIRECTIONS:
            for key, spot in self.strict[direction].items():
                other: Direction = "response" if direction == "request" else "request"
                masked = key in self.loose[other] and key not in self.strict[other]
                if not masked and key not in self.twisted:
                    found.setdefault(key, spot)
        return list(found.values())

    def directions(self, spot: Spot) -> tuple[Direction, ...]:
        """In which directions the node of a spot is reached."""
        return tuple(each for each in DIRECTIONS if id(spot.node) in self.strict[each])

    def textual(self, spot: Spot) -> bool:
        """Does a value of that node travel as text anywhere?"""
        return any(each.textual for each in self.holders.get(id(spot.node), ()))

    def _operation(self, op: Op, name: str, inward: Direction, outward: Direction) -> None:
        self._loosely(op.node.get("callbacks"), "request")
        self._loosely(op.node.get("callbacks"), "response")
        for direction, held in ((inward, self.tree.sent(op)), (outward, self.tree.given(op))):
            for part, holder, textual in held:
                self._schema(holder, name, part, direction, textual)
        self._loosely([node for _, _, node in self.tree.parameters(op)], inward)
        self._loosely(op.node.get("requestBody"), inward)
        self._loosely(op.node.get("responses"), outward)

    def _schema(self, holder: Any, operation: str, part: str, direction: Direction, textual: bool) -> None:
        """Whatever is never masked inside a schema. A form's own schema is left out: only its members are texts."""
        form = part.endswith(FORM)
        pending: list[tuple[Any, str | int]] = [(holder, "schema")]
        while pending:
            holder, key = pending.pop()
            node = self.tree.follow(holder[key])
            whole = form and key == "schema"
            if not node or node.get("readOnly") is True or node.get("writeOnly") is True:
                continue
            spot = Spot(node, holder, key, operation, part, direction, textual)
            self.holders.setdefault(id(node), []).append(spot)
            if id(node) in self.strict[direction]:
                continue
            if not whole:
                self.strict[direction][id(node)] = spot
            if whole or not textual:
                pending.extend(self._inside(node))

    def _inside(self, node: Node) -> Iterator[tuple[Any, str | int]]:
        if node.keys() & MASKS:
            return
        if isinstance(node.get("allOf"), list):
            yield from self._in_parts(node)
            return
        kinds = types(node)
        if kinds == {"object"} or (not kinds and "properties" in node):
            yield from ((node["properties"], name) for name in node.get("properties") or {})
            if isinstance(node.get("additionalProperties"), dict):
                yield node, "additionalProperties"
        if kinds == {"array"} and isinstance(node.get("items"), dict) and "prefixItems" not in node:
            yield node, "items"

    def _in_parts(self, node: Node) -> Iterator[tuple[Any, str | int]]:
        """The properties of which but one part of an allOf speaks."""
        parts = [node, *(self.tree.follow(part) for part in node["allOf"])]
        if not all(parts) or any(part.keys() & MASKS or "additionalProperties" in part for part in parts):
            return
        for part in parts:
            others = {
                name for other in parts if other is not part for name in self._names(other, own=other is node)
            }
            if part is node or "allOf" not in part:
                members = part.get("properties") or {}
                yield from ((members, name) for name in members if name not in others)

    def _names(self, node: Node, *, own: bool = False, depth: int = 6) -> set[str]:
        """The names that a schema describes, and, but for `own`, the parts of its allOf."""
        found = {*(node.get("properties") or {})}
        for part in (node.get("allOf") or []) if depth and not own else ():
            found |= self._names(self.tree.follow(part), depth=depth - 1)
        return found

    def _loosely(self, start: Any, direction: Direction) -> None:
        """Whatever is led to; and whatever is so through a choice in which more may come to mean less."""
        pending = [(start, False)]
        while pending:
            node, twisted = pending.pop()
            if isinstance(node, dict):
                seen = self.twisted if twisted else self.loose[direction]
                if id(node) in seen:
                    continue
                seen.add(id(node))
                if isinstance(node.get("$ref"), str):
                    pending.append((self.tree.at(node["$ref"]), twisted))
                discriminator = node.get("discriminator")
                if isinstance(discriminator, dict):
                    mapping = discriminator.get("mapping") or {}
                    pending.extend((self.tree.at(str(ref)), True) for ref in mapping.values())
                for key, value in node.items():
                    if not key.startswith("x-"):
                        pending.append((value, twisted or key in TWISTING))
            elif isinstance(node, list):
                pending.extend((each, twisted) for each in node)


def types(node: Node) -> set[str]:
    """The types that a schema names, without null."""
    kind = node.get("type")
    named = [kind] if isinstance(kind, str) else kind if isinstance(kind, list) else []
    return {each for each in named if each != "null"}


def is_nullable(node: Node) -> bool:
    """Does a schema take null by its type?"""
    kind = node.get("type")
    return node.get("nullable") is True or (isinstance(kind, list) and "null" in kind)


def is_plain(node: Node, kind: str, *more: str) -> bool:
    """Is it a schema of that one type that says nothing else but `more`?"""
    said = {key for key in node if key not in ANNOTATIONS and not key.startswith("x-")}
    return types(node) == {kind} and said <= {"type", *more} and not node.keys() & MASKS - {*more}
