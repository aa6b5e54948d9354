"""Faults in the connection itself: refused, reset, closed, and the answer that is lost after the effect."""

from __future__ import annotations

from harness.faults.registry import fault
from harness.faults.wire import cut, octets
from harness.model.delivery import Close, Delivery, Reset, Wait, Write


@fault(stage="connect", effect=False)
def refused(delivery: Delivery) -> Delivery:
    """Nobody listens: connecting fails with ECONNREFUSED. Seen at: a crash, a deploy, a wrong port."""
    return (Reset(),)


@fault(stage="accept", effect=False)
def reset_on_accept(delivery: Delivery) -> Delivery:
    """Accept the connection and reset it before any byte is read. Seen at: a full load balancer."""
    # A reset at once may overtake the client's own notice that it is connected, and then looks like a refusal.
    return (Wait(0.03), Reset())


@fault(effect=False)
def reset_before_answer(delivery: Delivery) -> Delivery:
    """Take the request and reset the connection; the provider did nothing. Seen at: a killed worker."""
    return (Reset(),)


@fault()
def reset_in_answer(delivery: Delivery, *, keep_ratio: float = 0.5) -> Delivery:
    """Send the head and `keep_ratio` of the body, then reset. Seen at: a worker killed while it writes."""
    sent, _ = cut(octets(delivery), keep_ratio)
    # A reset discards what the client's kernel still holds, so the client gets time to read what was sent.
    return (Write(sent), Wait(0.05), Reset())


@fault(effect=False)
def closed(delivery: Delivery) -> Delivery:
    """Take the request and close in order, without an answer. Seen at: a proxy whose server went away."""
    return (Close(),)


@fault()
def lost_answer(delivery: Delivery) -> Delivery:
    """Do what was asked, then reset without an answer. Seen at: a network that fails at the worst moment.

    Only a client with an idempotency key can try this again without doing it twice.
    """
    return (Reset(),)
