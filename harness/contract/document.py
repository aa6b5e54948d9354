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

from harness.contract import swagger, swagger_pointer, yaml
from harness.contract.pattern import is_usable
from harness.contract.tree import DATA, FILES, NAMED, Warning, at, escaped
from harness.errors import FileError, did_you_mean

__all__ = ("DATA", "FILES", "METHODS", "NAMED", "Document", "Read", "Warning", "operations_of", "parse")

Read = Callable[[str], bytes]

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


class Document(msgspec.Struct, frozen=True):
    """A whole document. `digest` is the SHA-256 of its own bytes; `refs` are all local references in use.

    `version` is the one that it names. `root` is in OpenAPI's form, whichever: of Swagger 2.0 in 3.0's,
    and then `written` is the tree that it was made of.
    """

    name: str
    root: dict[str, Any]
    version: str
    digest: str
    warnings: tuple[Warning, ...] = ()
    refs: frozenset[str] = frozenset()
    written: dict[str, Any] = {}

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
        return _is_modern(self.version)

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


def parse(data: bytes, *, name: str, read: Read | None = None, as_written: bool = False) -> Document:
    """Read an OpenAPI 3.0, 3.1 or 3.2 or a Swagger 2.0 document, JSON or YAML.

    `read` gets paths relative to the document (`schemas/pet.yaml`) and gives their bytes or raises OSError;
    without it, references to other files dangle. Nothing is ever fetched from a network. `as_written` leaves
    Swagger 2.0 in its own form.
    """
    root = _tree(data, name)
    version, warnings = _check(root, data, name)
    walk = _Walk(root, version, name, read)
    walk.run()
    warnings += walk.warnings
    digest = hashlib.sha256(data).hexdigest()
    if as_written or not _is_swagger(version):
        return Document(name, root, version, digest, tuple(warnings), walk.refs)
    made, refs, more = swagger.convert(root, users=walk.users, old=walk.old)
    return Document(name, made, version, digest, (*warnings, *more), refs, root)


def _is_swagger(version: str) -> bool:
    return version.startswith("2")


def _is_modern(version: str) -> bool:
    return not version.startswith(("2", "3.0"))


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


class _Walk:
    """One pass over the tree: collects references, hangs in the files they name, and warns of oddities."""

    def __init__(self, root: dict[str, Any], version: str, name: str, read: Read | None) -> None:
        self.root, self.name, self.read = root, name, read
        self.warnings: list[Warning] = []
        self.users: list[dict[str, Any]] = []
        self.old: list[dict[str, Any]] = []
        self.refs: frozenset[str] = frozenset()
        self._modern, self._swagger = _is_modern(version), _is_swagger(version)
        # Swagger's examples of an answer are data under media types, with no object around them.
        self._data = DATA | {"examples"} if self._swagger else DATA
        self._schemas = root.get("definitions", {}) if self._swagger else {}
        self._self = str(root.get("$self", "")).partition("#")[0]
        self._missing: dict[str, str] = {}
        self._patterns: dict[str, bool] = {}
        self._pending: list[tuple[Any, str, str, bool]] = []

    def run(self) -> None:
        """Walk the document, then each file that it was found to refer to."""
        self._pending.append((self.root, "", "", False))
        places: list[str] = []
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
            if not named:
                ref = node.get("$ref")
                if isinstance(ref, str):
                    node["$ref"] = self._localise(ref, file, place)
                    self.users.append(node)
                    places.append(place)
                self.warnings += self._odd_schema(node, place)
                if self._swagger and swagger.is_old(node):
                    self.old.append(node)
            for key, child in node.items():
                if not isinstance(child, dict | list) or key == FILES:
                    continue
                if not named and (
                    key in self._data or key.startswith("x-") or (key == "examples" and type(child) is list)
                ):
                    continue
                self._pending.append((child, file, f"{place}/{escaped(key)}", not named and key in NAMED))
        self.refs = frozenset(node["$ref"] for node in self.users)
        dangling = {ref for ref in self.refs if at(self.root, ref) is None}
        for node, place in zip(self.users, places, strict=True):
            ref = node["$ref"]
            if ref in dangling:
                why = self._missing.get(ref, "nothing is there")
                self.warnings.append(Warning(place, f"$ref {ref!r} dangles: {why}; anything is accepted"))

    def _odd_schema(self, node: dict[str, Any], place: str) -> Iterator[Warning]:
        """Warnings of words of another dialect, patterns that cannot be used, defaults that do not fit."""
        if self._modern and "nullable" in node and "openapi" not in node:
            yield Warning(
                place, "'nullable' has no meaning in OpenAPI 3.1; read as if null were among the types"
            )
        if not self._modern and isinstance(node.get("type"), list):
            yield Warning(
                f"{place}/type", "a list of types has no meaning before OpenAPI 3.1; read as it is there"
            )
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

    def _relative(self, target: str) -> str:
        """A reference beside the document's own `$self` (OpenAPI 3.2), which says where it would be published."""
        if target == self._self:
            return ""
        folder = self._self[: self._self.rfind("/") + 1]
        return target[len(folder) :] if len(folder) > 1 and target.startswith(folder) else target

    def _localise(self, ref: str, file: str, place: str) -> str:
        """The reference as one into this tree; files that it names are read and hung in."""
        target, _, fragment = ref.partition("#")
        if self._self and not file:
            target = self._relative(target)
            ref = f"{target}#{fragment}"
        if not target:
            return _into(file, fragment) if file else ref
        if target in self._schemas and not fragment:
            message = f"$ref {ref!r} is a bare name; read as '#/definitions/{ref}'"
            self.warnings.append(Warning(place, message))
            return f"#/definitions/{escaped(target)}"
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
