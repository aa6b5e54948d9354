"""How a document is routed: its operations, the servers they stand on, and which of them a request is for."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec

from harness.contract import aws
from harness.contract.apart import Siblings, divided, in_query
from harness.contract.document import Document, operations_of
from harness.contract.match import Router, bases, holds_slashes, names_in, unnamed
from harness.contract.operation import Compiled
from harness.contract.schema import Schemas
from harness.errors import UnknownName
from harness.model.message import Request


class Operation(msgspec.Struct, frozen=True):
    """One operation: a method (upper case) and a path template. Without an operationId, its id is `GET /path`."""

    id: str
    method: str
    template: str
    summary: str = ""
    tags: tuple[str, ...] = ()
    deprecated: bool = False

    @property
    def name(self) -> str:
        """`GET /v1/customers/{customer}`."""
        return f"{self.method} {self.template}"

    @property
    def safe(self) -> bool:
        """Safe by its method: RFC 9110 section 9.2.1; QUERY is too (draft-ietf-httpbis-safe-method-w-body)."""
        return self.method in ("GET", "HEAD", "OPTIONS", "TRACE", "QUERY")

    @property
    def idempotent(self) -> bool:
        """Idempotent by its method: RFC 9110 section 9.2.2."""
        return self.safe or self.method in ("PUT", "DELETE")


class Match(msgspec.Struct, frozen=True):
    """The operation that a request is for, and its path parameters, percent-decoded.

    `shared`: several operations have this method and path, and more than them decides which is meant.
    """

    operation: Operation
    path_parameters: dict[str, str] = {}
    shared: bool = False


class Miss(msgspec.Struct, frozen=True):
    """No operation: the nearest ones (`GET /v1/customers/{customer}`), and the methods known for that very path.

    `shared`: operations have this method and path, and more than them decides that none is meant.
    """

    nearest: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    shared: bool = False


class Routes:
    """The operations of a document, by their ids and by what is asked of them. `compiled`: each as the document has
    it, by its id."""

    def __init__(self, document: Document, inward: Schemas, outward: Schemas) -> None:
        self._document = document
        self._router: Router[Operation] = Router()
        self._by_name: dict[str, str] = {}
        self._siblings: dict[str, Siblings[Operation]] = {}
        self.compiled: dict[str, Compiled] = {}
        self.operations = self._index(inward, outward)
        self.server_urls = tuple(filter(_is_readable, dict.fromkeys(self._server_urls())))
        self._bases = bases(self.server_urls)

    def operation(self, name: str) -> Operation:
        """The operation of that id, or of that method and path template; else UnknownName."""
        found = self.operations.get(name) or self.operations.get(self._by_name.get(name, ""))
        if found is None:
            raise UnknownName("operation", name, [*self.operations, *self._by_name])
        return found

    def match(self, method: str, path: str) -> Match | Miss:
        """The operation for a method and a percent-encoded path, with or without a server's base path."""
        allowed: dict[str, None] = {}
        for candidate in self._without_base(path) if self._bases else (path,):
            found = self._router.find(method, candidate)
            if found.target is not None:
                operation = found.target
                return Match(operation, found.parameters, operation.id in self._siblings)
            allowed.update(dict.fromkeys(found.allowed))
        nearest = self._router.nearest(method, next(self._without_base(path)))
        return Miss(nearest, tuple(allowed))

    def asked(self, request: Request) -> Match | Miss:
        """The operation that a request is for, also where the path alone does not tell."""
        match = self.match(request.method, request.path)
        if isinstance(match, Miss) or not match.shared:
            return match
        siblings = self._siblings[match.operation.id]
        meant = siblings.meant(request)
        if meant is None:
            nearest = tuple(f"{request.method} {near}" for near in siblings.nearest(request))
            return Miss(nearest, shared=True)
        # They may name the parameters of their path differently.
        path, _, _ = divided(meant.template)
        return Match(meant, dict(zip(names_in(path), match.path_parameters.values(), strict=True)), True)

    @property
    def server_templates(self) -> tuple[str, ...]:
        """The servers' URLs as they are written, variables and all."""
        return tuple(dict.fromkeys(server["url"] for server in self._servers()))

    def _server_urls(self) -> Iterator[str]:
        for server in self._servers():
            url: str = server["url"]
            variables = server.get("variables")
            for name, node in (variables if isinstance(variables, dict) else {}).items():
                default = node.get("default") if isinstance(node, dict) else ""
                url = url.replace("{" + name + "}", str(default))
            yield url

    def _servers(self) -> Iterator[dict[str, Any]]:
        owners: list[dict[str, Any]] = [self._document.root]
        for _, item, _, node in self._nodes():
            owners += (owner for owner in (item, node) if "servers" in owner)
        for owner in owners:
            servers = owner.get("servers")
            for server in servers if isinstance(servers, list) else []:
                if isinstance(server, dict) and isinstance(server.get("url"), str):
                    yield server

    def _index(self, inward: Schemas, outward: Schemas) -> dict[str, Operation]:
        """Operations by id, in document order. A second operation of one id is known by its method and path."""
        found: dict[str, Operation] = {}
        together: dict[tuple[str, str, bool], list[tuple[str, Operation]]] = {}
        converted = self._document.dialect == "aws"
        for template, item, method, node in self._nodes():
            operation = _operation(template, method, node, taken=found)
            found[operation.id] = operation
            self._by_name[operation.name] = operation.id
            path, sign, _ = divided(template)
            if sign == "?":
                item, node = in_query(self._document, item, node, template)
            if converted:
                node = aws.mended(self._document, template, node)
            self.compiled[operation.id] = Compiled(self._document, item, node, inward, outward)
            greedy = self._takes_segments(path, operation)
            together.setdefault((method, unnamed(path), greedy), []).append((path, operation))
        leading = [self._route(sharing, greedy=greedy) for (_, _, greedy), sharing in together.items()]
        if converted:
            for path, operation in leading:
                self._router.add(operation.method, aws.other_slash(path), operation, also=True)
        return found

    def _route(self, sharing: list[tuple[str, Operation]], *, greedy: bool) -> tuple[str, Operation]:
        """Enter operations that share a method and a path: the one that stands for them all, and its path."""
        siblings: Siblings[Operation] = Siblings()
        for path, operation in sharing:
            siblings.add(operation, operation.template, self.compiled[operation.id])
            self._by_name.setdefault(f"{operation.method} {path}", operation.id)
        operation = siblings.default
        if len(sharing) > 1:
            self._siblings[operation.id] = siblings
        path, _, _ = divided(operation.template)
        self._router.add(operation.method, path, operation, greedy=greedy)
        return path, operation

    def _nodes(self) -> Iterator[tuple[str, dict[str, Any], str, dict[str, Any]]]:
        paths = self._document.root.get("paths", {})
        for template, item in paths.items():
            if template.startswith("x-"):
                continue
            item = self._document.follow(item)
            for method, node in operations_of(item):
                yield ("/" + template.lstrip("/")), item, method, node

    def _takes_segments(self, path: str, operation: Operation) -> bool:
        """May the last parameter hold slashes? The template may say so, or `x-multi-segment: true`."""
        if not path.endswith("}"):
            return False
        if holds_slashes(path):
            return True
        last = path[path.rindex("{") + 1 : -1]
        nodes = self.compiled[operation.id].parameter_nodes
        return any(node.get("x-multi-segment") is True and node.get("name") == last for node in nodes)

    def _without_base(self, path: str) -> Iterator[str]:
        for base in self._bases:
            if path.startswith(base) and path[len(base) : len(base) + 1] in ("/", ""):
                yield path[len(base) :] or "/"
        yield path


def _operation(template: str, method: str, node: dict[str, Any], *, taken: Container[str]) -> Operation:
    name = f"{method} {template}"
    given, tags = node.get("operationId"), node.get("tags")
    return Operation(
        given if isinstance(given, str) and given and given not in taken else name,
        method,
        template,
        str(node.get("summary") or ""),
        tuple(str(tag) for tag in tags) if isinstance(tags, list) else (),
        node.get("deprecated") is True,
    )


def _is_readable(url: str) -> bool:
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True
