"""Which hosts are a provider's: those of the server URLs in its document and on its card."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

_VARIABLE = re.compile(r"\{[^{}/]*\}")
_SCHEME_OPEN = re.compile(r"^\{[^{}/]*\}://")
_ANYTHING = r"[a-z0-9_.-]+"
"""What a variable may stand for. Some stand for the dot between two labels."""

_LOOPBACK = re.compile(r"localhost|.*\.localhost|127\.[0-9.]+|0\.0\.0\.0|::1?", re.IGNORECASE)

ANY_PORT = 0
USUAL_PORTS = {"http": 80, "https": 443, "": 443}


class Hosts(msgspec.Struct, frozen=True):
    """Hosts with their ports. `exact`: host and port; `patterns`: the same for hosts with a variable in them, as
    `{bucket}.s3.amazonaws.com`, which stands for a part of a label or several of them."""

    exact: frozenset[tuple[str, int]] = frozenset()
    patterns: tuple[tuple[str, int], ...] = ()

    def claim(self, host: str, port: int) -> int:
        """How surely that host is meant: 2 by its name, 1 by a pattern, 0 not at all. What is served at 443 is
        at 80, too; `ANY_PORT`: who asks does not say at which."""
        ports = (443, 80) if port == 80 else (port,) if port else self.ports
        if any((host, each) in self.exact for each in ports):
            return 2
        return int(any(its in ports and _fits(pattern, host) for pattern, its in self.patterns))

    @property
    def ports(self) -> frozenset[int]:
        """Those at which they are asked."""
        return frozenset(port for _, port in (*self.exact, *self.patterns))

    @property
    def names(self) -> tuple[str, ...]:
        """As people write them, without a usual port."""
        listed = [*sorted(self.exact), *self.patterns]
        return tuple(dict.fromkeys(host if port in (443, 80) else f"{host}:{port}" for host, port in listed))


def is_loopback(host: str) -> bool:
    """Is it this machine? Then no proxy stands before it."""
    return _LOOPBACK.fullmatch(host) is not None


def hosts_of(urls: Iterable[str]) -> Hosts:
    """The hosts of server URLs, in which variables may stand as `{name}`. Relative ones and this machine have none;
    a host of which a variable leaves less than a domain (`{host}`, `{tenant}.com`) is nobody's in particular."""
    exact: set[tuple[str, int]] = set()
    patterns: dict[tuple[str, int], None] = {}
    for url in urls:
        if "//" not in url and url.startswith("/"):
            continue
        try:
            parts = urlsplit(_SCHEME_OPEN.sub("//", url) if "//" in url else f"//{url}")
            netloc = parts.netloc.rpartition("@")[2].lower()
            host, port_text = _divided(netloc)
            port = int(port_text) if port_text.isdigit() else USUAL_PORTS.get(parts.scheme, 443)
        except ValueError:
            continue
        if not host or is_loopback(host):
            continue
        if "{" not in host:
            exact.add((host.rstrip("."), port))
        elif host.rpartition("}")[2].startswith(".") and host.rpartition("}")[2].count(".") > 1:
            patterns[host, port] = None
    return Hosts(frozenset(exact), tuple(patterns))


def _divided(netloc: str) -> tuple[str, str]:
    if netloc.startswith("["):
        host, _, rest = netloc[1:].partition("]")
        return host, rest.removeprefix(":")
    host, colon, port = netloc.rpartition(":")
    return (host, port) if colon and "}" not in port else (netloc, "")


def _fits(pattern: str, host: str) -> bool:
    literals = map(re.escape, _VARIABLE.split(pattern))
    return re.fullmatch(_ANYTHING.join(literals), host) is not None
