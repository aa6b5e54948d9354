"""The bytes of one file of a document as a tree with string keys: JSON or YAML, in whatever encoding it came.

What other readers of JSON and YAML let pass is read here, too, as well as it goes.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Iterator
from typing import Any

import msgspec

from harness.contract import yaml
from harness.contract.tree import Warning, escaped
from harness.errors import FileError

_MARKS = (
    (BOM_UTF8, "utf-8"),
    (BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (BOM_UTF32_BE, "utf-32-be"),
    (BOM_UTF16_LE, "utf-16-le"),
    (BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = (
    (re.compile(rb"[^\0]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[^\0]"), "utf-32-be"),
    (re.compile(rb"[^\0]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0[^\0]\0[^\0]"), "utf-16-be"),
)
"""RFC 4627 section 3: the first two characters of JSON are ASCII, so zeros tell the encoding."""

_LONE_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


def tree(data: bytes, name: str) -> Any:
    """The value that a file holds, with string keys throughout; the last of keys that come twice in one object.

    FileError where it is neither JSON nor YAML.
    """
    data = _utf8(data, name)
    if data.lstrip()[:1] in (b"{", b"["):
        return _json(data, name)
    return yaml.load_document(data.decode(), path=name)


def oddities(data: bytes, name: str) -> Iterator[Warning]:
    """What is odd about a readable file before it is taken for a document: its encoding, and keys that come twice."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        if not _encoding(data):
            line = data.count(b"\n", 0, error.start) + 1
            yield Warning("", f"not UTF-8 text (line {line}: {error.reason}); read as Windows-1252")
    data = _utf8(data, name)
    if data.lstrip()[:1] in (b"{", b"["):
        try:
            # Every key ends in `":`. When the text has no more of these than the tree has keys, no key came twice
            # and the slow reading that can tell is not needed.
            if data.count(b'":') - data.count(b'\\":') == _count_keys(msgspec.json.decode(data)):
                return
            root = json.loads(data, object_pairs_hook=_Paired, strict=False)
        except (ValueError, RecursionError, msgspec.MsgspecError):
            pairs = yaml.repeated(data.decode())  # YAML that begins like JSON
        else:
            pairs = _repeated(root)
    else:
        pairs = yaml.repeated(data.decode())
    for pointer in pairs:
        yield Warning(pointer, "this key stands twice in one object; the last one is read")


def _encoding(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    for zeros, encoding in _UNMARKED:
        if zeros.match(data):
            return encoding
    return ""


def _utf8(data: bytes, name: str) -> bytes:
    """The same text in UTF-8, without a mark."""
    encoding = _encoding(data)
    if encoding == "utf-8":
        data = data.removeprefix(BOM_UTF8)
    elif encoding:
        try:
            return data.decode(encoding).removeprefix("\ufeff").encode()
        except UnicodeError:
            raise FileError(
                name, f"neither JSON nor YAML: not {encoding.upper()} text as it begins", line=1
            ) from None
    try:
        data.decode()
    except UnicodeDecodeError as error:
        if b"\0" in data:
            line = data.count(b"\n", 0, error.start) + 1
            raise FileError(name, "neither JSON nor YAML: not UTF-8 text", line=line) from None
        return data.decode("cp1252", "replace").encode()
    return data


def _json(data: bytes, name: str) -> Any:
    try:
        with yaml.uncollected():
            return msgspec.json.decode(data)
    except RecursionError:
        raise FileError(name, "nested too deeply to be read") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        at = re.search(r"byte (\d+)", str(error))
        offset = int(at.group(1)) if at else len(data.rstrip())
        broken = data.count(b"\n", 0, offset) + 1
        problem = re.sub(r" \(byte \d+\)", "", str(error))
    text = _LONE_SURROGATE.sub(r"\\ufffd", data.decode())
    try:
        # It reads NaN, Infinity and raw control characters, too.
        return json.loads(text, parse_constant=lambda _: None, strict=False)
    except (ValueError, RecursionError):
        pass
    # `{` also opens a YAML flow mapping, so JSON with comments or bare keys may still be readable.
    try:
        return yaml.load_document(text, path=name)
    except FileError:
        raise FileError(name, problem[:1].lower() + problem[1:], line=broken) from None


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


class _Paired(dict[str, Any]):
    """An object that knows which of its keys came twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.twice: list[str] = []
        if len(self) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    self.twice.append(key)
                seen.add(key)


def _repeated(root: Any) -> Iterator[str]:
    """The pointers of keys that came twice in their object."""
    pending: list[tuple[Any, str]] = [(root, "")]
    while pending:
        node, place = pending.pop()
        if isinstance(node, _Paired):
            yield from (f"{place}/{escaped(key)}" for key in dict.fromkeys(node.twice))
            children = [(child, f"{place}/{escaped(key)}") for key, child in node.items()]
        else:
            children = [(child, f"{place}/{index}") for index, child in enumerate(node)]
        pending += [pair for pair in children if isinstance(pair[0], dict | list)]
