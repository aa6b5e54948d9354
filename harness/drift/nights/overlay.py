"""What makes one tree of another, as an OpenAPI Overlay: https://spec.openapis.org/overlay/v1.0.0.html

Its targets are normalized paths (RFC 9535 section 2.7): `$['paths']['/charges']['get']`. An update merges objects and
appends to lists, so what is to be replaced is removed first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from harness.errors import FileError

VERSION = "1.0.0"

Step = str | int

_STEP = re.compile(r"\['((?:[^'\\]|\\.)*)'\]|\[(\d+)\]")
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", "'": "\\'", "\\": "\\\\"}
_PLAIN = {written[1]: plain for plain, written in _ESCAPES.items()}


def overlay(
    old: dict[str, Any], new: dict[str, Any], *, title: str, version: str, extends: str = ""
) -> dict[str, Any]:
    """The overlay that makes `new` of `old`. `extends`: where the old document is; empty for nowhere to name."""
    head: dict[str, Any] = {"overlay": VERSION, "info": {"title": title, "version": version}}
    if extends:
        head["extends"] = extends
    return {**head, "actions": list(actions(old, new))}


def actions(old: Any, new: Any, at: tuple[Step, ...] = ()) -> Iterator[dict[str, Any]]:
    """The actions that make `new` of `old`, in the order in which they are to be done."""
    update: dict[str, Any] = {}
    within: list[tuple[Step, Any, Any]] = []
    for key in (key for key in old if key not in new):
        yield {"target": _path((*at, key)), "remove": True}
    for key, value in new.items():
        if key not in old:
            update[key] = value
        elif old[key] == value and _alike(old[key], value):
            continue
        elif isinstance(old[key], dict) and isinstance(value, dict):
            within.append((key, old[key], value))
        elif isinstance(old[key], list) and isinstance(value, list):
            more = _of_lists(old[key], value)
            if more is None:
                yield {"target": _path((*at, key)), "remove": True}
                update[key] = value
            else:
                changed, added = more
                yield from _items(changed, (*at, key))
                if added:
                    update[key] = added
        else:
            if isinstance(old[key], dict | list) or isinstance(value, dict | list):
                yield {"target": _path((*at, key)), "remove": True}
            update[key] = value
    if update:
        yield {"target": _path(at), "update": update}
    for key, before, after in within:
        yield from actions(before, after, (*at, key))


def _items(changed: Iterable[tuple[int, Any, Any]], at: tuple[Step, ...]) -> Iterator[dict[str, Any]]:
    for index, before, after in changed:
        yield from actions(before, after, (*at, index))


def _of_lists(old: list[Any], new: list[Any]) -> tuple[list[tuple[int, Any, Any]], list[Any]] | None:
    """The objects that changed where they stand, and what is new at the end; None where that is not all."""
    if len(new) < len(old):
        return None
    changed = []
    for index, (before, after) in enumerate(zip(old, new, strict=False)):
        if before == after and _alike(before, after):
            continue
        if not (isinstance(before, dict) and isinstance(after, dict)):
            return None
        changed.append((index, before, after))
    return changed, new[len(old) :]


def _alike(old: Any, new: Any) -> bool:
    """Python takes 1, 1.0 and true for the same."""
    if isinstance(old, dict) and isinstance(new, dict):
        return all(_alike(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return all(_alike(*pair) for pair in zip(old, new, strict=True))
    return type(old) is type(new)


def applied(tree: dict[str, Any], text: dict[str, Any], *, path: str = "overlay") -> dict[str, Any]:
    """The tree with the actions of an overlay done. FileError for a target that is no normalized path."""
    root: dict[str, Any] = {"$": unshared(tree)}
    for action in text.get("actions", ()):
        steps = _steps(action["target"], path)
        node, last = _parent(root, steps)
        if node is None or not _has(node, last):
            continue
        if action.get("remove") is True:
            del node[last]
        elif "update" in action:
            node[last] = _merged(node[last], unshared(action["update"]))
    return dict(root["$"])


def unshared(tree: Any) -> Any:
    """A copy in which no part stands in two places, as it may in a tree that was YAML with aliases."""
    if isinstance(tree, dict):
        return {key: unshared(inner) for key, inner in tree.items()}
    return [unshared(item) for item in tree] if isinstance(tree, list) else tree


def _parent(root: dict[str, Any], steps: list[Step]) -> tuple[Any, Any]:
    node: Any = root
    *around, last = ["$", *steps]
    for step in around:
        if not _has(node, step):
            return None, last
        node = node[step]
    return node, last


def _has(node: Any, step: Any) -> bool:
    if isinstance(node, dict):
        return step in node
    return isinstance(node, list) and isinstance(step, int) and step < len(node)


def _merged(node: Any, update: Any) -> Any:
    if isinstance(node, dict) and isinstance(update, dict):
        merged = {key: _merged(value, update[key]) if key in update else value for key, value in node.items()}
        return {**merged, **{key: value for key, value in update.items() if key not in node}}
    if isinstance(node, list):
        return [*node, *update] if isinstance(update, list) else [*node, update]
    return update


def _path(steps: tuple[Step, ...]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f"['{_quoted(step)}']" for step in steps)


def _quoted(name: str) -> str:
    return "".join(
        _ESCAPES.get(letter) or (f"\\u{ord(letter):04x}" if letter < " " else letter) for letter in name
    )


def _steps(target: str, path: str) -> list[Step]:
    steps: list[Step] = []
    at = 1
    while at < len(target):
        found = _STEP.match(target, at)
        if found is None:
            break
        steps.append(int(found[2]) if found[2] is not None else _unquoted(found[1]))
        at = found.end()
    if not target.startswith("$") or at != len(target):
        raise FileError(path, f"target {target!r} is no normalized path, as $['paths']['/charges']")
    return steps


def _unquoted(text: str) -> str:
    return re.sub(
        r"\\(?:u([0-9a-fA-F]{4})|(.))",
        lambda found: chr(int(found[1], 16)) if found[1] else _PLAIN.get(found[2], found[2]),
        text,
    )
