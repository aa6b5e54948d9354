"""The same calls as recorded and again: what the provider answers otherwise, by shape and meaning.

What differs from call to call though nothing has changed (ids, dates, tokens, order, how many items there are) is in
no type, name or format, and so is not looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl

import msgspec

from harness.contract.contract import Contract, Match, Operation
from harness.contract.match import names_in
from harness.drift.seen import lifecycle_headers
from harness.drift.seen.absent import confidence, is_sure
from harness.drift.seen.gathered import as_changes, gathered
from harness.drift.seen.moved import Declared, Moves
from harness.drift.seen.noise import passes
from harness.drift.seen.shown import refused, witness
from harness.drift.seen.spots import place_of, status_key
from harness.drift.seen.templates import Templates
from harness.drift.seen.told import is_whole, media_of, request_of, speaks
from harness.model.change import Change, Level, Place, Witness
from harness.model.exchange import Exchange
from harness.redaction.names import words_of

_REFUSALS = frozenset((400, 413, 414, 415, 422))
_NOT_THERE = frozenset((404, 405, 410, 501))
_ELSEWHERE = frozenset((301, 302, 303, 307, 308))
_HOW_MANY = frozenset(("limit", "size", "count", "per", "top", "take", "first", "last", "max", "rows"))
_HEADERS_THAT_TELL = frozenset(
    ("link", "location", "total", "count", "page", "pages", "next", "cursor", "ratelimit", "limit", "range")
)


class Calls(msgspec.Struct, frozen=True):
    """The calls of one operation, as recorded and again. `operation` None: no document declares it."""

    name: str
    template: str
    operation: Operation | None
    old: tuple[Exchange, ...]
    new: tuple[Exchange, ...]

    @property
    def place(self) -> Place:
        """The operation itself."""
        return place_of(self.operation) if self.operation is not None else Place(self.name)


def against_recording(
    contract: Contract | None, old: Iterable[Exchange], new: Iterable[Exchange]
) -> tuple[Change, ...]:
    """What the provider answers otherwise than it did when `old` was recorded.

    With a contract, what it declares is left to `observe.against_contract`, which is given the recording as its
    baseline; here it is told what no document declares, and which calls are answered no more. An operation that was
    recorded and not asked again, or whose answers say nothing, has no change.
    """
    return tuple(
        change
        for calls in _by_operation(contract, tuple(old), tuple(new))
        for change in _of_calls(contract, calls)
    )


def unsure(contract: Contract | None, old: Iterable[Exchange], new: Iterable[Exchange]) -> tuple[str, ...]:
    """What was always there when recorded and did not come now, where too few things were seen to be sure that it is
    gone: no change, and not to be kept silent about."""
    found: dict[str, None] = {}
    for calls in _by_operation(contract, tuple(old), tuple(new)):
        was, comes = gathered(calls.old), gathered(calls.new)
        for status in sorted(was.keys() & comes.keys()):
            by = _declared(contract, calls, status)
            for declared_places in (True, False) if by is not None else (False,):
                moves = Moves(declared_places=declared_places)
                deque(moves.between(was[status].evidence, comes[status].evidence, by), maxlen=0)
                found |= {f"{calls.name} {status}: {text}": None for text in moves.unsure}
    return tuple(found)


def _declared(contract: Contract | None, calls: Calls, status: int) -> Declared | None:
    """What the contract says of that answer; None where there is no contract for the operation."""
    if contract is None or calls.operation is None:
        return None
    return Declared(contract.schemas("response"), contract.schema(calls.operation, status))


def _by_operation(
    contract: Contract | None, old: tuple[Exchange, ...], new: tuple[Exchange, ...]
) -> Iterator[Calls]:
    whole_old = [exchange for exchange in old if is_whole(exchange)]
    whole_new = [exchange for exchange in new if is_whole(exchange) and speaks(exchange.status or 0)]
    templates = Templates((*whole_old, *whole_new))
    found: dict[str, tuple[str, Operation | None, list[Exchange], list[Exchange]]] = {}
    for number, group in enumerate((whole_old, whole_new)):
        for exchange in group:
            match = contract.asked(request_of(exchange)) if contract is not None else None
            if isinstance(match, Match):
                operation: Operation | None = match.operation
                name, template = match.operation.name, match.operation.template
            else:
                template = templates.of(exchange)
                operation, name = None, f"{exchange.method} {template}"
            entry = found.setdefault(name, (template, operation, [], []))
            entry[2 + number].append(exchange)  # type: ignore[union-attr]
    for name, (template, operation, was, comes) in found.items():
        if was and comes:
            yield Calls(name, template, operation, tuple(was), tuple(comes))


def _of_calls(contract: Contract | None, calls: Calls) -> Iterator[Change]:
    went_well = [exchange for exchange in calls.old if _succeeded(exchange)]
    if went_well and not any(_succeeded(exchange) for exchange in calls.new):
        yield from list(_no_longer(contract, calls, went_well)) or _refused_now(calls, went_well)
        return
    yield from _refused_now(calls, went_well)
    if calls.operation is None:
        yield from _statuses(calls)
        yield from _media(calls)
        yield from _lifecycle(calls)
    yield from _headers(calls)
    was, comes = gathered(calls.old), gathered(calls.new)
    for status in sorted(was.keys() & comes.keys()):
        by, key = _declared(contract, calls, status), ""
        if contract is not None and calls.operation is not None:
            key = status_key(contract, calls.operation, status)
        moves = Moves(declared_places=False).between(was[status].evidence, comes[status].evidence, by)
        place = place_of(calls.operation, status=key) if calls.operation is not None else calls.place
        yield from as_changes(moves, comes[status], place)


def _no_longer(contract: Contract | None, calls: Calls, went_well: list[Exchange]) -> Iterator[Change]:
    """What went well when recorded, and no call of it does now. One whose ids may be gone tells nothing by a 404."""
    statuses = {exchange.status or 0 for exchange in calls.new}
    first = calls.new[0]
    said = f"answered {went_well[0].status} when recorded, and answers {first.status} now"
    names_things = bool(names_in(calls.template)) or _names_what_passes(first)
    if statuses <= _NOT_THERE and (statuses & {405, 501} or not names_things):
        if contract is not None and calls.operation is not None:
            # The contract's own part tells of a status that it does not declare.
            declared = contract.declares(calls.operation, first.status or 0)
            if not declared and (first.status == 405 or not (names_in(calls.template) or first.query)):
                return
        yield _change(calls, "seen.operation.gone", "breaking", f"{calls.name} {said}", first)
    elif statuses <= _ELSEWHERE:
        where = first.response_header("location") or "nowhere"
        message = f"{calls.name} {said}, with {where} as the place to go to"
        if (
            contract is None
            or calls.operation is None
            or contract.declares(calls.operation, first.status or 0)
        ):
            yield _change(calls, "seen.operation.moved", "breaking", message, first)
    elif statuses <= _REFUSALS:
        # Beside them there may be calls that nobody recorded, with values that were never good.
        known = {_wording(exchange) for exchange in went_well}
        again = [exchange for exchange in calls.new if _wording(exchange) in known] or list(calls.new)
        if not any(_names_what_passes(exchange) for exchange in again):
            first = again[0]
            said = f"answered {went_well[0].status} when recorded, and answers {first.status} now"
            message = f"{calls.name} {said}: it no longer takes what was sent"
            yield _change(calls, "seen.request.refused", _of_refusal(first), message, first, is_request=True)


def _refused_now(calls: Calls, went_well: list[Exchange]) -> Iterator[Change]:
    """A call that is refused, though word for word the same went well when recorded, while others still go well."""
    known = {_wording(exchange): exchange for exchange in went_well}
    told: set[object] = set()
    for exchange in calls.new:
        before = known.get(_wording(exchange))
        if before is None or exchange.status not in _REFUSALS or _wording(exchange) in told:
            continue
        told.add(_wording(exchange))
        if _names_what_passes(exchange) or names_in(calls.template):
            continue
        query = f"?{exchange.query}" if exchange.query else ""
        message = (
            f"{exchange.method} {exchange.path}{query} answered {before.status} when recorded, and is refused"
        )
        yield _change(
            calls,
            "seen.request.refused",
            _of_refusal(exchange),
            f"{message} with {exchange.status}",
            exchange,
            is_request=True,
        )


def _of_refusal(exchange: Exchange) -> Level:
    """What was done once may be refused the second time: there is a customer of that name."""
    return "breaking" if exchange.method in ("GET", "HEAD", "OPTIONS") else "risky"


def _statuses(calls: Calls) -> Iterator[Change]:
    before = {exchange.status for exchange in calls.old if _succeeded(exchange)}
    now = [exchange for exchange in calls.new if _succeeded(exchange)]
    for status in sorted({exchange.status or 0 for exchange in now} - before) if before else ():
        came = [exchange for exchange in now if exchange.status == status]
        replaced = not before & {exchange.status for exchange in now}
        if not replaced and not is_sure(len(came), len(now), len(calls.old)):
            continue
        old = ", ".join(str(each) for each in sorted(filter(None, before)))
        message = f"{calls.name} answers {status}, and answered {old} when recorded"
        part = f"response {status}"
        yield _change(
            calls, "seen.status.new", "breaking", message, came[0], part=part, sides=(old, str(status))
        )


def _media(calls: Calls) -> Iterator[Change]:
    for status in sorted({exchange.status or 0 for exchange in calls.old}):
        before = {media_of(exchange) for exchange in calls.old if exchange.status == status} - {""}
        now = [exchange for exchange in calls.new if exchange.status == status and media_of(exchange)]
        if not before or not now or before & {media_of(exchange) for exchange in now}:
            continue
        old, new = ", ".join(sorted(before)), media_of(now[0])
        message = f"answer {status} of {calls.name} is {new}, and was {old} when recorded"
        part = f"response {status} {new}"
        yield _change(calls, "seen.media-type.new", "breaking", message, now[0], part=part, sides=(old, new))


def _lifecycle(calls: Calls) -> Iterator[Change]:
    before = {
        (news.rule, news.value)
        for each in calls.old
        for news in lifecycle_headers.news(each, deprecated=False)
    }
    told: set[tuple[str, str]] = set()
    for exchange in calls.new:
        for news in lifecycle_headers.news(exchange, deprecated=False):
            if (news.rule, news.value) in before | told:
                continue
            told.add((news.rule, news.value))
            part = f"response {exchange.status} header {news.header}"
            message = f"{calls.name} {news.message}"
            yield _change(calls, news.rule, news.level, message, exchange, part=part, sides=("", news.value))


def _headers(calls: Calls) -> Iterator[Change]:
    """Headers that clients act on: gone, or of another version."""
    old, new = ([each for each in group if _succeeded(each)] for group in (calls.old, calls.new))
    names = {name for exchange in (*old, *new) for name, _ in exchange.response_headers}
    for name in sorted(names):
        words = words_of(name)
        before, now = ([each.response_header(name) for each in group] for group in (old, new))
        there, comes = sum(v is not None for v in before), sum(v is not None for v in now)
        part = f"response {new[0].status if new else ''} header {name}"
        if "version" in words and there and comes and not set(before) & set(now):
            sides = (str(next(filter(None, before))), str(next(filter(None, now))))
            message = (
                f"{calls.name} answers with {name} {sides[1]}, and answered with {sides[0]} when recorded"
            )
            yield _change(calls, "seen.version.new", "risky", message, new[0], part=part, sides=sides)
        elif _HEADERS_THAT_TELL.intersection(words) and not comes and is_sure(there, len(old), len(now)):
            message = f"header {name} came in {there} of {len(old)} answers, and comes in none of {len(now)}"
            sure = confidence(there, len(old), len(now))
            yield _change(
                calls, "seen.header.gone", "risky", message, new[0], part=part, sides=(name, ""), sure=sure
            )


def _change(
    calls: Calls,
    rule: str,
    level: Level,
    message: str,
    shown: Exchange,
    *,
    part: str = "",
    sides: tuple[str, str] = ("", ""),
    is_request: bool = False,
    sure: float | None = None,
) -> Change:
    seen: Witness = refused(shown, refusal=message) if is_request else witness(shown, refusal=message)
    place = msgspec.structs.replace(calls.place, part=part)
    old_side, new_side = sides
    return Change(
        rule,
        level,
        message,
        (place,),
        old_side=old_side or (calls.name if rule == "seen.operation.gone" else ""),
        new_side=new_side,
        decided_by="observation",
        witness=seen,
        confidence=sure,
    )


def _succeeded(exchange: Exchange) -> bool:
    return exchange.status is not None and 200 <= exchange.status < 300


def _wording(exchange: Exchange) -> tuple[object, ...]:
    return exchange.method, exchange.path, exchange.query, exchange.request_body


def _names_what_passes(exchange: Exchange) -> bool:
    """Does a query say what may be good today and not tomorrow? How many are wanted does not pass."""
    return any(passes(text) for name, text in parse_qsl(exchange.query) if not _is_how_many(name, text))


def _is_how_many(name: str, text: str) -> bool:
    words = words_of(name)
    return bool(_HOW_MANY.intersection(words)) and "id" not in words and text.isdigit() and len(text) <= 4
