"""Where an operation is asked for: the addresses of its servers, whichever part of them the path says."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import msgspec

from harness.contract.match import unnamed
from harness.drift.documents.comparing import Comparing
from harness.drift.documents.finding import Found, found
from harness.drift.documents.pair import Pair, Side
from harness.model.change import Level, Place

_MOST = 100
"""How many values of a variable are looked at."""

_OPEN = "{}"
"""What stands for a name in a path, and for a variable that may be anything."""

_PORTS = {"http": ":80", "ws": ":80", "https": ":443", "wss": ":443"}


class _Address(msgspec.Struct, frozen=True):
    """As it is written, with one value of each variable, where it leads if they are left as they are, and by which
    schemes it is asked for."""

    url: str
    filled: str
    usual: str
    schemes: frozenset[str]


_Addresses: TypeAlias = "dict[str, _Address]"
"""By what they come to with the operation's path: `//host/v1/pets/{}`."""


def servers(comparing: Comparing, pair: Pair) -> Iterator[Found]:
    """What changed in the addresses at which an operation is asked for."""
    old, new = _nodes(pair.old), _nodes(pair.new)
    if old == new and pair.old.operation.template == pair.new.operation.template:
        return
    ours, theirs = _addresses(pair.old, old), _addresses(pair.new, new)
    place = comparing.place(pair, "servers", old=_at(pair.old), new=_at(pair.new))
    sides: dict[str, Any] = {"old_side": _shown(ours), "new_side": _shown(theirs)}
    yield from _schemes(ours, theirs, place, sides)
    yield from _defaults(old, new, place)
    if not _same(ours, theirs):
        yield from _moved(pair, ours, theirs, place, sides)


def _moved(
    pair: Pair, ours: _Addresses, theirs: _Addresses, place: Place, sides: dict[str, Any]
) -> Iterator[Found]:
    gone, come = _alone(ours, theirs), _alone(theirs, ours)
    is_left = any(_is_among(key, theirs) or _is_among(each.usual, theirs) for key, each in ours.items())
    if not _is_declared(pair.old):
        gone = []
    elif gone and not is_left:
        # Without a word of it, it is served from where the document lies: nobody moved for sure.
        level: Level | None = None if _is_declared(pair.new) else "risky"
        yield found(
            "server.replaced",
            place,
            level=level,
            proof=lambda: "which address is meant, no message shows",
            same=("servers",),
            old=", ".join(gone),
            new=", ".join(come) or "no address",
            **sides,
        )
        return
    for url in gone:
        yield found("server.removed", place, same=("servers", url), old=url, **sides)
    for url in come:
        yield found("server.added", place, same=("servers", url), new=url, **sides)


def _alone(addresses: _Addresses, others: _Addresses) -> list[str]:
    """Those that are not among the others. One with variables is told of once, not for each of their values, unless
    it is these that changed."""
    kept = {each.url for each in others.values()}
    found: dict[str, list[str]] = {}
    for key, each in addresses.items():
        if not _is_among(key, others):
            found.setdefault(each.url, []).append(each.filled)
    return [", ".join(filled) if url in kept else url for url, filled in found.items()]


def _schemes(ours: _Addresses, theirs: _Addresses, place: Place, sides: dict[str, Any]) -> Iterator[Found]:
    """By what addresses that are kept are asked for; a relative one goes by what its document was found by."""
    told: dict[tuple[str, str, str], str] = {}
    for key, before in ours.items():
        had, has = before.schemes, theirs[key].schemes if key in theirs else frozenset[str]()
        if had and has and had != has:
            rule = "server.scheme.removed" if had - has else "server.scheme.added"
            told[rule, before.url, _named(had - has)] = _named(has if had - has else has - had)
    for (rule, url, lost), kept in told.items():
        yield found(rule, place, same=("servers", url), url=url, old=lost, new=kept, **sides)


def _named(schemes: frozenset[str]) -> str:
    return ", ".join(sorted(schemes))


def _defaults(old: list[Any], new: list[Any], place: Place) -> Iterator[Found]:
    """What a variable is where nobody says."""
    known = {node["url"]: _variables(node) for node in new if _has_url(node)}
    for node in filter(_has_url, old):
        url = node["url"]
        for name, variable in _variables(node).items():
            before, after = (each.get("default") for each in (variable, known.get(url, {}).get(name, {})))
            if None not in (before, after) and str(before) != str(after):
                yield found(
                    "server.variable.default.changed",
                    place,
                    same=("servers", url, name),
                    name=name,
                    url=url,
                    old=before,
                    new=after,
                )


def _same(ours: _Addresses, theirs: _Addresses) -> bool:
    if ours.keys() == theirs.keys():
        return True
    hosts = [any(address.startswith("//") for address in each) for each in (ours, theirs)]
    if all(hosts):
        return False
    # A relative address is relative to where the document was found: only its path can be compared.
    return {_path(address) for address in ours} == {_path(address) for address in theirs}


def _is_among(key: str, addresses: _Addresses) -> bool:
    """Is it one of these, or what a variable of one may make of that?"""
    return key in addresses or any(
        re.fullmatch(re.escape(other).replace(re.escape(_OPEN), "[^/]*"), key)
        for other, each in addresses.items()
        if "{" in each.filled
    )


def _path(address: str) -> str:
    return "/" + address[2:].partition("/")[2] if address.startswith("//") else address


def _shown(addresses: _Addresses) -> str:
    return "\n".join(dict.fromkeys(each.url for each in addresses.values()))


def _nodes(side: Side) -> list[Any]:
    for owner in (side.node, side.item, side.contract.document.root):
        declared = owner.get("servers")
        if isinstance(declared, list) and declared:
            return declared
    return [{"url": "/"}]


def _is_declared(side: Side) -> bool:
    return any(owner.get("servers") for owner in (side.node, side.item, side.contract.document.root))


def _at(side: Side) -> str:
    if side.node.get("servers"):
        return f"{side.at}/servers"
    return f"{side.above}/servers" if side.item.get("servers") else "/servers"


def _addresses(side: Side, nodes: list[Any]) -> _Addresses:
    path = unnamed(side.operation.template).rstrip("/")
    out: _Addresses = {}
    for node in filter(_has_url, nodes):
        usual = _parted(_usual(node))[1] + path
        for url in _variants(node):
            scheme, address = _parted(url)
            key = address + path
            known = out.get(key, _Address(node["url"], url, usual, frozenset()))
            schemes = known.schemes | ({scheme} if scheme else frozenset())
            out[key] = msgspec.structs.replace(known, schemes=schemes)
    return out


def _parted(url: str) -> tuple[str, str]:
    """The scheme of a URL, and the rest in its normal form: RFC 3986 sections 6.2.2 and 6.2.3. One that nobody can
    read is as it is written."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", url
    host = parts.netloc.lower().removesuffix(_PORTS.get(parts.scheme, ""))
    base = posixpath.normpath("/" + parts.path.lstrip("/")).rstrip("/") if parts.path else ""
    return parts.scheme, unnamed((f"//{host}" if host else "") + base)


def _has_url(node: Any) -> bool:
    return isinstance(node, dict) and isinstance(node.get("url"), str)


def _variables(node: dict[str, Any]) -> dict[str, dict[str, Any]]:
    declared = node.get("variables")
    told = declared.items() if isinstance(declared, dict) else ()
    return {str(name): variable for name, variable in told if isinstance(variable, dict)}


def _usual(node: dict[str, Any]) -> str:
    """The URL with its variables as they are where nobody says."""
    url = str(node["url"])
    for name, variable in _variables(node).items():
        url = url.replace("{" + name + "}", str(variable.get("default", f"{{{name}}}")))
    return url


def _variants(node: dict[str, Any]) -> Iterator[str]:
    """The URL with each value that its variables may have; those that may have any keep their place."""
    urls = [node["url"]]
    for name, variable in _variables(node).items():
        known = variable.get("enum")
        values = sorted(map(str, known)) if isinstance(known, list) and known else [f"{{{name}}}"]
        urls = [url.replace("{" + name + "}", value) for url in urls for value in values[:_MOST]]
    yield from sorted(urls)[: 5 * _MOST]
