"""Requests of which most is known from earlier ones, answered without a second look at that."""

from __future__ import annotations

import logging

from harness.contract.contract import Contract, Miss
from harness.faults.progress import Progress
from harness.mock.answer import Answer, Reading
from harness.mock.plain import plain_bodies, plain_targets
from harness.mock.state import State
from harness.model.clock import Clock
from harness.model.message import Request
from harness.protocols.http1 import Received
from harness.server.heads import Head, Heads

log = logging.getLogger("harness.server")


class Shortcuts:
    """The short ways of one lane. `state`: what the provider remembers; None where others change it, too."""

    # hot: a request that never came before mostly goes this way.
    def __init__(self, heads: Heads, contract: Contract, state: State | None, clock: Clock) -> None:
        self._heads, self._contract, self._state, self._clock = heads, contract, state, clock

    def take(self, octets: bytes, progress: Progress | None) -> tuple[Head, Request, Answer | None] | None:
        """The known head of a request that these bytes are, the request, and its answer unless it takes the long way;
        None where they must be read first. `progress`: of the plan that is played."""
        found = self._heads.find(octets)
        if found is None:
            return self._by_target(octets, progress)
        head, body = found
        request = head.with_body(body)
        if head.by_body is None or not body or head.concerns(progress):
            return head, request, None
        try:
            return head, request, head.by_body.answer(body, now_s=self._clock.epoch())
        except Exception:  # a mistake of ours: the long way tells of it, and answers
            log.exception("no short way to answer %s", request.path)
            return head, request, None

    def learn(self, octets: bytes, received: Received, asked: Reading) -> Head | None:
        """The head of a request that took the long way in these very bytes, where it is to be known from now on."""
        heads, state = self._heads, self._state
        head, first = heads.remember(octets, received, asked), heads.relate(octets, received, asked)
        if head is not None and head.length and state is not None:
            head.by_body = plain_bodies(head.request, asked, contract=self._contract, state=state)
        if first is not None and state is not None:
            first.by_target = plain_targets(asked, contract=self._contract, state=state)
        return head

    def _by_target(self, octets: bytes, progress: Progress | None) -> tuple[Head, Request, Answer] | None:
        found = self._heads.kin(octets)
        if found is None:
            return None
        kin, target = found[0], found[1].decode("ascii")
        path, _, query = target.partition("?")
        match = self._contract.match(kin.method, path)
        head = None if isinstance(match, Miss) else kin.heads.get(match.operation.id)
        if isinstance(match, Miss) or head is None or head.by_target is None or head.concerns(progress):
            return None
        request = Request(kin.method, target, path, query, kin.headers)
        try:
            done = head.by_target.answer(match, request, now_s=self._clock.epoch())
        except Exception:
            log.exception("no short way to answer %s", path)
            return None
        return None if done is None else (head, request, done)
