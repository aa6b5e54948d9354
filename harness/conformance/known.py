"""Which ids exist at the provider: told, written in the document as examples, or seen in answers.

A path parameter that names nothing gets a 404, which says nothing of the contract. So ids are learnt from lists, from
what was created, and by the document's own links, and the operations that need them are asked later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.contract.contract import Contract, Operation
from harness.contract.document import operations_of
from harness.contract.provider import Provider
from harness.errors import UnknownName

Binding = dict[str, str]
"""Path parameters to the values that name something together."""

MOST = 5
"""How many are kept of a kind."""

_NAME = re.compile(r"\{([^{}]+)\}")
_LINKED = re.compile(r"\$response\.body#(/.*)")
_LISTS = ("data", "items", "results", "values", "entries", "records")


def names_of(template: str) -> tuple[str, ...]:
    """The parameters of a path template, in order."""
    return tuple(_NAME.findall(template))


class Known:
    """What is known of ids. `told`: what the user says exists, by the parameter's name."""

    def __init__(self, provider: Provider, told: Mapping[str, str]) -> None:
        self._contract, self._behaviour = provider.contract, provider.behaviour
        self._told = dict(told)
        self._at: dict[str, list[Binding]] = {}
        self._linked: dict[str, list[Binding]] = {}
        self._nodes = dict(_nodes(provider.contract))
        self._templates = {operation.template for operation in provider.contract.operations.values()}

    def bindings(self, operation: Operation) -> tuple[Binding, ...]:
        """Values for the operation's path parameters, the surest first; each of them may leave some out."""
        names = names_of(operation.template)
        if not names:
            return ()
        told = {name: self._told[name] for name in names if name in self._told}
        written = self._written(operation, names)
        seen = [*self._linked.get(operation.id, ()), *self._seen(operation.template)]
        found = [{**written, **binding, **told} for binding in seen] or [{**written, **told}]
        return tuple({tuple(sorted(b.items())): b for b in found if b}.values())[:MOST]

    def learn(self, operation: Operation, path: Mapping[str, str], status: int, body: Any) -> None:
        """Take over what a good answer shows to exist."""
        if not 200 <= status < 300 or operation.method == "DELETE":
            return
        self._enter_path(operation.template, path)
        self._follow(operation, status, path, body)
        items = list(_items(body))
        for template in self._templates:
            parent, last = _parent(template)
            if last and parent == operation.template:
                for item in items:
                    value = self._id_of(item, last, operation)
                    if value:
                        self._enter(template, {**path, last: value})
        for binding in self._of_resource(operation, path, items):
            for template in self._templates:
                prefix = _up_to(template, tuple(binding))
                if prefix:
                    self._enter(prefix, binding)

    def _enter_path(self, template: str, path: Mapping[str, str]) -> None:
        names = names_of(template)
        for number, name in enumerate(names, 1):
            end = template.index("{" + name + "}") + len(name) + 2
            self._enter(template[:end], {known: path[known] for known in names[:number] if known in path})

    def _enter(self, prefix: str, binding: Binding) -> None:
        there = self._at.setdefault(prefix, [])
        if binding and binding not in there and len(there) < MOST:
            there.append(binding)

    def _seen(self, template: str) -> list[Binding]:
        """The bindings of the longest part of the template that is known."""
        best: list[Binding] = []
        for prefix, bindings in self._at.items():
            is_part = template == prefix or template.startswith(f"{prefix}/")
            if is_part and bindings and len(bindings[0]) > (len(best[0]) if best else 0):
                best = bindings
        return best

    def _id_of(self, item: Mapping[str, Any], name: str, operation: Operation) -> str:
        """The value by which a path calls an item: what is known of the resource, else by the names in use."""
        part = self._behaviour.parts.get(operation.id)
        resource = part[1] if part else None
        fields = [resource.id] if resource is not None and resource.path[-1:] == (name,) else []
        last = re.split(r"[_-]|(?<=[a-z])(?=[A-Z])", name)[-1].lower()
        fields += [name, last, "id"] if last != "id" else [name, "id"]
        for field in fields:
            value = item.get(field)
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                return str(value)
        return ""

    def _of_resource(
        self, operation: Operation, path: Mapping[str, str], items: list[dict[str, Any]]
    ) -> Iterator[Binding]:
        """By what is known beside the document: of which resource the items are, and who their parents are."""
        part = self._behaviour.parts.get(operation.id)
        if part is None or not part[1].path:
            return
        _, resource, _ = part
        for item in items:
            fields = {name: resource.parents.get(name, "") for name in resource.path[:-1]}
            fields[resource.path[-1]] = resource.id
            values = {
                name: _dotted(item, field) if field else path.get(name) for name, field in fields.items()
            }
            if all(isinstance(value, str | int) and value != "" for value in values.values()):
                yield {name: str(value) for name, value in values.items()}

    def _follow(self, operation: Operation, status: int, path: Mapping[str, str], body: Any) -> None:
        """OpenAPI links whose parameters stand in the answer's body or in the path that was asked for."""
        document = self._contract.document
        responses = self._nodes.get(operation.id, {}).get("responses")
        answer = document.follow(responses.get(str(status))) if isinstance(responses, dict) else {}
        links = answer.get("links")
        for link in (links if isinstance(links, dict) else {}).values():
            link = document.follow(link)
            target, parameters = link.get("operationId"), link.get("parameters")
            if not isinstance(target, str) or not isinstance(parameters, dict):
                continue
            found: Binding = {}
            for name, expression in parameters.items():
                linked = _LINKED.fullmatch(str(expression))
                value = _at(body, linked[1]) if linked else path.get(str(expression).partition("path.")[2])
                if isinstance(value, str | int) and not isinstance(value, bool):
                    found[str(name).removeprefix("path.")] = str(value)
            there = self._linked.setdefault(target, [])
            if found and found not in there and len(there) < MOST:
                there.append(found)

    def _written(self, operation: Operation, names: tuple[str, ...]) -> Binding:
        """The examples that the document gives of path parameters."""
        document, found = self._contract.document, Binding()
        item = self._nodes.get(f"path {operation.template}", {})
        for owner in (item, self._nodes.get(operation.id, {})):
            nodes = owner.get("parameters")
            for node in map(document.follow, nodes if isinstance(nodes, list) else ()):
                name, value = node.get("name"), _example(document.follow(node.get("schema")), node)
                if node.get("in") == "path" and name in names and isinstance(value, str | int):
                    found[name] = str(value)
        return found


def sources_of(contract: Contract, operation: Operation) -> tuple[Operation, ...]:
    """The lists in which the things stand that the operation's path names, the outermost first."""
    found = []
    for number, name in enumerate(names_of(operation.template)):
        parent = operation.template.partition("/{" + name + "}")[0]
        try:
            source = contract.operation(f"GET {parent}")
        except UnknownName:
            continue
        if len(names_of(parent)) == number and source != operation:
            found.append(source)
    return tuple(found)


def _nodes(contract: Contract) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the document has of each operation by its id, and of each path by `path /template`."""
    document = contract.document
    for template, item in document.root.get("paths", {}).items():
        item = document.follow(item)
        yield f"path /{template.lstrip('/')}", item
        for method, node in operations_of(item):
            try:
                yield contract.operation(f"{method} /{template.lstrip('/')}").id, node
            except UnknownName:
                continue


def _example(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Any:
    for owner in (node, schema):
        if "example" in owner:
            return owner["example"]
        examples = owner.get("examples")
        if isinstance(examples, list) and examples:
            return examples[0]
        if isinstance(examples, dict):
            first = next(iter(examples.values()), None)
            return first.get("value") if isinstance(first, dict) else None
    return schema.get("default")


def _parent(template: str) -> tuple[str, str]:
    """`/a/{b}/c/{d}` is an item of `/a/{b}/c`, by `d`; nothing where the last segment is no parameter."""
    parent, slash, last = template.rpartition("/")
    name = _NAME.fullmatch(last)
    return (parent, name[1]) if slash and name else (template, "")


def _up_to(template: str, names: tuple[str, ...]) -> str:
    """The part of a template that ends with the last of these parameters, if they are just those in it."""
    if names_of(template)[: len(names)] != names:
        return ""
    last = "{" + names[-1] + "}"
    return template[: template.index(last) + len(last)]


def _items(body: Any) -> Iterator[dict[str, Any]]:
    """The objects that an answer shows: itself, or the members of its list."""
    for value in _candidates(body):
        if isinstance(value, list) and any(isinstance(item, dict) for item in value):
            yield from (item for item in value[:MOST] if isinstance(item, dict))
            return
    if isinstance(body, dict):
        yield body


def _candidates(body: Any) -> Iterable[Any]:
    if not isinstance(body, dict):
        return (body,)
    named = [body[name] for name in _LISTS if name in body]
    lists = [value for value in body.values() if isinstance(value, list)]
    # An object with several lists is a thing that has lists, not a page of things.
    return named or (lists if len(lists) == 1 and len(body) <= 4 else ())


def _dotted(item: Any, field: str) -> Any:
    for name in field.split("."):
        item = item.get(name) if isinstance(item, dict) else None
    return item


def _at(value: Any, pointer: str) -> Any:
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(token)
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            return None
    return value
