"""Credentials: what a lane is given, and whether a request carries a well-formed one.

By default any credential of the right look, sent in the right way, is accepted: clients under test often carry
keys of their own, and a mock has no accounts. A document without behaviour asks by its security schemes only
that something is there.
"""

from __future__ import annotations

from base64 import b64decode
from urllib.parse import parse_qsl

from harness.contract.behaviour import Authentication, Behaviour
from harness.contract.contract import Contract, Operation
from harness.contract.error_answer import token
from harness.contract.security import after_scheme
from harness.model.clock import Rng
from harness.model.exchange import Deviation
from harness.model.message import Request


def issue(contract: Contract, behaviour: Behaviour, rng: Rng) -> dict[str, str]:
    """The lane's canary credentials: `api_key` as the provider's look, and a `webhook_secret`.

    Both are random enough that finding one anywhere means that it leaked.
    """
    rules = behaviour.authentication or Authentication(source="")
    prefix = rules.issued_prefix or rules.prefix
    return {
        "api_key": prefix + token(rng, max(rules.length, 16)),
        "webhook_secret": "whsec_" + token(rng, 32),
    }


def refusal(
    request: Request, operation: Operation, *, contract: Contract, behaviour: Behaviour
) -> Deviation | None:
    """Why the request is not authorised; None where it is, or where the operation needs no credential."""
    guard = contract.guard(operation)
    rules = behaviour.authentication
    if rules is None:
        if guard.admits(request):
            return None
        # Google's documents ask for two schemes that are sent as one and the same credential.
        ways = [
            " and ".join(dict.fromkeys(f"{each.name} ({each.kind})" for each in every))
            for every in guard.alternatives
        ]
        wanted = " or ".join(dict.fromkeys(ways))
        return _refusal("missing", f"no credential: {wanted} is asked for", "authorization")
    if not guard.alternatives:
        return None
    credential, sent = presented(request, rules)
    if credential is None:
        if sent:
            return _refusal("invalid", f"not sent as one of {', '.join(rules.accepts)}", rules.name)
        # An empty combination among the alternatives: anonymous requests are served too.
        return None if () in guard.alternatives else _refusal("missing", "no credential was sent", rules.name)
    if not credential.startswith(rules.prefixes or rules.prefix):
        begins = " or ".join(map(repr, rules.prefixes or (rules.prefix,)))
        return _refusal("invalid", f"the credential does not begin with {begins}", rules.name)
    return None


def stranger(
    request: Request,
    operation: Operation,
    contract: Contract,
    behaviour: Behaviour,
    credentials: dict[str, str],
) -> Deviation | None:
    """The refusal of a credential that is not the lane's own; None for the lane's, or where none is needed."""
    if not contract.guard(operation).alternatives:
        return None
    rules = behaviour.authentication or Authentication(
        source="", accepts=("bearer", "token", "basic_username")
    )
    if presented(request, rules)[0] == credentials.get("api_key"):
        return None
    return _refusal("invalid", "not the credential of this lane", rules.name)


def presented(request: Request, rules: Authentication) -> tuple[str | None, bool]:
    """The credential, where it was sent in one of the accepted ways, and whether anything was sent at all."""
    for way in rules.accepts:
        match way:
            case "bearer" | "token":
                found = after_scheme(request, way)
            case "basic":
                found = _basic(request)
            case "basic_username":
                found = _basic(request)
                found = found.partition(":")[0] if found is not None else None
            case "header":
                found = request.header(rules.name.lower())
            case "query":
                found = dict(parse_qsl(request.query)).get(rules.name)
        if found:
            return found, True
    return None, request.header("authorization") is not None or request.header(rules.name.lower()) is not None


def _refusal(keyword: str, message: str, name: str) -> Deviation:
    return Deviation("security", f"/{name}", message, keyword)


def _basic(request: Request) -> str | None:
    encoded = after_scheme(request, "basic")
    if encoded is None:
        return None
    try:
        return b64decode(encoded, validate=True).decode()
    except ValueError:  # not ASCII, not base64, or not text
        return None
