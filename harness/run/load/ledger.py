"""All exchanges of a lane as columns, however many: its journal is bounded, these are not."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from email.utils import parsedate_to_datetime

from harness.model.exchange import Exchange
from harness.model.journal import Journal

NONE = -1


class Ledger:
    """Takes from a journal what is new, and is told who comes and goes (`server/door.py`, Porter). Times are the
    lane's own. Reads the journal in pieces, so that no answer waits long for it.

    `lost`: exchanges that the journal dropped before they were read.
    """

    PIECE = 100

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        journal.watch_end = self._ended
        self._seen = 0
        self._open: dict[int, int] = {}
        self.lost = 0
        self.at_s, self.ended_s, self.served_s = array("d"), array("d"), array("d")
        self.retry_after_s = array("d")
        self.status, self.operation, self.fault = array("i"), array("i"), array("i")
        self.connection = array("i")
        self.opened_s, self.closed_s = array("d"), array("d")
        self.host, self.from_port, self.door = array("i"), array("i"), array("i")
        self.operations: dict[str, int] = {}
        self.faults: dict[str, int] = {}
        self.hosts: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.at_s)

    @property
    def going_on(self) -> int:
        """Exchanges that have not ended."""
        return len(self._open)

    def drain(self, most: int | None = PIECE) -> bool:
        """Take what is new, at most so many. Is there more?"""
        new = self._journal.after(self._seen, most)
        if not new:
            return False
        self.lost += new[0].number - self._seen - 1
        for exchange in new:
            self._take(exchange)
        self._seen = new[-1].number
        return len(self._journal) > self._seen

    def most_called(self) -> str | None:
        """The operation that was asked for most; None where none was."""
        counts = Counter(number for number in self.operation if number != NONE)
        names = list(self.operations)
        return names[counts.most_common(1)[0][0]] if counts else None

    # Porter.

    def came(self, connection: int, client: tuple[str, int], port: int, at_s: float) -> None:
        """A connection, by its number: they are counted from 1 without a gap."""
        while len(self.opened_s) < connection - 1:  # one whose handshake failed
            self._connect(math.nan, ("", 0), 0)
        self._connect(at_s, client, port)

    def left(self, connection: int, at_s: float) -> None:
        """It is no more."""
        if connection <= len(self.closed_s):
            self.closed_s[connection - 1] = at_s

    def _connect(self, at_s: float, client: tuple[str, int], port: int) -> None:
        self.opened_s.append(at_s)
        self.closed_s.append(math.nan)
        self.host.append(self.hosts.setdefault(client[0], len(self.hosts)))
        self.from_port.append(client[1])
        self.door.append(port)

    def _take(self, exchange: Exchange) -> None:
        ended_s = exchange.ended_s
        if ended_s is None:
            self._open[exchange.number] = len(self.at_s)
        at_once = ended_s is not None and exchange.outcome == "sent" and not _waits(exchange)
        received_s = exchange.received_s
        self.at_s.append(exchange.at_s)
        self.ended_s.append(math.nan if ended_s is None else ended_s)
        self.served_s.append(
            ended_s - received_s if at_once and ended_s is not None and received_s is not None else math.nan
        )
        status = exchange.status or 0
        self.status.append(status)
        self.retry_after_s.append(math.nan if 0 < status < 400 else asked_wait_s(exchange))
        self.connection.append(exchange.connection)
        operation, fault = exchange.operation, exchange.fault
        known = self.operations
        self.operation.append(NONE if operation is None else known.setdefault(operation, len(known)))
        self.fault.append(NONE if fault is None else self.faults.setdefault(fault, len(self.faults)))

    def _ended(self, exchange: Exchange) -> None:
        row = self._open.pop(exchange.number, None)
        if row is not None:
            self.ended_s[row] = math.nan if exchange.ended_s is None else exchange.ended_s
            self.status[row] = exchange.status or 0


def asked_wait_s(exchange: Exchange) -> float:
    """How long its answer asks to wait by Retry-After (RFC 9110 section 10.2.3); NaN where it does not."""
    text = exchange.response_header("retry-after")
    if text is None:
        return math.nan
    if text.strip().isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        sent = parsedate_to_datetime(exchange.response_header("date") or "")
    except ValueError:
        return math.nan
    return max(0.0, (until - sent).total_seconds())


def _waits(exchange: Exchange) -> bool:
    """Was time spent on the plan's behalf? Faults in the answer itself take none."""
    return any(not fired.fault.startswith(("status.", "body.", "answer.")) for fired in exchange.faults)
