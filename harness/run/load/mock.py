"""The process in which the mock of a run lives: `python -m harness.run.load.mock FOLDER`.

Lines of JSON on stdin and stdout: it says where it is, takes `begin` (the plan, from now on) and `stop`, and tells
every second what it has seen. It ends with its stdin, so that it outlives nobody.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
from pathlib import Path

import msgspec

from harness.contract.files import load_provider
from harness.contract.provider import Provider
from harness.errors import HarnessError
from harness.run.load import raw
from harness.run.load.ledger import Ledger
from harness.run.load.scenario import asks_for_one, plan_of
from harness.run.load.setup import Ready, Setup, read_setup
from harness.server.lane import Lane
from harness.server.lanes import Lanes
from harness.server.loop import new_loop

JOURNAL_BYTES = 24 * 1024 * 1024
"""What the journal keeps: the ledger has read it long before."""

DRAIN_S = 0.005
"""How often the ledger reads. Seldom is cheaper, often keeps answers from waiting behind it."""


LOOK_S = 2.0
"""How often it tells all that it saw, where somebody looks."""


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the mock's. `what`: ready, begun, second, stopped, failed."""

    what: str
    at_s: float = 0.0
    ready: Ready | None = None
    attempts: int = 0
    failing: int = 0
    one: str | None = None
    text: str = ""


def doors_for(setup: Setup) -> int:
    """A door for each client process that there may be, since each has one user."""
    return min(setup.most_users + setup.workers, 256)


def quotas_of(provider: Provider) -> tuple[raw.Quota, ...]:
    """What the provider's behaviour grants."""
    limit = provider.behaviour.rate_limit
    quotas = limit.quotas if limit is not None else ()
    return tuple(raw.Quota(each.requests, each.window_s, each.scope, each.name) for each in quotas)


class Mock:
    """One lane, its ledger, and the conversation with whoever started it."""

    def __init__(self, folder: Path, setup: Setup) -> None:
        self._folder, self._setup = folder, setup
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Play until told to stop."""
        setup = self._setup
        lanes = Lanes(host=setup.host)
        try:
            lane = await lanes.open(
                load_provider(setup.provider),
                seed=setup.seed,
                timeout_s=setup.timeout_s,
                doors=doors_for(setup),
                journal_bytes=JOURNAL_BYTES,
            )
            ledger = Ledger(lane.journal)
            lane.tell(ledger)
            own, *doors = lane.ports
            ready = Ready(lane.url, own, tuple(doors), lane.credentials, lane.env, os.getpid())
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTERM, self._stopped.set)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            commands = asyncio.StreamReader()
            await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
            _say(Told("ready", time.monotonic(), ready))
            gc.collect()
            gc.freeze()
            tasks = [
                asyncio.ensure_future(work)
                for work in (self._drain(ledger), self._seconds(ledger), self._obey(commands, lane, ledger))
            ]
            if setup.looks:
                tasks.append(asyncio.ensure_future(self._tell_so_far(lane, ledger)))
            await self._stopped.wait()
            for task in tasks:
                task.cancel()
            while ledger.drain(None):
                pass
            raw.append(self._folder / raw.ATTEMPTS, _seen(lane, ledger))
            _say(Told("stopped", time.monotonic(), attempts=len(ledger)))
        finally:
            await lanes.close_all()

    async def _drain(self, ledger: Ledger) -> None:
        while True:
            is_more = ledger.drain()
            # After a piece it is the turn of those who wait for answers.
            await asyncio.sleep(0 if is_more else DRAIN_S)

    async def _seconds(self, ledger: Ledger) -> None:
        while True:
            await asyncio.sleep(1.0)
            _say(Told("second", time.monotonic(), attempts=len(ledger)))

    async def _tell_so_far(self, lane: Lane, ledger: Ledger) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            raw.replace(self._folder / raw.SO_FAR, _seen(lane, ledger))

    async def _obey(self, commands: asyncio.StreamReader, lane: Lane, ledger: Ledger) -> None:
        while line := await commands.readline():
            if line.strip() == b"begin":
                ledger.drain(None)
                rules = self._setup.played_rules
                one = ledger.most_called() if asks_for_one(rules) else None
                tokens = sorted(lane.provider.contract.token_operations)
                lane.set_plan(plan_of(rules, name=self._setup.scenario, one=one, tokens=tokens))
                _say(Told("begun", time.monotonic(), one=one))
            elif line.strip() == b"stop":
                break
        self._stopped.set()


def _seen(lane: Lane, ledger: Ledger) -> raw.Attempts:
    """All that there is up to now."""
    rows = raw.packed(
        at=ledger.at_s,
        ended=ledger.ended_s,
        served=ledger.served_s,
        retry_after=ledger.retry_after_s,
        status=ledger.status,
        operation=ledger.operation,
        fault=ledger.fault,
        connection=ledger.connection,
    )
    connections = raw.packed(
        opened=ledger.opened_s,
        closed=ledger.closed_s,
        host=ledger.host,
        port=ledger.from_port,
        door=ledger.door,
    )
    return raw.Attempts(
        rows,
        connections,
        tuple(ledger.operations),
        tuple(ledger.faults),
        tuple(ledger.hosts),
        lane.port,
        ledger.lost,
        lane.sees_refusals,
        time.monotonic(),
        quotas_of(lane.provider),
        tuple(sorted(lane.provider.contract.token_operations)),
    )


def _say(told: Told) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """The process."""
    folder = Path(sys.argv[1])
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(_run(folder))
    except (HarnessError, OSError) as error:
        _say(Told("failed", text=str(error)))
        sys.exit(2)
    except BrokenPipeError:
        pass


async def _run(folder: Path) -> None:
    await Mock(folder, read_setup(folder)).run()


if __name__ == "__main__":
    main()
