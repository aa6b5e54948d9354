"""Answers gathered by operation and status: what was seen in all of them, and which shows one thing of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from harness.drift.seen.evidence import Evidence, kind_of
from harness.drift.seen.moved import Move
from harness.drift.seen.shown import part, short, witness
from harness.drift.seen.told import MISSING, media_of, value_of
from harness.model.change import Change, Place
from harness.model.exchange import Exchange


class Gathered(msgspec.Struct, frozen=True):
    """The answers of one operation with one status that have a JSON body."""

    exchanges: tuple[Exchange, ...]
    evidence: Evidence


def gathered(exchanges: Iterable[Exchange]) -> dict[int, Gathered]:
    """The answers of one operation by status."""
    by_status: dict[int, list[Exchange]] = {}
    for exchange in exchanges:
        if exchange.status is not None and value_of(exchange) is not MISSING:
            by_status.setdefault(exchange.status, []).append(exchange)
    found = {}
    for status, group in by_status.items():
        evidence = Evidence()
        for number, exchange in enumerate(group):
            evidence.add(value_of(exchange), number)
        found[status] = Gathered(tuple(group), evidence)
    return found


def as_changes(moves: Iterable[Move], now: Gathered, place: Place) -> Iterator[Change]:
    """Each move as a change of that place, with the answer that shows it."""
    for move in moves:
        shown = _showing(now.exchanges, move)
        media = media_of(shown)
        here = msgspec.structs.replace(
            place, part=f"response {shown.status} {media}".rstrip(), value=move.value
        )
        yield Change(
            move.rule,
            move.level,
            f"answer {shown.status}: {move.message}",
            (here,),
            old_side=move.old_side,
            new_side=move.new_side,
            decided_by="observation",
            witness=witness(shown, refusal=move.message, at=move.value if move.is_there else ""),
            confidence=move.confidence,
        )


def _showing(exchanges: tuple[Exchange, ...], move: Move) -> Exchange:
    """The shortest answer that shows it, else the shortest."""
    in_order = sorted(exchanges, key=lambda exchange: len(exchange.response_body))
    for exchange in in_order if move.is_there and move.value else ():
        value = value_of(exchange)
        found = part(value, move.value)
        if found is not value and (move.new_side in (short(found), found) or _is_said(found, move.new_side)):
            return exchange
    return in_order[0]


def _is_said(value: object, said: str) -> bool:
    return said in ("null", "") and kind_of(value) == "null"
