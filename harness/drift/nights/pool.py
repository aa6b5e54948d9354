"""What answers had and lacked, pooled over nights: one night has too few of them to say that something is gone.

Of each operation, for each place in its good answers where objects stand, it is counted in how many things a member
came that the contract or a recording promises, and in how many it could have; and the same for nights. The recording
counts as the first night. A thing is counted once, however many nights show it; what is without an id is told by the
path that it answers, and an item of a list by all that it says. Since a member was last met, the things and nights
that lack it are counted on the other side. Of both, Fisher's exact test (`seen/absent.py`) says how likely that is by
chance, once for the things and once for the nights; the surer of the two is taken. So the confidence grows from night
to night.

A member is gone when it was lacking on FEWEST_NIGHTS at least, and chance is CHANCE or less. What came but once, in
one thing on one night, is never missed; nor, since no more than MOST_THINGS are told apart, is what less than about
a tenth of the things have, unless its nights tell. A member that is met again starts anew, and with it its history.

Forgotten is what an operation showed when its part of the contract or its recording is another; a member that has
been lacking for MOST_NIGHTS and is not told as gone; an operation that was not asked for so long. What is older than
that counts by half. Of things only 24 bits of a hash are kept: enough to count them, too few to know them again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from hashlib import blake2b

import msgspec

from harness.contract.contract import Contract, Operation
from harness.contract.slice import sliced
from harness.contract.tree import escaped
from harness.drift.nights.counts import MOST_NIGHTS, MOST_PLACES, Kept, Member, Spot, hashed, joined, split
from harness.drift.seen.evidence import Evidence, Thing
from harness.drift.seen.gathered import as_changes, gathered
from harness.drift.seen.moved import LIKELY, NEARLY, Declared, Move
from harness.drift.seen.spots import place_of, status_key
from harness.drift.seen.told import told, value_of
from harness.model.change import Change
from harness.model.exchange import Exchange

_DEEPEST = 24


class Pooled(msgspec.Struct, frozen=True):
    """What is to be kept, by the names of operations; what is gone; and what may be, as notes."""

    kept: Mapping[str, Kept]
    changes: tuple[Change, ...] = ()
    unsure: tuple[str, ...] = ()


def pooled(
    contract: Contract,
    before: Mapping[str, Kept],
    recorded: Iterable[Exchange],
    exchanges: Iterable[Exchange],
    *,
    asked: Collection[str],
    today: str,
) -> Pooled:
    """The night taken in. `asked`: the names of the operations that answered well enough to count; `recorded`: what
    the provider answered when the client was made to fit. `before` stays as it is."""
    was, comes = _by_operation(contract, recorded), _by_operation(contract, exchanges)
    kept = {name: each for name, each in before.items() if not _is_old(each.last, today)}
    changes: list[Change] = []
    unsure: list[str] = []
    for operation, answers in comes.values():
        if operation.name not in asked:
            continue
        _, recording = was.get(operation.id, (operation, []))
        stamp = _stamp(contract, operation, recording)
        known = kept.get(operation.name)
        night = _Night(contract, operation, recording, answers)
        if known is None or known.stamp != stamp:
            known = Kept(stamp)
            night.take(known, recording, is_another_night=True)
        else:
            # The same text is not to be counted twice where the night is told again.
            known = msgspec.convert(msgspec.to_builtins(known), Kept)
        night.take(known, answers, is_another_night=known.last != today)
        known.last = today
        kept[operation.name] = known
        changes += night.gone(known)
        unsure += night.unsure(known)
    return Pooled(kept, tuple(changes), tuple(unsure))


class _Night:
    """The answers of one operation."""

    def __init__(
        self, contract: Contract, operation: Operation, recorded: list[Exchange], answers: list[Exchange]
    ) -> None:
        self._contract, self._operation = contract, operation
        self._recorded = _evidence(recorded)
        self._shown = gathered(answers)

    def take(self, kept: Kept, answers: list[Exchange], *, is_another_night: bool) -> None:
        for status, evidence in _evidence(answers).items():
            by = Declared(self._contract.schemas("response"), self._contract.schema(self._operation, status))
            taking = _Taking(kept.spots, is_another_night)
            taking.spot(f"{status}", evidence, self._recorded.get(status), by)

    def gone(self, kept: Kept) -> Iterator[Change]:
        for status, at, name, member in self._lacking(kept):
            if not member.is_gone:
                continue
            message = f"{_said(at, name, member)}: it is gone"
            move = Move(
                "seen.property.gone",
                "risky",
                message,
                f"{at}/{escaped(name)}",
                name,
                confidence=1.0 - member.chance,
                is_there=False,
            )
            place = place_of(self._operation, status=status_key(self._contract, self._operation, status))
            yield from as_changes((move,), self._shown[status], place)

    def unsure(self, kept: Kept) -> Iterator[str]:
        for status, at, name, member in self._lacking(kept):
            sure = 1.0 - member.chance
            always = member.there == member.seen or member.nights == member.nights_seen
            if always and sure >= LIKELY and not member.is_gone:
                yield (
                    f"{self._operation.name} {status}: {_said(at, name, member)}: too few to be sure"
                    f" that it is gone ({min(sure, NEARLY):.1%})"
                )

    def _lacking(self, kept: Kept) -> Iterator[tuple[int, str, str, Member]]:
        for where, spot in kept.spots.items():
            status, slash, at = where.partition("/")
            for name, member in spot.members.items():
                if member.nights_lacking and int(status) in self._shown:
                    yield int(status), f"{slash}{at}", name, member


class _Taking:
    """Takes what was seen in at one place, and further in."""

    def __init__(self, spots: dict[str, Spot], is_another_night: bool) -> None:
        self._spots, self._is_another_night = spots, is_another_night

    def spot(self, at: str, seen: Evidence, recorded: Evidence | None, by: Declared, depth: int = 0) -> None:
        """`recorded`: what the recording has there, None for nothing; `by`: what the contract says."""
        if depth > _DEEPEST:
            return
        if seen.items is not None:
            inner = recorded.items if recorded is not None else None
            self.spot(f"{at}/*", seen.items, inner, by.item, depth + 1)
        if not seen.objects:
            return
        if seen.is_map or by.is_map or (recorded is not None and recorded.is_map):
            inner = recorded.every if recorded is not None else None
            self.spot(f"{at}/*", seen.every, inner, by.member("\0"), depth + 1)
            return
        self._members(at, seen, recorded, by)
        for name, member in seen.members.items():
            if recorded is not None and name in recorded.members:
                inner = recorded.members[name]
            elif by.member(name).schema is not None:
                inner = None
            else:
                continue
            self.spot(f"{at}/{escaped(name)}", member, inner, by.member(name), depth + 1)

    def _members(self, at: str, seen: Evidence, recorded: Evidence | None, by: Declared) -> None:
        if at not in self._spots and len(self._spots) >= MOST_PLACES:
            return
        spot = self._spots.setdefault(at, Spot())
        known = set(split(spot.things))
        things = {thing: hashed(thing) for thing in seen.kinds["object"]}
        fresh = {thing for thing, text in things.items() if text not in known}
        spot.things = joined(spot.things, things.values())
        spot.seen += len(fresh)
        spot.nights += self._is_another_night
        for name in list({**seen.members, **spot.members}):
            is_promised = by.member(name).schema is not None or (
                recorded is not None and name in recorded.members
            )
            if not is_promised or by.requires(name):
                spot.members.pop(name, None)
                continue
            holders = seen.members[name].holders if name in seen.members else set[Thing]()
            self._member(spot, name, things, fresh, holders)
        if spot.nights > MOST_NIGHTS:
            spot.seen, spot.nights = spot.seen // 2, spot.nights // 2

    def _member(
        self, spot: Spot, name: str, things: Mapping[Thing, str], fresh: set[Thing], holders: set[Thing]
    ) -> None:
        member = spot.members.get(name)
        if member is None:
            # As long as it had not come, it was lacking.
            before = spot.nights - self._is_another_night
            member = Member(seen=spot.seen - len(fresh), nights_seen=before)
            spot.members[name] = member
        is_another_night = self._is_another_night or not member.nights_seen
        if holders:
            member.meet(len(holders & fresh), len(fresh), is_another_night=is_another_night)
        else:
            member.miss(things.values(), len(fresh), is_another_night=is_another_night)
            if member.nights_lacking > MOST_NIGHTS and not member.is_gone:
                del spot.members[name]


def _said(at: str, name: str, member: Member) -> str:
    before = f"all of {member.seen}" if member.there == member.seen else f"{member.there} of {member.seen}"
    return (
        f"{at}/{escaped(name)} came in {before} on {_nights(member.nights)},"
        f" and in none of {member.lacking} on the last {_nights(member.nights_lacking)}"
    )


def _nights(number: int) -> str:
    return "night" if number == 1 else f"{number} nights"


def _by_operation(
    contract: Contract, exchanges: Iterable[Exchange]
) -> dict[str, tuple[Operation, list[Exchange]]]:
    found: dict[str, tuple[Operation, list[Exchange]]] = {}
    for answer in told(contract, exchanges):
        if 200 <= answer.status < 300:
            found.setdefault(answer.operation.id, (answer.operation, []))[1].append(answer.exchange)
    return found


def _evidence(exchanges: Iterable[Exchange]) -> dict[int, Evidence]:
    """By status. An answer without an id is the thing that its path names, whatever it says tonight."""
    found: dict[int, Evidence] = {}
    for status, group in gathered(exchanges).items():
        found[status] = Evidence()
        for number, exchange in enumerate(group.exchanges):
            found[status].add(value_of(exchange), number, (exchange.path,))
    return found


def _stamp(contract: Contract, operation: Operation, recorded: Iterable[Exchange]) -> str:
    part = sliced(contract.document, [(operation.method, operation.template)])
    digest = blake2b(msgspec.json.encode(part, order="deterministic", enc_hook=str), digest_size=8)
    for each in recorded:
        digest.update(repr((each.path, each.query, each.status)).encode())
        digest.update(each.response_body)
    return digest.hexdigest()


def _is_old(day: str, today: str) -> bool:
    return (date.fromisoformat(today) - date.fromisoformat(day)).days > MOST_NIGHTS
