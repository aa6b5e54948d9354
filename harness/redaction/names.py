"""Which names announce a secret: of header fields, parameters, cookies, members of JSON and XML, and variables."""

from __future__ import annotations

import re
from functools import lru_cache

SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "authentication"}
)
"""Header fields whose whole value is a secret, whoever's it is."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_NOUNS = {
    "token": "token",
    "secret": "secret",
    "password": "password",
    "passwd": "password",
    "pwd": "password",
    "pass": "password",
    "pin": "otp",
    "passphrase": "password",
    "passcode": "password",
    "authorization": "authorization",
    "auth": "authorization",
    "apikey": "key",
    "credential": "credential",
    "credentials": "credential",
    "signature": "signature",
    "sig": "signature",
    "otp": "otp",
    "totp": "otp",
    "cvc": "cvc",
    "cvv": "cvc",
    "jwt": "token",
    "bearer": "token",
    "assertion": "token",
    "sessionid": "session",
    "sessid": "session",
    "jsessionid": "session",
    "csrf": "token",
    "xsrf": "token",
    "csrftoken": "token",
    "authtoken": "token",
    "accesstoken": "token",
    "refreshtoken": "token",
    "clientsecret": "secret",
    "tokens": "token",
    "secrets": "secret",
    "passwords": "password",
}
"""The last word of a name, and the kind of secret that it announces."""

_PAIRS = {
    ("api", "key"),
    ("access", "key"),
    ("private", "key"),
    ("secret", "key"),
    ("signing", "key"),
    ("encryption", "key"),
    ("master", "key"),
    ("account", "key"),
    ("auth", "key"),
    ("license", "key"),
    ("subscription", "key"),
    ("session", "key"),
    ("publishable", "key"),
    ("session", "id"),
    ("security", "code"),
    ("auth", "code"),
    ("authorization", "code"),
    ("device", "code"),
    ("recovery", "code"),
    ("recovery", "codes"),
    ("code", "verifier"),
    ("webhook", "url"),
    ("connection", "string"),
    ("password", "hash"),
}
_PAIR_KINDS = {"key": "key", "id": "session", "url": "url", "string": "url", "hash": "password"}

_HARMLESS = frozenset(
    {"page", "next", "previous", "prev", "continuation", "sync", "cursor", "pagination", "max"}
)
"""Words before `token` of what is no secret: it turns pages, or counts."""

_AFTER = frozenset({"value", "b64", "base64", "encoded", "raw", "plain", "plaintext", "text", "header"})
"""Words after a noun that leave it one: `secret_value`, `Password2`."""

_IDENTITIES = frozenset(
    {"id", "ids", "sha", "oid", "hash", "digest", "checksum", "md5", "sha1", "sha256", "fingerprint", "etag"}
    | {
        "cursor",
        "after",
        "before",
        "page",
        "integrity",
        "version",
        "trace",
        "traceparent",
        "ray",
        "uuid",
        "guid",
    }
    | {"boundary", "type", "agent", "server", "policy", "date", "vary", "encoding", "via", "location"}
    | {"idempotency", "model", "name", "locale", "language", "timezone"}
)
"""The last word of names whose values look random and are no secret: what joins one exchange to another."""


@lru_cache(4096)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: `X-Api-Key`, `apiKey` and `api_key` have the same."""
    return tuple(word.lower() for word in _WORDS.findall(name))


@lru_cache(4096)
def announced(name: str) -> str:
    """The kind of secret that a name announces (`token`, `password`, ...); empty for none."""
    words = list(words_of(name))
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in _AFTER):
        words.pop()
    if not words:
        return ""
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if (before, last) in _PAIRS:
        return _PAIR_KINDS.get(last, "code")
    if last in ("token", "tokens") and (before in _HARMLESS or "page" in words):
        return ""
    return _NOUNS.get(last, "")


@lru_cache(4096)
def is_identity(name: str) -> bool:
    """Does the name say that its value tells one thing from another, so that it has to stay as it is?"""
    words = words_of(name)
    if not words or announced(name):
        return False
    return words[-1] in _IDENTITIES or (len(words) > 1 and words[-1] in ("key", "token", "number"))
