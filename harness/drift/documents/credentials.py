"""Credentials: what a list of requirements wants to see, in words, and as a request shows it."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from harness.contract.document import Document
from harness.contract.security import Scheme, guard, scheme_nodes
from harness.model.message import Headers, Request

Need: TypeAlias = "dict[Scheme, frozenset[str]]"
"""One alternative: its schemes, and the scopes that each must have."""

_UNDECLARED = "undeclared"
"""What a requirement names and no document says anything of: it cannot be compared."""


def needs(document: Document, declared: Any) -> list[Need]:
    """The alternatives among the requirements of an operation; none where no credential is needed, an empty one where
    none may do."""
    nodes = scheme_nodes(document)
    out: list[Need] = []
    for requirement in declared if isinstance(declared, list) else ():
        if not isinstance(requirement, dict):
            continue
        need: Need = {}
        for name, scopes in requirement.items():
            if name not in nodes and not name.startswith("#/"):
                need[Scheme(_UNDECLARED, name, "")] = frozenset()
                continue
            alone = guard(document, {"security": [{name: scopes}]}).alternatives
            schemes = alone[0] if alone else ()
            if schemes:
                wanted = (
                    frozenset(str(scope) for scope in scopes) if isinstance(scopes, list) else frozenset()
                )
                need[schemes[0]] = need.get(schemes[0], frozenset()) | wanted
        if need not in out:
            out.append(need)
    return out


def are_known(*sides: list[Need]) -> bool:
    """Does a document declare each scheme that is named?"""
    return all(scheme.kind != _UNDECLARED for side in sides for need in side for scheme in need)


def suffices(shown: Need, wanted: Need) -> bool:
    """Is who shows the one good for the other?"""
    return all(scheme in shown and scopes <= shown[scheme] for scheme, scopes in wanted.items())


def with_credentials(request: Request, need: Need) -> Request:
    """The request with a made-up credential of each scheme."""
    headers: list[tuple[str, str]] = []
    query: list[str] = []
    for scheme in need:
        if scheme.where == "query":
            query.append(f"{scheme.name}=made-up")
        elif scheme.where == "cookie":
            headers.append(("cookie", f"{scheme.name}=made-up"))
        elif scheme.kind == "api_key":
            headers.append((scheme.name, "made-up"))
        elif scheme.where == "header":
            headers.append(("authorization", _authorization(scheme)))
    return _extended(request, tuple(headers), query)


def _authorization(scheme: Scheme) -> str:
    if scheme.kind == "basic":
        return "Basic bWFkZTp1cA=="
    return f"{'Bearer' if scheme.kind in ('oauth2', 'openid', 'bearer') else scheme.kind} made-up"


def _extended(request: Request, headers: Headers, query: list[str]) -> Request:
    whole = "&".join((*([request.query] if request.query else []), *query))
    return msgspec.structs.replace(
        request,
        target=f"{request.path}?{whole}" if whole else request.path,
        query=whole,
        headers=(*request.headers, *headers),
    )


def told(alternatives: list[Need]) -> str:
    """All alternatives in words."""
    return " or ".join(named(need) for need in alternatives) or "none"


def named(need: Need) -> str:
    """One alternative in words."""
    return " and ".join(of_scheme(scheme) + _scoped(scopes) for scheme, scopes in need.items()) or "none"


def _scoped(scopes: frozenset[str]) -> str:
    return f" ({', '.join(sorted(scopes))})" if scopes else ""


def of_scheme(scheme: Scheme) -> str:
    """What is shown by a scheme, in words."""
    if scheme.kind == "api_key":
        return f"an API key in the {scheme.where} {scheme.name}"
    kinds = {"oauth2": "an OAuth 2 token", "openid": "an OpenID token", "mutual_tls": "a client certificate"}
    return kinds.get(scheme.kind, f"{scheme.kind} authorization")
