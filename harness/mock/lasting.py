"""Answers that take no luck, such as the examples of a document: made, judged and encoded once."""

from __future__ import annotations

from harness.contract.contract import Contract, Operation
from harness.model.clock import Rng
from harness.model.message import Response

_MUCH_LATER_S = 400 * 86400.0


class Noted:
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


def sampled(
    contract: Contract, operation: Operation, status: int, *, rng: Rng, now_s: float
) -> tuple[Response, bool]:
    """An answer, and whether it may stand for every later one: it took no luck, tells no time and is valid."""
    luck = Noted(rng)
    answer = contract.answer(operation, status, rng=luck, now_s=now_s)
    if luck.taken:
        return answer, False
    later = contract.answer(operation, status, rng=luck, now_s=now_s + _MUCH_LATER_S)
    return answer, later == answer and not contract.deviations(operation, answer)
