"""Who asks: what an operation's security requirements want, and whether a request shows it."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import unquote_plus

import msgspec

from harness.contract.document import Document
from harness.model.message import Request

Check: TypeAlias = "Callable[[Request], bool]"

TOKEN_PLACE = re.compile(r"(/(access_)?token|/access_tokens|/oauth2?(/.*)?)$")
"""Where tokens are given out: the paths that RFC 6749 and its users have for such an endpoint."""


class Scheme(msgspec.Struct, frozen=True):
    """One way to show who asks. `kind`: bearer, basic, api_key, oauth2, openid, or another HTTP scheme's name.
    `name`: of the header (lower case), query parameter or cookie that carries it. `where` is empty for what no
    request shows, such as mutual TLS."""

    kind: str
    name: str = "authorization"
    where: str = "header"


class Guard:
    """The security of one operation, compiled: `alternatives` of combined schemes, none where none is needed."""

    def __init__(self, alternatives: tuple[tuple[Scheme, ...], ...]) -> None:
        self.alternatives = alternatives
        self._checks = tuple(tuple(_check(scheme) for scheme in every) for every in alternatives)

    def admits(self, request: Request) -> bool:
        """Does the request show a credential of every scheme of one alternative? What it is worth is not asked."""
        # hot: compiled once per operation.
        if not self._checks:
            return True
        for every in self._checks:
            for check in every:
                if not check(request):
                    break
            else:
                return True
        return False


def guard(document: Document, operation: dict[str, Any]) -> Guard:
    """The guard of an operation of the document: by its own security, else the document's.

    A scheme that is declared nowhere asks for nothing.
    """
    needs = operation.get("security", document.root.get("security"))
    nodes = scheme_nodes(document)
    found: dict[tuple[Scheme, ...], None] = {}
    for need in needs if isinstance(needs, list) else ():
        if isinstance(need, dict):
            # OpenAPI 3.2 also names a scheme by its reference.
            by_ref = {name: document.follow({"$ref": name}) for name in need if name.startswith("#/")}
            known = {**nodes, **by_ref}
            found[tuple(_scheme(known[name]) for name in need if name in known)] = None
    return Guard(tuple(found))


def scheme_nodes(document: Document) -> dict[str, dict[str, Any]]:
    """The security schemes that the document declares, by name."""
    components = document.root.get("components")
    nodes = components.get("securitySchemes") if isinstance(components, dict) else None
    if not isinstance(nodes, dict):
        return {}
    return {name: document.follow(node) for name, node in nodes.items()}


def _scheme(node: dict[str, Any]) -> Scheme:
    kind = str(node.get("type"))
    if kind == "apiKey":
        where = str(node.get("in", "header"))
        name = str(node.get("name", ""))
        return Scheme("api_key", name.lower() if where == "header" else name, where)
    if kind == "http":
        return Scheme(str(node.get("scheme", "bearer")).lower())
    if kind in ("oauth2", "openIdConnect"):
        return Scheme("openid" if kind == "openIdConnect" else kind)
    return Scheme("mutual_tls" if kind == "mutualTLS" else kind, "", "")


def _check(scheme: Scheme) -> Check:
    name = scheme.name
    if scheme.where == "query":
        return lambda request: _names_in(request.query, name)
    if scheme.where == "cookie":
        return lambda request: _has_cookie(request.header("cookie") or "", name)
    if scheme.where != "header":
        return lambda request: True
    if scheme.kind == "api_key":
        return lambda request: request.header(name) is not None
    if scheme.kind in ("oauth2", "openid"):
        return _has_token
    if scheme.kind == "basic":
        return lambda request: _is_pair(after_scheme(request, "basic"))
    return lambda request: after_scheme(request, scheme.kind) is not None


def _has_token(request: Request) -> bool:
    """Is there a token? How one is presented is its own affair (RFC 6749 section 7.1), but a password is none."""
    sent = request.header("authorization")
    return sent is not None and sent.partition(" ")[0].lower() not in ("basic", "digest")


def _is_pair(encoded: str | None) -> bool:
    """Is it a name and a password? RFC 7617 section 2: base64, with a colon between them."""
    try:
        return encoded is not None and b":" in b64decode(encoded, validate=True)
    except ValueError:
        return False


def after_scheme(request: Request, scheme: str) -> str | None:
    """What follows the (lower case) scheme in the Authorization header; None where it is another, or nothing."""
    name, _, rest = (request.header("authorization") or "").partition(" ")
    return rest.strip() or None if name.lower() == scheme else None


def _names_in(query: str, name: str) -> bool:
    return any(unquote_plus(part.partition("=")[0]) == name for part in query.split("&")) if query else False


def _has_cookie(header: str, name: str) -> bool:
    return any(pair.partition("=")[0].strip() == name for pair in header.split(";"))
