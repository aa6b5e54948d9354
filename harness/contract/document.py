"""An OpenAPI document as one tree with local references only, whatever files and dialect it came in.

What cannot be read at all is a FileError; what is odd but readable is a Warning, and the harness goes on.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any
from urllib.parse import unquote

import msgspec

from harness.contract import yaml
from harness.contract.pattern import is_usable
from harness.errors import FileError, did_you_mean

Read = Callable[[str], bytes]

TOP_LEVEL = (
    *("openapi", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components"),
    *("security", "tags", "externalDocs"),
)
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

FILES = "x-harness-files"
"""Where the trees of referenced files are hung into the document's own."""

NAMED = frozenset(
    (
        "properties",
        "patternProperties",
        "$defs",
        "definitions",
        "dependentSchemas",
        "schemas",
        "responses",
        "parameters",
        "examples",
        "requestBodies",
        "headers",
        "securitySchemes",
        "links",
        "callbacks",
        "pathItems",
        "paths",
        "webhooks",
        "content",
        "encoding",
        "variables",
        "mapping",
    )
)
"""Keys whose objects map names of the author's choice, so that a property called `example` is not an example."""

DATA = frozenset(("example", "default", "enum", "const", "value"))
"""Keys that hold data, in which `$ref` is only a word."""


class Warning(msgspec.Struct, frozen=True):
    """An oddity of a document: an RFC 6901 pointer to it, and what the harness makes of it."""

    pointer: str
    message: str


class Document(msgspec.Struct, frozen=True):
    """A whole document. `digest` is the SHA-256 of its own bytes; `refs` are all local references in use."""

    name: str
    root: dict[str, Any]
    version: str
    digest: str
    warnings: tuple[Warning, ...] = ()
    refs: frozenset[str] = frozenset()

    def at(self, ref: str) -> Any:
        """The node that a local reference (`#/components/...`) names; None where it dangles."""
        return _at(self.root, ref)

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
    def title(self) -> str:
        """`info.title`, or the name of the file."""
        return self.text("info", "title") or self.name

    def text(self, *keys: str) -> str:
        """The text at these keys from the top; empty where there is none."""
        node: Any = self.root
        for key in keys:
            node = node.get(key) if isinstance(node, dict) else None
        return node if isinstance(node, str) else ""


def parse(data: bytes, *, name: str, read: Read | None = None) -> Document:
    """Read an OpenAPI 3.0 or 3.1 document, JSON or YAML.

    `read` gets paths relative to the document (`schemas/pet.yaml`) and gives their bytes or raises OSError;
    without it, references to other files dangle. Nothing is ever fetched from a network.
    """
    root = _tree(data, name)
    version, warnings = _check(root, data, name)
    walk = _Walk(root, name, read)
    walk.run()
    warnings += walk.warnings
    digest = hashlib.sha256(data).hexdigest()
    return Document(name, root, version, digest, tuple(warnings), frozenset(walk.refs))


def _tree(data: bytes, name: str) -> dict[str, Any]:
    """The tree of one file's bytes, with string keys throughout."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data.lstrip()[:1] in (b"{", b"["):
        value = _json(data, name)
    else:
        try:
            value = yaml.load(data.decode(), path=name)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise FileError(name, "neither JSON nor YAML: not UTF-8 text", line=line) from None
    if not isinstance(value, dict):
        kind = {list: "a list", str: "a plain text", type(None): "empty"}.get(type(value), "a single value")
        raise FileError(
            name, f"not an OpenAPI document: it is {kind}; expected an object with 'openapi: 3.1.0'"
        )
    return value


def _json(data: bytes, name: str) -> Any:
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        at = re.search(r"byte (\d+)", str(error))
        offset = int(at.group(1)) if at else len(data)
        broken = data.count(b"\n", 0, offset) + 1
        problem = re.sub(r" \(byte \d+\)", "", str(error))
        # `{` also opens a YAML flow mapping, so JSON with comments or bare keys may still be readable.
        try:
            return yaml.load(data.decode(), path=name)
        except (FileError, UnicodeDecodeError):
            raise FileError(name, problem[:1].lower() + problem[1:], line=broken) from None
    # Every key ends in `":`. When the text has no more of these than the tree has keys, no key came twice and
    # the slow reading that can tell is not needed.
    if data.count(b'":') - data.count(b'\\":') != _count_keys(value):
        duplicate = _duplicate_key(data)
        if duplicate:
            places = [m.start() for m in re.finditer(rb'"' + re.escape(duplicate.encode()) + rb'"\s*:', data)]
            line = data.count(b"\n", 0, places[-1]) + 1 if len(places) == 2 else None
            raise FileError(name, f"duplicate key {duplicate!r} in one object", line=line)
    return value


def _count_keys(value: Any) -> int:
    stack, count = [value], 0
    while stack:
        node = stack.pop()
        if type(node) is dict:
            count += len(node)
            stack.extend(child for child in node.values() if type(child) in (dict, list))
        elif type(node) is list:
            stack.extend(child for child in node if type(child) in (dict, list))
    return count


def _duplicate_key(data: bytes) -> str | None:
    found: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) != len(items) and not found:
            names = [key for key, _ in items]
            found.append(next(key for key in names if names.count(key) > 1))
        return made

    json.loads(data, object_pairs_hook=pairs)
    return found[0] if found else None


def _check(root: dict[str, Any], data: bytes, name: str) -> tuple[str, list[Warning]]:
    """The version of a tree that is an OpenAPI document, and its oddities at the top; else a FileError."""

    def wrong(pointer: str, message: str) -> FileError:
        return FileError(name, message, line=yaml.line_of(data.decode(errors="replace"), pointer))

    warnings: list[Warning] = []
    if "swagger" in root:
        message = (
            f"Swagger {root['swagger']} is not supported yet; convert it to OpenAPI 3 (npx swagger2openapi)"
        )
        raise wrong("/swagger", message)
    for key in root:
        if key in TOP_LEVEL or key.startswith("x-"):
            continue
        near = get_close_matches(key.casefold(), [known.casefold() for known in TOP_LEVEL], n=1, cutoff=0.8)
        if near and near[0] not in {k.casefold() for k in root if k != key}:
            raise wrong("/" + key, f"unknown top-level key {key!r}; {did_you_mean(key, TOP_LEVEL)}")
        warnings.append(Warning(yaml.pointer([key]), f"unknown top-level key {key!r} is ignored"))
    if "openapi" not in root:
        keys = ", ".join(list(root)[:6])
        message = (
            f"not an OpenAPI document: no 'openapi' at the top (there is {keys}); expected 'openapi: 3.1.0'"
        )
        raise FileError(name, message, line=1)
    version = str(root["openapi"])
    if not re.match(r"3\.[012](\.|$)", version):
        message = f"OpenAPI {version!r} is not supported; 3.0.x and 3.1.x are (the nearest is '3.1.0')"
        raise wrong("/openapi", message)
    if version.startswith("3.2"):
        warnings.append(Warning("/openapi", "OpenAPI 3.2 is read as 3.1"))
    for key in ("paths", "webhooks", "components", "info"):
        if key in root and not isinstance(root[key], dict):
            kind = type(root[key]).__name__.replace("NoneType", "null")
            raise wrong("/" + key, f"'{key}' must be an object, not {kind}")
    if "paths" not in root and "webhooks" not in root and "components" not in root:
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


def _check_path_item(path: str, item: Any) -> Iterator[Warning]:
    if not isinstance(item, dict):
        yield Warning(yaml.pointer(["paths", path]), "not an object; ignored")
        return
    for method, operation in item.items():
        place = yaml.pointer(["paths", path, method])
        if method in METHODS:
            if not isinstance(operation, dict):
                yield Warning(place, "not an object; ignored")
            elif not isinstance(operation.get("responses"), dict):
                yield Warning(place, "no responses; any answer is accepted")
        elif method.casefold() in METHODS:
            yield Warning(place, f"methods are lower case: {method!r} is ignored")


def _at(root: dict[str, Any], ref: str) -> Any:
    if not ref.startswith("#/"):
        return root if ref in ("#", "#/") else None
    node: Any = root
    for part in ref[2:].split("/"):
        token = unquote(part) if "%" in part else part
        if "~" in token:
            token = token.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict):
            node = node.get(token)
        elif isinstance(node, list) and token.isdigit() and int(token) < len(node):
            node = node[int(token)]
        else:
            return None
    return node


class _Walk:
    """One pass over the tree: collects references, hangs in the files they name, and warns of oddities."""

    def __init__(self, root: dict[str, Any], name: str, read: Read | None) -> None:
        self.root, self.name, self.read = root, name, read
        self.warnings: list[Warning] = []
        self.refs: set[str] = set()
        self._modern = not str(root["openapi"]).startswith("3.0")
        self._missing: dict[str, str] = {}
        self._patterns: dict[str, bool] = {}
        self._pending: list[tuple[Any, str, str, bool]] = []

    def run(self) -> None:
        """Walk the document, then each file that it was found to refer to."""
        self._pending.append((self.root, "", "", False))
        users: list[tuple[str, str]] = []
        seen: set[int] = set()
        while self._pending:
            node, file, place, named = self._pending.pop()
            if id(node) in seen:
                continue  # a YAML alias: one object in several places
            seen.add(id(node))
            if isinstance(node, list):
                for index, child in enumerate(node):
                    if isinstance(child, dict | list):
                        self._pending.append((child, file, f"{place}/{index}", False))
                continue
            ref = node.get("$ref")
            if isinstance(ref, str) and not named:
                node["$ref"] = ref = self._localise(ref, file, place)
                users.append((ref, place))
            if not named:
                self.warnings += self._odd_schema(node, place)
            if not named and self._modern and "nullable" in node and "openapi" not in node:
                message = "'nullable' has no meaning in OpenAPI 3.1; read as if null were among the types"
                self.warnings.append(Warning(place, message))
            for key, child in node.items():
                if not isinstance(child, dict | list) or key == FILES:
                    continue
                if not named and (
                    key in DATA or key.startswith("x-") or (key == "examples" and type(child) is list)
                ):
                    continue
                token = key.replace("~", "~0").replace("/", "~1") if "/" in key or "~" in key else key
                self._pending.append((child, file, f"{place}/{token}", not named and key in NAMED))
        self.refs = {ref for ref, _ in users}
        dangling = {ref for ref in self.refs if _at(self.root, ref) is None}
        for ref, place in users:
            if ref in dangling:
                why = self._missing.get(ref, "nothing is there")
                self.warnings.append(Warning(place, f"$ref {ref!r} dangles: {why}; anything is accepted"))

    def _odd_schema(self, node: dict[str, Any], place: str) -> Iterator[Warning]:
        """Warnings of a pattern that cannot be used and of a default that its own schema does not admit."""
        pattern = node.get("pattern")
        if isinstance(pattern, str) and not self._usable(pattern):
            yield Warning(f"{place}/pattern", f"pattern {pattern!r} cannot be used and is not checked")
        if "default" in node and node["default"] is not None:
            kinds = node.get("type")
            kinds = [kinds] if isinstance(kinds, str) else kinds
            value, choice = node["default"], node.get("enum")
            odd = isinstance(kinds, list) and not any(_is_a(value, kind) for kind in kinds)
            if odd or (isinstance(choice, list) and value not in choice):
                yield Warning(
                    f"{place}/default", f"default {value!r} does not fit its own schema; it is not used"
                )

    def _usable(self, pattern: str) -> bool:
        if pattern not in self._patterns:
            self._patterns[pattern] = is_usable(pattern)
        return self._patterns[pattern]

    def _localise(self, ref: str, file: str, place: str) -> str:
        """The reference as one into this tree; files that it names are read and hung in."""
        target, _, fragment = ref.partition("#")
        if not target:
            return _into(file, fragment) if file else ref
        if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", target):
            self._missing[ref] = "remote documents are never fetched"
            return ref
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(target)))
        if path == posixpath.basename(self.name):
            return "#" + fragment
        files: dict[str, Any] = self.root.setdefault(FILES, {})
        if path not in files:
            if self.read is None:
                self._missing[_into(path, fragment)] = "other files are not read here"
                return _into(path, fragment)
            try:
                data = self.read(path)
            except OSError as error:
                self._missing[_into(path, fragment)] = f"{path}: {error.strerror or error}"
                return _into(path, fragment)
            full = posixpath.join(posixpath.dirname(self.name), path)
            files[path] = tree = _tree(data, full)
            self._pending.append((tree, path, _into(path, "")[1:], False))
        return _into(path, fragment)


_PYTHON: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": (int, float),
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


def _is_a(value: Any, kind: Any) -> bool:
    """Is the value of that JSON type, as far as a default goes? Unknown types admit anything."""
    wanted = _PYTHON.get(kind, object) if isinstance(kind, str) else object
    return isinstance(value, wanted) and (
        kind == "boolean" or wanted is object or not isinstance(value, bool)
    )


def _into(path: str, fragment: str) -> str:
    token = path.replace("~", "~0").replace("/", "~1").replace("%", "%25")
    return f"#/{FILES}/{token}{fragment.rstrip('/')}"
