"""Where a credential goes: what the contract's security says, else what is known of the provider."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote, quote_plus

import msgspec

from harness.contract.contract import Operation
from harness.contract.provider import Provider
from harness.contract.security import Scheme


class Placed(msgspec.Struct, frozen=True):
    """One credential as it goes on the wire. `where`: header, query, cookie, or empty where none is sent."""

    where: str = ""
    name: str = ""
    value: str = ""


class Credential:
    """A secret and the name that stands for it. The secret is in no `repr` and in nothing that is printed."""

    def __init__(self, secret: str, shown: str) -> None:
        self._secret, self.shown = secret, shown

    def __repr__(self) -> str:
        return f"Credential({self.shown})"

    @property
    def forms(self) -> tuple[str, ...]:
        """The secret in every form in which it may come back: as it is, percent-encoded, as Basic carries it."""
        secret = self._secret
        parts = [part for part in secret.split(":") if len(part) >= 8] if ":" in secret else []
        plain = [secret, *parts]
        return tuple(
            dict.fromkeys(
                [*plain, *(quote(p, safe="") for p in plain), *(quote_plus(p) for p in plain), _pair(secret)]
            )
        )

    def placed(self, provider: Provider, operation: Operation) -> tuple[Placed, ...]:
        """What to add to a request for the operation."""
        return _placed(provider, operation, self._secret)

    def example(self, provider: Provider, operation: Operation) -> tuple[Placed, ...]:
        """The same with the name of the environment variable in the secret's place, for a shell."""
        return tuple(
            msgspec.structs.replace(placed, value=placed.value.replace("\0", self.shown))
            for placed in _placed(provider, operation, "\0")
        )


def _placed(provider: Provider, operation: Operation, secret: str) -> tuple[Placed, ...]:
    alternatives = provider.contract.security(operation)
    if alternatives:
        # One credential is all that there is: the alternative that wants the fewest.
        every = min(alternatives, key=lambda schemes: (not schemes, len(schemes)))
        return tuple(_by_scheme(scheme, secret) for scheme in every)
    known = provider.behaviour.authentication
    if known is None:
        return ()
    way = known.accepts[0]
    if way == "query":
        return (Placed("query", known.name, secret),)
    if way == "header":
        return (Placed("header", known.name, secret),)
    if way in ("basic", "basic_username"):
        return (_basic(secret),)
    return (Placed("header", "authorization", f"{'token' if way == 'token' else 'Bearer'} {secret}"),)


def _by_scheme(scheme: Scheme, secret: str) -> Placed:
    if scheme.kind == "api_key":
        return Placed(scheme.where, scheme.name, secret)
    if scheme.kind == "basic":
        return _basic(secret)
    if scheme.where != "header":
        return Placed()
    word = "Bearer" if scheme.kind in ("bearer", "oauth2", "openid") else scheme.kind.capitalize()
    return Placed("header", "authorization", f"{word} {secret}")


def _basic(secret: str) -> Placed:
    if secret == "\0":
        return Placed("user", "", secret)
    return Placed("header", "authorization", f"Basic {_pair(secret)}")


def _pair(secret: str) -> str:
    """RFC 7617: base64 of `name:password`; a credential without a colon is a name with an empty password."""
    return b64encode((secret if ":" in secret else f"{secret}:").encode()).decode()
