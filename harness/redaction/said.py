"""Whether a value that stands beside a name is a secret, and whether a mark stands there already."""

from __future__ import annotations

import re
from urllib.parse import quote_plus, unquote

from harness.redaction.fields import Field
from harness.redaction.looks import MARK
from harness.redaction.names import announced

_SAYS_NOTHING = frozenset(
    {"true", "false", "null", "none", "undefined", "nil", "required", "optional", "enabled", "disabled"}
    | {"basic", "bearer", "token", "password", "secret", "api_key", "oauth", "oauth2", "anonymous"}
    | {"public", "private"}
)
_COUNTS = re.compile(r"-?\d{1,9}(?:\.\d+)?")
_MAY_COUNT = frozenset({"token", "credential", "authorization", "signature", "secret"})
"""Kinds of secrets whose names are those of numbers, too: `total_tokens`."""


def kind_of(name: str, value: str) -> str:
    """The kind of secret that a value is by its name; empty where it is none."""
    return _unless_harmless(announced(name), value)


def kind_in_query(name: str, value: str, carriers: frozenset[str]) -> str:
    """The same in a query, where less of a name is enough. `carriers`: lower case names that carry a credential."""
    if name in ("key", "code") and len(value) >= 16:
        return _unless_harmless("key", value)
    return _unless_harmless("credential" if name.lower() in carriers else announced(name), value)


def is_said(pair: Field) -> bool:
    """Is it a secret that stands beside its name in a text? Prose may say `token: string`, too."""
    looks = (
        any(letter.isdigit() for letter in pair.value) or len(pair.value) >= 16 or pair.write is quote_plus
    )
    return looks and bool(kind_of(pair.name, pair.value))


def is_told_by_itself(secret: str) -> bool:
    """Is it a secret wherever it stands, and not only where its name says so? `test`, `1234` are ordinary texts."""
    if len(secret) < 6 or is_marked(secret):
        return False
    if secret.isdigit():
        return len(secret) >= 8
    return len(secret) >= 12 or not secret.isalpha()


def is_marked(text: str) -> bool:
    """Does a mark stand in it already, as it is or percent-encoded?"""
    return bool(MARK.search(unquote(text)))


def marks_in(text: str) -> set[str]:
    """The different marks in a text, also those that are written as addresses and XML have it."""
    bare = re.sub(r"%3C|%3A|%3E", lambda found: unquote(found[0]), text)
    return set(MARK.findall(bare.replace("&lt;", "<").replace("&gt;", ">")))


def _unless_harmless(kind: str, value: str) -> str:
    if not kind or value.lower() in _SAYS_NOTHING or is_marked(value):
        return ""
    if kind in _MAY_COUNT and _COUNTS.fullmatch(value):
        return ""
    if kind == "url":
        return kind if "://" in value else ""
    if kind == "password":
        is_sentence = value.count(" ") > 3 and not any(letter.isdigit() for letter in value)
        return "" if is_sentence else kind
    points_elsewhere = value.startswith(("http://", "https://", "{", "[")) or value.count(" ") > 1
    return "" if points_elsewhere else kind
