"""The ways in which events reach a receiver: as they should, and those that it must survive.

A way is a function from events, in the order in which they happened, to postings in the order in which they are sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from harness.contract.signing import Scheme, Signed
from harness.errors import UnknownName, UsageError
from harness.model.message import Headers
from harness.model.webhook import FORGED, STALE, Event

OTHERS_SECRET = "whsec_bm90LXRoZS1zZWNyZXQtb2YtdGhpcy1sYW5l"
"""What a forger signs with. No lane has it."""

STALE_S = 600.0
"""How old a stale signature is where the provider names no tolerance; else twice that."""


class Posting(msgspec.Struct, frozen=True):
    """One event, to be sent once. `wait_s`: from the posting before. `age_s`: by how much the signed time is early.
    `altered`: the body is changed after it was signed. `again`: byte for byte what was sent of this event before."""

    event: Event
    wait_s: float = 0.0
    age_s: float = 0.0
    signature: Literal["right", "wrong", "none"] = "right"
    altered: bool = False
    again: bool = False


class Terms(msgspec.Struct, frozen=True):
    """What a way depends on. `delay_s`: between postings, or before a late one. `tolerance_s`: the provider's."""

    delay_s: float = 0.0
    tolerance_s: float | None = None


Events = tuple[Event, ...]
Postings = tuple[Posting, ...]
Way = Callable[[Events, Terms], Postings]


def once(events: Events, terms: Terms) -> Postings:
    """Each once, in order."""
    return tuple(Posting(event, wait_s=terms.delay_s if index else 0.0) for index, event in enumerate(events))


def duplicate(events: Events, terms: Terms) -> Postings:
    """Each twice, with a signature of its own, as a provider does that has lost the first answer."""
    return tuple(
        Posting(event, wait_s=terms.delay_s if again else 0.0) for event in events for again in (False, True)
    )


def replayed(events: Events, terms: Terms) -> Postings:
    """Each twice, the second time byte for byte, as somebody does who has overheard the first."""
    return tuple(
        Posting(event, wait_s=terms.delay_s if again else 0.0, again=again)
        for event in events
        for again in (False, True)
    )


def out_of_order(events: Events, terms: Terms) -> Postings:
    """The last first."""
    if len(events) < 2:
        raise UsageError("out_of_order takes two events or more: with one there is no order")
    return once(events[::-1], terms)


def late(events: Events, terms: Terms) -> Postings:
    """Not before `delay_s` after they happened."""
    if not terms.delay_s:
        raise UsageError("late takes a delay_s: by how much")
    return tuple(Posting(event, wait_s=0.0 if index else terms.delay_s) for index, event in enumerate(events))


def wrong_signature(events: Events, terms: Terms) -> Postings:
    """Signed with another secret than the receiver has."""
    return tuple(Posting(event, signature="wrong") for event in events)


def unsigned(events: Events, terms: Terms) -> Postings:
    """Without a signature."""
    return tuple(Posting(event, signature="none") for event in events)


def altered(events: Events, terms: Terms) -> Postings:
    """Changed after it was signed."""
    return tuple(Posting(event, altered=True) for event in events)


def stale(events: Events, terms: Terms) -> Postings:
    """Signed well, and longer ago than the provider wants a receiver to accept."""
    age_s = STALE_S if terms.tolerance_s is None else 2 * terms.tolerance_s
    return tuple(Posting(event, age_s=age_s) for event in events)


WAYS: Mapping[str, Way] = {
    way.__name__: way
    for way in (once, duplicate, replayed, out_of_order, late, wrong_signature, unsigned, altered, stale)
}

NOTHING_HAPPENED = FORGED | STALE
"""The ways in which an event tells of nothing that is new at the provider."""


def postings(way: str, events: Events, terms: Terms) -> Postings:
    """What is sent of these events. UnknownName where there is no such way."""
    if way not in WAYS:
        raise UnknownName("way to send a webhook", way, WAYS)
    return WAYS[way](events, terms)


def signed(posting: Posting, scheme: Scheme, secret: str, *, now_s: float) -> tuple[Headers, bytes]:
    """The header fields and the body of a posting that is sent at that epoch second."""
    event, at_s = posting.event, now_s - posting.age_s
    headers = event.headers
    if posting.signature != "none":
        used = secret if posting.signature == "right" else OTHERS_SECRET
        headers += scheme.sign(Signed(event.body, event.id, at_s), used)
    return headers, _changed(event.body) if posting.altered else event.body


def _changed(body: bytes) -> bytes:
    """With one more member, where it is a JSON object; else with one more space."""
    return b'{"altered":true,' + body[1:] if body[:1] == b"{" and b'"' in body else body + b" "
