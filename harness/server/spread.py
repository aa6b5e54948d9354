"""A lane spread over worker processes, from their parent's side: shares, asked and told together."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from typing import Any

import msgspec

from harness.contract.provider import Provider
from harness.errors import HarnessError, UsageError
from harness.faults.plan import Plan
from harness.model.clock import Clock
from harness.model.exchange import Exchange
from harness.model.journal import Journal
from harness.model.merged import Merged
from harness.server.worker import (
    Ask,
    Calling,
    Closing,
    Counting,
    Failure,
    Giving,
    Healing,
    Opened,
    Planning,
    Read,
    Reading,
    Remembering,
    Retiring,
)

PATIENCE_S = 60.0
"""How long a worker may take to reply. A large document takes seconds to open, all else milliseconds."""

_EXCHANGES = msgspec.msgpack.Decoder(tuple[Exchange, ...])


class Worker:
    """A worker process, from its parent's side. What takes long goes over a pipe of its own, so that the other one
    stays quick: `ask` is for the thread that runs the event loop, `ask_long` for others."""

    def __init__(self, number: int, process: BaseProcess, quick: Pipe, long: Pipe) -> None:
        self.number = number
        self.process = process
        self._quick = quick
        self._long = long
        self._turn = threading.Lock()

    def ask(self, ask: Ask) -> Any:
        """Its reply, waited for. UsageError where it cannot be done as asked, HarnessError when it is no more."""
        return self._asked(self._quick, ask)

    def ask_long(self, ask: Ask) -> Any:
        """The same, beside those that are quick."""
        with self._turn:
            return self._asked(self._long, ask)

    def end(self) -> None:
        """Let it end: it does when its pipes do."""
        self._quick.close()
        self._long.close()

    def _asked(self, pipe: Pipe, ask: Ask) -> object:
        try:
            pipe.send(ask)
            if not pipe.poll(PATIENCE_S):
                raise HarnessError(f"worker {self.number} does not answer")
            reply = pipe.recv()
        except (EOFError, OSError):
            raise HarnessError(f"worker {self.number} is no more") from None
        if isinstance(reply, Failure):
            raise UsageError(reply.message)
        return reply


class Share(msgspec.Struct, frozen=True):
    """The share of a lane that one worker plays. `id`: what the worker calls it."""

    worker: Worker
    id: str


class SpreadLane:
    """A lane that workers play. Its members are those of `Lane`; each of the first share's that all have alike."""

    def __init__(
        self,
        lane_id: str,
        provider: Provider,
        plan: Plan | None,
        *,
        seed: int,
        timeout_s: float,
        clock: Clock,
        port: socket.socket,
        shares: Sequence[Share],
        opened: Opened,
        stored: bool,
    ) -> None:
        self.id = lane_id
        self.provider = provider
        self.plan = plan
        self.seed = seed
        self.timeout_s = timeout_s
        self.clock = clock
        self.healed_s: float | None = None
        self.url = opened.url
        self.credentials = opened.credentials
        self.env = opened.env
        self.sees_refusals = opened.sees_refusals
        self.webhooks: None = None
        self._port = port
        self._stored = stored
        self._shares = tuple(shares)
        self._playing = tuple(shares)
        self._merged = Merged(len(shares))
        self._closed_after: int | None = None

    @property
    def seen(self) -> int:
        """How many exchanges there were so far."""
        if self._closed_after is not None:
            return self._closed_after
        return sum(share.worker.ask(Counting(share.id)) for share in self._shares)

    @property
    def journal(self) -> Journal:
        """All shares' exchanges up to now, in order of time."""
        now_s = self.clock.monotonic()
        told = [self._read(source, share) for source, share in enumerate(self._shares)]
        self._merged.settle(now_s)
        self._merged.lost(
            bodies=sum(each.dropped_bodies for each in told),
            exchanges=sum(each.dropped_exchanges for each in told),
        )
        return self._merged.journal

    @property
    def state(self) -> SpreadMemory:
        """What the provider remembers."""
        return SpreadMemory(self._shares[:1] if self._stored else self._shares)

    def set_plan(self, plan: Plan | None) -> None:
        """Go wrong by this plan from now on; one that counts is from now on played by one worker alone."""
        if plan is not None and plan.counts:
            for share in self._playing[1:]:
                share.worker.ask(Retiring(share.id))
            self._playing = self._playing[:1]
        for share in self._playing:
            share.worker.ask(Planning(share.id, plan))
        self.plan = plan
        self.healed_s = None

    def heal(self) -> None:
        """Go wrong no more."""
        self.healed_s = max(share.worker.ask(Healing(share.id)) for share in self._playing)

    def given(self, kind: str, fields: Mapping[str, object]) -> dict[str, object]:
        """Have the provider know a resource: one share plays what remembers, or all remember together."""
        share = self._shares[0]
        resource: dict[str, object] = share.worker.ask(Giving(share.id, kind, dict(fields)))
        return resource

    def begin_call(self, name: str) -> None:
        """The client is now asked for a call."""
        for share in self._playing:
            share.worker.ask(Calling(share.id, name))

    def end_call(self) -> None:
        """The call is over."""
        for share in self._playing:
            share.worker.ask(Calling(share.id, None))

    def close(self) -> None:
        """Give up the port and every connection. What a worker that is no more had seen is not counted."""
        self._closed_after = 0
        for share in self._shares:
            with suppress(HarnessError):
                self._closed_after += share.worker.ask(Closing(share.id))
        self._port.close()

    def _read(self, source: int, share: Share) -> Read:
        """Take what a share has to tell; gives the last that it said."""
        while True:
            asked = Reading(share.id, self._merged.seen(source), self._merged.open(source))
            told: Read = share.worker.ask(asked)
            self._merged.take(source, _EXCHANGES.decode(told.exchanges))
            if not told.more:
                return told


class SpreadMemory:
    """What these shares of a lane remember. Where there are several, they only count what they did."""

    def __init__(self, shares: Sequence[Share]) -> None:
        self._shares = shares

    def snapshot(self) -> dict[str, object]:
        """As `State.snapshot`."""
        told: list[dict[str, Any]] = [share.worker.ask(Remembering(share.id)) for share in self._shares]
        return {**told[0], "effects": sum(each["effects"] for each in told)}
