"""`@fault()`: a way to go wrong, as a pure function. What its first parameter is says what it acts on.

Situation -> Response   answers in the provider's place; the request has no effect
Response  -> Response   spoils the provider's answer; the effect has happened
Delivery  -> Delivery   spoils how the answer reaches the socket; the effect has happened, unless the fault is
                        registered with effect="no" (the request is lost before the provider acts on it)
stage="accept"          Delivery -> Delivery with no request yet: what a new connection gets
stage="handshake"       named only: what a TLS handshake shows is not for these layers to make
stage="connect"         the listener is closed while such a rule holds: the kernel refuses
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import msgspec

from harness.contract.behaviour import Behaviour
from harness.contract.contract import Contract, Operation
from harness.model.clock import Rng
from harness.model.delivery import Delivery
from harness.model.exchange import Stage
from harness.model.message import Request, Response
from harness.registry import Registry

FaultFunction = TypeVar("FaultFunction", bound=Callable[..., Any])
ActsOn = Literal["answer", "response", "delivery"]


class Situation(msgspec.Struct, frozen=True):
    """What a fault that answers in the provider's place may look at. `now_s` is the epoch second."""

    contract: Contract
    behaviour: Behaviour
    operation: Operation | None
    request: Request
    now_s: float
    rng: Rng


FAULTS: Registry[Callable[..., Response | Delivery]] = Registry("fault")


def fault(
    *,
    stage: Stage = "request",
    effect: bool = True,
    off_contract: bool = False,
) -> Callable[[FaultFunction], FaultFunction]:
    """Register a fault under `<module>.<function>`. `off_contract`: no contract allows such an answer."""

    def enter(function: FaultFunction) -> FaultFunction:
        FAULTS.register(
            function,
            acts_on=_acts_on(function),
            stage=stage,
            effect="yes" if effect else "no",
            off_contract="yes" if off_contract else "no",
        )
        return function

    return enter


def _acts_on(function: Callable[..., Any]) -> ActsOn:
    first = next(iter(inspect.signature(function, eval_str=True).parameters.values()))
    kinds: dict[Any, ActsOn] = {Situation: "answer", Response: "response", Delivery: "delivery"}
    return kinds[first.annotation]
