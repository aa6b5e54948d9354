"""One of several processes that play lanes, or shares of them. Its parent asks over pipes and it replies, one at a
time on each; it ends when the parent has closed them, or is no more."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from multiprocessing.connection import Connection as Pipe
from typing import Any

import msgspec

from harness.contract.behaviour import Behaviour
from harness.contract.contract import Contract
from harness.contract.document import Document
from harness.contract.provider import Card, Provider
from harness.errors import HarnessError
from harness.faults.plan import Plan
from harness.server.lane import Lane
from harness.server.lanes import Lanes, Stores
from harness.server.loop import new_loop

MOST_TOLD = 2000
"""Exchanges told in one reply: requests wait while it is made."""

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What a worker does not heed. Whoever forks it blocks them meanwhile."""


class Opening(msgspec.Struct, frozen=True):
    """Open a share of a lane. `provider`: its place among those known from the start, or one that is not."""

    provider: int | Packed
    plan: Plan | None
    seed: int
    port: int
    timeout_s: float
    share: int
    stored: str


class Opened(msgspec.Struct, frozen=True):
    """The share is open. `id`: what the worker calls it."""

    id: str
    url: str
    credentials: dict[str, str]
    env: dict[str, str]
    sees_refusals: bool


class Planning(msgspec.Struct, frozen=True):
    """Go wrong by this plan."""

    lane: str
    plan: Plan | None


class Healing(msgspec.Struct, frozen=True):
    """Go wrong no more. The reply says since when."""

    lane: str


class Calling(msgspec.Struct, frozen=True):
    """A call begins, or with no name ends."""

    lane: str
    name: str | None


class Retiring(msgspec.Struct, frozen=True):
    """Leave the port to the other shares."""

    lane: str


class Reading(msgspec.Struct, frozen=True):
    """Tell the journal after an exchange, and final forms of those that were `open`. The reply is `Read`."""

    lane: str
    after: int
    open: tuple[int, ...] = ()


class Read(msgspec.Struct, frozen=True):
    """`exchanges`: as MessagePack, first the ended ones of those asked for. `more`: there are others after them."""

    exchanges: bytes
    more: bool
    dropped_bodies: int
    dropped_exchanges: int


class Remembering(msgspec.Struct, frozen=True):
    """Tell the state. The reply is a snapshot."""

    lane: str


class Giving(msgspec.Struct, frozen=True):
    """Have the provider know a resource. The reply is the whole of it."""

    lane: str
    kind: str
    fields: dict[str, object]


class Counting(msgspec.Struct, frozen=True):
    """Tell how many exchanges there were."""

    lane: str


class Closing(msgspec.Struct, frozen=True):
    """Close the share. The reply says how many exchanges there were."""

    lane: str


class Failure(msgspec.Struct, frozen=True):
    """The reply to what cannot be done as asked."""

    message: str


class Packed(msgspec.Struct, frozen=True):
    """A provider as what it is made of. What is compiled of it does not travel, nor what is odd about it."""

    card: Card
    document: tuple[str, dict[str, Any], str, str]
    written: dict[str, Any]
    behaviour: Behaviour
    folder: str
    plans: dict[str, str]
    scenarios: dict[str, str]

    @classmethod
    def of(cls, provider: Provider) -> Packed:
        document = provider.contract.document
        return cls(
            card=provider.card,
            document=(document.name, document.root, document.version, document.digest),
            written=document.written,
            behaviour=provider.behaviour,
            folder=provider.folder,
            plans=provider.plans,
            scenarios=provider.scenarios,
        )

    def provider(self) -> Provider:
        document = Document(*self.document, oddities=tuple, written=self.written, dialect=self.card.dialect)
        return Provider(
            self.card,
            Contract(document),
            self.behaviour,
            folder=self.folder,
            plans=self.plans,
            scenarios=self.scenarios,
        )


Ask = Opening | Planning | Healing | Calling | Retiring | Reading | Remembering | Giving | Counting | Closing


def work(
    pipes: Sequence[Pipe],
    inherited: Sequence[Pipe],
    known: Sequence[Provider],
    host: str,
    stores: Stores | None,
) -> None:
    """Be a worker, in a process of its own, until the pipes end. `inherited`: the parent's ends, which a fork has
    copied, and which would keep the pipes open."""
    for pipe in inherited:
        pipe.close()
    # Who stops the parent may signal the whole group; in what order all end is the parent's to say.
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(_Worker(Lanes(host=host, stores=stores), known).run(pipes))


class _Worker:
    def __init__(self, lanes: Lanes, known: Sequence[Provider]) -> None:
        self._lanes = lanes
        self._known = known
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()

    async def run(self, pipes: Sequence[Pipe]) -> None:
        loop = asyncio.get_running_loop()
        for pipe in pipes:
            loop.add_reader(pipe.fileno(), self._hear, pipe)
            # uvloop has made it non-blocking, and a long message comes in pieces.
            os.set_blocking(pipe.fileno(), True)
        await self._over.wait()
        for pipe in pipes:
            loop.remove_reader(pipe.fileno())
        await self._lanes.close_all()

    def _hear(self, pipe: Pipe) -> None:
        try:
            ask = pipe.recv()
        except (EOFError, OSError):
            self._over.set()
            return
        task = asyncio.create_task(self._reply(pipe, ask))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _reply(self, pipe: Pipe, ask: Ask) -> None:
        reply: object
        try:
            reply = await self._done(ask)
        except HarnessError as error:
            reply = Failure(str(error))
        try:
            pipe.send(reply)
        except OSError:
            self._over.set()

    async def _done(self, ask: Ask) -> object:
        if isinstance(ask, Opening):
            return await self._open(ask)
        lane = self._lanes[ask.lane]
        match ask:
            case Planning():
                lane.set_plan(ask.plan)
            case Healing():
                lane.heal()
                return lane.healed_s
            case Calling(name=None):
                lane.end_call()
            case Calling(name=str(name)):
                lane.begin_call(name)
            case Retiring():
                lane.retire()
            case Reading():
                return _read(lane, ask)
            case Remembering():
                return lane.state.snapshot()
            case Giving():
                return lane.given(ask.kind, ask.fields)
            case Counting():
                return lane.seen
            case Closing():
                await self._lanes.close(lane.id)
                return lane.seen
        return None

    async def _open(self, ask: Opening) -> Opened:
        if isinstance(ask.provider, int):
            provider = self._known[ask.provider]
        else:
            # In a thread: a large document takes a while, and other lanes go on serving.
            provider = await asyncio.to_thread(ask.provider.provider)
        lane = await self._lanes.open(
            provider,
            plan=ask.plan,
            seed=ask.seed,
            port=ask.port,
            timeout_s=ask.timeout_s,
            share=ask.share,
            stored=ask.stored,
        )
        return Opened(lane.id, lane.url, lane.credentials, lane.env, lane.sees_refusals)


def _read(lane: Lane, ask: Reading) -> Read:
    journal = lane.journal
    ended = [
        each
        for number in ask.open
        for each in journal.after(number - 1, 1)
        if each.number == number and each.ended_s is not None
    ]
    new = journal.after(ask.after, MOST_TOLD)
    return Read(
        msgspec.msgpack.encode([*ended, *new]),
        len(new) == MOST_TOLD,
        journal.dropped_bodies,
        journal.dropped_exchanges,
    )
