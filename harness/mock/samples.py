"""Successful answers as the contract declares them: a few of each, made, judged and encoded once.

Which one a request gets depends on the request alone, as at a provider: who reads the same thing twice sees the same
thing, whatever else was asked for in between.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

import msgspec

from harness.contract.contract import USUAL, Choice, Contract, Operation
from harness.mock.state import Sample, Samples, State
from harness.model.clock import Rng
from harness.model.message import Request, Response

COUNT = 8
"""Samples of one answer, where it takes luck."""

_PLACES = 8
"""For how many names of the mock a sample is kept: they come from outside, so there may be any number."""

LASTING_S = 3600.0
"""How long samples stand for "now" in their dates."""

_FIELDS = msgspec.json.Decoder(dict[str, Any])


class _Noted:
    """Luck that notes whether any was taken."""

    def __init__(self, rng: Rng) -> None:
        self._rng = rng
        self.taken = False

    def random(self) -> float:
        self.taken = True
        return self._rng.random()

    def randrange(self, start: int, stop: int) -> int:
        self.taken = True
        return self._rng.randrange(start, stop)

    def getrandbits(self, k: int) -> int:
        self.taken = True
        return self._rng.getrandbits(k)


def sample(
    contract: Contract,
    operation: Operation,
    status: int,
    *,
    request: Request,
    state: State,
    now_s: float,
    choice: Choice = USUAL,
) -> Sample:
    """The answer with that status that this request gets. One that changes something gets the next in turn."""
    form = ""
    if choice is not USUAL and contract.is_other(operation, status, choice):
        form = contract.media_type(operation, status, choice.accept) or ""
    key = operation.id, status, form
    samples = state.samples.get(key)
    if samples is None or not 0 <= now_s - samples.made_s < LASTING_S:
        samples = state.samples[key] = Samples(now_s)
    if samples.only is not None:
        return samples.only
    turn = (crc32(request.target.encode()) if operation.safe else state.effects) % COUNT
    found = samples.made.get(turn)
    if found is None:
        luck = _Noted(state.draw(f"{operation.id} {status}", turn))
        answer = contract.answer(operation, status, rng=luck, now_s=samples.made_s, choice=choice)
        back: dict[str, Sample] | None = {} if contract.links.any_in(answer) else None
        found = samples.made[turn] = _made(answer, is_only=not luck.taken, back=back)
        if found.is_only:
            samples.only = found
    return found


def leading_back(found: Sample, contract: Contract, operation: Operation, base_url: str) -> Sample:
    """The sample with links to where its request was sent instead of the provider, if the contract allows them."""
    known = found.back
    if known is None:
        return found
    if base_url not in known:
        if len(known) >= _PLACES:
            known.clear()
        answer = contract.links.back(found.response, base_url)
        fits = not contract.deviations(operation, answer)
        known[base_url] = _made(answer, is_only=found.is_only) if fits else found
    return known[base_url]


def _made(response: Response, *, is_only: bool, back: dict[str, Sample] | None = None) -> Sample:
    fields = None
    if response.body[:1] == b"{" and "json" in (response.header("content-type") or ""):
        fields = _FIELDS.decode(response.body)
    return Sample(response, fields, is_only, back)
