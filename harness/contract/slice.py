"""Which parts of a document some operations need, and the document that holds just these parts.

What is kept is kept as it stands: a slice answers and judges its operations as the whole document does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, TypeAlias
from urllib.parse import unquote

from harness.contract.document import DATA, FILES, METHODS, NAMED, Document, operations_of

Tokens: TypeAlias = tuple[str, ...]
"""Where something stands: the reference tokens of its RFC 6901 pointer."""

_INDEXED = ("paths", "webhooks")
"""What is kept operation by operation. A part of one that is not kept is hung in beside the referenced files."""

_SHARED = ("definitions", "parameters", "responses", "securityDefinitions")
"""What Swagger 2.0 has instead of `components`."""

_CUT = (*_INDEXED, *_SHARED, "x-webhooks", "components", "tags", FILES)


def sliced(document: Document, operations: Collection[tuple[str, str]]) -> dict[str, Any]:
    """The tree of a document with just these operations, as (`GET`, `/path/{template}`), in the order it had.

    Kept with them: what they refer to, however indirectly, the security schemes that they or the document ask for,
    and their tags. Parts of other files, and of operations that are not kept, stand under `x-harness-files`.
    """
    root = document.root
    paths = dict(_kept_paths(document, operations))
    needs = Needs(document, paths)
    for key, value in root.items():
        if key not in _CUT:
            needs.see(value)
    for node in paths.values():
        needs.see(node)
    needs.secure(_security(root, paths.values()))
    used = {tag for node in _operations(paths.values()) for tag in _listed(node.get("tags"))}
    made: dict[str, Any] = {}
    for key, value in root.items():
        if key == "paths":
            made[key] = paths
        elif key == "components" and isinstance(value, dict):
            kinds = {kind: _cut(named, (key, kind), needs.pieces) for kind, named in value.items()}
            made[key] = {kind: named for kind, named in kinds.items() if named}
        elif key in _SHARED:
            made[key] = _cut(value, (key,), needs.pieces)
        elif key == "tags" and isinstance(value, list):
            made[key] = [tag for tag in value if isinstance(tag, dict) and tag.get("name") in used]
        elif key not in _CUT:
            made[key] = value
    _hang(document, made, needs.pieces)
    clean = _Rewriting(document, paths, needs).of(made)
    return {key: value for key, value in clean.items() if value or key not in _CUT or key == "paths"}


class Needs:
    """The parts of a document that are referred to from what was seen, however indirectly.

    `pieces` are the tokens of each: a named component stands or falls as a whole, anything else counts for itself.
    `paths`: the operations that are kept anyway, whose parts need no keeping of their own.
    """

    def __init__(self, document: Document, paths: dict[str, Any]) -> None:
        self.pieces: set[Tokens] = set()
        self._document, self._paths = document, paths
        self._seen: set[tuple[int, bool]] = set()
        self._pending: list[tuple[Any, bool]] = []
        old = "swagger" in document.root
        self._schemas_at: Tokens = ("definitions",) if old else ("components", "schemas")
        self._schemes_at: Tokens = ("securityDefinitions",) if old else ("components", "securitySchemes")
        self._schemas = _named(document, self._schemas_at)
        self._heirs: dict[str, list[str]] | None = None

    def see(self, node: Any) -> None:
        """Follow every reference of a node, which has to outlive this object, and of what it leads to."""
        self._pending.append((node, False))
        while self._pending:
            node, named = self._pending.pop()
            if (id(node), named) in self._seen:
                continue  # a piece that several refer to, or a YAML alias
            self._seen.add((id(node), named))
            if isinstance(node, list):
                self._pending += ((child, False) for child in node if isinstance(child, dict | list))
            elif isinstance(node, dict):
                self._see_object(node, named)

    def _see_object(self, node: dict[str, Any], named: bool) -> None:
        if not named:
            for ref in self._refs(node):
                self._follow(ref)
        for key, child in node.items():
            if isinstance(child, dict | list) and (named or not is_data(key, child)):
                self._pending.append((child, not named and key in NAMED))

    def _follow(self, ref: str) -> None:
        piece = self._piece(ref)
        if piece is not None and piece not in self.pieces:
            self.pieces.add(piece)
            self._pending.append((_at(self._document.root, piece), False))
            for heir in self._heirs_of(piece):
                self._follow(heir)

    def secure(self, names: Iterable[str]) -> None:
        """Keep these security schemes.

        So are all that stand in the query: such a parameter is no stray one, whichever operation it is sent to.
        """
        wanted = set(names)
        for name, node in _named(self._document, self._schemes_at).items():
            if name in wanted or self._document.follow(node).get("in") == "query":
                self.pieces.add((*self._schemes_at, name))
                self.see(node)

    def local(self, tokens: Tokens) -> bool:
        """Does it stand in an operation that is kept?"""
        node: Any = self._paths if tokens[0] == "paths" else None
        for token in tokens[1:]:
            if isinstance(node, list) and token.isdigit() and int(token) < len(node):
                node = node[int(token)]
            elif isinstance(node, dict):
                node = node.get(token)
            else:
                return False
        return node is not None

    def _refs(self, node: dict[str, Any]) -> Iterator[str]:
        ref = node.get("$ref")
        if isinstance(ref, str):
            yield ref
        discriminator = node.get("discriminator")
        mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
        for target in mapping.values() if isinstance(mapping, dict) else ():
            if isinstance(target, str):
                yield self._schema_ref(target) if target in self._schemas else target

    def _schema_ref(self, name: str) -> str:
        return _ref((*self._schemas_at, name))

    def _piece(self, ref: str) -> Tokens | None:
        """What has to be kept for a reference; None where that is nothing, or is kept anyway."""
        tokens = tokens_of(ref)
        if tokens is None or tokens[0] not in _CUT or self._document.at(ref) is None or self.local(tokens):
            return None
        if tokens[0] == "components":
            return tokens[:3]
        if tokens[0] in _SHARED:
            return tokens[:2]
        node: Any = self._document.root
        for depth, token in enumerate(tokens):
            if isinstance(node, list):
                return tokens[:depth]
            node = node[token]
        return tokens

    def _heirs_of(self, piece: Tokens) -> list[str]:
        """The schemas that build on one with a discriminator of its own: a value of it may be any of these."""
        node = self._schemas.get(piece[-1]) if piece[:-1] == self._schemas_at else None
        if not isinstance(node, dict) or "discriminator" not in node or "oneOf" in node or "anyOf" in node:
            return []
        if self._heirs is None:
            self._heirs = {}
            for name, schema in self._schemas.items():
                for part in _listed(schema.get("allOf")) if isinstance(schema, dict) else ():
                    if isinstance(part, dict) and isinstance(part.get("$ref"), str):
                        self._heirs.setdefault(part["$ref"], []).append(self._schema_ref(name))
        return self._heirs.get(self._schema_ref(piece[-1]), [])


def unused(document: Document) -> Iterator[Tokens]:
    """The components that no operation and no webhook leads to, however indirectly, and no alias of YAML repeats."""
    root = document.root
    everything = {key: node for key, node in root.items() if key not in (*_SHARED, "components", FILES)}
    needs = Needs(document, {})
    needs.see(everything)
    asked = set(_security(root, _items(document)))
    repeated = _repeated(root)
    for at in _shelves(document):
        for name, node in _named(document, at).items():
            is_asked = name in asked if at[-1].startswith("security") else (*at, name) in needs.pieces
            if not is_asked and id(node) not in repeated:
                yield (*at, name)


def _repeated(root: Any) -> set[int]:
    """The ids of objects that stand in several places: what YAML has an anchor for."""
    seen: set[int] = set()
    repeated: set[int] = set()
    pending = [root]
    while pending:
        node = pending.pop()
        if id(node) in seen:
            repeated.add(id(node))
            continue
        seen.add(id(node))
        inner = node.values() if isinstance(node, dict) else node
        pending += [child for child in inner if isinstance(child, dict | list)]
    return repeated


def _shelves(document: Document) -> Iterator[Tokens]:
    """Where parts stand by name, to be referred to."""
    if "swagger" in document.root:
        yield from ((key,) for key in _SHARED)
    else:
        kinds = _named(document, ("components",))
        yield from (("components", kind) for kind in kinds if not kind.startswith("x-"))


def _named(document: Document, at: Tokens) -> dict[str, Any]:
    node = document.at(_ref(at))
    return node if isinstance(node, dict) else {}


def tokens_of(ref: str) -> Tokens | None:
    """The tokens of a local reference (`#/components/schemas/Pet`); None of any other."""
    if not ref.startswith("#/") or len(ref) < 3:
        return None
    return tuple(unquote(part).replace("~1", "/").replace("~0", "~") for part in ref[2:].split("/"))


def is_data(key: str, value: Any) -> bool:
    """Does a member of an object of the document hold data, in which `$ref` is only a word?"""
    return key in DATA or (key == "examples" and isinstance(value, list))


def _ref(tokens: Tokens) -> str:
    return "#/" + "/".join(map(_escaped, tokens))


def _escaped(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1").replace("%", "%25")


def _at(root: Any, tokens: Tokens) -> Any:
    for token in tokens:
        root = root[int(token)] if isinstance(root, list) else root[token]
    return root


def _kept_paths(document: Document, operations: Collection[tuple[str, str]]) -> Iterator[tuple[str, Any]]:
    """The path items with their wanted methods alone. One that is only a reference is written out, since two
    paths may share it and not keep the same methods."""
    wanted: dict[str, set[str]] = {}
    for method, path in operations:
        wanted.setdefault(path, set()).add(method)
    paths = document.root.get("paths")
    for template, item in paths.items() if isinstance(paths, dict) else ():
        methods = wanted.get("/" + template.lstrip("/"))
        if methods and not template.startswith("x-"):
            kept = dict(_kept_item(document.follow(item), methods))
            if any(True for _ in operations_of(kept)):
                yield template, kept


def _kept_item(item: dict[str, Any], methods: set[str]) -> Iterator[tuple[str, Any]]:
    for key, value in item.items():
        if key == "additionalOperations" and isinstance(value, dict):
            others = {method: node for method, node in value.items() if method in methods}
            if others:
                yield key, others
        elif key not in METHODS or key.upper() in methods:
            yield key, value


def _items(document: Document) -> Iterator[dict[str, Any]]:
    """Every path item, and every webhook."""
    for key in _INDEXED:
        named = document.root.get(key)
        for name, item in named.items() if isinstance(named, dict) else ():
            if not name.startswith("x-"):
                yield document.follow(item)


def _operations(items: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        yield from (node for _, node in operations_of(item))


def _security(root: dict[str, Any], items: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The names of the security schemes that the operations of these path items, or all of them, ask for."""
    for owner in (root, *_operations(items)):
        for need in _listed(owner.get("security")):
            yield from need if isinstance(need, dict) else ()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _cut(named: Any, at: Tokens, pieces: set[Tokens]) -> dict[str, Any]:
    """What is kept of the parts by name that stand at a place."""
    entries = named.items() if isinstance(named, dict) else ()
    return {name: value for name, value in entries if (*at, name) in pieces}


def _hang(document: Document, made: dict[str, Any], pieces: set[Tokens]) -> None:
    """Put what is needed of other files, and of operations that are not kept, under `x-harness-files`."""
    # The shorter ones first: what stands within one of these is there already, and nothing is put into it.
    for piece in sorted(pieces, key=lambda piece: (len(piece), piece)):
        tokens = hung(piece)
        if tokens is not None:
            node = made
            for token in tokens[:-1]:
                node = node.setdefault(token, {})
            node.setdefault(tokens[-1], _at(document.root, piece))


def hung(tokens: Tokens) -> Tokens | None:
    """Where such a part stands in the slice; None for one that keeps its place."""
    if tokens[0] in _INDEXED:
        return (FILES, "self", *tokens)
    return tokens if tokens[0] == FILES else None


class _Rewriting:
    """A copy of a tree with its references led to where things stand now, and without links to what is gone."""

    def __init__(self, document: Document, paths: dict[str, Any], needs: Needs) -> None:
        self._document, self._needs = document, needs
        self._ids = {node.get("operationId") for node in _operations(paths.values())}
        self._made: dict[tuple[int, bool], Any] = {}

    def of(self, node: Any, *, named: bool = False) -> Any:
        if not isinstance(node, dict | list):
            return node
        known = self._made.get((id(node), named))
        if known is not None:
            return known  # a YAML alias stays one
        made: Any
        if isinstance(node, list):
            made = [self.of(child) for child in node]
        else:
            made = {key: self._member(key, value, named) for key, value in node.items()}
            if not named and isinstance(node.get("links"), dict):
                made["links"] = {k: v for k, v in made["links"].items() if self._leads(node["links"][k])}
                if not made["links"]:
                    del made["links"]
        self._made[id(node), named] = made
        return made

    def _member(self, key: str, value: Any, named: bool) -> Any:
        if named:
            return self.of(value)
        if key == "$ref" and isinstance(value, str):
            return self._led(value)
        return value if is_data(key, value) else self.of(value, named=key in NAMED)

    def _led(self, ref: str) -> str:
        tokens = tokens_of(ref)
        if tokens is None or tokens[0] not in _INDEXED or self._needs.local(tokens):
            return ref
        moved = hung(tokens)
        return ref if moved is None else _ref(moved)

    def _leads(self, link: Any) -> bool:
        """Does a link lead to an operation that is kept? One to another document stays."""
        node = self._document.follow(link)
        if "operationId" in node:
            return node["operationId"] in self._ids
        ref = node.get("operationRef")
        tokens = tokens_of(ref) if isinstance(ref, str) else None
        return tokens is None or self._needs.local(tokens)
