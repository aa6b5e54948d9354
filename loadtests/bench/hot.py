"""`python -m loadtests.bench.hot`: where the microseconds of one exchange go, step by step, without a socket.

Each step is called alone, over and over, on what the step before it made, and timed by processor time, so that a busy
machine disturbs little. `whole` is one exchange through a connection whose transport swallows the bytes. A request
whose bytes came before skips most steps; `whole, of a stranger` is one that was never seen, and `rest` what it takes
beyond its steps: the connection, the lane, the clocks.
"""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import time
from collections.abc import Callable, Iterator
from io import StringIO
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import cast

import click
import msgspec

from harness.contract.contract import Match
from harness.contract.files import load_provider
from harness.mock.answer import answer, read
from harness.model.exchange import Exchange
from harness.model.journal import Journal
from harness.model.message import Response
from harness.protocols.http1 import Received, RequestReader, render
from harness.server.clock import Luck
from harness.server.connection import Connection
from harness.server.lane import Lane
from harness.server.lanes import Lanes
from loadtests.bench.peers import DOCUMENT
from loadtests.bench.table import aligned
from loadtests.bench.traffic import KINDS, Kind, asked

VARIANTS = 1000


class Step(msgspec.Struct, frozen=True):
    """One step of an exchange: its name, and what runs it once for variant `number`."""

    name: str
    run: Callable[[int], object]


class Swallow(asyncio.Transport):
    """A transport that takes bytes and sends them nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.taken += 1

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def abort(self) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


def octets_of(kind: Kind, number: int) -> bytes:
    """The request as it is on the wire, with what wrk sends."""
    request = asked(kind, number)
    body = request.body.encode()
    head = f"{request.method} {request.target} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body


def steps_of(kind: Kind, lane: Lane) -> Iterator[Step]:
    """The steps of an exchange, each on what the earlier ones made of its variant."""
    contract, behaviour = lane.provider.contract, lane.provider.behaviour
    wire = [octets_of(kind, number) for number in range(1, VARIANTS + 1)]
    reader = RequestReader(lane.limits)
    got = [cast(Received, reader.feed(octets, at_s=0.0)[0]) for octets in wire]
    requests = [received.request for received in got]
    matches = [contract.match(request.method, request.path) for request in requests]
    assert all(isinstance(match, Match) for match in matches), f"{kind.name} is not in the document"
    readings = [read(request, contract=contract, behaviour=behaviour) for request in requests]
    now_s = time.time()

    def answered(number: int) -> Response:
        return answer(
            requests[number],
            readings[number],
            contract=contract,
            behaviour=behaviour,
            state=lane.state,
            credentials=lane.credentials,
            now_s=now_s,
            rng=Luck(1, "hot", "exchange", number),
        ).response

    responses = [answered(number) for number in range(VARIANTS)]
    assert all(response.status == kind.status for response in responses), (
        f"{kind.name} is refused: {responses[0]}"
    )
    journal = Journal()

    def journalled(number: int) -> None:
        request, reading, response = requests[number], readings[number], responses[number]
        journal.enter(
            Exchange(
                number=journal.next_number(),
                connection=1,
                at_s=0.0,
                received_s=0.0,
                ended_s=0.0,
                outcome="sent",
                operation=reading.operation,
                method=request.method,
                path=request.path,
                query=request.query,
                request_headers=request.headers,
                request_body=request.body,
                status=response.status,
                response_headers=response.headers,
                response_body=response.body,
                answer_status=response.status,
            )
        )

    connection = Connection(lane)
    connection.connection_made(Swallow())
    date = "Sun, 06 Nov 1994 08:49:37 GMT"
    yield Step("read the bytes", lambda number: reader.feed(wire[number], at_s=0.0))
    yield Step("find the operation", lambda n: contract.match(requests[n].method, requests[n].path))
    yield Step("judge", lambda n: contract.judge(cast(Match, matches[n]), requests[n]))
    yield Step("read, with both", lambda n: read(requests[n], contract=contract, behaviour=behaviour))
    yield Step("answer", answered)
    yield Step("render", lambda number: render(responses[number], date=date))
    yield Step("journal", journalled)

    yield Step("whole", lambda number: connection.data_received(wire[number]))
    # More of them than a lane remembers the heads of before it forgets all.
    strange = cycle([octets_of(kind, number) for number in range(VARIANTS + 1, 40 * VARIANTS)])
    yield Step("whole, of a stranger", lambda _: connection.data_received(next(strange)))


INSIDE = frozenset(("find the operation", "judge"))
"""Steps that are parts of another step, so not added up."""


def microseconds(step: Step, *, rounds: int) -> float:
    """The median over rounds of the processor time of one run."""
    times = []
    for _ in range(rounds + 1):
        began_ns = time.thread_time_ns()
        for number in range(VARIANTS):
            step.run(number)
        times.append((time.thread_time_ns() - began_ns) / VARIANTS / 1000)
    return median(times[1:])  # the first compiles


def with_rest(times: dict[str, float]) -> list[tuple[str, float]]:
    """The steps, and between them and the whole what no step accounts for."""
    wholes = [name for name in times if name.startswith("whole")]
    found = [(name, us) for name, us in times.items() if name not in wholes]
    parts = sum(us for name, us in found if name not in INSIDE)
    return [*found, ("rest", times[wholes[-1]] - parts), *((name, times[name]) for name in wholes)]


def profile(run: Callable[[int], object], *, top: int) -> str:
    """The functions that take the most time themselves. The profiler's own cost weighs on small ones."""
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(5):
        for number in range(VARIANTS):
            run(number)
    profiler.disable()
    said = StringIO()
    pstats.Stats(profiler, stream=said).strip_dirs().sort_stats("tottime").print_stats(top)
    return said.getvalue()


async def _measure(document: Path, rounds: int, top: int) -> str:
    lanes = Lanes()
    parts = []
    try:
        cells = [("step", *(f"{kind.name}, us" for kind in KINDS))]
        columns = []
        for kind in KINDS:
            lane = await lanes.open(load_provider(str(document)))
            steps = list(steps_of(kind, lane))
            columns.append(with_rest({step.name: microseconds(step, rounds=rounds) for step in steps}))
            if top:
                parts.append(f"{kind.name}\n{profile(steps[-1].run, top=top)}")
        cells += [(row[0][0], *(f"{us:.1f}" for _, us in row)) for row in zip(*columns, strict=True)]
        return "\n".join([aligned([(*line, "") for line in cells]), *parts])
    finally:
        await lanes.close_all()


@click.command()
@click.option("--rounds", default=7, show_default=True, type=click.IntRange(1, 100))
@click.option(
    "--profile", "top", default=0, type=click.IntRange(0, 100), help="Also so many functions, by cProfile."
)
def main(rounds: int, top: int) -> None:
    """Time each step of the three requests of the benchmark, on the petstore's document."""
    click.echo(asyncio.run(_measure(DOCUMENT, rounds, top)))


if __name__ == "__main__":
    main()
