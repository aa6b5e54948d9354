"""Which of the offered media types an Accept header asks for: RFC 9110 section 12.5.1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from harness.contract.body import essence, is_json, is_open

ANYTHING = frozenset(("", "*/*"))
"""The commonest ways to ask for nothing in particular."""

_PARAMETER = re.compile(r';\s*([^\s=;,"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,]*)')
_ENTRY = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
_XML = ("application/xml", "text/xml")  # one and the same: RFC 7303 section 9.1


class Range(msgspec.Struct, frozen=True):
    """One entry of an Accept header: a media type or range in lower case, its parameters, its weight from 0 to 1."""

    type: str
    parameters: tuple[tuple[str, str], ...] = ()
    quality: float = 1.0


@lru_cache(maxsize=256)
def ranges(accept: str) -> tuple[Range, ...]:
    """The entries of an Accept header in their order. What is no media type is left out."""
    found = (_range(entry) for entry in _ENTRY.findall(accept))
    return tuple(each for each in found if each is not None)


def best(offered: Sequence[str], accept: str) -> str | None:
    """The media type to answer with, of those offered, the server's favourite first; None where none is accepted.

    The weight of a type is that of the entry that names it most closely. Among equals the closest entry wins, then
    the client's order, then ours. A header without any media type asks for nothing in particular.
    """
    asked = ranges(accept)
    if not asked:
        return offered[0] if offered else None
    chosen, best_rank = None, (0.0, 0, 0)
    for media_type in offered:
        rank = _rank(media_type, asked)
        if rank[0] and rank > best_rank:
            chosen, best_rank = media_type, rank
    return chosen


def _rank(media_type: str, asked: Sequence[Range]) -> tuple[float, int, int]:
    """The weight of a media type, how closely it was named, and how early (0 first, then negative)."""
    closeness, quality, order = 0, 0.0, 0
    for index, entry in enumerate(asked):
        now = _closeness(media_type, entry)
        if now > closeness:
            closeness, quality, order = now, entry.quality, -index
    return quality, closeness, order


def _closeness(media_type: str, entry: Range) -> int:
    """0 where the entry does not cover the type; else the more, the closer it names it."""
    kind, major = essence(media_type), entry.type.partition("/")[0]
    if entry.type == kind:
        own = dict(_parameters(media_type))
        if any(own.get(name, value) != value for name, value in entry.parameters):
            return 0
        return 4 + sum(name in own for name, _ in entry.parameters)
    if entry.quality and (is_open(kind) or _alike(kind, entry.type)):
        return 3
    if entry.type == f"{kind.partition('/')[0]}/*" or kind == f"{major}/*":
        return 2
    return 1 if entry.type == "*/*" else 0


def _alike(kind: str, asked: str) -> bool:
    """JSON is JSON whatever its suffix says it is about: who asks for one kind reads the other, too."""
    return (is_json(kind) and is_json(asked)) or (kind in _XML and asked in _XML)


def _range(entry: str) -> Range | None:
    kind = essence(entry)
    kind = "*/*" if kind == "*" else kind
    if kind.count("/") != 1 or " " in kind:
        return None
    quality, parameters = 1.0, []
    for name, value in _parameters(entry):
        if name == "q":
            quality = _quality(value)
        elif name != "charset":  # texts are UTF-8 whatever was asked for
            parameters.append((name, value))
    return Range(kind, tuple(parameters), quality)


def _parameters(media_type: str) -> list[tuple[str, str]]:
    return [(name.lower(), value.strip('"')) for name, value in _PARAMETER.findall(media_type)]


def _quality(text: str) -> float:
    """A weight; one that cannot be read is as none: 1."""
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 1.0
