"""A document made to say what the provider was seen to do: each thing that answers showed and it did not say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from harness.drift.nights.declared import METHODS, Tree, kind_word
from harness.drift.nights.overlay import unshared
from harness.drift.seen.met import EACH, tokens
from harness.model.change import Change

_ROUNDS = 6
"""What one answer shows of an object that is new is not all that others show of it."""


def mended(tree: dict[str, Any], changes: Iterable[Change]) -> tuple[dict[str, Any], tuple[Change, ...]]:
    """A copy of the tree in which these observations are declared, and the changes that were left: of those a person
    has to decide what the document is to say."""
    tree = unshared(tree)
    left = []
    for change in changes:
        mend = _MENDS.get(change.rule)
        if mend is None or not mend(Tree(tree), change):
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


def _seen(change: Change) -> object:
    return change.witness.value if change.witness is not None else None


def _member(document: Tree, change: Change) -> bool:
    """A member that was there and is declared from now on."""
    *around, name = tokens(change.place.value) or ("",)
    objects = document.schemas(change, around)
    if not name or name == EACH or not objects:
        return False
    owner = next((node for node in objects if isinstance(node.get("properties"), dict)), objects[0])
    owner.setdefault("properties", {}).setdefault(name, document.schema_of(_seen(change)))
    return True


def _not_required(document: Tree, change: Change) -> bool:
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


def _listed(document: Tree, change: Change) -> bool:
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


def _nullable(document: Tree, change: Change) -> bool:
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


def _other_type(document: Tree, change: Change) -> bool:
    done, value = False, _seen(change)
    for node in document.schemas(change, tokens(change.place.value)):
        if "type" not in node:
            continue
        kind = kind_word(value)
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


def _without(*words: str) -> Callable[[Tree, Change], bool]:
    """Takes keywords away that turned out not to hold."""

    def mend(document: Tree, change: Change) -> bool:
        done = False
        for node in document.schemas(change, tokens(change.place.value)):
            for word in words:
                if word in node and f'"{word}"' in (change.old_side or f'"{word}"'):
                    del node[word]
                    done = True
        return done

    return mend


def _answer(document: Tree, change: Change) -> bool:
    operation, status = document.operation(change), change.place.part.split(" ")[1:2]
    if operation is None or not status:
        return False
    told = {"description": "Seen in answers of the provider."}
    operation.setdefault("responses", {}).setdefault(status[0], {**told, **_body(document, change)})
    return True


def _media_type(document: Tree, change: Change) -> bool:
    answer = document.answer(change)
    media_type = change.place.part.split(" ")[-1]
    if answer is None or document.is_swagger or "/" not in media_type:
        return False
    answer.setdefault("content", {}).setdefault(media_type, {"schema": document.schema_of(_seen(change))})
    return True


def _body(document: Tree, change: Change) -> dict[str, Any]:
    value = _seen(change)
    if not isinstance(value, dict | list):
        return {}
    schema = document.schema_of(value)
    if document.is_swagger:
        return {"schema": schema}
    parts = change.place.part.split(" ")
    media_type = parts[2] if len(parts) > 2 and "/" in parts[2] else "application/json"
    return {"content": {media_type: {"schema": schema}}}


def _header(document: Tree, change: Change) -> bool:
    answer = document.answer(change)
    headers = answer.get("headers") if answer is not None else None
    name = change.place.part.rpartition(" header ")[2].lower()
    for known, node in headers.items() if isinstance(headers, dict) else ():
        declared = document.follow(node)
        if known.lower() == name and isinstance(declared, dict) and declared.get("required") is True:
            declared["required"] = False
            return True
    return False


def _deprecated(document: Tree, change: Change) -> bool:
    operation = document.operation(change)
    if operation is None:
        return False
    operation["deprecated"] = True
    return True


def _gone(document: Tree, change: Change) -> bool:
    path = tokens(change.place.old)
    item = document.root.get("paths", {}).get(path[1]) if len(path) > 2 else None
    if not isinstance(item, dict) or path[2] not in item:
        return False
    del item[path[2]]
    if not METHODS & item.keys():
        del document.root["paths"][path[1]]
    return True


_LIMITS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "multipleOf"),
    *("minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems"),
)

_MENDS: Mapping[str, Callable[[Tree, Change], bool]] = {
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
