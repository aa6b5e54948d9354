"""A value without what is wrong in it: some schemas admit no value, and an object does well without such a member."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

_ROUNDS = 14


def pruned(validator: Any, value: object) -> object | None:
    """The value without its wrong parts, and without what misses those, however far; None if that is all of it."""
    left = copy.deepcopy(value)  # examples of the document may be part of it
    for _ in range(_ROUNDS):
        paths = {path for error in validator.iter_errors(left) for path in _wrong_places(error)}
        if not paths:
            return left
        if () in paths:
            break
        # From the end of lists, so that the places before stay what they are.
        for path in sorted(paths, key=lambda path: [str(token).zfill(9) for token in path], reverse=True):
            _take_out(left, path)
    return None


def _wrong_places(error: Any) -> Iterator[tuple[str | int, ...]]:
    """What to take out for one validation error: the value itself, or of an object just what may not be there."""
    path = tuple(error.instance_path)
    for name in getattr(error.kind, "unexpected", ()):
        yield (*path, name)
    if not getattr(error.kind, "unexpected", ()):
        yield path


def _take_out(value: Any, path: tuple[str | int, ...]) -> None:
    for token in path[:-1]:
        try:
            value = value[token]
        except (KeyError, IndexError):
            return  # gone with what was around it
    if isinstance(value, dict):
        value.pop(path[-1], None)
    elif isinstance(value, list) and isinstance(path[-1], int) and path[-1] < len(value):
        del value[path[-1]]
