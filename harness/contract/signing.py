"""How providers sign what they send to webhooks: each scheme is a function from a body to header fields.

A receiver computes the same from the raw body and the secret that it shares with the provider.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Literal, get_args

import msgspec

from harness.model.message import Headers

SchemeName = Literal["stripe", "github", "slack", "standard"]


class Signed(msgspec.Struct, frozen=True):
    """What is signed: the raw body, the event's id, and the epoch second that the signature is to name."""

    body: bytes
    event: str = ""
    at_s: float = 0.0


class Scheme(msgspec.Struct, frozen=True):
    """A way to sign. `header`: the lower case field that carries the signature. `dated`: the signature covers a
    time, so that an old one can be told and a replay of it refused."""

    name: SchemeName
    header: str
    dated: bool
    source: str
    sign: Callable[[Signed, str], Headers]


def _hex(secret: bytes, text: bytes) -> str:
    return hmac.new(secret, text, hashlib.sha256).hexdigest()


def _stripe(signed: Signed, secret: str) -> Headers:
    """`t=<epoch second>,v1=<HMAC-SHA256 of "t.body" in hex>`."""
    at = int(signed.at_s)
    return (("stripe-signature", f"t={at},v1={_hex(secret.encode(), b'%d.%s' % (at, signed.body))}"),)


def _github(signed: Signed, secret: str) -> Headers:
    """`sha256=<HMAC-SHA256 of the body in hex>`."""
    return (("x-hub-signature-256", f"sha256={_hex(secret.encode(), signed.body)}"),)


def _slack(signed: Signed, secret: str) -> Headers:
    """`v0=<HMAC-SHA256 of "v0:t:body" in hex>`, and the time in a field of its own."""
    at = int(signed.at_s)
    signature = _hex(secret.encode(), b"v0:%d:%s" % (at, signed.body))
    return (("x-slack-request-timestamp", str(at)), ("x-slack-signature", f"v0={signature}"))


def _standard(signed: Signed, secret: str) -> Headers:
    """`v1,<HMAC-SHA256 of "id.t.body" in base64>`, with id and time in fields of their own."""
    at = int(signed.at_s)
    text = b"%s.%d.%s" % (signed.event.encode(), at, signed.body)
    made = base64.b64encode(hmac.new(_key(secret), text, hashlib.sha256).digest()).decode()
    return (
        ("webhook-id", signed.event),
        ("webhook-timestamp", str(at)),
        ("webhook-signature", f"v1,{made}"),
    )


def _key(secret: str) -> bytes:
    """A secret of Standard Webhooks is base64 after `whsec_`; any other is taken as it stands."""
    text = secret.removeprefix("whsec_")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return text.encode()


SCHEMES: Mapping[SchemeName, Scheme] = {
    "stripe": Scheme(
        "stripe", "stripe-signature", True, "https://docs.stripe.com/webhooks#verify-manually", _stripe
    ),
    "github": Scheme(
        "github",
        "x-hub-signature-256",
        False,
        "https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries",
        _github,
    ),
    "slack": Scheme(
        "slack",
        "x-slack-signature",
        True,
        "https://docs.slack.dev/authentication/verifying-requests-from-slack",
        _slack,
    ),
    "standard": Scheme(
        "standard",
        "webhook-signature",
        True,
        "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
        _standard,
    ),
}
"""Every scheme by its name in behaviour.yaml. `standard` is the norm where a provider's own is not known."""

assert set(SCHEMES) == set(get_args(SchemeName))
