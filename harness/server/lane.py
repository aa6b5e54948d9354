"""One isolated mock provider: its plan, seed, state, journal, credentials, connections and port."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from copy import deepcopy

from harness.contract.behaviour import Quota
from harness.contract.error_answer import error_answer
from harness.contract.provider import Provider
from harness.faults.plan import Plan
from harness.faults.progress import Progress
from harness.faults.rule import Chosen, Presented, Rule
from harness.mock.answer import Reading
from harness.mock.authorise import issue
from harness.mock.given import given
from harness.mock.own_side import OwnSide
from harness.mock.state import State
from harness.mock.store import SharedState, Store
from harness.mock.tokens import given_out_s
from harness.mock.webhooks import Happening
from harness.model.clock import Clock, Rng
from harness.model.delivery import Delivery, Write
from harness.model.exchange import Exchange, Outcome
from harness.model.journal import JOURNAL_BYTES, Journal
from harness.model.message import Request
from harness.protocols.http1 import Abandoned, Limits, Malformed, Received, render
from harness.server.clerk import Clerk
from harness.server.clock import HttpDate, Luck
from harness.server.connection import Coming, Connection, Played
from harness.server.desk import FAILED, Awaited, Desk, Served, Source, log, rendered, travelling
from harness.server.door import Door, Porter
from harness.server.environment import environment
from harness.server.heads import Head, Heads
from harness.server.refusals import Refusals
from harness.server.shortcuts import Shortcuts
from harness.server.tls import Authority
from harness.server.visit import Shown
from harness.server.webhooks import Webhooks


class Lane:
    """One isolated mock provider. Made by `Lanes.open`; used from the event loop that opened it.

    `healed_s`: when `heal` ended the plan, on the monotonic clock. `credentials`: canaries, issued for this lane
    alone. `env`: what a client under test is started with. `plan`: the last one set, also after healing.
    `progress`: the one that is being played; None where nothing goes wrong.

    `authority`: who vouches for it where it speaks TLS; `secure`: at its own port it does. `source`: where answers
    come from instead of being made.

    `share`: which share of a lane this is that several processes play on one port, from 0: same credentials, luck
    of its own. None: the lane is played here alone. `store`: what the provider remembers is kept there, else here.
    `doors`: at so many more ports it can be found. `journal_bytes`: how much the journal keeps.
    """

    def __init__(
        self,
        lane_id: str,
        provider: Provider,
        *,
        seed: int,
        host: str,
        port: int,
        timeout_s: float,
        clock: Clock,
        limits: Limits,
        refusals: Refusals,
        share: int | None = None,
        store: Store | None = None,
        source: Source | None = None,
        authority: Authority | None = None,
        secure: bool = False,
        doors: int = 0,
        journal_bytes: int = JOURNAL_BYTES,
    ) -> None:
        self.id = lane_id
        self.provider = provider
        self.seed = seed
        self.clock = clock
        self.limits = limits
        self.timeout_s = timeout_s
        self.journal = Journal(limit_bytes=journal_bytes)
        self._shared = None if store is None else SharedState(store, self._draw)
        self.state: State = self._shared or State(self._draw)
        self.plan: Plan | None = None
        self.healed_s: float | None = None
        self._progress: Progress | None = None
        self._awaits_client = False
        self._call = ""
        self._call_count = 0
        self._given_count = 0
        self._date = HttpDate(clock)
        self._heads = Heads(since_s=clock.monotonic())
        self._lasting = self._heads.lasting
        self._shortcuts = Shortcuts(self._heads, provider.contract, None if store else self.state, clock)
        self._door = Door(
            self,
            host=host,
            port=port,
            shared=share is not None,
            refusals=refusals,
            authority=authority,
            secure=secure,
            beside=doors,
        )
        self.url = self._door.url
        self._origin = provider.name
        self.credentials = issue(provider.contract, provider.behaviour, self.luck("credentials", 0))
        self._desk = Desk(
            provider,
            state=self.state,
            shared=self._shared,
            credentials=self.credentials,
            pick=self._pick,
            grant=self._grant,
            source=source,
        )
        self.webhooks = Webhooks(
            provider,
            state=self.state,
            shared=self._shared,
            secret=self.credentials["webhook_secret"],
            base_url=self.url,
            clock=clock,
            luck=self.luck,
        )
        self._clerk = Clerk(self.journal, provider, self.webhooks, clock)
        self._made_here = source is None
        self._fetching: set[asyncio.Task[bytes | Played]] = set()
        others = store.joined if store else share
        if others:
            self._origin = f"{provider.name}@{others}"
        self.env = environment(provider, self.url, self.credentials, timeout_s)

    @property
    def sees_refusals(self) -> bool:
        """Are attempts seen while nobody listens? It takes the right to watch the loopback interface."""
        return self._door.sees_refusals

    @property
    def seen(self) -> int:
        """How many exchanges there were so far."""
        return len(self.journal)

    def given(self, kind: str, fields: Mapping[str, object]) -> dict[str, object]:
        """Have the provider know a resource, made or changed by its own side, as `harness.mock.given` says. The whole
        resource. UnknownName, UsageError."""
        self._given_count += 1
        side = OwnSide(
            self.provider.contract,
            self.provider.behaviour,
            self.state,
            rng=self.luck("given", self._given_count),
            now_s=self.clock.epoch(),
            base_url=self.url,
        )
        if self._shared is None:
            return deepcopy(given(side, kind, fields).fields)
        return deepcopy(self._shared.turn(lambda: given(side, kind, fields)).fields)

    # How it goes wrong, and the marks of whoever drives the client.

    def set_plan(self, plan: Plan | None) -> None:
        """Go wrong by this plan from now on; None: not at all."""
        self.plan = plan
        self.healed_s = None
        self._play(None if plan is None else Progress(plan, began_s=self.clock.monotonic()))
        self._door.follow_plan()

    def begin_with_client(self) -> None:
        """Count the time of the plan's rules from the first connection, however long the client takes to start."""
        self._awaits_client = True

    def heal(self) -> None:
        """Go wrong no more. Answers that are being spoiled go on so."""
        self.healed_s = self.clock.monotonic()
        self._play(None)
        self._door.follow_plan()

    def fail_next(self, rule: Rule, times: int) -> None:
        """Play a rule on the next `times` requests (or connections) that match it, then go on with the plan."""
        before = self.plan if self.progress is not None else None
        self.plan = Plan(before.name if before else "fail_next", (*(before.rules if before else ()), rule))
        self.healed_s = None
        progress = self.progress or Progress(Plan("fail_next"), began_s=self.clock.monotonic())
        self._play(progress.with_coming(rule, times))

    @property
    def progress(self) -> Progress | None:
        return self._progress

    def _play(self, progress: Progress | None) -> None:
        self._progress = progress
        self._heads.lasting.clear()  # whom the old plan left alone, the new one may concern

    @property
    def unplayed(self) -> tuple[Rule, ...]:
        """The rules of `fail_next` that nothing has matched so far."""
        return () if self.progress is None else self.progress.unplayed

    def begin_call(self, name: str) -> None:
        """The client is now asked for a call: scripts begin anew."""
        self._call_count += 1
        self._call = f"{name}#{self._call_count}"

    def end_call(self) -> None:
        """The call is over."""
        self._call = ""

    def close(self) -> None:
        """Give up the port and every connection. The journal stays."""
        self._door.close()
        self.webhooks.close()
        for fetching in tuple(self._fetching):
            fetching.cancel()

    def retire(self) -> None:
        """Leave the port to the other shares: connections end in order, after what they are answering."""
        self._door.retire()

    # Requests: from the question to a delivery.

    def again(self, octets: bytes, connection: int) -> bytes | Played | Coming | None:
        """What a request gets whose head came before: without a body, maybe the very answer that it got then."""
        # hot: where the answer lasts, nothing is parsed, routed, judged or made.
        lasting = self._lasting.get(octets)
        if lasting is not None:
            at_s = self.clock.monotonic()
            dated = self._date
            if at_s >= dated.until_s:
                dated.renew(at_s)
            if lasting.date is not dated.text:
                lasting.renew(dated.text)
            if lasting.effect:
                self.state.effects += 1
                self.webhooks.caused(lasting.like.exchange.operation or "", Happening())
            self.journal.enter_again(lasting.like, connection, at_s)
            return lasting.octets
        found = self._shortcuts.take(octets, self._progress)
        if found is None:
            return None
        head, request, done = found
        at_s = self.clock.monotonic()
        if done is None:
            return self.handle(Received(request, at_s, at_s), connection, head=head)
        date, response = self._date.at(at_s), done.response
        exchange = self._clerk.enter(connection, at_s, at_s, request, head.reading, done, response, date)
        if done.lasts and self._heads.came_before(octets):
            self._heads.keep(octets, exchange, response)
        return render(response, date=date, head=request.method == "HEAD")

    def handle(
        self, received: Received, connection: int, octets: bytes = b"", head: Head | None = None
    ) -> bytes | Played | Coming:
        """What a request gets: what was asked, what goes wrong with it, the answer, and how that travels."""
        # hot: without a fault there is one exchange, entered in its final form, and one write.
        request = received.request
        luck = self.luck("exchange", self.journal.next_number())
        now_s = self.clock.epoch()
        date = self._date.at(self.clock.monotonic())
        try:
            served = self._desk.serve(request, head.reading if head else None, luck, now_s)
            if isinstance(served, Awaited):
                return self._fetch(served, received, connection, now_s)
            answer = rendered(served, received, date)
            delivery = travelling(served, answer)
        except Exception:  # a mistake of ours must not leave the client without an answer
            log.exception("lane %s: no answer to %s %s", self.id, request.method, request.path)
            served = Served(response=FAILED)
            answer = rendered(served, received, date)
            delivery = None
        exchange = self._clerk.served(served, received, connection, date, going_on=delivery is not None)
        if head is None and octets and served.asked is not None and self._made_here:
            done = served.done
            head = self._shortcuts.learn(octets, received, served.asked)
            lasts = done is not None and done.lasts and not request.body
            if head is not None and done is not None and lasts and not head.concerns(self.progress):
                self._heads.keep(octets, exchange, done.response)
        return _played(answer, delivery, exchange, received)

    def _fetch(self, awaited: Awaited, received: Received, connection: int, now_s: float) -> Coming:
        """What a request gets whose answer is somewhere else."""

        async def fetched() -> bytes | Played:
            try:
                served = await self._desk.fetch(awaited, received.request, now_s)
                date = self._date.at(self.clock.monotonic())
                answer = rendered(served, received, date)
                delivery = travelling(served, answer)
            except Exception:
                log.exception("lane %s: nothing fetched for %s", self.id, received.request.path)
                served, delivery = Served(response=FAILED), None
                date = self._date.at(self.clock.monotonic())
                answer = rendered(served, received, date)
            exchange = self._clerk.served(served, received, connection, date, going_on=delivery is not None)
            return _played(answer, delivery, exchange, received)

        task = asyncio.get_running_loop().create_task(fetched())
        self._fetching.add(task)
        task.add_done_callback(self._fetching.discard)
        return Coming(task)

    def refuse(self, malformed: Malformed, connection: int) -> Played:
        """What something that is not a request gets: an error in the provider's shape, and the end."""
        response = error_answer(
            self.provider.contract,
            self.provider.behaviour,
            None,
            malformed.status,
            rng=self.luck("exchange", self.journal.next_number()),
            now_s=self.clock.epoch(),
            message=malformed.message,
        )
        date = self._date.at(self.clock.monotonic())
        self._clerk.refused(malformed, connection, response, date)
        head = malformed.request is not None and malformed.request.method == "HEAD"
        octets = render(response, date=date, head=head, keep_alive=False)
        return Played((Write(octets),), keep_alive=False, linger=True)

    def abandoned(self, abandoned: Abandoned, connection: int) -> None:
        """A request that the client did not send to its end, or gave up before its turn: nothing came of it."""
        self._clerk.abandoned(abandoned, connection)

    def ended(self, exchange: Exchange, *, outcome: Outcome, ended_s: float, status: int | None) -> None:
        """The delivery of a spoiled answer came to its end."""
        self._clerk.ended(exchange, outcome=outcome, ended_s=ended_s, status=status)
        self._door.answered()

    def _pick(self, request: Request, reading: Reading, luck: Rng) -> tuple[Chosen, ...]:
        if self.progress is None:
            return ()
        return self.progress.pick(
            operation=reading.operation,
            method=request.method,
            headers=request.headers,
            # Without a driver's marks, a key is the surest sign of which requests are one call.
            call=self._call or reading.idempotency_key or "",
            at_s=self.clock.monotonic(),
            rng=luck,
            asked=(request.method, request.target, request.body),
            shown=self._shown(request, reading) if self.progress.minds_credentials else None,
        )

    def _shown(self, request: Request, reading: Reading) -> Presented | None:
        """The credential that a request shows; None where the operation wants none, or gives out tokens itself."""
        contract = self.provider.contract
        if reading.operation is None or reading.operation in contract.token_operations:
            return None
        at_s = given_out_s(request, self.state)
        if at_s is not None:
            return Presented(self.clock.epoch() - at_s)
        return Presented() if contract.security(contract.operations[reading.operation]) else None

    def _grant(self) -> Quota | None:
        return None if self.progress is None else self.progress.quota(self.clock.monotonic())

    # Connections, and attempts at one.

    @property
    def port(self) -> int:
        """Its own."""
        return self._door.port

    @property
    def ports(self) -> Sequence[int]:
        """All of them, its own first."""
        return self._door.ports

    def tell(self, porter: Porter) -> None:
        """Tell somebody who comes and goes from now on."""
        self._door.porter = porter

    @property
    def listening(self) -> bool:
        """Are clients let in? A plan may have them refused."""
        return self._door.listening

    def connected(self, connection: Connection) -> int:
        """A client has connected."""
        if self._awaits_client and self._progress is not None:
            self._progress.begin(self.clock.monotonic())
        self._awaits_client = False
        return self._door.connected(connection)

    def disconnected(self, connection: Connection) -> None:
        """A connection is no more."""
        self._door.disconnected(connection)

    def accept(self, connection: int) -> Played | None:
        """What a new connection gets before any request."""
        return self._door.accept(connection)

    def show(self, host: str) -> Shown:
        """What the next client is shown in its TLS handshake that asks for this host. Only with an authority."""
        return self._door.show(host)

    def shaken(self, shown: Shown, connection: int | None, outcome: Outcome) -> None:
        """A TLS handshake is over. One that was spoiled is entered, however it ended."""
        self._door.shaken(shown, connection, outcome)

    # Small things.

    def luck(self, what: str, number: int) -> Luck:
        """The luck of this lane for one thing, whoever else has some."""
        # By the provider's name, not the lane's id: that one depends on the order of opening.
        return Luck(self.seed, self._origin, what, number)

    def _draw(self, what: str, number: int) -> Luck:
        # The same in every share of a lane: one request gets one answer, whoever takes it.
        return Luck(self.seed, self.provider.name, what, number)


def _played(
    answer: bytes, delivery: Delivery | None, exchange: Exchange, received: Received
) -> bytes | Played:
    """An answer as a connection takes it; bytes where it is written at once and whole."""
    if delivery is not None:
        return Played(delivery, exchange, received.keep_alive)
    return answer if received.keep_alive else Played((Write(answer),), None, keep_alive=False)
