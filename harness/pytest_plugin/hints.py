"""What would have helped: a resource that the client asked for and that the provider does not know."""

from __future__ import annotations

from collections.abc import Iterable

from harness.contract.behaviour import Resource
from harness.contract.contract import Match
from harness.contract.provider import Provider
from harness.mock.shelf import singular
from harness.model.exchange import Exchange

MOST = 3
"""So many hints are told."""


def hints(name: str, provider: Provider, exchanges: Iterable[Exchange]) -> tuple[str, ...]:
    """For each 404 of the mock itself the line of a test that makes the resource known. `name`: the provider's, as
    the test has it in hand."""
    found = (_given(name, provider, each) for each in exchanges if each.status == 404 and not each.faults)
    lines = tuple(dict.fromkeys(line for line in found if line))
    return tuple(f"to have it there: {line}" for line in lines[:MOST])


def _given(name: str, provider: Provider, exchange: Exchange) -> str | None:
    part = provider.behaviour.parts.get(exchange.operation or "")
    if part is None or exchange.path is None:
        return None
    kind, resource, role = part
    match = provider.contract.match(exchange.method or "", exchange.path)
    if not isinstance(match, Match):
        return None
    parameters = match.path_parameters
    if role in ("create", "list") or not resource.path:
        # What is not there is what the resource would stand below.
        kinds = provider.behaviour.resources.items()
        above = next((each for each in kinds if each[1].path and each[1].path == resource.path[:-1]), None)
        if above is None:
            return None
        kind, resource = above
    if not all(each in parameters for each in resource.path):
        return None
    told = "".join(f", {_told(resource, each, parameters[each])}" for each in resource.path)
    return f"{name.replace('-', '_')}.given({singular(kind)!r}{told})"


def _told(resource: Resource, parameter: str, value: str) -> str:
    if parameter != resource.path[-1]:
        return f"{parameter}={value!r}"
    return f"{resource.id}={value if resource.number and value.isdigit() else repr(value)}"
