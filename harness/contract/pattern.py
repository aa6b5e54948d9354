"""Strings that match a regular expression, for the constructs that documents use; None where that is not possible."""

from __future__ import annotations

import re
from functools import lru_cache
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser as sre  # type: ignore[attr-defined]
from typing import Any

import jsonschema_rs

from harness.model.clock import Rng

_PLAIN = "abcdefghijklmnopqrstuvwxyz0123456789"
_ALL = "".join(chr(n) for n in range(0x20, 0x7F))
_CLASSES = {
    c.CATEGORY_DIGIT: "0123456789",
    c.CATEGORY_WORD: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
    c.CATEGORY_SPACE: " ",
    c.CATEGORY_NOT_DIGIT: "".join(ch for ch in _ALL if not ch.isdigit()),
    c.CATEGORY_NOT_WORD: "".join(ch for ch in _ALL if not (ch.isalnum() or ch == "_")),
    c.CATEGORY_NOT_SPACE: _ALL.replace(" ", ""),
}
_UNICODE = {r"\p{L}": "a-zA-Z", r"\p{Lu}": "A-Z", r"\p{Ll}": "a-z", r"\p{N}": "0-9", r"\p{Nd}": "0-9"}
_SET_SIGNS = ("[", "&", "|", "~")


class _Hard(Exception):
    """A construct that this generator does not know."""


def is_usable(pattern: str) -> bool:
    """Can the validator compile it? Patterns of Java, .NET and others are not all understood."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return False
    return True


def matching(pattern: str, rng: Rng, *, shortest: int = 0, longest: int | None = None) -> str | None:
    """A string of a length in bounds in which Python's `re` finds the pattern; None when eight tries give none."""
    pattern = _ascii(pattern)
    try:
        parsed = sre.parse(pattern)
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None
    low, high = parsed.getwidth()
    most = max(64, 2 * low + 16) if longest is None else longest
    if low > most or (high < shortest and _anchored(pattern)):
        return None
    for attempt in range(8):
        # Open repeats grow by turns, so that a minimal length is met without knowing which of them can grow.
        extra = (0, 1, 3, 6)[attempt % 4] if shortest <= low else max(shortest - low, 1) * (1 + attempt % 2)
        try:
            text = "".join(_make(parsed, rng, extra, {}))
        except (_Hard, IndexError):
            return None
        if len(text) < shortest and not pattern.endswith("$"):
            text += "".join(_PLAIN[rng.randrange(0, 36)] for _ in range(shortest - len(text)))
        if shortest <= len(text) <= most and compiled.search(text):
            return text
    return None


def _ascii(pattern: str) -> str:
    """The pattern with the Unicode classes of other dialects as ASCII ones, which `re` knows."""
    out: list[str] = []
    inside = False
    for token in re.findall(r"\\p\{\w+\}|\\.|.", pattern, re.DOTALL):
        if token in _UNICODE:
            out.append(_UNICODE[token] if inside else f"[{_UNICODE[token]}]")
            continue
        if inside and token in _SET_SIGNS:
            token = "\\" + token  # set operations of other dialects, which `re` warns of
        elif token in ("[", "]"):
            inside = token == "["
        out.append("/" if token == r"\/" else token)
    return "".join(out)


def _anchored(pattern: str) -> bool:
    return pattern.startswith("^") and pattern.endswith("$")


def _make(parsed: Any, rng: Rng, extra: int, groups: dict[int, str]) -> list[str]:
    out: list[str] = []
    for op, argument in parsed:
        if op is c.LITERAL:
            out.append(chr(argument))
        elif op is c.NOT_LITERAL:
            out.append("a" if argument != ord("a") else "b")
        elif op is c.ANY:
            out.append(_PLAIN[rng.randrange(0, 36)])
        elif op is c.IN:
            letters = _letters(tuple(argument))
            out.append(letters[rng.randrange(0, len(letters))])
        elif op is c.BRANCH:
            options = argument[1]
            out += _make(options[rng.randrange(0, len(options))], rng, extra, groups)
        elif op is c.SUBPATTERN:
            made = "".join(_make(argument[3], rng, extra, groups))
            if argument[0] is not None:
                groups[argument[0]] = made
            out.append(made)
        elif op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            least, most, body = argument
            top = min(int(most), least + extra)
            for _ in range(rng.randrange(least, top + 1) if extra < 8 else top):
                out += _make(body, rng, extra if extra < 8 else 0, groups)
        elif op is c.GROUPREF:
            out.append(groups.get(argument, ""))
        elif op is c.ATOMIC_GROUP:
            out += _make(argument, rng, extra, groups)
        elif op in (c.AT, c.ASSERT_NOT, c.ASSERT):
            continue  # looked at when the finished text is tried against the pattern
        else:
            raise _Hard
    return out


@lru_cache(maxsize=1024)
def _letters(items: tuple[Any, ...]) -> str:
    """The printable characters of a `[...]`: plain letters and digits where it has any."""
    chosen: set[str] = set()
    negated = False
    for op, argument in items:
        if op is c.NEGATE:
            negated = True
        elif op is c.LITERAL:
            chosen.add(chr(argument))
        elif op is c.RANGE:
            low, high = argument
            chosen.update(chr(n) for n in range(low, min(high, low + 512) + 1))
        elif op is c.CATEGORY and argument in _CLASSES:
            chosen.update(_CLASSES[argument])
        else:
            raise _Hard
    if negated:
        chosen = set(_ALL) - chosen
    plain = "".join(letter for letter in _PLAIN + _PLAIN[:26].upper() if letter in chosen)
    return plain or "".join(sorted(chosen))
