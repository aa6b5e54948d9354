"""A cassette that is played again: which recorded answer a request gets, and why it gets none.

Requests are matched by what they ask for (`meaning.py`). Recorded answers to one and the same request are given in
their order; the last one is repeated. A request that is repeated because its answer was spoiled on its way, or that
comes with an idempotency key again, gets the same answer again.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

import msgspec

from harness.cassette.meaning import Difference, Meaning, differences, epoch_s, meaning
from harness.cassette.recorded import Cassette, Recorded
from harness.contract.contract import Contract
from harness.contract.links import Links
from harness.model.message import Request, Response

_OF_THE_WIRE = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive", "date"})
"""What the server that answers says anew."""

_SHOWN = 4
"""How many differences a near miss tells."""


class Hit(msgspec.Struct, frozen=True):
    """The exchange of a cassette that a request gets: its number, from 1. `again`: it was given before."""

    number: int
    response: Response
    again: bool = False


class NearMiss(msgspec.Struct, frozen=True):
    """No recorded request is this one. `nearest`: the number of the one that comes nearest, 0 where there is none."""

    message: str
    nearest: int = 0
    differences: tuple[Difference, ...] = ()


class Replay:
    """A cassette that is being played, by a contract where there is one. `path`: the file, for what is told."""

    def __init__(self, cassette: Cassette, contract: Contract | None = None, *, path: str = "") -> None:
        self._contract, self._path = contract, path
        self._exchanges: list[Recorded] = []
        self._meanings: list[Meaning] = []
        self._by_operation: dict[str, list[int]] = {}
        self._given: set[int] = set()
        self._by_key: dict[str, int] = {}
        self._links = Links(())
        self.add(*cassette.exchanges)

    @property
    def left(self) -> int:
        """How many exchanges were not given yet."""
        return len(self._exchanges) - len(self._given)

    def add(self, *exchanges: Recorded) -> None:
        """More exchanges, that come after those that are there."""
        for each in exchanges:
            asked = meaning(each.request, self._contract)
            self._by_operation.setdefault(asked.operation, []).append(len(self._exchanges))
            self._exchanges.append(each)
            self._meanings.append(asked)
        urls = self._contract.server_urls if self._contract is not None else ()
        self._links = Links((*urls, *{each.origin for each in self._exchanges if each.origin}))

    def answer(
        self, request: Request, *, now_s: float, key: str | None = None, spoiled: bool = False
    ) -> Hit | NearMiss:
        """What a request gets. `key`: its idempotency key. `spoiled`: the answer will not arrive as it is: who asks
        again is owed it again."""
        asked = meaning(request, self._contract)
        fitting = [
            index
            for index in self._by_operation.get(asked.operation, ())
            if next(self._differences(index, asked, now_s), None) is None
        ]
        if not fitting:
            return self._near_miss(request, asked, now_s)
        known = self._by_key.get(key) if key else None
        if known in fitting and known is not None:
            chosen, again = known, True
        else:
            chosen = next((index for index in fitting if index not in self._given), fitting[-1])
            again = chosen in self._given
        if not spoiled:
            self._given.add(chosen)
        if key:
            self._by_key[key] = chosen
        return Hit(chosen + 1, self._answer(self._exchanges[chosen], request), again)

    def _answer(self, recorded: Recorded, request: Request) -> Response:
        response = recorded.response
        kept = tuple(pair for pair in response.headers if pair[0] not in _OF_THE_WIRE)
        # Links to the provider lead back here: what follows them must not leave for the live one.
        return self._links.back(Response(response.status, kept, response.body), request.base_url)

    def _differences(self, index: int, asked: Meaning, now_s: float) -> Iterator[Difference]:
        recorded_s = epoch_s(self._exchanges[index].recorded_at)
        return differences(self._meanings[index], asked, recorded_s=recorded_s, asked_s=now_s)

    def _near_miss(self, request: Request, asked: Meaning, now_s: float) -> NearMiss:
        where = f"{self._path}: " if self._path else ""
        if not self._exchanges:
            return NearMiss(
                f"{where}the cassette is empty, so nothing answers {request.method} {request.path}"
            )
        told = f"{where}nothing recorded answers {request.method} {request.path}"
        same = self._by_operation.get(asked.operation)
        if same:
            found = [(index, tuple(self._differences(index, asked, now_s))) for index in same]
            index, apart = min(found, key=lambda each: len(each[1]))
            shown = "; ".join(map(str, apart[:_SHOWN]))
            more = f"; and {len(apart) - _SHOWN} more" if len(apart) > _SHOWN else ""
            return NearMiss(f"{told}; nearest is exchange {index + 1}: {shown}{more}", index + 1, apart)
        name = f"{request.method} {request.path}"
        index = max(
            range(len(self._exchanges)), key=lambda index: _likeness(name, self._exchanges[index].request)
        )
        near = self._exchanges[index].request
        apart = _apart(near, request)
        return NearMiss(
            f"{told}; nearest is exchange {index + 1}: {near.method} {near.path}", index + 1, apart
        )


def _likeness(name: str, recorded: Request) -> float:
    return SequenceMatcher(None, name, f"{recorded.method} {recorded.path}").ratio()


def _apart(recorded: Request, asked: Request) -> tuple[Difference, ...]:
    found = []
    for where in ("method", "path"):
        one, other = getattr(recorded, where), getattr(asked, where)
        if one != other:
            found.append(Difference(where, "", one, other))
    return tuple(found)
