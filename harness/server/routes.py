"""Which host leads to which lane, and what becomes of hosts that no provider claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

import msgspec

from harness.contract.hosts import Hosts, is_loopback
from harness.errors import UsageError
from harness.model.exchange import Exchange, Outcome
from harness.protocols.http1 import Abandoned, Malformed, Received
from harness.server.connection import Coming, Connection
from harness.server.connection import Played as Answer
from harness.server.lane import Lane
from harness.server.proxy import Destination, Nobody, Played, Through


class Routes:
    """Hosts and the lanes that they lead to. `allowed`: hosts that are let through, as `api.example.com`,
    `*.example.com` or `api.example.com:8443`. `refused`: how often which other host was asked for.

    UsageError where two lanes claim the same host.
    """

    def __init__(self, lanes: Iterable[tuple[Lane, Hosts]], *, allowed: Sequence[str] = ()) -> None:
        self._lanes = tuple(lanes)
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
        """Where a client gets that asks for this host."""
        lane = self.claimant(host, port)
        if lane is not None:
            return Played(
                lambda first, once: Connection(_Visited(lane, once), first=first), not lane.listening
            )
        if is_loopback(host) or self._allows(host, port):
            return Through()
        self.refused[f"{host or 'a host without a name'}:{port}"] += 1
        return Nobody(f"no provider claims {host or 'a host without a name'}; --allow {host} lets it through")

    def claimant(self, host: str, port: int) -> Lane | None:
        """The lane whose provider claims that host the most surely; None where none does."""
        claims = [(hosts.claim(host, port), -index) for index, (_, hosts) in enumerate(self._lanes)]
        surest, index = max(claims, default=(0, 0))
        return self._lanes[-index][0] if surest else None

    def _allows(self, host: str, port: int) -> bool:
        return any(fnmatchcase(host, one) or fnmatchcase(f"{host}:{port}", one) for one in self._allowed)


class _Visited:
    """A lane as those see it who come by the proxy. `once`: no more than one request a connection, since the next
    one may be for another host."""

    def __init__(self, lane: Lane, once: bool) -> None:
        self._lane, self._once = lane, once
        self.clock, self.limits, self.outbox = lane.clock, lane.limits, lane.outbox

    def again(self, octets: bytes, connection: int) -> None:
        """Nothing: what the lane remembers are requests that came to its own port, and links lead back there."""

    def handle(self, received: Received, connection: int, octets: bytes = b"") -> bytes | Answer | Coming:
        """As the lane does."""
        request = received.request
        if request.target.startswith("https://"):  # some clients ask a proxy so instead of by CONNECT
            request = msgspec.structs.replace(request, scheme="https")
        keep_alive = received.keep_alive and not self._once
        return self._lane.handle(
            msgspec.structs.replace(received, request=request, keep_alive=keep_alive), connection
        )

    def connected(self, connection: Connection) -> int:
        return self._lane.connected(connection)

    def accept(self, connection: int) -> Answer | None:
        return self._lane.accept(connection)

    def refuse(self, malformed: Malformed, connection: int) -> Answer:
        return self._lane.refuse(malformed, connection)

    def abandoned(self, abandoned: Abandoned, connection: int) -> None:
        self._lane.abandoned(abandoned, connection)

    def ended(self, exchange: Exchange, *, outcome: Outcome, ended_s: float, status: int | None) -> None:
        self._lane.ended(exchange, outcome=outcome, ended_s=ended_s, status=status)

    def disconnected(self, connection: Connection) -> None:
        self._lane.disconnected(connection)
