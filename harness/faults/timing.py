"""Faults in when bytes arrive: late, dribbled, stalled, never."""

from __future__ import annotations

from harness.faults.registry import fault
from harness.faults.wire import cut, head_and_body, octets
from harness.model.delivery import Delivery, Hold, Step, Wait, Write


@fault()
def late(delivery: Delivery, *, delay_s: float) -> Delivery:
    """Wait `delay_s` before the first byte. Seen at: a cold start, a saturated pool."""
    return (Wait(delay_s), *delivery)


@fault()
def dribbled(delivery: Delivery, *, over_s: float, chunk_bytes: int = 0) -> Delivery:
    """Send the head, then the body spread evenly over `over_s`. Seen at: a congested link, a stuck proxy.

    A client whose timeout is for each read never notices. `chunk_bytes` 0 makes some forty pieces.
    """
    head, body = head_and_body(octets(delivery))
    size = chunk_bytes or max(1, -(-len(body) // 40))
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    pause = Wait(over_s / max(1, len(pieces)))
    steps: list[Step] = [Write(head)]
    for piece in pieces:
        steps += (pause, Write(piece))
    return (*steps, *(step for step in delivery if not isinstance(step, Write)))


@fault()
def stalled(delivery: Delivery, *, keep_ratio: float = 0.5, for_s: float = 0.0) -> Delivery:
    """Send `keep_ratio` of the body, then nothing for `for_s` (0: for ever). Seen at: a dying worker."""
    sent, rest = cut(octets(delivery), keep_ratio)
    if not for_s:
        return (Write(sent), Hold())
    ends = tuple(step for step in delivery if not isinstance(step, Write))
    return (Write(sent), Wait(for_s), Write(rest), *ends)


@fault(effect=False)
def hung(delivery: Delivery) -> Delivery:
    """Take the request and never answer, with the connection open. Seen at: a deadlock, a lost route."""
    return (Hold(),)
