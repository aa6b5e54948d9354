"""Credentials out of what the control API tells: each becomes `<redacted:` and eight digits of its digest `>`.

The digits tell two credentials apart without telling either. The lane's own journal keeps them: the checks on
secrets need them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

from harness.model.message import Headers

SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
"""Header fields whose whole value is a secret, whoever's it is. A scheme (`Bearer`) is left to be read."""

_SCHEME = re.compile(r"(Basic|Bearer|Token|Digest|Negotiate)(\s+)(?=\S)", re.IGNORECASE)


class Redaction:
    """Takes a lane's credentials out of text, out of headers and out of data.

    `headers`, `parameters`: lower case names of further header fields, and of query parameters, that carry a
    credential with this provider.
    """

    def __init__(
        self, secrets: Iterable[str], *, headers: Iterable[str] = (), parameters: Iterable[str] = ()
    ) -> None:
        self._headers = SECRET_HEADERS | {name.lower() for name in headers}
        known = {form: marked(secret) for secret in secrets if secret for form in _forms(secret)}
        # The longest first: one may be the beginning of another.
        found = "|".join(re.escape(form) for form in sorted(known, key=len, reverse=True))
        self._known = known
        self._secret = re.compile(found) if found else None
        names = "|".join(re.escape(name) for name in parameters)
        self._parameter = re.compile(rf"(?i)(^|&)({names})=([^&]+)") if names else None

    def text(self, text: str) -> str:
        """The text without the lane's credentials, plain, percent-encoded or as Basic credentials."""
        return self._secret.sub(lambda found: self._known[found[0]], text) if self._secret else text

    def query(self, query: str) -> str:
        """A query without credentials, also those of parameters that carry one."""
        if self._parameter:
            query = self._parameter.sub(lambda found: f"{found[1]}{found[2]}={marked(found[3])}", query)
        return self.text(query)

    def headers(self, headers: Headers) -> list[list[str]]:
        """The header fields as pairs, with the values of those that carry secrets redacted."""
        return [
            [name, _but_scheme(value) if name in self._headers else self.text(value)]
            for name, value in headers
        ]

    def data(self, value: Any) -> Any:
        """The same JSON-able data with every string in it redacted."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self.data(inner) for key, inner in value.items()}
        return [self.data(inner) for inner in value] if isinstance(value, list | tuple) else value


def marked(secret: str) -> str:
    """What stands in the place of a secret."""
    return f"<redacted:{hashlib.sha256(secret.encode()).hexdigest()[:8]}>"


def _but_scheme(value: str) -> str:
    scheme = _SCHEME.match(value)
    start = scheme.end() if scheme else 0
    return value[:start] + marked(value[start:])


def _forms(secret: str) -> set[str]:
    basic = base64.b64encode(f"{secret}:".encode()).decode()
    return {secret, quote(secret, safe=""), quote_plus(secret), basic}
