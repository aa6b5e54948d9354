"""Known secrets out of what is told of a client or a provider: reports, the control API."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import Any

from harness.model.message import Headers
from harness.redaction.looks import keys_in, random_in
from harness.redaction.mask import Mask
from harness.redaction.names import SECRET_HEADERS

REDACTED = "<redacted>"

_SCHEME = re.compile(r"(Basic|Bearer|Token|Digest|Negotiate)(\s+)(?=\S)", re.IGNORECASE)

_CERTAIN = 6
"""Whoever knows a secret takes it out of the middle of words sooner than one that only looks like it."""


def by_digest(secret: str) -> str:
    """A mark that tells two secrets apart without telling either: eight digits of its digest."""
    return f"<redacted:{hashlib.sha256(secret.encode()).hexdigest()[:8]}>"


def without_keys(text: str) -> str:
    """A text for the eyes of people without what looks like a key, or like chance."""
    found = {*(looks.text for looks in keys_in(text)), *random_in(text)}
    return Redaction(found)(text)


class Redaction:
    """Takes secrets out of text, header fields and data. `mark`: what stands in the place of one. `names`: lower
    case names of header fields and parameters that carry a credential with this provider."""

    def __init__(
        self,
        secrets: Iterable[str],
        *,
        mark: Callable[[str], str] = lambda secret: REDACTED,
        names: Iterable[str] = (),
    ) -> None:
        names = {name.lower() for name in names}
        self._mark, self._headers = mark, SECRET_HEADERS | names
        self._mask = Mask({secret: mark(secret) for secret in secrets if secret}, certain=_CERTAIN)
        announcing = "|".join(re.escape(name) for name in sorted(names))
        self._parameter = re.compile(rf"(?i)(^|&)({announcing})=([^&]+)") if names else None

    def __call__(self, text: str) -> str:
        """The text with a mark in the place of each secret."""
        return self._mask.text(text, encoded=self._mark)

    def query(self, query: str) -> str:
        """A query without secrets, also those of parameters that carry one."""
        if self._parameter:
            query = self._parameter.sub(lambda found: f"{found[1]}{found[2]}={self._mark(found[3])}", query)
        return self(query)

    def headers(self, headers: Headers) -> list[list[str]]:
        """The header fields as pairs, with the values of those that carry secrets marked. A scheme (`Bearer`) is
        left to be read."""
        return [
            [name, self._but_scheme(value) if name in self._headers else self(value)]
            for name, value in headers
        ]

    def data(self, value: Any) -> Any:
        """The same JSON-able data with every string in it redacted."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {self(str(key)): self.data(inner) for key, inner in value.items()}
        return [self.data(inner) for inner in value] if isinstance(value, list | tuple) else value

    def _but_scheme(self, value: str) -> str:
        scheme = _SCHEME.match(value)
        start = scheme.end() if scheme else 0
        return value[:start] + self._mark(value[start:])
