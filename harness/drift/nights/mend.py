"""A document made to say what the provider was seen to do: each thing that answers showed and it did not say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness.contract.body import essence
from harness.contract.tree import at as node_at
from harness.drift.nights.overlay import unshared
from harness.drift.seen.met import EACH, tokens
from harness.model.change import Change

_DEEPEST = 24
_ROUNDS = 6
"""What one answer shows of an object that is new is not all that others show of it."""

_METHODS = frozenset(("get", "put", "post", "delete", "options", "head", "patch", "trace", "query"))


def mended(tree: dict[str, Any], changes: Iterable[Change]) -> tuple[dict[str, Any], tuple[Change, ...]]:
    """A copy of the tree in which these observations are declared, and the changes that were left: of those a person
    has to decide what the document is to say."""
    tree = unshared(tree)
    left = []
    for change in changes:
        mend = _MENDS.get(change.rule)
        if mend is None or not mend(_Document(tree), change):
            left.append(change)
    return tree, tuple(left)


def settled(
    tree: dict[str, Any], changes: Iterable[Change], again: Callable[[dict[str, Any]], Iterable[Change]]
) -> tuple[dict[str, Any], tuple[Change, ...]]:
    """The same until nothing more is seen that can be declared. `again`: what the same answers say beside a tree."""
    changes = tuple(changes)
    for _ in range(_ROUNDS):
        tree, left = mended(tree, changes)
        if len(left) == len(changes):
            break
        changes = tuple(again(tree))
    return tree, changes


class _Document:
    """A tree in the dialect that it is written in: Swagger 2.0, OpenAPI 3.0, or 3.1 and later."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree = tree
        version = str(tree.get("openapi", ""))
        self.is_swagger = not version
        self.has_null = not self.is_swagger and not version.startswith("3.0")

    def follow(self, node: Any) -> Any:
        """The node behind its references."""
        for _ in range(_DEEPEST):
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                return node
            node = node_at(self.tree, node["$ref"])
        return None

    def operation(self, change: Change) -> dict[str, Any] | None:
        """The operation that the change is in."""
        path = tokens(change.place.old)
        if path[:1] != ("paths",) or len(path) < 3:
            return None
        item = self.follow(self.tree.get("paths", {}).get(path[1]))
        found = self.follow(item.get(path[2])) if isinstance(item, dict) and path[2] in _METHODS else None
        return found if isinstance(found, dict) else None

    def answer(self, change: Change) -> dict[str, Any] | None:
        """The declared answer that the change is in."""
        operation, path = self.operation(change), tokens(change.place.old)
        if operation is None or path[3:4] != ("responses",) or len(path) < 5:
            return None
        found = self.follow(operation.get("responses", {}).get(path[4]))
        return found if isinstance(found, dict) else None

    def holder(self, change: Change) -> dict[str, Any] | None:
        """What has the `schema` of the body: the media type, or in Swagger 2.0 the answer."""
        answer = self.answer(change)
        if answer is None or self.is_swagger:
            return answer
        content = answer.get("content")
        if not isinstance(content, dict):
            return None
        seen = essence(change.place.part.split(" ")[-1])
        named = next((media for media in content if essence(media) == seen), None)
        # An answer in JSON of another name is read as the JSON that is declared.
        found = self.follow(content[named] if named else next(iter(content.values()), None))
        return found if isinstance(found, dict) else None

    def schemas(self, change: Change, path: Sequence[str]) -> list[dict[str, Any]]:
        """The schemas that are declared for a place of the body, wherever it is declared."""
        holder = self.holder(change)
        here = list(self._parts(holder.get("schema"))) if holder is not None else []
        for token in path:
            here = [part for node in here for inner in _inner(node, token) for part in self._parts(inner)]
        return here

    def _parts(self, node: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
        """A schema and all that it combines, references followed."""
        node = self.follow(node)
        if not isinstance(node, dict) or depth > _DEEPEST:
            return
        yield node
        for key in ("allOf", "anyOf", "oneOf"):
            for part in node.get(key, ()) if isinstance(node.get(key), list) else ():
                yield from self._parts(part, depth + 1)

    def schema_of(self, value: object) -> dict[str, Any]:
        """A schema that says of a value no more than its type, and those of its members."""
        if isinstance(value, dict):
            members = {name: self.schema_of(inner) for name, inner in value.items()}
            return {"type": "object", **({"properties": members} if members else {})}
        if isinstance(value, list):
            kinds = [self.schema_of(item) for item in value]
            return {"type": "array", "items": kinds[0] if kinds and all(k == kinds[0] for k in kinds) else {}}
        kind = _kind(value)
        if kind == "null":
            return {}
        return {"type": kind}


def _inner(node: Mapping[str, Any], token: str) -> Iterator[Any]:
    """What a schema says of a member, or of each item or name."""
    members = node.get("properties")
    if isinstance(members, dict) and token in members:
        yield members[token]
    elif token == EACH:
        yield from (node[key] for key in ("items", "additionalProperties") if isinstance(node.get(key), dict))
    elif isinstance(node.get("additionalProperties"), dict):
        yield node["additionalProperties"]


def _kind(value: object) -> str:
    kinds: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return kinds.get(type(value), "object" if isinstance(value, dict) else "null")


def _seen(change: Change) -> object:
    return change.witness.value if change.witness is not None else None


def _member(document: _Document, change: Change) -> bool:
    """A member that was there and is declared from now on."""
    *around, name = tokens(change.place.value) or ("",)
    objects = document.schemas(change, around)
    if not name or name == EACH or not objects:
        return False
    owner = next((node for node in objects if isinstance(node.get("properties"), dict)), objects[0])
    owner.setdefault("properties", {}).setdefault(name, document.schema_of(_seen(change)))
    return True


def _not_required(document: _Document, change: Change) -> bool:
    *around, name = tokens(change.place.value) or ("",)
    done = False
    for node in document.schemas(change, around):
        required = node.get("required")
        if isinstance(required, list) and name in required:
            required.remove(name)
            if not required:
                del node["required"]
            done = True
    return done


def _listed(document: _Document, change: Change) -> bool:
    done, value = False, _seen(change)
    for node in document.schemas(change, tokens(change.place.value)):
        for key in ("enum", "x-extensible-enum"):
            if isinstance(node.get(key), list):
                done = True
                if value not in node[key]:
                    node[key].append(value)
        if "const" in node:
            node["enum"] = [node.pop("const"), value]
            done = True
    return done


def _nullable(document: _Document, change: Change) -> bool:
    done = False
    for node in document.schemas(change, tokens(change.place.value)):
        if "type" not in node:
            continue
        done = True
        if document.has_null:
            _also(node, "null")
        else:
            node["x-nullable" if document.is_swagger else "nullable"] = True
        if isinstance(node.get("enum"), list) and None not in node["enum"]:
            node["enum"].append(None)
    return done


def _also(node: dict[str, Any], kind: str) -> None:
    known = node["type"] if isinstance(node["type"], list) else [node["type"]]
    node["type"] = [*known, *([] if kind in known else [kind])]


def _other_type(document: _Document, change: Change) -> bool:
    done, value = False, _seen(change)
    for node in document.schemas(change, tokens(change.place.value)):
        if "type" not in node:
            continue
        kind = _kind(value)
        if node["type"] == "integer" and kind == "number":
            node["type"] = "number"
        elif document.has_null and kind not in ("object", "array"):
            _also(node, kind)
        elif document.is_swagger:
            # It has no word for a choice of types.
            for word in ("type", "format"):
                node.pop(word, None)
        else:
            known = dict(node)
            node.clear()
            node["anyOf"] = [known, document.schema_of(value)]
        done = True
    return done


def _without(*words: str) -> Callable[[_Document, Change], bool]:
    """Takes keywords away that turned out not to hold."""

    def mend(document: _Document, change: Change) -> bool:
        done = False
        for node in document.schemas(change, tokens(change.place.value)):
            for word in words:
                if word in node and f'"{word}"' in (change.old_side or f'"{word}"'):
                    del node[word]
                    done = True
        return done

    return mend


def _answer(document: _Document, change: Change) -> bool:
    operation, status = document.operation(change), change.place.part.split(" ")[1:2]
    if operation is None or not status:
        return False
    told = {"description": "Seen in answers of the provider."}
    operation.setdefault("responses", {}).setdefault(status[0], {**told, **_body(document, change)})
    return True


def _media_type(document: _Document, change: Change) -> bool:
    answer = document.answer(change)
    media_type = change.place.part.split(" ")[-1]
    if answer is None or document.is_swagger or "/" not in media_type:
        return False
    answer.setdefault("content", {}).setdefault(media_type, {"schema": document.schema_of(_seen(change))})
    return True


def _body(document: _Document, change: Change) -> dict[str, Any]:
    value = _seen(change)
    if not isinstance(value, dict | list):
        return {}
    schema = document.schema_of(value)
    if document.is_swagger:
        return {"schema": schema}
    parts = change.place.part.split(" ")
    media_type = parts[2] if len(parts) > 2 and "/" in parts[2] else "application/json"
    return {"content": {media_type: {"schema": schema}}}


def _header(document: _Document, change: Change) -> bool:
    answer = document.answer(change)
    headers = answer.get("headers") if answer is not None else None
    name = change.place.part.rpartition(" header ")[2].lower()
    for known, node in headers.items() if isinstance(headers, dict) else ():
        declared = document.follow(node)
        if known.lower() == name and isinstance(declared, dict) and declared.get("required") is True:
            declared["required"] = False
            return True
    return False


def _deprecated(document: _Document, change: Change) -> bool:
    operation = document.operation(change)
    if operation is None:
        return False
    operation["deprecated"] = True
    return True


def _gone(document: _Document, change: Change) -> bool:
    path = tokens(change.place.old)
    item = document.tree.get("paths", {}).get(path[1]) if len(path) > 2 else None
    if not isinstance(item, dict) or path[2] not in item:
        return False
    del item[path[2]]
    if not _METHODS & item.keys():
        del document.tree["paths"][path[1]]
    return True


_LIMITS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "multipleOf"),
    *("minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems"),
)

_MENDS: Mapping[str, Callable[[_Document, Change], bool]] = {
    "seen.property.undeclared": _member,
    "seen.property.refused": _member,
    "seen.property.missing": _not_required,
    "seen.enum.undeclared": _listed,
    "seen.enum.grown": _listed,
    "seen.null.undeclared": _nullable,
    "seen.type.other": _other_type,
    "seen.format.other": _without("format"),
    "seen.pattern.other": _without("pattern"),
    "seen.limit.passed": _without(*_LIMITS),
    "seen.status.undeclared": _answer,
    "seen.media-type.undeclared": _media_type,
    "seen.header.missing": _header,
    "seen.deprecation": _deprecated,
    "seen.operation.gone": _gone,
}
