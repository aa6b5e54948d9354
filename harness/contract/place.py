"""Where in a document's text its parts stand: the lines of many pointers at one reading."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any, TypeAlias

import yaml

Tokens: TypeAlias = tuple[str, ...]

_Tree: TypeAlias = "dict[str, _Tree]"
_TEXT = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_TOKEN = re.compile(rf'{_TEXT}|[{{}}\[\],:]|[^\s"{{}}\[\],:]+')
_BRACKET = re.compile(rf"{_TEXT}|[{{}}\[\]]")
_PARENT: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def lines(text: str, wanted: Iterable[Tokens]) -> dict[Tokens, int]:
    """The 1-based lines where these parts of a JSON or YAML text stand: of the key, or of the item of a list.

    What is not there has the line of the nearest thing around it that is.
    """
    places = set(wanted)
    tree: _Tree = {}
    for tokens in places:
        node = tree
        for token in tokens:
            node = node.setdefault(token, {})
    found: dict[Tokens, int] = {(): 1}
    if tree:
        if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
            _Json(text, found).read(tree)
        else:
            _in_yaml(text, tree, found)
    return {tokens: _nearest(found, tokens) for tokens in places}


def _nearest(found: dict[Tokens, int], tokens: Tokens) -> int:
    while tokens not in found:
        tokens = tokens[:-1]
    return found[tokens]


class _Json:
    """One pass over a JSON text, which only goes into what is wanted."""

    def __init__(self, text: str, found: dict[Tokens, int]) -> None:
        self._text, self._at = text, 0
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._found = found

    def read(self, tree: _Tree) -> None:
        self._value(self._next(), tree, ())

    def _value(self, opening: str, tree: _Tree | None, at: Tokens) -> None:
        if opening not in ("{", "["):
            return
        if not tree:
            self._skip()
        elif opening == "{":
            self._object(tree, at)
        else:
            self._list(tree, at)

    def _object(self, tree: _Tree, at: Tokens) -> None:
        while (token := self._next()) not in ("}", ""):
            if token == ",":
                continue
            key = _unquoted(token)
            here = (*at, key)
            if key in tree:
                self._found[here] = self._line(token)
            self._next()  # the colon
            self._value(self._next(), tree.get(key), here)

    def _list(self, tree: _Tree, at: Tokens) -> None:
        index = 0
        while (token := self._next()) not in ("]", ""):
            if token == ",":
                index += 1
                continue
            here = (*at, str(index))
            if here[-1] in tree:
                self._found[here] = self._line(token)
            self._value(token, tree.get(here[-1]), here)

    def _next(self) -> str:
        """The next token; empty at the end."""
        match = _TOKEN.search(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match[0]

    def _line(self, token: str) -> int:
        """The line in which the token that was just read begins."""
        return bisect_right(self._breaks, self._at - len(token)) + 1

    def _skip(self) -> None:
        """Go behind what was just opened."""
        depth = 1
        for token in _BRACKET.finditer(self._text, self._at):
            first = token[0][0]
            if first in "{[":
                depth += 1
            elif first in "}]":
                depth -= 1
                if not depth:
                    self._at = token.end()
                    return
        self._at = len(self._text)


def _unquoted(token: str) -> str:
    return str(json.loads(token)) if "\\" in token else token.strip('"')


def _in_yaml(text: str, tree: _Tree, found: dict[Tokens, int]) -> None:
    loader = _PARENT(text)
    try:
        root = loader.get_single_node()
    except yaml.YAMLError:
        return
    finally:
        loader.dispose()
    pending: list[tuple[Any, _Tree, Tokens]] = [(root, tree, ())]
    while pending:
        node, wanted, at = pending.pop()
        for token, mark, child in _children(node):
            if token in wanted:
                here = (*at, token)
                found.setdefault(here, mark.line + 1)
                pending.append((child, wanted[token], here))


def _children(node: Any) -> Iterable[tuple[str, Any, Any]]:
    if isinstance(node, yaml.MappingNode):
        return [(str(key.value), key.start_mark, value) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [(str(index), item.start_mark, item) for index, item in enumerate(node.value)]
    return []
