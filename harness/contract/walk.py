"""One pass over a document's tree: every file that it refers to is hung in, and what is odd is noted."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin

from harness.contract import reading, swagger
from harness.contract.pattern import is_usable
from harness.contract.tree import DATA, FILES, NAMED, Warning, at, escaped
from harness.errors import FileError

Read = Callable[[str], bytes]
"""Gives the bytes of a file by its path relative to the document, or raises OSError."""


def is_swagger(version: str) -> bool:
    """Is a document of that version Swagger 2.0?"""
    return version.startswith("2")


def is_modern(version: str) -> bool:
    """Are schemas of that version JSON Schema 2020-12, as they are since OpenAPI 3.1?"""
    return not version.startswith(("2", "3.0"))


class _Home(NamedTuple):
    """Where a reference stands: in which file (empty: the document), in the schema of which `$id`, and the pointer to
    that schema, or else to the file."""

    file: str
    uri: str
    pointer: str


class _Unreadable(Exception):
    """A file that cannot be hung in, and why."""


class Walk:
    """One pass over the tree: collects references, hangs in the files they name, and warns of oddities."""

    def __init__(self, root: dict[str, Any], version: str, name: str, read: Read | None) -> None:
        self.root, self.name, self.read = root, name, read
        self.warnings: list[Warning] = []
        self.users: list[dict[str, Any]] = []
        self.old: list[dict[str, Any]] = []
        self._done = False
        self._modern, self._swagger = is_modern(version), is_swagger(version)
        # Swagger's examples of an answer are data under media types, with no object around them.
        self._data = DATA | {"examples"} if self._swagger else DATA
        self._schemas = root.get("definitions", {}) if self._swagger else {}
        self._self = str(root.get("$self", "")).partition("#")[0]
        self._missing: dict[str, str] = {}
        self._patterns: dict[str, bool] = {}
        self._pending: list[tuple[Any, _Home, str, bool]] = []
        self._led: list[tuple[dict[str, Any], _Home, str]] = []
        self._ids: dict[str, str] = {}
        self._anchors: dict[tuple[str, str], str] = {}
        self._dynamic_names: Counter[str] = Counter()
        self._by_scope: list[tuple[str, str]] = []

    def run(self) -> None:
        """Walk the document, then each file that it was found to refer to; once."""
        if self._done:
            return
        self._done = True
        self._pending.append((self.root, _Home("", "", ""), "", False))
        places: list[str] = []
        seen: set[int] = set()
        while self._pending or self._led:
            if not self._pending:
                # What is led by a name waits until all names of the file are known.
                node, home, place = self._led.pop()
                led = self._lead(node["$ref"], home, place)
                if led is None:
                    self._led.append((node, home, place))
                else:
                    node["$ref"] = led
                continue
            node, home, place, named = self._pending.pop()
            if id(node) in seen:
                continue  # a YAML alias: one object in several places
            seen.add(id(node))
            if isinstance(node, list):
                for index, child in enumerate(node):
                    if isinstance(child, dict | list):
                        self._pending.append((child, home, f"{place}/{index}", False))
                continue
            if not named:
                if self._modern:
                    home = self._named(node, home, place)
                    self._dynamic(node, place)
                ref = node.get("$ref")
                if isinstance(ref, str):
                    if home.pointer or not ref.startswith("#/"):
                        self._led.append((node, home, place))
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
                self._pending.append((child, home, f"{place}/{escaped(key)}", not named and key in NAMED))
        for place, name in self._by_scope:
            if self._dynamic_names[name] > 1:
                count = self._dynamic_names[name]
                message = f"{count} schemas have the $dynamicAnchor {name!r}; the nearest is taken"
                self.warnings.append(Warning(f"{place}/$dynamicRef", message))
        dangling = {ref for ref in {node["$ref"] for node in self.users} if at(self.root, ref) is None}
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

    def _named(self, node: dict[str, Any], home: _Home, place: str) -> _Home:
        """Note by what names a schema may be referred to; gives where the references in it begin."""
        own = node.get("$id")
        if isinstance(own, str) and not own.startswith("#"):
            uri = _joined(home.uri, own).partition("#")[0]
            home = _Home(home.file, uri, _percent(place))
            self._ids.setdefault(uri, home.pointer)
        for keyword in ("$anchor", "$dynamicAnchor"):
            name = node.get(keyword)
            if isinstance(name, str):
                self._anchors.setdefault((home.pointer, name), _percent(place))
                self._dynamic_names[name] += keyword == "$dynamicAnchor"
        return home

    def _dynamic(self, node: dict[str, Any], place: str) -> None:
        """Read `$dynamicRef` as a `$ref`, which it is as long as no two dynamic anchors share the name."""
        ref = node.get("$dynamicRef")
        if isinstance(ref, str) and "$ref" not in node:
            node["$ref"] = ref
            self._by_scope.append((place, ref.partition("#")[2]))

    def _lead(self, ref: str, home: _Home, place: str) -> str | None:
        """The reference as one into this tree; files that it names are read and hung in.

        None where that file must be walked first: the names in it are not known yet.
        """
        target, _, fragment = ref.partition("#")
        if not target:
            return self._within(home, fragment, ref)
        for uri in (_joined(home.uri, target), target):
            if uri in self._ids:
                return self._within(_Home(home.file, uri, self._ids[uri]), fragment, ref)
        if self._self and not home.file:
            target = self._relative(target)
            if not target:
                return self._within(_Home("", "", ""), fragment, ref)
        if target in self._schemas and not fragment:
            message = f"$ref {ref!r} is a bare name; read as '#/definitions/{ref}'"
            self.warnings.append(Warning(place, message))
            return f"#/definitions/{escaped(target)}"
        if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", target):
            self._missing[ref] = "remote documents are never fetched"
            return ref
        path = posixpath.normpath(posixpath.join(posixpath.dirname(home.file), unquote(target)))
        if path == posixpath.basename(self.name):
            return self._within(_Home("", "", ""), fragment, ref)
        there = _Home(path, "", _into(path))
        files: dict[str, Any] = self.root.setdefault(FILES, {})
        if path not in files:
            lost = f"#{there.pointer}{fragment}"
            try:
                files[path] = self._file(path)
            except _Unreadable as why:
                self._missing[lost] = str(why)
                return lost
            if isinstance(files[path], dict | list):
                self._pending.append((files[path], there, there.pointer, False))
            if fragment and not fragment.startswith("/"):
                return None
        return self._within(there, fragment, ref)

    def _file(self, path: str) -> Any:
        if self.read is None:
            raise _Unreadable("other files are not read here")
        try:
            data = self.read(path)
        except OSError as error:
            raise _Unreadable(f"{path}: {error.strerror or error}") from None
        except ValueError as error:  # no path at all
            raise _Unreadable(f"{path!r}: {error}") from None
        try:
            return reading.tree(data, posixpath.join(posixpath.dirname(self.name), path))
        except FileError as error:
            raise _Unreadable(str(error)) from None

    def _within(self, home: _Home, fragment: str, ref: str) -> str:
        """The reference to a fragment of a file, or of a schema with an `$id`: a pointer or an anchor's name."""
        whole = _into(home.file) if home.file else ""
        if not fragment or fragment.startswith("/"):
            fragment = fragment.rstrip("/")
            found = f"#{home.pointer}{fragment}"
            # Pointers in a schema with an `$id` begin there; many who write them mean the document.
            return found if at(self.root, found) is not None else f"#{whole}{fragment}"
        name = unquote(fragment)
        alike = [pointer for (_, anchor), pointer in self._anchors.items() if anchor == name]
        pointer = self._anchors.get((home.pointer, name)) or self._anchors.get((whole, name))
        if pointer is None and len(alike) == 1:
            pointer = alike[0]
        if pointer is None:
            self._missing[ref] = f"there is no $anchor {name!r}"
            return ref
        return f"#{pointer}"


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


def _into(path: str) -> str:
    """The pointer to where the tree of a file is hung in."""
    return f"/{FILES}/{_percent(escaped(path))}"


def _percent(pointer: str) -> str:
    return pointer.replace("%", "%25")


def _joined(base: str, target: str) -> str:
    try:
        return urljoin(base, target)
    except ValueError:
        return target
