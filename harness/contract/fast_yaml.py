"""YAML by a parser of compiled code, several times faster than PyYAML's, for texts of which both make the same.

It reads YAML 1.2's core schema. What it would read otherwise than we do is told by a look at the text, and left to
PyYAML: merge keys, aliases (which it copies), tags, numbers as keys that are not written in the shortest way, whole
numbers beyond 64 bits, several documents in one text.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

try:
    import yaml12
except ImportError:  # there is no build of it for every platform
    yaml12 = None  # type: ignore[assignment]

# Each begins with a character of its own, which makes looking for it fast.
_MERGE = re.compile(r"<<['\"]?\s*:")
_ANCHOR = re.compile(r"&(?<![^\s\[{,]&)([^\s\[\]{},&]+)")
_NUMBER_AS_KEY = re.compile(r"\n[ -]*+([-+.]?[0-9][\w.+-]*|[-+]?\.(?:inf|nan))[ \t]*:\s", re.IGNORECASE)
_COMPACT = tuple(re.compile(rf"{sign}[ \t]+(?:[-?][ \t]+){{1000}}") for sign in ("-", r"\?"))
_TAG = re.compile(r"!!\w")
_LONG = re.compile(r":[ \t]+[-+]?[0-9]{19}")

_BEGIN = re.compile(r"(?:[ \t]*+(?:[#%].*+)?+\n)*+(?:---)?")
"""What may stand before the document."""

_ODD_NUMBER = re.compile(
    r"0[0-9]+|[-+][0-9]+|0o[0-7]+|0x[0-9a-f]+|[0-9]{19,}"
    r"|[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:e[-+]?[0-9]+)?|[-+]?[0-9]+e[-+]?[0-9]+|[-+]?\.(?:inf|nan)",
    re.IGNORECASE,
)
"""As a key it is another text once it was read as a number."""


def load(text: str) -> tuple[bool, Any]:
    """Whether the text could be read here, and then its value, with string keys throughout."""
    if yaml12 is None or not _alike(text):
        return False, None
    try:
        # Raises where a tag is left, or a key is neither a text nor a number.
        return True, msgspec.to_builtins(yaml12.parse_yaml(text), str_keys=True)
    except (ValueError, TypeError, RecursionError):
        return False, None


def is_deep(text: str) -> bool:
    """Are there so many levels on one line (`- - - x`) that parsers, which call themselves, run out of stack?"""
    return any(compact.search(text) for compact in _COMPACT)


def _alike(text: str) -> bool:
    if is_deep(text):
        return False
    if _MERGE.search(text) or _LONG.search(text) or _TAG.search(text):
        return False
    if any(f"*{name}" in text for name in {found[1] for found in _ANCHOR.finditer(text)}):
        return False
    if text.count("\n---") > text.count("\n---", 0, _begin(text)) or "\n..." in text:
        return False
    return not any(_ODD_NUMBER.fullmatch(key) for key in _NUMBER_AS_KEY.findall(f"\n{text}"))


def _begin(text: str) -> int:
    """Where the first document begins."""
    found = _BEGIN.match(text)
    return found.end() if found else 0
