"""Who may ask: the credentials that an operation takes, and what the schemes themselves promise.

Credentials are compared by what a request shows, not by the names of schemes: a scheme that is renamed is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec

from harness.contract.document import Document
from harness.contract.security import Scheme, guard, scheme_nodes
from harness.contract.yaml import pointer
from harness.drift.documents.comparing import Comparing, brief
from harness.drift.documents.finding import Found, found
from harness.drift.documents.message import shown_request
from harness.drift.documents.pair import Pair, Side
from harness.model.change import Place, Witness
from harness.model.message import Headers, Request

Need: TypeAlias = "dict[Scheme, frozenset[str]]"
"""One alternative: its schemes, and the scopes that each must have."""

_UNDECLARED = "undeclared"
"""What a requirement names and no document says anything of: it cannot be compared."""

_URLS = {
    "authorizationUrl": "the authorization URL",
    "tokenUrl": "the token URL",
    "refreshUrl": "the refresh URL",
}


def security(comparing: Comparing, pair: Pair) -> Iterator[Found]:
    """What changed in the credentials that an operation takes."""
    old, new = needs(pair.old), needs(pair.new)
    if old == new or any(scheme.kind == _UNDECLARED for need in (*old, *new) for scheme in need):
        return
    place = comparing.place(pair, "security", old=_at(pair.old), new=_at(pair.new))
    before, after = _told(old), _told(new)
    sides: dict[str, Any] = {"old_side": before, "new_side": after, "same": ("security",)}
    is_open = [not side or {} in side for side in (old, new)]
    if is_open[0] and is_open[1]:
        return
    if is_open[0]:
        yield found("security.added", place, proof=lambda: _refused(comparing, pair, {}), new=after, **sides)
        return
    if is_open[1]:
        yield found("security.removed", place, old=before, **sides)
        return
    for need in old:
        if any(_suffices(need, other) for other in new):
            continue
        wider = next((other for other in new if other.keys() <= need.keys()), None)
        if wider is None:
            yield found(
                "security.alternative.removed",
                place,
                proof=_proof(comparing, pair, need),
                old=_named(need),
                new=after,
                **sides,
            )
            continue
        for scheme, scopes in wider.items():
            for scope in sorted(scopes - need[scheme]):
                yield found(
                    "security.scope.added",
                    place,
                    proof=lambda: "which scopes a token has, no request shows",
                    name=_of(scheme),
                    new=scope,
                    **_also(sides, scope),
                )
    for need in new:
        if any(_suffices(other, need) and _suffices(need, other) for other in old):
            continue
        same = next((other for other in old if other.keys() == need.keys()), None)
        if same is None:
            if any(other.keys() < need.keys() for other in (*old, *new)):
                continue
            yield found("security.alternative.added", place, new=_named(need), **_also(sides, _named(need)))
            continue
        for scheme, scopes in same.items():
            for scope in sorted(scopes - need[scheme]):
                yield found(
                    "security.scope.removed", place, name=_of(scheme), old=scope, **_also(sides, scope)
                )


def needs(side: Side) -> list[Need]:
    """The alternatives of an operation; none where no credential is needed, an empty one where none may do."""
    document = side.contract.document
    declared = side.node.get("security", document.root.get("security"))
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


def _suffices(shown: Need, wanted: Need) -> bool:
    """Is who shows the one good for the other?"""
    return all(scheme in shown and scopes <= shown[scheme] for scheme, scopes in wanted.items())


def _proof(comparing: Comparing, pair: Pair, need: Need) -> Any:
    return lambda: _refused(comparing, pair, need)


def _refused(comparing: Comparing, pair: Pair, need: Need) -> Witness | str:
    """A request with just that credential."""
    asked = comparing.old_says.asked(pair.old).to(pair.old)
    request = with_credentials(asked, need)
    fits = [side.compiled.guard.admits(request) for side in (pair.old, pair.new)]
    if fits != [True, False]:
        return "what a request shows is the same; what it is worth, no document tells"
    refusal = f"none of the credentials that are taken is shown; taken are {_told(needs(pair.new))}"
    return Witness("request", shown_request(pair.old, request), None, True, False, refusal=refusal)


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


def _at(side: Side) -> str:
    return f"{side.at}/security" if "security" in side.node else "/security"


def _told(alternatives: list[Need]) -> str:
    return " or ".join(_named(need) for need in alternatives) or "none"


def _named(need: Need) -> str:
    return " and ".join(_of(scheme) + _scoped(scopes) for scheme, scopes in need.items()) or "none"


def _scoped(scopes: frozenset[str]) -> str:
    return f" ({', '.join(sorted(scopes))})" if scopes else ""


def _of(scheme: Scheme) -> str:
    if scheme.kind == "api_key":
        return f"an API key in the {scheme.where} {scheme.name}"
    kinds = {"oauth2": "an OAuth 2 token", "openid": "an OpenID token", "mutual_tls": "a client certificate"}
    return kinds.get(scheme.kind, f"{scheme.kind} authorization")


def _also(sides: dict[str, Any], word: str) -> dict[str, Any]:
    """The sides of a finding that is only the same as others of this word."""
    return {**sides, "same": ("security", word)}


def schemes(comparing: Comparing) -> Iterator[Found]:
    """What changed in the schemes themselves."""
    old, new = scheme_nodes(comparing.old.document), scheme_nodes(comparing.new.document)
    if old == new:
        return
    renamed = _renamed(old, new)
    for name in dict.fromkeys((*old, *new)):
        if name in renamed:
            continue
        at = pointer(["components", "securitySchemes", name])
        place = Place(
            part="security",
            value="",
            old=_origin(comparing.old.document, at) if name in old else "",
            new=_origin(comparing.new.document, at) if name in new else "",
        )
        if name not in new:
            yield found("security.scheme.removed", place, old_side=brief(old[name]), name=name)
        elif name not in old:
            yield found("security.scheme.added", place, new_side=brief(new[name]), name=name)
        elif old[name] != new[name]:
            yield from _changed(place, name, old[name], new[name])


def _renamed(old: dict[str, Any], new: dict[str, Any]) -> set[str]:
    """The names of schemes that one side alone has, of which the other side has the same by another name."""
    gone, come = (
        {each: _meant(node) for each, node in one.items() if each not in other}
        for one, other in ((old, new), (new, old))
    )
    out: set[str] = set()
    for name, scheme in gone.items():
        same = next((other for other, each in come.items() if each == scheme and other not in out), None)
        out |= {name, same} if same is not None else set()
    return out


def _meant(node: Any) -> Any:
    """What a scheme asks for, whatever is said of it."""
    if not isinstance(node, dict):
        return node
    told = {word: value for word, value in node.items() if word != "description"}
    return told | ({"scheme": told["scheme"].lower()} if isinstance(told.get("scheme"), str) else {})


def _origin(document: Document, at: str) -> str:
    return document.origin(at)


def _changed(place: Place, name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Found]:
    sides: dict[str, Any] = {"old_side": brief(old), "new_side": brief(new)}
    before, after = _kind(old), _kind(new)
    if before != after:
        yield found("security.scheme.changed", place, name=name, old=before, new=after, **sides)
        return
    if old.get("openIdConnectUrl") != new.get("openIdConnectUrl"):
        yield _url(place, name, "the OpenID Connect URL", old, new, "openIdConnectUrl", sides)
    ours, theirs = _flows(old), _flows(new)
    for flow in dict.fromkeys((*ours, *theirs)):
        if flow not in theirs:
            yield found("security.flow.removed", place, name=name, old=flow, **sides)
        elif flow not in ours:
            yield found("security.flow.added", place, name=name, new=flow, **sides)
        else:
            for key, what in _URLS.items():
                if ours[flow].get(key) != theirs[flow].get(key):
                    yield _url(place, name, what, ours[flow], theirs[flow], key, sides)
    before_scopes, after_scopes = _scopes(ours), _scopes(theirs)
    for scope in before_scopes:
        if scope not in after_scopes:
            yield found("security.offered-scope.removed", place, name=name, old=scope, **sides)
    for scope in after_scopes:
        if scope not in before_scopes:
            yield found("security.offered-scope.added", place, name=name, new=scope, **sides)


def _url(
    place: Place,
    name: str,
    what: str,
    old: dict[str, Any],
    new: dict[str, Any],
    key: str,
    sides: dict[str, Any],
) -> Found:
    before, after = str(old.get(key, "none")), str(new.get(key, "none"))
    return found("security.url.changed", place, name=name, what=what, old=before, new=after, **sides)


def _kind(node: dict[str, Any]) -> str:
    """What a request shows of a scheme: names of headers and of HTTP's schemes are the same in any case."""
    scheme, where, name = (str(node.get(key) or "") for key in ("scheme", "in", "name"))
    parts = (node.get("type"), scheme.lower(), where, name.lower() if where == "header" else name)
    return " ".join(str(part) for part in parts if part)


def _flows(node: dict[str, Any]) -> dict[str, dict[str, Any]]:
    flows = node.get("flows")
    return {k: v for k, v in flows.items() if isinstance(v, dict)} if isinstance(flows, dict) else {}


def _scopes(flows: dict[str, dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(str(s) for flow in flows.values() for s in (flow.get("scopes") or ())))
