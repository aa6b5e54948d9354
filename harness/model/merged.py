"""One journal of several: what a few processes saw of one lane, in order of time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from heapq import merge

import msgspec

from harness.model.exchange import Exchange
from harness.model.journal import Journal

_Known = tuple[float, int, Exchange]


class Merged:
    """The exchanges of several sources, on one clock, as one journal: numbered anew by when each was entered.

    A source's own order is kept. Numbers once given do not change, so what is settled is only what no source can
    add to any more: see `settle`. Connections get numbers that no two sources share.
    """

    def __init__(self, sources: int) -> None:
        self.journal = Journal()
        self._waiting: list[deque[_Known]] = [deque() for _ in range(sources)]
        self._seen = [0] * sources
        self._latest_s = [0.0] * sources
        self._open: dict[tuple[int, int], int] = {}

    def seen(self, source: int) -> int:
        """The number of the last exchange that was taken from a source."""
        return self._seen[source]

    def open(self, source: int) -> tuple[int, ...]:
        """The source's own numbers of the exchanges that were going on when they were taken."""
        settled = (number for where, number in self._open if where == source)
        waiting = (each.number for _, _, each in self._waiting[source] if each.ended_s is None)
        return (*settled, *waiting)

    def take(self, source: int, exchanges: Iterable[Exchange]) -> None:
        """What a source has to tell: exchanges after `seen`, in its order, and final forms of those of `open`."""
        for exchange in exchanges:
            if exchange.number <= self._seen[source]:
                self._finish(source, exchange)
                continue
            self._seen[source] = exchange.number
            entered_s = exchange.at_s if exchange.received_s is None else exchange.received_s
            self._latest_s[source] = max(self._latest_s[source], entered_s)
            self._waiting[source].append((self._latest_s[source], source, exchange))

    def settle(self, until_s: float) -> None:
        """Number what was entered up to `until_s`: a moment before the sources were asked for what they have."""
        ready: list[list[_Known]] = []
        for waiting in self._waiting:
            ready.append([])
            while waiting and waiting[0][0] <= until_s:
                ready[-1].append(waiting.popleft())
        for _, source, exchange in merge(*ready, key=lambda known: known[:2]):
            number = self.journal.next_number()
            if exchange.ended_s is None:
                self._open[source, exchange.number] = number
            self.journal.enter(self._renumbered(source, exchange, number))

    def lost(self, *, bodies: int, exchanges: int) -> None:
        """So many the sources have dropped in all. What we had taken before is counted, too."""
        self.journal.dropped_bodies = max(self.journal.dropped_bodies, bodies)
        self.journal.dropped_exchanges = max(self.journal.dropped_exchanges, exchanges)

    def _finish(self, source: int, exchange: Exchange) -> None:
        number = self._open.get((source, exchange.number))
        if number is not None:
            self.journal.replace(self._renumbered(source, exchange, number))
            if exchange.ended_s is not None:
                del self._open[source, exchange.number]
            return
        waiting = self._waiting[source]
        for index, (entered_s, _, before) in enumerate(waiting):
            if before.number == exchange.number:
                waiting[index] = (entered_s, source, exchange)

    def _renumbered(self, source: int, exchange: Exchange, number: int) -> Exchange:
        connection = (exchange.connection - 1) * len(self._seen) + source + 1
        return msgspec.structs.replace(exchange, number=number, connection=connection)
