"""`@check(source=...)`: a promise that a good client keeps, as a function from Evidence to Findings.

A check does nothing else: no raise, print or clock, and it does not know who asked. It is named for the promise
kept. It yields nothing where the promise does not concern what happened (the verdict is then "not applicable"),
`short` findings where there is too little evidence, else `kept` or `broken` ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from harness.contract.behaviour import UNKNOWN, Behaviour
from harness.model.call import Call, Kind
from harness.model.exchange import Exchange
from harness.model.finding import Finding
from harness.model.noise import Noise
from harness.model.policy import Policy
from harness.model.webhook import Sent
from harness.registry import Registry


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was seen in one scenario, and what it is to be judged by.

    `calls`: the client's calls in order of beginning, with their attempts. `journal`: every exchange of the
    lane. `operation`, `method`: what the call is about, as found from a healthy call. `secrets`: the canary
    credentials that the client was given. `healed_s`: when the provider was healed in mid-run, on the clock of
    the calls. `keeps_state`: the driver keeps the client alive between calls. `parallel`: calls were made at
    once, so their order says nothing. `faults_planned`: ids of the faults that the scenario meant to play.
    `timeout_s`: the request timeout that the client was told to use. `idempotency_header`: the lower case name
    of the header that makes a write repeatable with this provider; None where none is known. `noise`: how
    far the machine was from quiet. `alike`: over how many connections a healthy call sends one and the same
    request: more than one for a client that hedges. `webhooks`: the events that the lane has sent.
    """

    calls: tuple[Call, ...]
    journal: tuple[Exchange, ...] = ()
    kind: Kind = "read"
    operation: str | None = None
    method: str | None = None
    behaviour: Behaviour = UNKNOWN
    policy: Policy = Policy()
    secrets: tuple[str, ...] = ()
    faults_planned: tuple[str, ...] = ()
    healed_s: float | None = None
    keeps_state: bool = True
    parallel: bool = False
    timeout_s: float = 5.0
    idempotency_header: str | None = "idempotency-key"
    noise: Noise = Noise()
    alike: int = 1
    webhooks: tuple[Sent, ...] = ()


CheckFunction = TypeVar("CheckFunction", bound=Callable[..., Iterator[Finding]])

CHECKS: Registry[Callable[..., Iterator[Finding]]] = Registry("check")


def check(*, source: str) -> Callable[[CheckFunction], CheckFunction]:
    """Register a check under `<module>.<function>`. `source`: the norm that it rests on, with its URL."""

    def enter(function: CheckFunction) -> CheckFunction:
        CHECKS.register(function, source=source)
        return function

    return enter
