"""What the security schemes themselves promise: what they ask for, where tokens are had, and with which scopes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.contract.security import scheme_nodes
from harness.contract.yaml import pointer
from harness.drift.documents.comparing import Comparing, brief
from harness.drift.documents.finding import Found, found
from harness.model.change import Place

_OF_THE_WHOLE = {
    "openIdConnectUrl": "the OpenID Connect URL",
    "oauth2MetadataUrl": "the URL of the OAuth metadata",
}
_URLS = {
    "authorizationUrl": "the authorization URL",
    "tokenUrl": "the token URL",
    "refreshUrl": "the refresh URL",
    "deviceAuthorizationUrl": "the device authorization URL",
}


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
            old=comparing.old.document.origin(at) if name in old else "",
            new=comparing.new.document.origin(at) if name in new else "",
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


def _changed(place: Place, name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Found]:
    sides: dict[str, Any] = {"old_side": brief(old), "new_side": brief(new)}
    before, after = _kind(old), _kind(new)
    if before != after:
        yield found("security.scheme.changed", place, name=name, old=before, new=after, **sides)
        return
    yield from _said(place, name, old, new, sides)
    yield from _urls(place, name, _OF_THE_WHOLE, old, new, sides)
    ours, theirs = _flows(old), _flows(new)
    for flow in dict.fromkeys((*ours, *theirs)):
        if flow not in theirs:
            yield found("security.flow.removed", place, name=name, old=flow, **sides)
        elif flow not in ours:
            yield found("security.flow.added", place, name=name, new=flow, **sides)
        else:
            yield from _urls(place, name, _URLS, ours[flow], theirs[flow], sides)
    before_scopes, after_scopes = _scopes(ours), _scopes(theirs)
    for scope in before_scopes:
        if scope not in after_scopes:
            yield found("security.offered-scope.removed", place, name=name, old=scope, **sides)
    for scope in after_scopes:
        if scope not in before_scopes:
            yield found("security.offered-scope.added", place, name=name, new=scope, **sides)


def _said(
    place: Place, name: str, old: dict[str, Any], new: dict[str, Any], sides: dict[str, Any]
) -> Iterator[Found]:
    """What is said of a scheme beside what it asks for."""
    had, has = (node.get("deprecated") is True for node in (old, new))
    if had != has:
        rule = "security.scheme.deprecated" if has else "security.scheme.reactivated"
        yield found(rule, place, name=name, **sides)
    before, after = (str(node.get("bearerFormat") or "not told") for node in (old, new))
    if before.lower() != after.lower():
        yield found("security.bearer-format.changed", place, name=name, old=before, new=after, **sides)


def _urls(
    place: Place,
    name: str,
    known: dict[str, str],
    old: dict[str, Any],
    new: dict[str, Any],
    sides: dict[str, Any],
) -> Iterator[Found]:
    for key, what in known.items():
        before, after = (str(node.get(key) or "none") for node in (old, new))
        if before != after:
            yield found(
                "security.url.changed",
                place,
                # Nobody has in a configuration what was not told.
                level="info" if before == "none" else None,
                name=name,
                what=what,
                old=before,
                new=after,
                **sides,
            )


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
