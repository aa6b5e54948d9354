"""Which host leads to which lane, and what becomes of hosts that no provider claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from harness.contract.hosts import ANY_PORT, Hosts, is_loopback
from harness.errors import UsageError
from harness.server.lane import Lane
from harness.server.proxy import Destination, Nobody, Played, Through
from harness.server.upstream import WayOut
from harness.server.visit import Visit

HTTP, HTTPS = 80, 443
NAMELESS = "the client names no host: by an address, or by HTTP/2 alone, nobody knows whom it means"


class Routes:
    """Hosts and the lanes that they lead to. `allowed`: hosts that are let through, as `api.example.com`,
    `*.example.com` or `api.example.com:8443`. `refused`: how often which other host was asked for,
    with its port; empty where none was named. `way_out`: the proxy before a real host.

    UsageError where two lanes claim the same host.
    """

    def __init__(
        self,
        lanes: Iterable[tuple[Lane, Hosts]],
        *,
        allowed: Sequence[str] = (),
        way_out: WayOut = lambda host, secure: None,
    ) -> None:
        self._lanes = tuple(lanes)
        self._way_out = way_out
        self._allowed = tuple(host.lower() for host in allowed)
        self.refused: Counter[str] = Counter()
        owners: dict[tuple[str, int], str] = {}
        for lane, hosts in self._lanes:
            for host, port in hosts.exact:
                other = owners.setdefault((host, port), lane.provider.name)
                if other != lane.provider.name:
                    raise UsageError(
                        f"{other} and {lane.provider.name} both claim {host}; one of them can be mocked at a time"
                    )

    def __call__(self, host: str, port: int) -> Destination:
        """Where a client gets that asks for this host; port 0 where it does not say which."""
        lane = self.claimant(host, port)
        if lane is not None:
            visited = Visit(lane)
            return Played(visited.protocol, not lane.listening, visited.shows, visited.broken_off)
        if is_loopback(host) or self._allows(host, port or HTTPS):
            return Through(self._way_out(host, port != HTTP))
        self.refused[f"{host}:{port or HTTPS}" if host else ""] += 1
        return Nobody(f"no provider claims {host}; --allow {host} lets it through" if host else NAMELESS)

    def claimant(self, host: str, port: int) -> Lane | None:
        """The lane whose provider claims that host the most surely; None where none does."""
        for asked in (port,) if port else (HTTPS, ANY_PORT):
            claims = [(hosts.claim(host, asked), -index) for index, (_, hosts) in enumerate(self._lanes)]
            surest, index = max(claims, default=(0, 0))
            if surest:
                return self._lanes[-index][0]
        return None

    def _allows(self, host: str, port: int) -> bool:
        return any(fnmatchcase(host, one) or fnmatchcase(f"{host}:{port}", one) for one in self._allowed)
