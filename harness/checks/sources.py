"""The norms that checks rest on, each with its URL. The team's policy is cited by the name of its setting."""

from __future__ import annotations

_RFC_9110 = "https://www.rfc-editor.org/rfc/rfc9110.html#section-"

REPEATS = f"RFC 9110 section 9.2.2, {_RFC_9110}9.2.2"
RETRY_AFTER = f"RFC 9110 section 10.2.3, {_RFC_9110}10.2.3"
UNAUTHORIZED = f"RFC 9110 section 15.5.2, {_RFC_9110}15.5.2"
FORBIDDEN = f"RFC 9110 section 15.5.4, {_RFC_9110}15.5.4"
CLIENT_ERRORS = f"RFC 9110 section 15.5, {_RFC_9110}15.5"
INCOMPLETE = "RFC 9112 section 8, https://www.rfc-editor.org/rfc/rfc9112.html#section-8"
RATE_LIMIT_FIELDS = (
    "IETF RateLimit header fields, https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/"
)
IDEMPOTENCY_KEY = (
    "IETF Idempotency-Key draft, https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/"
)
JITTER = (
    "AWS: exponential backoff and jitter, "
    "https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/"
)
BEARER_IN_URL = "RFC 6750 section 2.3, https://www.rfc-editor.org/rfc/rfc6750.html#section-2.3"
BAD_CERTIFICATE = "RFC 5280 section 6.1 and RFC 9525, https://www.rfc-editor.org/rfc/rfc9525.html#section-6"
OLD_TLS = "RFC 8996 section 4, https://www.rfc-editor.org/rfc/rfc8996.html#section-4"
LOGGED_SECRETS = "CWE-532, https://cwe.mitre.org/data/definitions/532.html"
TOLERANT_READER = (
    "the provider's contract, which allows it; Postel's law as RFC 9413 has it: "
    "https://www.rfc-editor.org/rfc/rfc9413.html"
)
NOT_THE_CONTRACT = (
    "the provider's contract, which does not allow it; CWE-20, https://cwe.mitre.org/data/definitions/20.html"
)
STANDARD_WEBHOOKS = "Standard Webhooks, https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"
DOCUMENT = "the provider's contract"


def policy(setting: str) -> str:
    """A rule of the team's own."""
    return f"team policy: {setting}"
