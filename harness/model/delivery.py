"""How an answer reaches the socket: a tuple of five kinds of Step, so that faults compose as values."""

from __future__ import annotations

import msgspec


class Write(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Send these bytes."""

    octets: bytes


class Wait(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Send nothing for `seconds`."""

    seconds: float


class Close(msgspec.Struct, frozen=True, tag=True, gc=False):
    """End the connection in order (FIN), after what was written."""


class Reset(msgspec.Struct, frozen=True, tag=True, gc=False):
    """End the connection at once (RST)."""


class Hold(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Silence with the socket open, until the client gives up."""


Step = Write | Wait | Close | Reset | Hold
Delivery = tuple[Step, ...]
