"""Secrets that are known, found in a text in whatever way they are written there, and marks in their places."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote, quote_plus

from harness.redaction.fields import Write
from harness.redaction.looks import unpacked_octets

CERTAIN = 12
"""So many characters are no accident: they are the secret also in the middle of a word."""

_OF_BASE64 = 6
"""The least that is looked for in base64, where anything shorter comes about by chance."""

_RUN = re.compile(r"[A-Za-z0-9+/_\-]{12,}={0,2}")


class Mask:
    """Puts marks in the places of secrets: `marks` says which. A secret may stand there as it is, percent-encoded,
    escaped as in JSON or XML, in hexadecimal, in capitals, within base64. What is shorter than `certain` characters
    is found only where no letter or digit stands beside it."""

    def __init__(self, marks: Mapping[str, str], *, certain: int = CERTAIN) -> None:
        self._marks: dict[str, str] = {}
        for secret, mark in marks.items():
            for form in _forms(secret):
                self._marks.setdefault(form, mark)
        # The longest first: one may be the beginning of another.
        patterns = [
            re.escape(form) if len(form) >= certain else rf"(?<![A-Za-z0-9]){re.escape(form)}(?![A-Za-z0-9])"
            for form in sorted(self._marks, key=len, reverse=True)
        ]
        octets = [re.escape(secret) for secret in marks if len(secret) >= _OF_BASE64]
        self._text = re.compile("|".join(patterns)) if patterns else None
        self._octets = re.compile("|".join(octets).encode()) if octets else None

    def text(self, text: str, *, encoded: Callable[[str], str] | None = None, write: Write = str) -> str:
        """The text with marks. `encoded`: gives the mark of a text in base64 that says a secret."""
        if self._text is None:
            return text
        text = self._text.sub(lambda found: write(self._marks[found[0]]), text)
        if encoded is not None and self._octets is not None:
            text = _RUN.sub(lambda found: encoded(found[0]) if self._says(found[0]) else found[0], text)
        return text

    def _says(self, run: str) -> bool:
        assert self._octets is not None
        # Something may stand before it, so that it does not begin where a group of four does.
        return any(self._octets.search(unpacked_octets(run[start:])) for start in range(4))


def _forms(secret: str) -> Iterator[str]:
    yield secret
    for encoded in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield encoded
        yield re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), encoded)
    for ascii_only in (True, False):
        escaped = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield escaped
        yield escaped.replace("/", "\\/")
    yield secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    yield secret.encode("utf-8", "replace").hex()
    if len(secret) >= CERTAIN:
        yield secret.upper()
        yield secret.lower()
