"""Heads of requests that came before, byte for byte: clients say most of theirs again and again.

A head that is known needs no parser, no router and no judge; where the answer to a whole request lasts, no answer
needs to be made; and where a head differs from others in its target alone, no parser. What came once is only noted:
much never comes again.
"""

from __future__ import annotations

import re

from harness.faults.progress import Progress
from harness.mock.answer import Reading
from harness.mock.plain import PlainBodies, PlainTargets
from harness.model.exchange import Exchange
from harness.model.journal import Alike
from harness.model.message import Headers, Request, Response
from harness.protocols.http1 import Received, render, with_date

LIMIT_BYTES = 32 * 1024 * 1024
"""What may be kept before all of it is forgotten."""

LONGEST_BYTES = 4096
"""A head that is longer is not kept, and neither is an answer that with its request is 32 times as long."""

LASTING_S = 600.0
"""How long anything is kept: what is sampled has dates in it."""

NOTED = 100_000
"""How many heads that came once are noted before all those notes are thrown away."""

_KEPT_BYTES = 2048
_TARGET = re.compile(rb"/[\w./~%?&=,:@+*()!;\[\]$'-]*", re.ASCII)
"""Targets that are what they seem, whoever reads them."""

_FRAMED_OTHERWISE = frozenset(("transfer-encoding", "content-encoding", "expect", "upgrade"))


class Head:
    """One head: the request without its body, how long that is, and what was asked as far as the head says it.

    `by_body`, `by_target`: what answers by that alone; None where more must be looked at.
    """

    __slots__ = ("_concerned", "_progress", "by_body", "by_target", "length", "reading", "request")

    def __init__(self, request: Request, length: int, reading: Reading) -> None:
        self.request, self.length, self.reading = request, length, reading
        self.by_body: PlainBodies | None = None
        self.by_target: PlainTargets | None = None
        self._progress: Progress | None = None
        self._concerned = False

    def concerns(self, progress: Progress | None) -> bool:
        """Has a plan anything to do with such a request?"""
        if progress is not self._progress:
            self._progress = progress
            self._concerned = progress is not None and progress.concerns(
                operation=self.reading.operation, method=self.request.method, headers=self.request.headers
            )
        return self._concerned

    def with_body(self, body: bytes) -> Request:
        """The whole request."""
        head = self.request
        return Request(head.method, head.target, head.path, head.query, head.headers, body)


class Kin:
    """Heads without a body that differ in their target alone. `heads`: one of each operation, by its id."""

    __slots__ = ("headers", "heads", "method")

    def __init__(self, method: str, headers: Headers) -> None:
        self.method, self.headers = method, headers
        self.heads: dict[str, Head] = {}


class Lasting:
    """An answer that can be given again: its `octets` with that `date`, and what the journal says of it then.
    `effect`: the provider has done something."""

    __slots__ = ("_exchange", "_response", "date", "effect", "like", "octets")

    def __init__(self, exchange: Exchange, response: Response) -> None:
        self._exchange, self._response = exchange, response
        self.effect = exchange.effect is not None
        self.renew("")

    def renew(self, date: str) -> None:
        """Have the answer carry that Date."""
        self.date = date
        self.octets = render(self._response, date=date, head=self._exchange.method == "HEAD")
        self.like = Alike(self._exchange, with_date(self._response.headers, date))


class Heads:
    """What a lane remembers of requests. `since_s`: when it began to, on the monotonic clock.

    `lasting`: what whole requests got before and get again, by their bytes; emptied, never replaced.
    """

    def __init__(self, *, since_s: float) -> None:
        self._known: dict[bytes, Head] = {}
        self._kin: dict[bytes, Kin] = {}
        self.lasting: dict[bytes, Lasting] = {}
        self._noted: set[int] = set()
        self._bytes = 0
        self._since_s = since_s

    def find(self, octets: bytes) -> tuple[Head, bytes] | None:
        """The head and the body, where the bytes are one whole request whose head is known; else None."""
        end = octets.find(b"\r\n\r\n") + 4
        if end < 4:
            return None
        head = self._known.get(octets[:end])
        if head is None or head.length != len(octets) - end:
            return None
        return head, octets[end:]

    def kin(self, octets: bytes) -> tuple[Kin, bytes] | None:
        """What the head is like but for its target, and that; None where nothing like it is known."""
        rest, target = _parted(octets)
        kin = self._kin.get(rest)
        if kin is None or len(octets) > LONGEST_BYTES:
            return None
        # By `__code` and the like a client chooses its answer.
        return (kin, target) if _TARGET.fullmatch(target) and b"__" not in target else None

    def remember(self, octets: bytes, received: Received, reading: Reading) -> Head | None:
        """The head of a request that came in these very bytes, and nothing else in them, for the second time; None
        where it is one that cannot be told by its bytes alone, or that says something of the connection."""
        request = received.request
        end = len(octets) - len(request.body)
        came = octets[:end]
        if not self.came_before(came) or not self._may_be_kept(came, received, reading):
            return None
        bare = Request(request.method, request.target, request.path, request.query, request.headers)
        head = self._known[came] = Head(bare, len(request.body), reading)
        self._bytes += end + _KEPT_BYTES
        return head

    def relate(self, octets: bytes, received: Received, reading: Reading) -> Head | None:
        """The head of a request without a body that is the first of its operation like others but for their target;
        None as in `remember`."""
        request = received.request
        if request.body or reading.operation is None:
            return None
        rest, _ = _parted(octets)
        kin = self._kin.get(rest)
        if kin is None:
            if not self.came_before(rest) or not self._may_be_kept(octets, received, reading):
                return None
            kin = self._kin[rest] = Kin(request.method, request.headers)
            self._bytes += len(rest) + _KEPT_BYTES
        if reading.operation in kin.heads or reading.match.shared:
            return None
        head = kin.heads[reading.operation] = Head(request, 0, reading)
        self._bytes += _KEPT_BYTES
        return head

    def _may_be_kept(self, came: bytes, received: Received, reading: Reading) -> bool:
        if (
            len(came) > LONGEST_BYTES
            or not received.keep_alive
            or received.http10
            or came[-4:] != b"\r\n\r\n"
        ):
            return False
        if reading.match.shared:  # the body, too, says what was asked
            return False
        if any(name in _FRAMED_OTHERWISE for name, _ in received.request.headers):
            return False
        self._forget_in_time(received.at_s)
        return True

    def _forget_in_time(self, now_s: float) -> None:
        if self._bytes > LIMIT_BYTES or now_s - self._since_s > LASTING_S:
            for each in (self._known, self._kin, self.lasting):
                each.clear()
            self._bytes = 0
            self._since_s = now_s

    def came_before(self, octets: bytes) -> bool:
        """Are these bytes noted? From now on they are."""
        note = hash(octets)
        if note in self._noted:
            return True
        if len(self._noted) >= NOTED:
            self._noted.clear()
        self._noted.add(note)
        return False

    def keep(self, octets: bytes, exchange: Exchange, response: Response) -> None:
        """The answer that a request of these bytes gets from now on."""
        weight = len(octets) + len(exchange.request_body) + 2 * len(response.body)
        if weight <= LONGEST_BYTES * 32:
            self._forget_in_time(exchange.at_s)
            self.lasting[octets] = Lasting(exchange, response)
            self._bytes += weight + _KEPT_BYTES


def _parted(octets: bytes) -> tuple[bytes, bytes]:
    """A request without its target, and that."""
    start = octets.find(b" ") + 1
    end = octets.find(b" ", start)
    return octets[:start] + octets[end:], octets[start:end]
