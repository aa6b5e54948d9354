"""The named values in a text, and the text with some of them replaced: JSON, forms, multipart, XML, cookies.

Whatever is not replaced stays as it was, byte for byte.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import quote_plus, unquote_plus

import msgspec

Write = Callable[[str], str]


class Field(NamedTuple):
    """A value in a text: its name, what it says, where it stands, and how another is written in its place.
    `pointer`: where it stands in the tree, as far as there is one."""

    name: str
    value: str
    start: int
    end: int
    write: Write
    pointer: tuple[str, ...] = ()


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s"{}\[\],:]+')
_LITERAL = frozenset({"true", "false", "null"})
_SAYS_NOTHING = frozenset({"value", "values", "data", "content", "plain", "raw", "text", "string"})
"""Names of members that are named by what is around them: `{"secret": {"value": "..."}}`."""
_NAMING = ("name", "key", "field", "header", "variable")

_XML = re.compile(r"<([\w:.\-]+)((?:\s[^<>]*)?)>([^<>]*)</\1\s*>")
_ATTRIBUTE = re.compile(r"(?<![\w:.\-])([\w:.\-]{1,100})\s*=\s*(\"[^\"]*\"|'[^']*')")
_PART = re.compile(r'(?i)content-disposition:[^\r\n]*?\bname="?([^";\r\n]*)"?')

_IN_URL = re.compile(r"(?<=[?&#])([\w.\-\[\]%~]+)=([^&\s#\"'<>]+)")
_IN_PROSE = re.compile(
    r"(?i)(?<![\w.\-])([\w.\-]{0,40}?(?:token|secret|passw|pwd|api[_-]?key|signature|credential)[\w\-]{0,40})[\"']?\s*[=:]\s*[\"']?"
    r"([^\s\"'&,;<>(){}\[\]]{6,})"
)


def replaced(text: str, changes: Iterable[tuple[Field, str]]) -> str:
    """The text with new values in the places of fields."""
    parts, at = [], 0
    for field, new in sorted(changes, key=lambda change: change[0].start):
        parts += [text[at : field.start], field.write(new)]
        at = field.end
    return "".join((*parts, text[at:]))


def is_json(text: str) -> bool:
    """Is it an object or an array of JSON?"""
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return False
    return True


def in_json(text: str) -> list[Field]:
    """The texts and numbers in a JSON text, and the names of its members as fields without a name."""
    found: list[Field] = []
    levels: list[_Level] = []
    awaits_key = False
    for token in _TOKEN.finditer(text):
        written = token[0]
        level = levels[-1] if levels else None
        if written in "{[":
            levels.append(_Level(written == "{", level.name if level else "", level.pointer if level else ()))
            awaits_key = written == "{"
        elif written in "}]":
            levels.pop()
            if levels:
                levels[-1].index += 1
        elif written == ",":
            awaits_key = level is not None and level.is_object
        elif written == ":":
            awaits_key = False
        elif awaits_key and level is not None:
            level.enter(_said(written))
            found.append(Field("", level.key, token.start(), token.end(), json.dumps, level.pointer))
        else:
            if written not in _LITERAL:
                name, pointer = (level.name, level.pointer) if level else ("", ())
                field = Field(name, _said(written), token.start(), token.end(), json.dumps, pointer)
                found.append(field)
                if level is not None and level.is_object:
                    _named_by_its_sibling(found, level, len(found) - 1)
            if level is not None and not level.is_object:
                level.index += 1
    return found


class _Level:
    """An object or an array that is being read."""

    def __init__(self, is_object: bool, outer: str, at: tuple[str, ...]) -> None:
        self.is_object, self._outer, self._at = is_object, outer, at
        self.key = ""
        self.index = 0
        self.value: int | None = None
        self.named = ""

    def enter(self, key: str) -> None:
        self.key = key

    @property
    def name(self) -> str:
        if not self.is_object or self.key.lower() in _SAYS_NOTHING:
            return self._outer or self.key
        return self.key

    @property
    def pointer(self) -> tuple[str, ...]:
        return (*self._at, self.key if self.is_object else str(self.index))


def _named_by_its_sibling(found: list[Field], level: _Level, last: int) -> None:
    """`{"name": "API_TOKEN", "value": "..."}`: one member names the other, whichever comes first."""
    key = level.key.lower()
    if key in _NAMING:
        level.named = found[last].value
    elif key == "value":
        level.value = last
    if level.named and level.value is not None:
        found[level.value] = found[level.value]._replace(name=level.named)
        level.value = None


def _said(written: str) -> str:
    return str(json.loads(written)) if written.startswith('"') else written


def in_form(text: str) -> list[Field]:
    """The pairs of a query or a form: names and values decoded."""
    found, at = [], 0
    for part in text.split("&"):
        name, sign, value = part.partition("=")
        start = at + len(name) + len(sign)
        write: Write = quote_plus
        if sign:
            found.append(
                Field(_last_name(unquote_plus(name)), unquote_plus(value), start, start + len(value), write)
            )
        else:
            found.append(Field("", unquote_plus(name), at, at + len(name), write))
        at += len(part) + 1
    return found


def _last_name(name: str) -> str:
    """`card` of `source[card]`, `source` of `source[0]`: the name that says most."""
    words = [word for word in re.split(r"[\[\].]+", name) if word and not word.isdigit()]
    return words[-1] if words else name


def in_cookies(text: str) -> list[Field]:
    """The pairs of a Cookie header."""
    found, at = [], 0
    for part in text.split(";"):
        name, sign, value = part.partition("=")
        if sign:
            start = at + len(name) + 1
            found.append(Field(name.strip(), value.strip(), start, start + len(value), str))
        at += len(part) + 1
    return found


def in_multipart(text: str, boundary: str) -> list[Field]:
    """The parts of a multipart body by the names of their fields."""
    found, at = [], 0
    for part in text.split("--" + boundary):
        head, gap, value = part.partition("\r\n\r\n")
        named = _PART.search(head)
        if gap:
            start = at + len(head) + len(gap)
            value = value.removesuffix("\r\n")
            found.append(Field(_last_name(named[1]) if named else "", value, start, start + len(value), str))
        at += len(part) + len(boundary) + 2
    return found


def in_xml(text: str) -> list[Field]:
    """The texts of elements that hold nothing else, and the attributes."""
    found = [
        Field(match[1].rpartition(":")[2], html.unescape(match[3]), match.start(3), match.end(3), _escaped)
        for match in _XML.finditer(text)
    ]
    for tag in re.finditer(r"<[^<>!?/][^<>]*>", text):
        attributes = list(_ATTRIBUTE.finditer(text, tag.start(), tag.end()))
        named = next((match[2][1:-1] for match in attributes if match[1].lower() in _NAMING), "")
        for match in attributes:
            value = match[2][1:-1]
            name = named if named and match[1].lower() in ("value", "content") else match[1]
            found.append(Field(name, html.unescape(value), match.start(2) + 1, match.end(2) - 1, _escaped))
    return found


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def in_urls(text: str) -> list[Field]:
    """The pairs of queries and fragments of addresses that stand in a text."""
    return [
        Field(
            _last_name(unquote_plus(match[1])),
            unquote_plus(match[2]),
            match.start(2),
            match.end(2),
            quote_plus,
        )
        for match in _IN_URL.finditer(text)
    ]


def in_prose(text: str) -> list[Field]:
    """What a text says in so many words: `password=...`, `token: ...`."""
    return [
        Field(match[1], match[2], match.start(2), match.end(2), str) for match in _IN_PROSE.finditer(text)
    ]
