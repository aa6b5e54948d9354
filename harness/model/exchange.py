"""One request and what came back, as the journal keeps it. Times are seconds on the lane's monotonic clock.

Many of these are kept: `gc=False` spares the garbage collector, which would look at each of them again and again.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from harness.model.message import Headers, first

Stage = Literal["connect", "accept", "handshake", "request"]
"""How far the client came: a refused connect, an accepted connection that was reset, a TLS handshake that failed or
was spoiled (what is asked on that connection follows, with its number), or a request."""

Outcome = Literal["open", "sent", "closed", "reset", "gone"]
"""`open`: still going on. `sent`: the whole delivery was written. `closed`, `reset`: a step of the delivery
ended the connection. `gone`: the client ended it first."""


class Deviation(msgspec.Struct, frozen=True, gc=False):
    """One way in which a request does not fit the contract.

    `where` is path, query, header, cookie, body, security or operation; `pointer` is an RFC 6901 pointer
    within it (`/email`, or `/limit` for the query parameter `limit`); `keyword` names the rule broken.
    """

    where: str
    pointer: str
    message: str
    keyword: str = ""

    @property
    def is_advice(self) -> bool:
        """Is the rule one that SHOULD be kept, so that a provider takes a request which does not keep it?

        `readOnly` is: OpenAPI 3.0.4, Schema Object.
        """
        return self.keyword == "readOnly"


class Fired(msgspec.Struct, frozen=True, gc=False):
    """A fault that was really played on an exchange: its id, parameters, and the plan rule that chose it."""

    fault: str
    parameters: dict[str, object] = {}
    rule: str = ""
    off_contract: bool = False


class Exchange(msgspec.Struct, frozen=True, gc=False):
    """One attempt as it was on the wire.

    `at_s`: first byte of the request (or the connection attempt). `received_s`: the request was complete.
    `ended_s`: the last byte was written, or either side ended the connection; None while it goes on.
    `status`: the status line that was really sent; None where none was. `effect`: what the provider really
    did, as `"create customer cus_1"`; None where nothing changed. `replayed`: answered from a saved
    idempotency key. `answer_status`: the status that the provider would have sent
    without a fault, so that a check can see what was lost.
    """

    number: int
    connection: int
    at_s: float
    stage: Stage = "request"
    received_s: float | None = None
    ended_s: float | None = None
    outcome: Outcome = "open"
    operation: str | None = None
    method: str | None = None
    path: str | None = None
    query: str = ""
    request_headers: Headers = ()
    request_body: bytes = b""
    status: int | None = None
    response_headers: Headers = ()
    response_body: bytes = b""
    faults: tuple[Fired, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    idempotency_key: str | None = None
    replayed: bool = False
    effect: str | None = None
    answer_status: int | None = None

    @property
    def fault(self) -> str | None:
        """The ids of the faults played, joined by `+`; None for a healthy answer."""
        return "+".join(fired.fault for fired in self.faults) or None

    def request_header(self, name: str) -> str | None:
        """The first request header of that (lower case) name."""
        return first(self.request_headers, name)

    def response_header(self, name: str) -> str | None:
        """The first response header of that (lower case) name."""
        return first(self.response_headers, name)
