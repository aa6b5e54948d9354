"""Swagger 2.0 in our one form, OpenAPI 3.0's: parameters with schemas, request bodies, answers with their content.

Schemas stay the objects that they were, so this costs little more than its operations; what they say in words of
2.0's own is said in 3.0's. Shared parameters and answers are written out where they are used, since what they
become depends on what the operation consumes and produces. What is odd is a warning with a pointer into the document
as it was written, and is read as well as it goes. https://swagger.io/specification/v2/
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from harness.contract.tree import FILES, Warning, at, escaped
from harness.errors import did_you_mean

Node: TypeAlias = "dict[str, Any]"

TOP_LEVEL = (
    *("swagger", "info", "host", "basePath", "schemes", "consumes", "produces", "paths", "definitions"),
    *("parameters", "responses", "securityDefinitions", "security", "tags", "externalDocs"),
)

AS_WRITTEN = "as-written"
"""Beside the trees of other files: parts of this one as they were, where a `$ref` leads into what has moved."""

_METHODS = frozenset(("get", "put", "post", "delete", "options", "head", "patch", "trace"))
_JSON = "application/json"
_URLENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_SHORT_TYPES = {"json": _JSON, "xml": "application/xml", "text": "text/plain", "html": "text/html"}

_OF_SCHEMA = (
    *("type", "format", "items", "default", "enum", "pattern", "multipleOf", "uniqueItems"),
    *("maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"),
    *("maxLength", "minLength", "maxItems", "minItems", "nullable", "example"),
)
"""What of a parameter or header that is no body describes its value."""

_COLLECTIONS: dict[str, tuple[str, bool]] = {
    "csv": ("", False),
    "ssv": ("spaceDelimited", False),
    "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}
"""`collectionFormat` as style (empty: the usual one of the place) and explode. OpenAPI 3 has no tabs; we do."""

_FLOWS = {
    "implicit": "implicit",
    "password": "password",
    "application": "clientCredentials",
    "accessCode": "authorizationCode",
}


def is_old(node: Node) -> bool:
    """Does an object of the document say something in words of 2.0's own, if it is a schema?"""
    return "x-nullable" in node or node.get("type") == "file" or isinstance(node.get("discriminator"), str)


def _turn(node: Node) -> None:
    """Say in OpenAPI 3.0's words, in its place, what a schema says in 2.0's."""
    if node.get("x-nullable") is True:
        node["nullable"] = True
    if isinstance(node.get("discriminator"), str):
        node["discriminator"] = {"propertyName": node["discriminator"]}
    if node.get("type") == "file" and "in" not in node:
        node.update(type="string", format="binary")


def convert(root: Node, *, users: list[Node], old: list[Node]) -> tuple[Node, list[Warning]]:
    """The document in our form, and its oddities.

    `users` are the objects with a `$ref`, `old` those that are old: where they are schemas, they are changed in their
    place, which spares a copy of them all.
    """
    for node in old:
        _turn(node)
    work = _Conversion(root)
    made = work.document()
    work.lead(users, made)
    return made, work.warnings


class _Given(NamedTuple):
    """A parameter, and where it really stands once its `$ref` was followed."""

    node: Node
    place: str

    @property
    def where(self) -> str:
        return str(self.node.get("in"))

    @property
    def key(self) -> tuple[str, str]:
        # An operation has one body, whatever it is called.
        return self.where, "" if self.where == "body" else str(self.node.get("name"))


class _Conversion:
    def __init__(self, root: Node) -> None:
        self.root = root
        self.warnings: list[Warning] = []
        self._nothing: Node = {}
        # Keys are identities: what they identify is part of the root, or of this object.
        self._followed: set[int] = set()
        self._parameters: dict[int, Node] = {}
        self._fields: dict[int, tuple[Node, Node]] = {}
        self._responses: dict[tuple[int, tuple[str, ...] | None], Node] = {}
        self._consumes = self._types(root, "consumes", "")
        self._produces = self._types(root, "produces", "")

    def document(self) -> Node:
        """The top, with everything below it."""
        root = self.root
        made: Node = {"openapi": "3.0.4", "info": root.get("info", {})}
        made["servers"] = [{"url": url} for url in self._urls(self.root.get("schemes"))]
        kept = ("security", "tags", "externalDocs")
        made |= {key: node for key, node in root.items() if key in kept or key.startswith("x-")}
        made["paths"] = {
            path: item if path.startswith("x-") else self._path_item(item, f"/paths/{escaped(path)}")
            for path, item in _dict(root.get("paths")).items()
        }
        schemes = _dict(root.get("securityDefinitions"))
        made["components"] = {
            "schemas": _dict(root.get("definitions")),
            "securitySchemes": {
                name: self._scheme(node, f"/securityDefinitions/{escaped(name)}")
                for name, node in schemes.items()
            },
        }
        return made

    def lead(self, users: list[Node], made: Node) -> None:
        """Lead the references that are left to what they mean."""
        for node in users:
            if id(node) in self._followed:
                continue
            ref = node["$ref"]
            top, _, rest = ref.removeprefix("#/").partition("/")
            if top == "definitions":
                node["$ref"] = f"#/components/schemas/{rest}"
            elif not top.startswith("x-") and at(self.root, ref) is not None:
                kept = made.setdefault(FILES, {}).setdefault(AS_WRITTEN, {})
                kept[top] = self.root[top]
                node["$ref"] = f"#/{FILES}/{AS_WRITTEN}/{top}/{rest}"

    def _warn(self, pointer: str, message: str) -> None:
        self.warnings.append(Warning(pointer, message))

    def _follow(self, node: Any, place: str) -> tuple[Node, str]:
        """The node that a chain of `$ref`s leads to, `{}` where it dangles, and its place."""
        for _ in range(32):
            if not isinstance(node, dict):
                break
            ref = node.get("$ref")
            if not isinstance(ref, str):
                return node, place
            self._followed.add(id(node))
            node, place = at(self.root, ref), ref[1:]
        return self._nothing, place

    def _urls(self, declared: Any) -> Iterable[str]:
        """The addresses by the schemes that are declared."""
        host, base = self._address
        if not host:
            return [base or "/"]
        schemes = [scheme for scheme in _list(declared) if isinstance(scheme, str)]
        return [f"{scheme}://{host}{base}" for scheme in schemes or ["https"]]

    @cached_property
    def _address(self) -> tuple[str, str]:
        """The host, empty where none is declared, and the base path."""
        base, host = self.root.get("basePath"), self.root.get("host")
        base = base if isinstance(base, str) else ""
        if base and not base.startswith("/"):
            # Some write the whole URL here.
            said = re.sub(r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^/]*/?", "", base)
            self._warn("/basePath", f"a base path begins with '/'; {base!r} is read as '/{said}'")
            base = "/" + said
        base = base.rstrip("/")
        if not isinstance(host, str) or not host:
            return "", base
        bare = re.sub(r"^[a-zA-Z][a-zA-Z0-9+.-]*://", "", host).rstrip("/")
        if bare != host:
            self._warn("/host", f"a host has neither scheme nor path; {host!r} is read as {bare!r}")
        return bare, base

    def _types(self, owner: Node, key: str, place: str) -> tuple[str, ...] | None:
        """The media types of `consumes` or `produces`; None where nothing is said."""
        given = owner.get(key)
        if given is None:
            return None
        if isinstance(given, str):
            self._warn(f"{place}/{key}", f"{key!r} is a list of media types; {given!r} is read as one")
            given = [kind.strip() for kind in given.split(",")]
        found: dict[str, None] = {}
        for index, kind in enumerate(_list(given)):
            known = kind if isinstance(kind, str) and ("/" in kind or kind == "*") else None
            if known is None:
                known = _SHORT_TYPES.get(str(kind).strip(". ").lower())
                meant = f"read as {known!r}" if known else "ignored"
                self._warn(f"{place}/{key}/{index}", f"{kind!r} is no media type; {meant}")
            if known is not None:
                found[known] = None
        return tuple(found)

    # Paths and operations

    def _path_item(self, item: Any, place: str) -> Any:
        if not isinstance(item, dict):
            return item  # the document has warned of it
        item, place = self._follow(item, place)
        shared = self._given(item, place)
        made: Node = {}
        for key, node in item.items():
            if key == "parameters":
                made[key] = self._no_bodies(shared)
            elif key in _METHODS and isinstance(node, dict):
                made[key] = self._operation(node, f"{place}/{key}", shared)
            else:
                made[key] = node
        return made

    def _given(self, owner: Node, place: str) -> list[_Given]:
        nodes = owner.get("parameters")
        if nodes is None:
            return []
        if not isinstance(nodes, list):
            self._warn(f"{place}/parameters", "'parameters' is a list; this is ignored")
            return []
        return [_Given(*self._follow(node, f"{place}/parameters/{i}")) for i, node in enumerate(nodes)]

    def _operation(self, operation: Node, place: str, shared: list[_Given]) -> Node:
        consumes = self._types(operation, "consumes", place) if "consumes" in operation else self._consumes
        produces = self._types(operation, "produces", place) if "produces" in operation else self._produces
        own = self._given(operation, place)
        keys = {one.key for one in own}
        everyone = [*own, *(one for one in shared if one.key not in keys)]
        made: Node = {}
        for key, node in operation.items():
            if key == "parameters":
                made[key] = self._no_bodies(own)
            elif key == "responses" and isinstance(node, dict):
                made[key] = {
                    status: answer
                    if status.startswith("x-")
                    else self._response(answer, f"{place}/responses/{escaped(status)}", produces)
                    for status, answer in node.items()
                }
            elif key == "schemes":
                if _list(node) and self._address[0]:
                    made["servers"] = [{"url": url} for url in self._urls(node)]
            elif key not in ("consumes", "produces"):
                made[key] = node
        if any(one.where in ("body", "formData") for one in everyone):
            made["requestBody"] = self._request_body(everyone, consumes or (), place)
        return made

    # Parameters

    def _no_bodies(self, parameters: list[_Given]) -> list[Node]:
        """The parameters that are parameters in OpenAPI 3, too."""
        made = []
        for given in parameters:
            known = self._parameters.get(id(given.node))
            if known is None:
                known = self._parameters[id(given.node)] = self._parameter(*given)
            if known:
                made.append(known)
        return made

    def _parameter(self, node: Node, place: str) -> Node:
        where = node.get("in")
        if where in ("body", "formData") or not node:
            return {}  # part of a body, or a dangling reference, which has its own warning
        if not isinstance(where, str) or not isinstance(node.get("name"), str):
            self._warn(place, "a parameter needs 'name' and 'in'; this is ignored")
            return {}
        if where not in ("query", "path", "header"):
            near = did_you_mean(where, ("query", "path", "header", "body", "formData"))
            self._warn(f"{place}/in", f"unknown place {where!r} of a parameter; {near}")
        made = {key: value for key, value in node.items() if key not in (*_OF_SCHEMA, "collectionFormat")}
        return {**made, "schema": self._value(node, place), **self._written(node, place)}

    def _value(self, node: Node, place: str) -> Node:
        """The schema of what is no body: a parameter, a header, a field of a form."""
        given = node.get("schema")
        if isinstance(given, dict) and "type" not in node:
            self._warn(f"{place}/schema", "only a body has a schema; read as if this had one, too")
            return given
        kind = node.get("type")
        if kind is None and "enum" not in node:
            self._warn(place, "no type; any text is accepted")
        if kind == "object":
            self._warn(f"{place}/type", "an object has no form outside a body; anything is accepted")
            return {}
        schema = {key: node[key] for key in _OF_SCHEMA if key in node}
        if "x-example" in node:
            schema.setdefault("example", node["x-example"])
        if kind == "file":
            schema.update(type="string", format="binary")
        items = node.get("items")
        if isinstance(items, dict) and items.get("type") == "array":
            self._warn(f"{place}/items", "lists within lists are read as texts")
            schema["items"] = {"type": "string"}
        return schema

    def _written(self, node: Node, place: str) -> Node:
        """How a list is written: `style` and `explode`; nothing where the value is no list."""
        kind = node.get("type")
        if kind != "array" and not (isinstance(kind, list) and "array" in kind):
            return {}
        name = node.get("collectionFormat", "csv")
        if not isinstance(name, str) or name not in _COLLECTIONS:
            near = did_you_mean(str(name), _COLLECTIONS)
            self._warn(f"{place}/collectionFormat", f"unknown format {name!r} is read as 'csv'; {near}")
            name = "csv"
        elif name == "multi" and node["in"] not in ("query", "formData"):
            self._warn(f"{place}/collectionFormat", "only a query and a form repeat a name; read as 'csv'")
            name = "csv"
        style, explode = _COLLECTIONS[name]
        return {"style": style, "explode": explode} if style else {"explode": explode}

    # Bodies

    def _request_body(self, parameters: list[_Given], consumes: tuple[str, ...], place: str) -> Node:
        bodies = [one for one in parameters if one.where == "body"]
        fields = [
            one for one in parameters if one.where == "formData" and isinstance(one.node.get("name"), str)
        ]
        for more in bodies[1:]:
            self._warn(more.place, "an operation has one body; this one is ignored")
        if bodies and fields:
            self._warn(f"{place}/parameters", "both a body and a form; either is accepted")
        made: Node = {}
        content: Node = {}
        if bodies:
            others = [kind for kind in consumes if not (fields and _is_form(kind))]
            media = self._body_media(*bodies[0])
            content.update((kind, media) for kind in others or (_JSON,))
            made = {key: bodies[0].node[key] for key in ("description",) if key in bodies[0].node}
        if fields:
            media = self._form_media(fields)
            content.update((kind, media) for kind in self._form_kinds(fields, consumes, bool(bodies), place))
        required = any(one.node.get("required") is True for one in (*bodies[:1], *fields))
        return {**made, "required": required, "content": content}

    def _form_kinds(
        self, fields: list[_Given], consumes: tuple[str, ...], beside_body: bool, place: str
    ) -> list[str]:
        """The media types of a form. Where none is said, whoever has no file to send may write it in either way."""
        forms = [kind for kind in consumes if _is_form(kind)]
        files = any(one.node.get("type") == "file" for one in fields)
        if consumes and not forms and not beside_body:
            self._warn(
                f"{place}/parameters", f"a form, but only {', '.join(consumes)} is consumed; forms are, too"
            )
        kinds = forms if beside_body else list(consumes)
        if not forms or (files and _MULTIPART not in forms):
            kinds += (_MULTIPART,) if files else (_URLENCODED, _MULTIPART)
        return kinds

    def _body_media(self, node: Node, place: str) -> Node:
        schema = node.get("schema")
        if not isinstance(schema, dict):
            schema = {key: node[key] for key in _OF_SCHEMA if key in node}
            said = "its own 'type' is taken" if "type" in schema else "anything is accepted"
            self._warn(place, f"a body without a schema; {said}")
        media: Node = {"schema": schema} if schema else {}
        examples = _dict(node.get("x-examples"))
        example = node["x-example"] if "x-example" in node else next(iter(examples.values()), None)
        return media if example is None else {**media, "example": example}

    def _form_media(self, fields: list[_Given]) -> Node:
        properties: Node = {}
        encoding: Node = {}
        for node, place in fields:
            known = self._fields.get(id(node))
            if known is None:
                about = {"description": node["description"]} if "description" in node else {}
                known = {**about, **self._value(node, place)}, self._written(node, place)
                self._fields[id(node)] = known
            properties[node["name"]], written = known
            if written:
                encoding[node["name"]] = written
        required = [node["name"] for node, _ in fields if node.get("required") is True]
        schema: Node = {"type": "object", "properties": properties}
        if required:
            schema["required"] = required
        return {"schema": schema, "encoding": encoding} if encoding else {"schema": schema}

    # Answers

    def _response(self, node: Any, place: str, produces: tuple[str, ...] | None) -> Node:
        if not isinstance(node, dict):
            self._warn(place, "an answer is an object; this one is read as one without a body")
            return {}
        node, place = self._follow(node, place)
        known = self._responses.get((id(node), produces))
        if known is None:
            known = self._responses[id(node), produces] = self._answer(node, place, produces)
        return known

    def _answer(self, node: Node, place: str, produces: tuple[str, ...] | None) -> Node:
        made = {key: value for key, value in node.items() if key not in ("schema", "examples", "headers")}
        content = self._content(node, place, produces)
        if content:
            made["content"] = content
        headers = node.get("headers")
        if isinstance(headers, dict):
            made["headers"] = {
                name: self._header(*self._follow(header, f"{place}/headers/{escaped(name)}"))
                for name, header in headers.items()
            }
        return made

    def _content(self, node: Node, place: str, produces: tuple[str, ...] | None) -> Node:
        schema, examples = node.get("schema"), _dict(node.get("examples"))
        named = {kind: example for kind, example in examples.items() if "/" in kind}
        if examples and not named:
            self._warn(f"{place}/examples", "examples stand under media types; read as one example")
            named = dict.fromkeys(produces or (_JSON,), examples)
        if not isinstance(schema, dict):
            return {kind: {"example": example} for kind, example in named.items()}
        usual = "application/octet-stream" if schema.get("format") == "binary" else _JSON
        # Where nothing is said of the types, the examples say it.
        kinds = produces or tuple(dict.fromkeys((usual, *named)))
        return {
            kind: {"schema": schema, "example": named[kind]} if kind in named else {"schema": schema}
            for kind in kinds
        }

    def _header(self, node: Node, place: str) -> Node:
        if not node:
            return {}
        made = {key: value for key, value in node.items() if key not in (*_OF_SCHEMA, "collectionFormat")}
        return {**made, "schema": self._value(node, place)}

    # Security

    def _scheme(self, given: Any, place: str) -> Node:
        node, place = self._follow(given, place)
        kind = node.get("type")
        if kind == "basic":
            return {**node, "type": "http", "scheme": "basic"}
        if kind == "oauth2":
            keys = ("authorizationUrl", "tokenUrl", "scopes")
            made = {key: value for key, value in node.items() if key not in ("flow", *keys)}
            name = str(node.get("flow"))
            if name not in _FLOWS:
                self._warn(f"{place}/flow", f"unknown flow {name!r}; {did_you_mean(name, _FLOWS)}")
                return {**made, "flows": {}}
            return {**made, "flows": {_FLOWS[name]: {key: node[key] for key in keys if key in node}}}
        if kind != "apiKey":
            self._warn(
                f"{place}/type", f"Swagger 2.0 knows no security of type {kind!r}; read as OpenAPI 3's"
            )
        return node


def _is_form(kind: str) -> bool:
    return kind.partition(";")[0].strip().lower() in (_URLENCODED, _MULTIPART)


def _dict(value: Any) -> Node:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
