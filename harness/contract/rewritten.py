"""The text of a document with another tree in it: what did not change stays as it is written, comments and all.

The YAML is taken apart by its nodes. An entry whose value changed is written anew, as far in as it goes; what is
gone is cut out, what is new comes at the end of its mapping or list. What was put together is read again: where it
does not say the wanted tree, as where an anchor was cut away, the whole is written anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from harness.contract.document import parse
from harness.contract.written import inline, written
from harness.errors import FileError

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Edit = tuple[int, int, str]
"""From where to where, in characters, and what is to stand there."""


class _Unworkable(Exception):
    """This part cannot be changed in place."""


def rewritten(text: str, old: dict[str, Any], new: dict[str, Any], *, path: str) -> str:
    """The text of `old` made to say `new`. A name that ends in .json, and what cannot be kept, is written anew."""
    whole = written(new, path=path)
    if path.lower().endswith(".json"):
        return whole
    text = text if text.endswith("\n") else f"{text}\n"
    try:
        edits = sorted(_Editor(text).mapping(yaml.compose(text, Loader=_LOADER), old, new))
        made = _edited(text, edits)
        return made if parse(made.encode(), name=path, as_written=True).root == new else whole
    except (_Unworkable, yaml.YAMLError, FileError, ValueError, RecursionError):
        return whole


def _edited(text: str, edits: list[Edit]) -> str:
    made, at = [], 0
    for begin, end, put in edits:
        if begin < at:
            raise _Unworkable
        made += [text[at:begin], put]
        at = end
    return "".join((*made, text[at:]))


class _Editor:
    """Of one text, what is to be put where."""

    def __init__(self, text: str) -> None:
        self._text = text

    def mapping(self, node: Any, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Edit]:
        """What makes one block mapping of another."""
        if not isinstance(node, yaml.MappingNode) or node.flow_style or not new:
            raise _Unworkable
        if [key.value for key, _ in node.value] != list(old):
            raise _Unworkable
        starts = [key.start_mark.index for key, _ in node.value]
        ends = [*starts[1:], self._end(node)]
        for (key, value), end in zip(node.value, ends, strict=True):
            if key.value not in new:
                yield self._cut(key.start_mark.index, end)
            elif not _same(old[key.value], new[key.value]):
                yield from self._entry(key, value, old[key.value], new[key.value])
        added = {name: value for name, value in new.items() if name not in old}
        if added:
            yield self._put(node, added)

    def items(self, node: Any, old: list[Any], new: list[Any]) -> Iterator[Edit]:
        """What makes one block list of another that is no shorter."""
        if not isinstance(node, yaml.SequenceNode) or node.flow_style or len(new) < len(old):
            raise _Unworkable
        for child, before, after in zip(node.value, old, new, strict=False):
            if not _same(before, after):
                yield from self._item(child, before, after)
        if len(new) > len(old):
            yield self._put(node, new[len(old) :])

    def _item(self, node: Any, old: Any, new: Any) -> Iterator[Edit]:
        begin, end = node.start_mark.index, node.end_mark.index
        if getattr(node, "flow_style", True) and self._text[:begin].endswith("- "):
            yield begin, end, inline(new)
        else:
            yield from self._within(node, old, new)

    def _within(self, node: Any, old: Any, new: Any) -> list[Edit]:
        if isinstance(old, dict) and isinstance(new, dict):
            return list(self.mapping(node, old, new))
        if isinstance(old, list) and isinstance(new, list):
            return list(self.items(node, old, new))
        raise _Unworkable

    def _entry(self, key: Any, value: Any, old: Any, new: Any) -> Iterator[Edit]:
        """One entry with another value: changed further in, or written anew behind its key."""
        begin = self._text.index(":", key.end_mark.index) + 1
        # What an alias stands for is written elsewhere.
        is_alias = self._text[begin:].lstrip(" ").startswith("*")
        if not is_alias:
            try:
                yield from self._within(value, old, new)
                return
            except _Unworkable:
                pass
        is_block = not is_alias and getattr(value, "flow_style", True) is False
        if is_block and isinstance(new, dict | list) and new:
            yield begin, self._end(value), "\n" + _indented(new, key.start_mark.column + 2)
        elif is_block:
            yield begin, self._end(value), f" {inline(new)}\n"
        else:
            stop = self._line_end(begin) if is_alias else value.end_mark.index
            yield begin, stop, f" {inline(new)}"

    def _put(self, node: Any, more: Any) -> Edit:
        """Something at the end of a mapping or list."""
        end = self._end(node)
        return end, end, _indented(more, node.start_mark.column)

    def _cut(self, begin: int, end: int) -> Edit:
        """An entry less: comments before the next one are left to that."""
        line = self._text.rfind("\n", 0, begin) + 1
        if self._text[line:begin].strip():
            # Something stands before it on its line: `- name: it`.
            return begin, end, ""
        return line, self._behind(begin, end), ""

    def _end(self, node: Any) -> int:
        return self._behind(node.start_mark.index, node.end_mark.index)

    def _behind(self, begin: int, end: int) -> int:
        """Behind the last line that belongs to a part: comments and empty lines at its end belong to what follows."""
        lines = self._text[begin:end].rstrip(" ").splitlines(keepends=True)
        while len(lines) > 1 and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
            lines.pop()
        return self._line_end(begin + sum(map(len, lines)) - 1) + 1

    def _line_end(self, at: int) -> int:
        return self._text.index("\n", at)


def _same(old: Any, new: Any) -> bool:
    """Also of one type: Python takes 1, 1.0 and true for the same."""
    return repr(old) == repr(new)


def _indented(value: Any, column: int) -> str:
    lines = written(value, path="part.yaml").splitlines(keepends=True)
    return "".join(" " * column + line if line.strip() else line for line in lines)
