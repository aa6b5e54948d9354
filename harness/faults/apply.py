"""Plays the chosen faults on one answer. Order: in the provider's place, on the answer, on its delivery."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.faults.registry import FAULTS, ActsOn, Situation
from harness.faults.rule import Chosen
from harness.model.delivery import Delivery
from harness.model.exchange import Fired
from harness.model.message import Response
from harness.registry import Entry


def instead(chosen: Sequence[Chosen], situation: Situation) -> Response | None:
    """The answer in the provider's place; None where the provider itself answers."""
    for entry, use in _of_kind(chosen, "answer"):
        response: Response = entry.function(situation, **use.parameters)
        return response
    return None


def has_effect(chosen: Sequence[Chosen]) -> bool:
    """May the provider act on the request before the faults strike?"""
    return all(FAULTS[use.fault].facts["effect"] == "yes" for use in chosen)


def spoil(chosen: Sequence[Chosen], response: Response) -> Response:
    """The answer after the faults in its content."""
    for entry, use in _of_kind(chosen, "response"):
        response = entry.function(response, **use.parameters)
    return response


def deliver(chosen: Sequence[Chosen], delivery: Delivery) -> Delivery:
    """The delivery after the faults in timing and connection, in the order of the plan."""
    for entry, use in _of_kind(chosen, "delivery"):
        delivery = entry.function(delivery, **use.parameters)
    return delivery


def fired(chosen: Sequence[Chosen]) -> tuple[Fired, ...]:
    """How the journal records them."""
    return tuple(
        Fired(use.fault, use.parameters, use.rule, FAULTS[use.fault].facts["off_contract"] == "yes")
        for use in chosen
    )


def _of_kind(chosen: Sequence[Chosen], kind: ActsOn) -> Iterator[tuple[Entry, Chosen]]:
    for use in chosen:
        entry = FAULTS[use.fault]
        if entry.facts["acts_on"] == kind:
            yield entry, use
