"""Where an operation is asked for: the addresses of its servers, whichever part of them the path says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from harness.contract.match import unnamed
from harness.drift.documents.comparing import Comparing
from harness.drift.documents.finding import Found, found
from harness.drift.documents.pair import Pair, Side
from harness.model.change import Level

_MOST = 100
"""How many values of a variable are looked at."""


def servers(comparing: Comparing, pair: Pair) -> Iterator[Found]:
    """What changed in the addresses at which an operation is asked for."""
    old, new = _nodes(pair.old), _nodes(pair.new)
    if old == new and pair.old.operation.template == pair.new.operation.template:
        return
    ours, theirs = _addresses(pair.old, old), _addresses(pair.new, new)
    if _same(ours, theirs):
        return
    # One with variables is told of once, not for each of their values.
    gone = list(dict.fromkeys(url for address, url in ours.items() if address not in theirs))
    come = list(dict.fromkeys(url for address, url in theirs.items() if address not in ours))
    lost_all = not any(address in theirs for address in ours)
    place = comparing.place(pair, "servers", old=_at(pair.old), new=_at(pair.new))
    sides: dict[str, Any] = {
        "old_side": "\n".join(dict.fromkeys(ours.values())),
        "new_side": "\n".join(dict.fromkeys(theirs.values())),
    }
    before, after = ", ".join(gone), ", ".join(come)
    if not _is_declared(pair.old):
        gone = []
    elif gone and lost_all:
        # Without a word of it, it is served from where the document lies: nobody moved for sure.
        level: Level | None = None if _is_declared(pair.new) else "risky"
        yield found(
            "server.replaced",
            place,
            level=level,
            same=("servers",),
            old=before,
            new=after or "no address",
            **sides,
        )
        return
    for url in gone:
        yield found("server.removed", place, same=("servers", url), old=url, **sides)
    for url in come:
        yield found("server.added", place, same=("servers", url), new=url, **sides)


def _same(ours: dict[str, str], theirs: dict[str, str]) -> bool:
    if ours.keys() == theirs.keys():
        return True
    hosts = [any(address.startswith("//") for address in each) for each in (ours, theirs)]
    if all(hosts):
        return False
    # A relative address is relative to where the document was found: only its path can be compared.
    return {_path(address) for address in ours} == {_path(address) for address in theirs}


def _path(address: str) -> str:
    return "/" + address[2:].partition("/")[2] if address.startswith("//") else address


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


def _addresses(side: Side, nodes: list[Any]) -> dict[str, str]:
    """The written URLs by what they come to with the operation's path: `//host/v1/pets/{}`."""
    path = unnamed(side.operation.template).rstrip("/")
    out: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, dict) and isinstance(node.get("url"), str):
            for url in _variants(node):
                parts = urlsplit(url)
                host = f"//{parts.netloc.lower()}" if parts.netloc else ""
                base = parts.path.rstrip("/")
                base = base if base.startswith("/") or not base else f"/{base}"
                out.setdefault(f"{host}{base}{path}", node["url"])
    return out


def _variants(node: dict[str, Any]) -> Iterator[str]:
    """The URL with each value that its variables may have; those that may have any keep their place."""
    urls = [node["url"]]
    variables = node.get("variables")
    for name, variable in (variables if isinstance(variables, dict) else {}).items():
        known = variable.get("enum") if isinstance(variable, dict) else None
        values = sorted(map(str, known)) if isinstance(known, list) and known else [f"{{{name}}}"]
        urls = [url.replace("{" + name + "}", value) for url in urls for value in values[:_MOST]]
    yield from sorted(urls)[: 5 * _MOST]
