"""Lanes played by several worker processes, as one set of lanes.

A lane is *spread* over all workers, which listen on its port together, when nothing in it counts from one request to
the next: no quotas, idempotency keys or resources in its behaviour, unless a store keeps them, and no plan that
counts. Any other lane is played by one worker alone, so that what it counts is exact; a spread lane becomes such a
one when it is given a plan that counts. A worker that ends takes its part of the journals along, so that no verdict
would be safe: `until_one_ends` tells of it, and whoever runs the workers should stop.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import closing
from multiprocessing.connection import Connection as Pipe

import msgspec

from harness.contract.provider import Provider
from harness.errors import HarnessError, UsageError
from harness.faults.plan import Plan
from harness.server.clock import SystemClock
from harness.server.desk import Source
from harness.server.front import OpenLanes
from harness.server.lanes import Stores
from harness.server.listener import bound
from harness.server.spread import Share, SpreadLane, Worker
from harness.server.tls import Authority
from harness.server.worker import STOPS, Closing, Opened, Opening, Packed, work

NO_TLS = "lanes that speak TLS are played in one process, not by several workers"

ENDS_WITHIN_S = 5.0


class Workers(OpenLanes[SpreadLane]):
    """The worker processes, and the lanes that they play. Made by `Workers.start`, before there is an event loop
    or a thread: the processes are forks."""

    def __init__(
        self, workers: Sequence[Worker], known: Sequence[Provider], host: str, *, stores: bool
    ) -> None:
        super().__init__()
        self._workers = tuple(workers)
        self._stores = stores
        self._known = tuple(known)
        self._host = host
        self._clock = SystemClock()
        self._opened = 0

    @classmethod
    def start(
        cls,
        count: int,
        known: Sequence[Provider],
        *,
        host: str = "127.0.0.1",
        stores: Stores | None = None,
    ) -> Workers:
        """So many processes, which share what was loaded of the `known` providers. UsageError where the system
        cannot do it."""
        if "fork" not in multiprocessing.get_all_start_methods() or not hasattr(socket, "SO_REUSEPORT"):
            raise UsageError("several workers take a system that can fork and share ports, such as Linux")
        context = multiprocessing.get_context("fork")
        workers: list[Worker] = []
        ours: list[Pipe] = []
        for number in range(1, count + 1):
            quick, its_quick = context.Pipe()
            long, its_long = context.Pipe()
            ours += (quick, long)
            process = context.Process(
                target=work,
                args=((its_quick, its_long), tuple(ours), known, host, stores),
                name=f"harness worker {number}",
            )
            # From its first moment it must not be stopped by what stops us.
            signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
            try:
                process.start()
            finally:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            its_quick.close()
            its_long.close()
            workers.append(Worker(number, process, quick, long))
        return cls(workers, known, host, stores=stores is not None)

    def stop(self) -> None:
        """End the processes, if need be by force."""
        for worker in self._workers:
            worker.end()
        for worker in self._workers:
            worker.process.join(ENDS_WITHIN_S)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    async def until_one_ends(self) -> HarnessError:
        """What to say of the first worker that is no more."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[Worker] = loop.create_future()
        for worker in self._workers:
            loop.add_reader(worker.process.sentinel, _first(ended, worker))
        try:
            worker = await ended
        finally:
            for each in self._workers:
                loop.remove_reader(each.process.sentinel)
        worker.process.join()
        return HarnessError(
            f"worker {worker.number} has ended (exit code {worker.process.exitcode}), and with it what it knew of "
            "its lanes; the others are stopped, too"
        )

    @property
    def authority(self) -> Authority:
        """UsageError: there is none."""
        raise UsageError(NO_TLS)

    async def open(
        self,
        provider: Provider,
        *,
        plan: Plan | None = None,
        seed: int = 0,
        port: int = 0,
        timeout_s: float = 5.0,
        stored: str = "",
        source: Source | None = None,
        secure: bool = False,
    ) -> SpreadLane:
        """A new lane that listens, as `Lanes.open` has it: on all workers, or on one where something counts.

        UsageError where there is a source, or TLS is asked for: one process does that.
        """
        if source is not None:
            raise UsageError("a cassette is played in one process")
        if secure:
            raise UsageError(NO_TLS)
        kept = self._stores and bool(stored) and provider.behaviour.remembers
        alone = (provider.behaviour.remembers and not kept) or (plan is not None and plan.counts)
        turn = self._opened % len(self._workers)
        self._opened += 1
        players = (*self._workers[turn:], *self._workers[:turn])[: 1 if alone else None]
        held = _held(self._host, port)
        known = [index for index, each in enumerate(self._known) if each is provider]
        ask = Opening(
            provider=known[0] if known else Packed.of(provider),
            plan=plan,
            seed=seed,
            port=held.getsockname()[1],
            timeout_s=timeout_s,
            share=0,
            stored=stored,
        )
        replies = await asyncio.gather(
            *(
                asyncio.to_thread(worker.ask_long, msgspec.structs.replace(ask, share=share))
                for share, worker in enumerate(players)
            ),
            return_exceptions=True,
        )
        opened = [
            (worker, reply)
            for worker, reply in zip(players, replies, strict=True)
            if isinstance(reply, Opened)
        ]
        for reply in replies:
            if isinstance(reply, BaseException):
                for worker, its in opened:
                    worker.ask(Closing(its.id))
                held.close()
                raise reply
        lane = SpreadLane(
            f"{provider.name}-{self._opened}",
            provider,
            plan,
            seed=seed,
            timeout_s=timeout_s,
            clock=self._clock,
            port=held,
            shares=[Share(worker, its.id) for worker, its in opened],
            opened=opened[0][1],
            stored=kept,
        )
        self._open[lane.id] = lane
        return lane


def _held(host: str, port: int) -> socket.socket:
    """A socket that keeps the port for the lane while no worker listens. UsageError where somebody else has it."""
    if port:
        # Shared with nobody first: another program's shared port would be taken for ours.
        with closing(bound(host, port)):
            pass
    return bound(host, port, shared=True)


def _first(ended: asyncio.Future[Worker], worker: Worker) -> Callable[[], None]:
    def tell() -> None:
        if not ended.done():
            ended.set_result(worker)

    return tell
