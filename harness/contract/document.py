"""An OpenAPI document as one tree with local references only, whatever files and dialect it came in.

What cannot be read at all is a FileError; what is odd but readable is a Warning, and the harness goes on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Literal, TypeAlias

from harness.contract import reading, swagger, swagger_pointer, yaml
from harness.contract.tree import DATA, FILES, NAMED, Warning, at
from harness.contract.walk import Read, Walk, is_modern, is_swagger
from harness.errors import FileError, did_you_mean

__all__ = ("DATA", "FILES", "METHODS", "NAMED", "Document", "Read", "Warning", "operations_of", "parse")

TOP_LEVEL = (
    *("openapi", "$self", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components"),
    *("security", "tags", "externalDocs"),
)
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
"""The methods that a path item has a key for; `query` since OpenAPI 3.2."""

_OBJECTS = (
    *("info", "webhooks", "components"),
    *("definitions", "parameters", "responses", "securityDefinitions"),
)
"""What stands at the top of a document and is an object, beside its paths."""


Dialect: TypeAlias = Literal["", "aws"]


class Document:
    """A whole document. `digest` is the SHA-256 of its own bytes.

    `version` is the one that it names. `root` is in OpenAPI's form, whichever: of Swagger 2.0 in 3.0's,
    and then `written` is the tree that it was made of.

    `dialect`: what it leaves unsaid, for whoever reads it: "aws", see `aws.py`; empty where it is taken at its word.
    """

    def __init__(
        self,
        name: str,
        root: dict[str, Any],
        version: str,
        digest: str,
        *,
        oddities: Callable[[], Iterable[Warning]],
        written: dict[str, Any] | None = None,
        dialect: Dialect = "",
    ) -> None:
        self.dialect: Dialect = dialect
        self.name, self.root, self.version, self.digest = name, root, version, digest
        self.written = written or {}
        self._oddities = oddities

    @cached_property
    def warnings(self) -> tuple[Warning, ...]:
        """What is odd about it and was read as well as it goes: looked for when it is first asked for."""
        return tuple(self._oddities())

    def origin(self, pointer: str) -> str:
        """Where in the document as it was written stands what a pointer into `root` names."""
        return swagger_pointer.origin(self.written, pointer) if self.written else pointer

    def at(self, ref: str) -> Any:
        """The node that a local reference (`#/components/...`) names; None where it dangles."""
        return at(self.root, ref)

    def follow(self, node: Any) -> dict[str, Any]:
        """The node itself, or what its chain of `$ref`s leads to; `{}` where it dangles or is no object."""
        for _ in range(32):
            if not isinstance(node, dict):
                return {}
            ref = node.get("$ref")
            if not isinstance(ref, str):
                return node
            node = self.at(ref)
        return {}

    @property
    def is_modern(self) -> bool:
        """Are its schemas JSON Schema 2020-12, as they are since OpenAPI 3.1?"""
        return is_modern(self.version)

    @property
    def is_converted_from_aws(self) -> bool:
        """Did aws2openapi make it of a model of AWS? `aws.py` tells what was lost then."""
        info = self.root.get("info")
        origins = info.get("x-origin") if isinstance(info, dict) else None
        return "aws2openapi" in str(origins)

    @property
    def title(self) -> str:
        """`info.title`, or the name of the file."""
        return self.text("info", "title") or self.name

    def text(self, *keys: str) -> str:
        """The text at these keys from the top; empty where there is none."""
        node: Any = self.root
        for key in keys:
            node = node.get(key) if isinstance(node, dict) else None
        return node if isinstance(node, str) else ""


def parse(
    data: bytes,
    *,
    name: str,
    read: Read | None = None,
    again: Callable[[], bytes] | None = None,
    as_written: bool = False,
) -> Document:
    """Read an OpenAPI 3.0, 3.1 or 3.2 or a Swagger 2.0 document, JSON or YAML.

    `read` gets paths relative to the document (`schemas/pet.yaml`) and gives their bytes or raises OSError;
    without it, references to other files dangle. Nothing is ever fetched from a network. `again` gives the bytes
    once more when somebody asks for what is odd about them; without it, they are kept. `as_written` leaves
    Swagger 2.0 in its own form.
    """
    with yaml.uncollected():
        return _parse(data, name, read, again or (lambda: data), as_written)


def _parse(
    data: bytes, name: str, read: Read | None, again: Callable[[], bytes], as_written: bool
) -> Document:
    root = _object(reading.tree(data, name), name)
    version, warnings = _check(root, data, name)
    walk = Walk(root, version, name, read)
    digest = hashlib.sha256(data).hexdigest()

    def found() -> Iterator[Warning]:
        walk.run()
        text = again()
        if hashlib.sha256(text).hexdigest() == digest:
            yield from reading.oddities(text, name)
        yield from (*warnings, *walk.warnings)

    ours = is_swagger(version) and not as_written
    if ours or _CHANGES.search(data) or b"\0" in data[:8]:
        walk.run()
    if not ours:
        return Document(name, root, version, digest, oddities=found)
    made, more = swagger.convert(root, users=walk.users, old=walk.old)
    return Document(name, made, version, digest, oddities=lambda: (*found(), *more), written=root)


_CHANGES = re.compile(
    rb"\$(?:ref[\"']?+\s*+:\s*+[\"']?+(?:[^\"'#]|#[^/\"'\s])|(?:id|anchor|self)[\"']?+\s*+:|dynamic)"
)
"""Is there a reference that does not lead to a pointer of the same file, or what such references are led by? Only
then does the walk change the tree, and what is to be played must wait for it. UTF-16 is not looked into."""


def _object(value: Any, name: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    kind = {list: "a list", str: "a plain text", type(None): "empty"}.get(type(value), "a single value")
    raise FileError(name, f"not an OpenAPI document: it is {kind}; expected an object with 'openapi: 3.1.0'")


def _check(root: dict[str, Any], data: bytes, name: str) -> tuple[str, list[Warning]]:
    """The version of a tree that is an OpenAPI document, and its oddities at the top; else a FileError."""

    def wrong(pointer: str, message: str) -> FileError:
        return FileError(name, message, line=yaml.line_of(data.decode(errors="replace"), pointer))

    is_swagger = "swagger" in root and "openapi" not in root
    known = swagger.TOP_LEVEL if is_swagger else TOP_LEVEL
    content = ("paths",) if is_swagger else ("paths", "webhooks", "components")
    warnings: list[Warning] = []
    for key in root:
        if key in known or key.startswith("x-"):
            continue
        near = get_close_matches(key.casefold(), [other.casefold() for other in known], n=1, cutoff=0.8)
        others = {other.casefold() for other in root if other != key}
        hint = f"; {did_you_mean(key, known)}" if near and near[0] not in others else ""
        if hint and not any(other in root for other in content):
            raise wrong(yaml.pointer([key]), f"unknown top-level key {key!r}{hint}")
        warnings.append(Warning(yaml.pointer([key]), f"unknown top-level key {key!r} is ignored{hint}"))
    version = _version(root, wrong, name)
    for key in ("paths", *_OBJECTS):
        if key in root and not isinstance(root[key], dict):
            kind = type(root[key]).__name__.replace("NoneType", "null")
            if key == "paths" and root[key] is not None:
                raise wrong("/" + key, f"'{key}' must be an object, not {kind}")
            warnings.append(
                Warning("/" + key, f"'{key}' must be an object, not {kind}; read as an empty one")
            )
            root[key] = {}
    if not any(key in root for key in content):
        raise FileError(
            name, "no 'paths': there is nothing to play; expected 'paths: {/pets: {get: ...}}'", line=1
        )
    for path, item in root.get("paths", {}).items():
        if path.startswith("x-"):
            continue
        if not path.startswith("/"):
            warnings.append(
                Warning(yaml.pointer(["paths", path]), "a path begins with '/'; read as if it did")
            )
        warnings.extend(_check_path_item(path, item))
    return version, warnings


def _version(root: dict[str, Any], wrong: Callable[[str, str], FileError], name: str) -> str:
    """The version that the document names; a FileError where it names none that can be read."""
    nearest = "3.0.x, 3.1.x, 3.2.x and Swagger 2.0 are (the nearest is"
    if "openapi" in root:
        version = str(root["openapi"])
        if not re.match(r"3\.[012](\.|$)", version):
            raise wrong("/openapi", f"OpenAPI {version!r} is not supported; {nearest} '3.1.0')")
        return version
    for key in ("swagger", "swaggerVersion"):
        if key in root:
            version = str(root[key])
            if key == "swagger" and re.match(r"2(\.|$)", version):
                return version
            raise wrong("/" + key, f"Swagger {version!r} is not supported; {nearest} '2.0')")
    keys = ", ".join(list(root)[:6])
    message = f"not an OpenAPI document: no 'openapi' at the top (there is {keys}); expected 'openapi: 3.1.0'"
    raise FileError(name, message, line=1)


def _check_path_item(path: str, item: Any) -> Iterator[Warning]:
    if not isinstance(item, dict):
        yield Warning(yaml.pointer(["paths", path]), "not an object; ignored")
        return
    for method, operation in item.items():
        if method in METHODS:
            yield from _check_operation(["paths", path, method], operation)
        elif method == "additionalOperations" and isinstance(operation, dict):
            for name, other in operation.items():
                yield from _check_operation(["paths", path, method, name], other)
        elif method.casefold() in METHODS:
            place = yaml.pointer(["paths", path, method])
            yield Warning(place, f"methods are lower case: {method!r} is ignored")


def _check_operation(place: list[str], operation: Any) -> Iterator[Warning]:
    if not isinstance(operation, dict):
        yield Warning(yaml.pointer(place), "not an object; ignored")
    elif not isinstance(operation.get("responses"), dict):
        yield Warning(yaml.pointer(place), "no responses; any answer is accepted")


def operations_of(item: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The operations of a path item by their methods as they are sent; other methods since OpenAPI 3.2."""
    for key, node in item.items():
        if key in METHODS and isinstance(node, dict):
            yield key.upper(), node
    others = item.get("additionalOperations")
    for method, node in (others if isinstance(others, dict) else {}).items():
        if isinstance(node, dict):
            yield method, node
