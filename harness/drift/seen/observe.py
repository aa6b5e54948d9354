"""Answers of the live provider beside our contract: what they say that the contract does not.

What was seen is proof: the answer itself is the witness. What is missing is judged by many answers, beside those of a
recording.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from harness.contract.contract import Contract
from harness.drift.seen.gathered import as_changes, gathered
from harness.drift.seen.moved import Declared, Moves
from harness.drift.seen.shown import witness
from harness.drift.seen.sightings import Sighting, of_answer
from harness.drift.seen.spots import place_of, status_key
from harness.drift.seen.told import Told, told
from harness.model.change import Change
from harness.model.exchange import Exchange


def against_contract(
    contract: Contract, exchanges: Iterable[Exchange], baseline: Iterable[Exchange] = ()
) -> tuple[Change, ...]:
    """What answers of the provider say that the contract does not.

    `baseline`: what was recorded when the client was made to fit. What was so then, too, is no news: it is told with
    the level `info`, for there the document is wrong and the provider has not moved; what is harmless is not told at
    all. Only beside a baseline can it be told that what the contract calls optional is gone.
    """
    now = tuple(told(contract, exchanges))
    before = tuple(told(contract, baseline))
    known = {sighting.key for answer in before for sighting in of_answer(contract, answer)}
    asked = Counter((answer.operation.id, answer.status) for answer in now)
    found: dict[tuple[object, ...], list[Sighting]] = {}
    for answer in now:
        for each in {sighting.key: sighting for sighting in of_answer(contract, answer)}.values():
            found.setdefault(each.key, []).append(each)
    # What harms nobody and is no news is not told at all.
    changes = [
        _change(seen, asked, key in known)
        for key, seen in found.items()
        if key not in known or seen[0].level != "info"
    ]
    return (*changes, *_gone(contract, before, now))


def _gone(contract: Contract, before: Iterable[Told], now: Iterable[Told]) -> Iterator[Change]:
    """What the contract declares without requiring it, and was there when recorded, and no longer is."""
    old, new = _by_operation(before), _by_operation(now)
    for operation_id in old.keys() & new.keys():
        operation = contract.operations[operation_id]
        was, comes = gathered(old[operation_id]), gathered(new[operation_id])
        for status in sorted(was.keys() & comes.keys()):
            by = Declared(contract.schemas("response"), contract.schema(operation, status))
            moves = Moves(declared_places=True).between(was[status].evidence, comes[status].evidence, by)
            place = place_of(operation, status=status_key(contract, operation, status))
            yield from as_changes(moves, comes[status], place)


def _by_operation(answers: Iterable[Told]) -> dict[str, list[Exchange]]:
    found: dict[str, list[Exchange]] = {}
    for answer in answers:
        found.setdefault(answer.operation.id, []).append(answer.exchange)
    return found


def _change(seen: list[Sighting], asked: Mapping[tuple[str, int], int], was_so: bool) -> Change:
    """One change of all its sightings; of its first place the shortest answer is the witness.

    `asked`: how many answers there are of each operation and status.
    """
    # In an order that is the same each night, whatever was asked first.
    places = tuple(
        sorted({sighting.place for sighting in seen}, key=lambda place: msgspec.structs.astuple(place))
    )
    here = [sighting for sighting in seen if sighting.place == places[0]]
    first = min(
        here, key=lambda sighting: (len(sighting.answer.response.body), sighting.answer.exchange.number)
    )
    every = asked[first.answer.operation.id, first.answer.status]
    often = f"in {len(here)} of {every} answers" if every > 1 else "in the one answer"
    message, level = f"{first.message} ({often})", first.level
    if was_so:
        message, level = f"{message}; so it was when recorded, so it is the document that is wrong", "info"
    return Change(
        first.rule,
        level,
        message,
        places,
        old_side=first.old_side,
        new_side=first.new_side,
        decided_by="observation",
        witness=witness(first.answer.exchange, refusal=first.message, at=first.at),
    )
