"""Where a provider's credentials are sent, and which variables of an environment hold secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.contract.provider import Provider
from harness.contract.security import scheme_nodes
from harness.redaction.names import announced

_SHORTEST = 8


def credential_names(provider: Provider) -> frozenset[str]:
    """The lower case names of headers, parameters and cookies that carry a credential with this provider."""
    nodes = scheme_nodes(provider.contract.document).values()
    names = {str(node.get("name")).lower() for node in nodes if node.get("type") == "apiKey"}
    rules = provider.behaviour.authentication
    return frozenset(names | ({rules.name.lower()} if rules is not None else set()))


def secrets_in(environment: Mapping[str, str]) -> Iterator[str]:
    """The values of variables whose name says that they are secret: `STRIPE_API_KEY`, `DB_PASSWORD`."""
    for name, value in environment.items():
        kind = announced(name)
        if kind and len(value) >= _SHORTEST and not value.startswith("/") and kind != "url":
            yield value
