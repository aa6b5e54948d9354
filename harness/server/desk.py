"""What becomes of one request: what was asked, what goes wrong with it, the answer, and how that travels."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

import msgspec

from harness.contract.behaviour import Behaviour, Quota
from harness.contract.contract import Match
from harness.contract.provider import Provider
from harness.errors import HarnessError
from harness.faults.apply import deliver, has_effect, instead, spoil
from harness.faults.registry import Situation
from harness.faults.rule import Chosen
from harness.mock.answer import Answer, Reading, answer, read_body, read_head
from harness.mock.ratelimit import narrowed
from harness.mock.state import State
from harness.mock.store import SharedState
from harness.model.clock import Rng
from harness.model.delivery import Delivery, Wait, Write
from harness.model.message import Request, Response
from harness.protocols.http1 import Received, render

log = logging.getLogger("harness.server")

Pick = Callable[[Request, Reading, Rng], tuple[Chosen, ...]]
"""The faults for a request, as a lane's plan stands now."""

Grant = Callable[[], Quota | None]
"""What a lane's plan has the provider grant now, beside its own quotas."""

FAILED = Response(500, (("content-type", "text/plain"),), b"the mock provider itself failed: see its log")
"""What a client gets when we are at fault."""


class Source(Protocol):
    """Where answers come from in a lane whose provider is not played: a cassette, the live provider."""

    def answer(self, request: Request, reading: Reading, *, now_s: float, spoiled: bool) -> Answer | None:
        """What a request gets; None where it has to be fetched. `spoiled`: it will not arrive as it is."""
        ...

    async def fetch(self, request: Request, reading: Reading, *, now_s: float) -> Answer:
        """What a request gets from elsewhere. Whatever goes wrong there is an answer, too."""
        ...


class Served(msgspec.Struct, frozen=True):
    """What became of one request: the faults chosen, what was asked (`asked`: as far as its head says it), what the
    provider did (None when the request never reached it), and the answer (None when there is none to send)."""

    chosen: tuple[Chosen, ...] = ()
    asked: Reading | None = None
    reading: Reading | None = None
    done: Answer | None = None
    response: Response | None = None


class Awaited(msgspec.Struct, frozen=True):
    """A request whose answer has to be fetched; the fields are those of `Served`."""

    chosen: tuple[Chosen, ...]
    asked: Reading
    reading: Reading


class Desk:
    """Where a lane's requests are answered. `shared`: the state again, where other servers share it. `source`: where
    answers come from instead."""

    def __init__(
        self,
        provider: Provider,
        *,
        state: State,
        shared: SharedState | None,
        credentials: dict[str, str],
        pick: Pick,
        grant: Grant,
        source: Source | None = None,
    ) -> None:
        self._provider, self._state, self._shared = provider, state, shared
        self._credentials, self._pick, self._source = credentials, pick, source
        self._grant = grant
        self._narrowed: dict[Quota, Behaviour] = {}

    def serve(self, request: Request, asked: Reading | None, luck: Rng, now_s: float) -> Served | Awaited:
        """What becomes of a request. `asked`: what its head says, where that is known."""
        contract, behaviour = self._provider.contract, self._provider.behaviour
        asked = asked or read_head(request, contract=contract, behaviour=behaviour)
        reading = read_body(request, asked, contract=contract)
        chosen = self._pick(request, reading, luck)
        if chosen:
            operation = reading.match.operation if isinstance(reading.match, Match) else None
            response = instead(chosen, Situation(contract, behaviour, operation, request, now_s, luck))
            if response is not None or not has_effect(chosen):
                # The request never reaches the provider; with no answer, there is only what the wire does.
                return Served(chosen, asked, reading, None, response and spoil(chosen, response))
        if self._source is not None:
            found = self._source.answer(request, reading, now_s=now_s, spoiled=_is_spoiled(chosen))
            return (
                Awaited(chosen, asked, reading) if found is None else finished(chosen, asked, reading, found)
            )
        done = self._answer(request, reading, luck, now_s)
        return Served(chosen, asked, reading, done, spoil(chosen, done.response) if chosen else done.response)

    async def fetch(self, awaited: Awaited, request: Request, now_s: float) -> Served:
        """What becomes of a request whose answer has to be fetched."""
        assert self._source is not None
        done = await self._source.fetch(request, awaited.reading, now_s=now_s)
        return finished(awaited.chosen, awaited.asked, awaited.reading, done)

    def _answer(self, request: Request, reading: Reading, luck: Rng, now_s: float) -> Answer:
        """What the provider does."""
        if self._shared is None:
            return self._act(request, reading, luck, now_s)
        try:
            return self._shared.turn(lambda: self._act(request, reading, luck, now_s))
        except HarnessError as error:
            log.error("%s: no answer to %s %s: %s", self._provider.name, request.method, request.path, error)
            return Answer(FAILED)

    def _act(self, request: Request, reading: Reading, luck: Rng, now_s: float) -> Answer:
        behaviour, quota = self._provider.behaviour, self._grant()
        if quota is not None:
            if quota not in self._narrowed:
                self._narrowed[quota] = narrowed(behaviour, quota)
            behaviour = self._narrowed[quota]
            reading = msgspec.structs.replace(reading, is_plain=False)
        return answer(
            request,
            reading,
            contract=self._provider.contract,
            behaviour=behaviour,
            state=self._state,
            credentials=self._credentials,
            now_s=now_s,
            rng=luck,
        )


def finished(chosen: tuple[Chosen, ...], asked: Reading, reading: Reading, done: Answer) -> Served:
    """What becomes of a request that a source has answered. What it found wrong is told with the request."""
    if done.deviations:
        reading = msgspec.structs.replace(reading, deviations=(*reading.deviations, *done.deviations))
    return Served(chosen, asked, reading, done, spoil(chosen, done.response) if chosen else done.response)


def _is_spoiled(chosen: tuple[Chosen, ...]) -> bool:
    """Will the client ask again? Not for an answer that is only late."""
    return any(not each.fault.startswith("timing.") for each in chosen)


def rendered(served: Served, received: Received, date: str) -> bytes:
    """The bytes of the answer; none where there is none to send."""
    if served.response is None:
        return b""
    return render(
        served.response,
        date=date,
        head=received.request.method == "HEAD",
        keep_alive=received.keep_alive,
        http10=received.http10,
    )


def travelling(served: Served, answer: bytes) -> Delivery | None:
    """How the answer travels; None where it is written at once and whole."""
    delivery: Delivery = (Write(answer),) if answer else ()
    wait_s = served.done.wait_s if served.done is not None else 0.0
    if wait_s:
        delivery = (Wait(wait_s), *delivery)
    if served.chosen:
        return deliver(served.chosen, delivery)
    return delivery if wait_s else None
