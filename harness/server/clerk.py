"""How a lane's journal is kept: one exchange for whatever came in, in its final form where that is known."""

from __future__ import annotations

import msgspec

from harness.contract.contract import Match
from harness.contract.provider import Provider
from harness.faults.apply import fired
from harness.faults.rule import Chosen
from harness.mock.answer import Answer, Reading
from harness.mock.idempotency import key_of
from harness.mock.webhooks import Happening
from harness.model.clock import Clock
from harness.model.exchange import Deviation, Exchange, Outcome
from harness.model.journal import Journal
from harness.model.message import Request, Response
from harness.protocols.http1 import Abandoned, Malformed, Received, with_date
from harness.server.desk import Served
from harness.server.webhooks import Webhooks

KEPT_BODY_BYTES = 256 * 1024
"""How much of a body the journal keeps."""


class Clerk:
    """Who enters a lane's exchanges into its journal, and tells its webhooks of what had an effect."""

    def __init__(self, journal: Journal, provider: Provider, webhooks: Webhooks, clock: Clock) -> None:
        self._journal = journal
        self._provider = provider
        self._webhooks = webhooks
        self._clock = clock

    def served(
        self, served: Served, received: Received, connection: int, date: str, *, going_on: bool
    ) -> Exchange:
        """Enter what became of a request. `going_on`: its delivery takes time of its own."""
        return self.enter(
            connection,
            received.at_s,
            received.received_s,
            received.request,
            served.reading,
            served.done,
            served.response,
            date,
            chosen=served.chosen,
            going_on=going_on,
        )

    def enter(
        self,
        connection: int,
        at_s: float,
        received_s: float,
        request: Request,
        reading: Reading | None,
        done: Answer | None,
        response: Response | None,
        date: str,
        *,
        chosen: tuple[Chosen, ...] = (),
        going_on: bool = False,
    ) -> Exchange:
        """The same, of its parts."""
        sent = b"" if response is None or request.method == "HEAD" else response.body
        # hot: in the order of Exchange's fields, as their names cost as much as the parser.
        exchange = Exchange(
            self._journal.next_number(),
            connection,
            at_s,
            "request",
            received_s,
            None if going_on else self._clock.monotonic(),
            "open" if going_on else "sent",
            reading.operation if reading else None,
            request.method,
            request.path,
            request.query,
            request.headers,
            request.body[:KEPT_BODY_BYTES],
            None if going_on or response is None else response.status,
            with_date(response.headers, date) if response else (),
            sent[:KEPT_BODY_BYTES],
            fired(chosen) if chosen else (),
            reading.deviations if reading else (),
            reading.idempotency_key if reading else None,
            done.replayed if done else False,
            done.effect if done else None,
            done.response.status if done else None,
        )
        self._journal.enter(exchange)
        if done is not None and done.effect is not None and reading is not None and reading.operation:
            self._webhooks.caused(reading.operation, Happening(done.about, done.before))
        return exchange

    def refused(self, malformed: Malformed, connection: int, response: Response, date: str) -> None:
        """Enter something that was not a request, and what it got."""
        request = malformed.request
        now_s = self._clock.monotonic()
        self._journal.enter(
            Exchange(
                number=self._journal.next_number(),
                connection=connection,
                at_s=malformed.at_s,
                received_s=now_s,
                ended_s=now_s,
                outcome="sent",
                status=response.status,
                method=request.method if request else None,
                path=request.path if request else None,
                query=request.query if request else "",
                request_headers=request.headers if request else (),
                response_headers=with_date(response.headers, date),
                response_body=response.body,
                deviations=(Deviation("operation", "", malformed.message, "http"),),
                answer_status=response.status,
            )
        )

    def abandoned(self, abandoned: Abandoned, connection: int) -> None:
        """Enter a request of which nothing came."""
        request = abandoned.request
        match = request and self._provider.contract.asked(request)
        self._journal.enter(
            Exchange(
                number=self._journal.next_number(),
                connection=connection,
                at_s=abandoned.at_s,
                received_s=abandoned.received_s,
                ended_s=self._clock.monotonic(),
                outcome="gone",
                operation=match.operation.id if isinstance(match, Match) else None,
                method=request.method if request else None,
                path=request.path if request else None,
                query=request.query if request else "",
                request_headers=request.headers if request else (),
                request_body=request.body[:KEPT_BODY_BYTES] if request else b"",
                idempotency_key=key_of(request, self._provider.behaviour) if request else None,
            )
        )

    def ended(self, exchange: Exchange, *, outcome: Outcome, ended_s: float, status: int | None) -> None:
        """Enter how a delivery ended that took time of its own."""
        self._journal.replace(
            msgspec.structs.replace(exchange, outcome=outcome, ended_s=ended_s, status=status)
        )
