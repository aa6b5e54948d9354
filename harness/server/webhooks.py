"""The webhooks that a lane sends, each to where it is told: by hand, or whatever its clients cause."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from harness.contract.behaviour import Sending
from harness.contract.provider import Provider
from harness.errors import UnknownName, UsageError
from harness.mock.posting import NOTHING_HAPPENED, Posting, Terms, postings, signed
from harness.mock.state import State
from harness.mock.store import SharedState
from harness.mock.webhooks import Happening, Scene, apart, caused, known, scheme_of
from harness.model.clock import Clock, Rng
from harness.model.webhook import Attempt, Event, Sent
from harness.server.receivers import PATIENCE_S, delivered, is_address, is_local

MOST_SENT = 10_000
"""How many events are kept to be told of; the oldest go first."""

log = logging.getLogger("harness.server")

T = TypeVar("T")

_UNKNOWN = Sending(source="")

Told = str | dict[str, object] | None
"""What an event is about: the id of a resource, fields of one, or what there is."""


class Webhooks:
    """What one lane sends. Used from the event loop of its lane.

    Nothing is sent to another machine unless it is said to be allowed.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        state: State,
        shared: SharedState | None,
        secret: str,
        base_url: str,
        clock: Clock,
        luck: Callable[[str, int], Rng],
    ) -> None:
        self._provider, self._state, self._shared = provider, state, shared
        self._secret, self._base_url, self._clock, self._luck = secret, base_url, clock, luck
        self._records: deque[_Record] = deque()
        self._entered = 0
        self._events = 0
        self._attempts = 0
        self._subscription: _Subscription | None = None
        self._going_on: set[asyncio.Task[None]] = set()

    @property
    def sent(self) -> tuple[Sent, ...]:
        """The last events that were sent, in the order in which they happened, as their deliveries stand now."""
        return tuple(record.sent for record in self._records)

    @property
    def known(self) -> tuple[str, ...]:
        """The types of events that can be sent: those of behaviour.yaml, then those of the document."""
        return known(self._provider.contract, self._provider.behaviour)

    @property
    def url(self) -> str | None:
        """Where the events go that clients cause; None: nowhere."""
        return self._subscription.url if self._subscription else None

    async def send(
        self,
        names: Sequence[str],
        *,
        to: str,
        resource: Told = None,
        way: str = "once",
        attempts: int = 1,
        pace: float = 1.0,
        delay_s: float = 0.0,
        allow_remote: bool = False,
    ) -> tuple[Sent, ...]:
        """Let these events happen, one after the other, send them, and wait until that has come to its end.

        `resource`: the id of the resource that they tell of, or fields of it; None: the newest one, else a new one.
        `way`: one of `harness.mock.posting.WAYS`. `attempts`: how often each posting is tried at most, with the
        provider's documented waits between; `pace` divides these waits (3600: an hour passes in a second).
        `delay_s`: between postings, or before a late one. Raises UnknownName and UsageError.
        """
        self._check(to, attempts=attempts, pace=pace, delay_s=delay_s, allow_remote=allow_remote)
        if not names:
            raise UsageError("no event to send: name a type")
        terms = Terms(delay_s, self._tolerance_s)
        postings(way, tuple(Event("", name, b"") for name in names), terms)  # before anything happens
        events = self._happen(names, resource, real=way not in NOTHING_HAPPENED)
        records = [self._enter(event, to, way) for event in events]
        by_event = dict(zip(events, records, strict=True))
        await self._play(postings(way, events, terms), by_event, attempts=attempts, pace=pace)
        return tuple(record.sent for record in records)

    def subscribe(
        self,
        url: str | None,
        *,
        types: Sequence[str] = (),
        attempts: int | None = None,
        pace: float = 1.0,
        allow_remote: bool = False,
    ) -> None:
        """From now on send there what clients cause, as the provider does: these types, or all. None: no more.

        `attempts`: at most so many of each; None: as many as the provider makes. `pace`: as `send` has it.
        """
        if url is None:
            self._subscription = None
            return
        self._check(url, attempts=attempts or 1, pace=pace, allow_remote=allow_remote)
        scene = self._scene(self._state, 0)
        for name in types:
            scene.kind(name)
        most = attempts or 1 + len(self._delivery.retry_waits_s)
        self._subscription = _Subscription(url, tuple(types), most, pace)

    def caused(self, operation: str, happening: Happening) -> None:
        """Send what an operation has caused, to whoever is subscribed to it; does not wait for it."""
        where = self._subscription
        if where is None:
            return
        try:
            events = self._caused(operation, happening, where)
        except Exception:  # the client must not be left without an answer for it
            log.exception("%s: nothing is told of %s", self._provider.name, operation)
            return
        for event in events:
            record = self._enter(event, where.url, "once")
            playing = self._play((Posting(event),), {event: record}, attempts=where.attempts, pace=where.pace)
            task = asyncio.get_running_loop().create_task(playing)
            self._going_on.add(task)
            task.add_done_callback(self._going_on.discard)

    def _caused(self, operation: str, happening: Happening, where: _Subscription) -> tuple[Event, ...]:
        names = caused(self._provider.behaviour, operation, happening)
        wanted = [name for name in names if not where.types or name in where.types]
        if not wanted:
            return ()
        return self._turn(lambda scene: tuple(scene.event(name, happening) for name in wanted))

    def had_effect(self, event_id: str) -> None:
        """The receiver has acted on that event, as whoever sees it tells. UnknownName where none has that id."""
        for record in self._records:
            if record.sent.event.id == event_id:
                record.sent = msgspec.structs.replace(record.sent, effects=record.sent.effects + 1)
                return
        raise UnknownName("event that was sent", event_id, [each.sent.event.id for each in self._records])

    async def settled(self) -> tuple[Sent, ...]:
        """Wait until what clients have caused so far is delivered or given up; then everything that was sent."""
        while self._going_on:
            await asyncio.wait(tuple(self._going_on))
        return self.sent

    def close(self) -> None:
        """Give up what is still being delivered."""
        self._subscription = None
        for task in self._going_on:
            task.cancel()

    # What happens at the provider.

    def _happen(self, names: Sequence[str], told: Told, *, real: bool) -> tuple[Event, ...]:
        def tell(scene: Scene) -> tuple[Event, ...]:
            return tuple(scene.event(name, scene.happen(name, told)) for name in names)

        if real:
            return self._turn(tell)
        self._events += 1
        return tell(self._scene(apart(self._state), self._events))

    def _turn(self, tell: Callable[[Scene], T]) -> T:
        self._events += 1
        number = self._events
        if self._shared is None:
            return tell(self._scene(self._state, number))
        return self._shared.turn(lambda: tell(self._scene(self._state, number)))

    def _scene(self, state: State, number: int) -> Scene:
        return Scene(
            self._provider.contract,
            self._provider.behaviour,
            state,
            rng=self._luck("webhook", number),
            now_s=self._clock.epoch(),
            base_url=self._base_url,
        )

    def _enter(self, event: Event, url: str, way: str) -> _Record:
        self._entered += 1
        record = _Record(Sent(self._entered, event, url, way))
        self._records.append(record)
        if len(self._records) > MOST_SENT:
            self._records.popleft()
        return record

    # Deliveries.

    async def _play(
        self, posted: Sequence[Posting], records: dict[Event, _Record], *, attempts: int, pace: float
    ) -> None:
        before: dict[Event, Attempt] = {}
        for posting in posted:
            if posting.wait_s:
                await asyncio.sleep(posting.wait_s)
            record = records[posting.event]
            made = await self._post(posting, record, before.get(posting.event) if posting.again else None)
            before.setdefault(posting.event, made)
            for wait_s in self._delivery.retry_waits_s[: attempts - 1]:
                if made.taken:
                    break
                await asyncio.sleep(wait_s / pace)
                made = await self._post(posting, record)

    async def _post(self, posting: Posting, record: _Record, copied: Attempt | None = None) -> Attempt:
        """One request. It is noted before it is sent, and again when it has ended."""
        now_s = self._clock.epoch()
        self._attempts += 1
        if copied is not None:
            headers, body, signed_s = copied.headers, copied.body, copied.signed_s
        else:
            scheme = scheme_of(self._provider.contract, self._provider.behaviour, posting.event.type)
            headers, body = signed(posting, scheme, self._secret, now_s=now_s)
            signed_s = now_s - posting.age_s
        going = Attempt(self._attempts, self._clock.monotonic(), headers, body, signed_s)
        record.note(going)
        made = await delivered(
            going,
            method=posting.event.method,
            url=record.sent.url,
            patience_s=self._delivery.timeout_s or PATIENCE_S,
            clock=self._clock,
        )
        record.note(made)
        return made

    @property
    def _delivery(self) -> Sending:
        facts = self._provider.behaviour.webhooks
        return facts.delivery if facts is not None else _UNKNOWN

    @property
    def _tolerance_s(self) -> float | None:
        facts = self._provider.behaviour.webhooks
        return facts.signature.tolerance_s if facts is not None else None

    def _check(
        self, url: str, *, attempts: int, pace: float, delay_s: float = 0.0, allow_remote: bool
    ) -> None:
        if not is_address(url):
            raise UsageError(f"webhooks go to a URL like http://127.0.0.1:8000/hooks, not to {url!r}")
        if not allow_remote and not is_local(url):
            raise UsageError(
                f"{urlsplit(url).hostname} is not this machine; allow_remote lets webhooks go to {url!r} all the same"
            )
        if attempts < 1:
            raise UsageError(f"attempts is {attempts}; there is at least one")
        if not pace > 0:
            raise UsageError(f"pace is {pace}; it divides the waits, so it is more than 0")
        if delay_s < 0:
            raise UsageError(f"delay_s is {delay_s}; nothing is sent before it happened")
        most = 1 + len(self._delivery.retry_waits_s)
        if attempts > most:
            raise UsageError(
                f"attempts is {attempts}; {self._provider.name} makes {most} at most, as far as is known"
            )


class _Record:
    """An event that is being sent, as its delivery stands."""

    def __init__(self, sent: Sent) -> None:
        self.sent = sent

    def note(self, made: Attempt) -> None:
        """Take in an attempt, or what has become of it."""
        attempts = {attempt.number: attempt for attempt in (*self.sent.attempts, made)}
        self.sent = msgspec.structs.replace(self.sent, attempts=tuple(attempts.values()))


class _Subscription(msgspec.Struct, frozen=True):
    url: str
    types: tuple[str, ...]
    attempts: int
    pace: float
