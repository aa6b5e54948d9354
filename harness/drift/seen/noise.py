"""What differs from one answer to the next though nothing has changed: ids, dates, tokens, counters, free text.

Told by how a text is written, by the name beside it, and by what varies in what was seen.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from urllib.parse import unquote

from harness.redaction.looks import MARK
from harness.redaction.names import words_of

STRONG = frozenset(("date-time", "date", "uuid", "email", "uri", "ipv4", "epoch-s", "epoch-ms"))
"""Formats that no text has by chance."""

OF_TIME = frozenset(("date-time", "date", "epoch-s", "epoch-ms"))

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_URI = re.compile(r"[a-z][a-z0-9+.-]*://\S+")
_IPV4 = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")
_TOKEN = re.compile(r"[A-Za-z]+(?:[_\-.][A-Za-z]+)*")
_PREFIXED = re.compile(r"[A-Za-z]{1,12}(?:[_\-][A-Za-z]{1,12})?[_\-](?=[A-Za-z]*\d)[A-Za-z0-9]+")
_LONG = re.compile(r"(?=.*\d)[A-Za-z0-9_\-=.~]{16,}")
_HEX = re.compile(r"(?=.*\d)[0-9a-fA-F]{8,}")
_VERSION = re.compile(r"[vV]\d{1,3}(?:\.\d+)*|\d{1,2}\.\d+")

_CHOICES = frozenset(
    {"status", "state", "type", "kind", "object", "mode", "level", "role", "category", "reason", "method"}
    | {
        "brand",
        "priority",
        "severity",
        "visibility",
        "phase",
        "stage",
        "result",
        "outcome",
        "event",
        "action",
    }
    | {"interval", "unit", "format", "scheme", "plan", "tier"}
)
"""Last words of names whose values are one of a few."""

_FREE = frozenset(
    {
        "name",
        "title",
        "label",
        "description",
        "text",
        "message",
        "summary",
        "comment",
        "note",
        "content",
        "body",
    }
    | {"locale", "language", "lang", "country", "currency", "timezone", "city", "region", "id", "url", "path"}
    | {"query", "cursor", "next", "previous", "user", "owner", "author", "login", "version"}
)
"""Last words of names whose values are whatever they are."""

_MAPS = frozenset({"metadata", "labels", "annotations", "attributes", "extra", "extras", "links", "headers"})
"""Last words of names of objects whose members have names of somebody's choice."""

_TIMES = frozenset(
    {"at", "on", "time", "timestamp", "ts", "date", "created", "updated", "modified", "deleted", "expires"}
    | {
        "expiry",
        "expiration",
        "start",
        "end",
        "since",
        "until",
        "from",
        "to",
        "begin",
        "issued",
        "due",
        "paid",
    }
)


def is_hidden(value: object) -> bool:
    """Does a mark stand where a secret stood? Then nobody knows what it was."""
    return isinstance(value, str) and bool(MARK.search(unquote(value) if "%3C" in value else value))


@lru_cache(8192)
def format_of(text: str) -> str:
    """The format that a text is certainly in (`date-time`, `uuid`, ...); empty for none."""
    if _DATE_TIME.fullmatch(text):
        return "date-time" if _is_moment(text) else ""
    if _DATE.fullmatch(text):
        return "date" if _is_day(text) else ""
    if _UUID.fullmatch(text):
        return "uuid"
    if _URI.fullmatch(text):
        return "uri"
    if _EMAIL.fullmatch(text):
        return "email"
    if _IPV4.fullmatch(text) and all(int(part) < 256 for part in text.split(".")):
        return "ipv4"
    return ""


def epoch_of(name: str, number: float) -> str:
    """`epoch-s` or `epoch-ms` for a number that is a time by its name and its size (2001 to 2100); empty for none."""
    words = words_of(name)
    if not words or not _TIMES.intersection((words[-1], words[0])):
        return ""
    if 1e9 <= number < 4.2e9:
        return "epoch-s"
    return "epoch-ms" if 1e12 <= number < 4.2e12 else ""


@lru_cache(8192)
def names_a_thing(segment: str) -> bool:
    """Is that part of a path an id, by how it is written?"""
    text = unquote(segment)
    if MARK.search(text):
        return True
    if _VERSION.fullmatch(text):
        return False
    if text.isdigit() or format_of(text):
        return True
    return any(kind.fullmatch(text) for kind in (_PREFIXED, _LONG, _HEX))


@lru_cache(8192)
def passes(text: str) -> bool:
    """Is a value one that may be good today and not tomorrow: an id, a date, a cursor, what stands for a secret?"""
    return names_a_thing(text) or bool(re.search(r"\d{4}-\d\d", text))


def is_map(name: str, names: int, objects: int, told: int, odd: int) -> bool:
    """Are the members of an object of somebody's choice? `names`: how many different ones there are in so many
    `objects`, `told` in all; `odd`: how many of the names are ids or dates."""
    words = words_of(name)
    if words and words[-1] in _MAPS:
        return True
    if names and odd * 2 >= names:
        return True
    return names > 12 and objects >= 3 and told < 0.3 * names * objects


def may_be_choice(name: str, values: dict[str, int]) -> bool:
    """May a text be one of a few? `values`: how often each was seen, at different things."""
    words = words_of(name)
    if not values or len(values) > 16 or not all(len(v) <= 40 and _TOKEN.fullmatch(v) for v in values):
        return False
    if words and words[-1] in _FREE:
        return False
    if words and words[-1] in _CHOICES:
        return True
    return 2 <= len(values) <= 8 and min(values.values()) >= 5


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    except ValueError:
        return False
    return True


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
