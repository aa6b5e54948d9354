"""An event that a provider tells of, and how its deliveries went. Times are seconds on the lane's monotonic clock."""

from __future__ import annotations

from typing import Literal, Required, TypedDict

import msgspec

from harness.model.message import Headers

Trouble = Literal["refused", "timeout", "broken_off"]
"""Why there was no answer: nobody listened, the provider waited no longer, or the connection ended too early."""

FORGED = frozenset(("wrong_signature", "unsigned", "altered"))
"""The ways of sending in which an event comes from somebody else than the provider."""

STALE = frozenset(("stale",))
"""The ways in which it was signed by the provider, and too long ago."""


class HowSent(TypedDict, total=False):
    """Where to, and how, an event is sent: the parameters of whoever sends one."""

    to: Required[str]
    resource: str | dict[str, object] | None
    way: str
    attempts: int
    pace: float
    delay_s: float
    allow_remote: bool


class Event(msgspec.Struct, frozen=True):
    """What a provider tells of, as it is posted but for the signature. The id is the same at every attempt."""

    id: str
    type: str
    body: bytes
    headers: Headers = ()
    method: str = "POST"


class Attempt(msgspec.Struct, frozen=True):
    """One request with an event, and what came back. `number` counts the attempts of the lane in order of sending.

    `headers`: all that was sent, the signature too. `status`: what the receiver answered; None without an answer, and
    `trouble` says why. `signed_s`: the epoch second that the signature names. `ended_s`: None while it goes on.
    """

    number: int
    at_s: float
    headers: Headers
    body: bytes
    signed_s: float
    ended_s: float | None = None
    status: int | None = None
    trouble: Trouble | None = None
    answer: bytes = b""

    @property
    def taken(self) -> bool:
        """Did the receiver say that it has it: any 2xx?"""
        return self.status is not None and 200 <= self.status < 300

    @property
    def took_s(self) -> float | None:
        """How long the receiver took to answer; None while it goes on."""
        return None if self.ended_s is None else self.ended_s - self.at_s


class Sent(msgspec.Struct, frozen=True):
    """An event that was sent: where to, in which way (`harness.mock.posting`), and every attempt in order.

    `effects`: how often the receiver has acted on it, as far as somebody told."""

    number: int
    event: Event
    url: str
    way: str
    attempts: tuple[Attempt, ...] = ()
    effects: int = 0

    @property
    def status(self) -> int | None:
        """What the receiver answered last; None without an answer."""
        return self.attempts[-1].status if self.attempts else None

    @property
    def taken(self) -> bool:
        """Did the receiver take it at last?"""
        return bool(self.attempts) and self.attempts[-1].taken
