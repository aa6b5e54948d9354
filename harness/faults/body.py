"""Faults in what the body says: cut short, not JSON, not there. The effect has happened."""

from __future__ import annotations

import msgspec

from harness.faults.registry import fault
from harness.faults.wire import cut, octets
from harness.model.delivery import Close, Delivery, Write
from harness.model.message import Response


@fault(off_contract=True)
def truncated(delivery: Delivery, *, keep_ratio: float = 0.5) -> Delivery:
    """Send the head and `keep_ratio` of the body, then close. Seen at: a proxy that ran out of memory."""
    sent, _ = cut(octets(delivery), keep_ratio)
    # Content-Length is left as promised, so a client that trusts it sees a short read.
    return (Write(sent), Close())


@fault(off_contract=True)
def malformed(response: Response, *, keep_ratio: float = 0.7) -> Response:
    """Keep `keep_ratio` of the body and end it in a way that no JSON parser takes. Seen at: a broken template.

    The length is right: only a client that parses the body can tell.
    """
    kept = response.body[: int(len(response.body) * keep_ratio)]
    return msgspec.structs.replace(response, body=kept + b",,")


@fault(off_contract=True)
def empty(response: Response) -> Response:
    """Send the status and headers with no body at all. Seen at: a cache that stored nothing."""
    return msgspec.structs.replace(response, body=b"")
