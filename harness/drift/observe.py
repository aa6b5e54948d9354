"""Answers of the live provider beside our contract: what they say that the contract does not.

What was seen is proof: the answer itself is the witness. What is missing is judged by many answers, beside those of a
recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from harness.contract import shape
from harness.contract.contract import Contract, Operation
from harness.contract.schema import Schema, Schemas
from harness.contract.tree import escaped
from harness.contract.yaml import pointer
from harness.drift import lifecycle_headers
from harness.drift.gathered import as_changes, gathered
from harness.drift.moved import Declared, Walk
from harness.drift.shown import part as part_of
from harness.drift.shown import short, witness
from harness.drift.told import MISSING, Told, media_of, told
from harness.model.change import Change, Level, Place
from harness.model.exchange import Deviation, Exchange

_LIMITS = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength"}
    | {"multipleOf", "minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems"}
)
_PARSED = frozenset(("date-time", "date", "time", "uuid", "ipv4", "ipv6"))
"""Formats that clients read into values of their own, so that a text in another one makes them fail."""

_NOT_FITTING = "the document does not allow this answer"


class Sighting(msgspec.Struct, frozen=True):
    """One thing in one answer that the contract does not say. `subject`: the value, name or status it is about."""

    rule: str
    level: Level
    message: str
    place: Place
    subject: str
    answer: Told
    old_side: str = ""
    new_side: str = ""
    at: str = ""

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What makes two sightings the same change."""
        return self.rule, self.place.operation, self.place.part, self.place.value, self.subject


def against_contract(
    contract: Contract, exchanges: Iterable[Exchange], baseline: Iterable[Exchange] = ()
) -> tuple[Change, ...]:
    """What answers of the provider say that the contract does not.

    `baseline`: what was recorded when the client was made to fit. What was so then, too, is no news: it is told with
    the level `info`, for there the document is wrong and the provider has not moved. And only beside a baseline can
    it be told that what the contract calls optional is gone.
    """
    now = tuple(told(contract, exchanges))
    before = tuple(told(contract, baseline))
    known = {sighting.key for answer in before for sighting in _of_answer(contract, answer)}
    asked: dict[str, int] = {}
    found: dict[tuple[str, str, str, str, str], list[Sighting]] = {}
    for answer in now:
        asked[answer.operation.id] = asked.get(answer.operation.id, 0) + 1
        for each in {sighting.key: sighting for sighting in _of_answer(contract, answer)}.values():
            found.setdefault(each.key, []).append(each)
    changes = [_change(seen, asked[seen[0].answer.operation.id], key in known) for key, seen in found.items()]
    return (*changes, *_gone(contract, before, now))


def place_of(operation: Operation, part: str = "", value: str = "", *, status: str = "") -> Place:
    """A place in an operation. `status`: the key of the answer in the document, where it is about one."""
    tokens = ["paths", operation.template, operation.method.lower()]
    tokens += ["responses", status] if status else []
    name = operation.id if operation.id != operation.name else ""
    return Place(operation.name, name, part, value, pointer(tokens), "")


def status_key(contract: Contract, operation: Operation, status: int) -> str:
    """The key under which the document declares that status; empty where it does not."""
    known = contract.statuses(operation)
    wanted = (str(status), f"{status // 100}XX", f"{status // 100}xx", "default")
    return next((key for key in wanted if key in known), "")


def _gone(contract: Contract, before: Iterable[Told], now: Iterable[Told]) -> Iterator[Change]:
    """What the contract declares without requiring it, and was there when recorded, and no longer is."""
    old, new = _by_operation(before), _by_operation(now)
    for operation_id in old.keys() & new.keys():
        operation = contract.operations[operation_id]
        was, comes = gathered(old[operation_id]), gathered(new[operation_id])
        for status in sorted(was.keys() & comes.keys()):
            by = Declared(contract.schemas("response"), contract.schema(operation, status))
            moves = Walk(declared_places=True).moves(was[status].evidence, comes[status].evidence, by)
            place = place_of(operation, status=status_key(contract, operation, status))
            yield from as_changes(moves, comes[status], place)


def _by_operation(answers: Iterable[Told]) -> dict[str, list[Exchange]]:
    found: dict[str, list[Exchange]] = {}
    for answer in answers:
        found.setdefault(answer.operation.id, []).append(answer.exchange)
    return found


def _change(seen: list[Sighting], asked: int, was_so: bool) -> Change:
    """One change of all its sightings; the shortest answer is the witness."""
    first = min(
        seen, key=lambda sighting: (sighting.level != seen[0].level, len(sighting.answer.response.body))
    )
    often = f"in {len(seen)} of {asked} answers" if asked > 1 else "in the one answer"
    message, level = f"{first.message} ({often})", first.level
    if was_so:
        message, level = f"{message}; so it was when recorded, so it is the document that is wrong", "info"
    return Change(
        first.rule,
        level,
        message,
        (first.place,),
        old_side=first.old_side,
        new_side=first.new_side,
        decided_by="observation",
        witness=witness(first.answer.exchange, refusal=first.message, at=first.at),
    )


def _of_answer(contract: Contract, answer: Told) -> Iterator[Sighting]:
    operation, status = answer.operation, answer.status
    key = status_key(contract, operation, status)
    yield from _of_lifecycle(operation, answer)
    if not contract.declares(operation, status):
        if contract.statuses(operation):
            yield _of_status(contract, answer)
        return
    media = media_of(answer.exchange)
    body_part = f"response {status} {media}".rstrip()
    schemas, schema = contract.schemas("response"), contract.schema(operation, status)
    wrong = (
        *contract.deviations(operation, answer.response),
        *contract.header_deviations(operation, answer.response),
    )
    for deviation in wrong:
        if deviation.where == "header":
            yield _of_header(contract, answer, deviation, key)
        elif deviation.where == "body":
            place = place_of(
                operation, body_part, _general(deviation.pointer, answer.value, schemas, schema), status=key
            )
            yield _of_body(answer, deviation, place, schemas, schema)
    if schema is not None and answer.value is not MISSING:
        told_of = {deviation.pointer for deviation in wrong}
        for at, found in _beyond(schemas, schema, answer.value, ()):
            if (where := pointer([*at])) not in told_of:
                place = place_of(
                    operation, body_part, _general(where, answer.value, schemas, schema), status=key
                )
                yield found(answer, place, where)


def _of_status(contract: Contract, answer: Told) -> Sighting:
    operation, status = answer.operation, answer.status
    known = ", ".join(contract.statuses(operation))
    place = place_of(operation, f"response {status}")
    if status in (404, 405, 410) and (answer.certain or status == 405):
        message = f"{operation.name} answers {status}: the operation is gone"
        return Sighting("seen.operation.gone", "breaking", message, place, "", answer, operation.name, "")
    level: Level = "risky" if status >= 400 else "breaking"
    message = f"{operation.name} answers {status}, which is not declared; declared are {known}"
    return Sighting("seen.status.undeclared", level, message, place, str(status), answer, known, str(status))


def _of_header(contract: Contract, answer: Told, deviation: Deviation, key: str) -> Sighting:
    operation, status = answer.operation, answer.status
    name = deviation.pointer.split("/")[1]
    if name == "content-type":
        known, media = ", ".join(contract.media_types(operation, status)), media_of(answer.exchange)
        place = place_of(operation, f"response {status} {media}".rstrip(), status=key)
        said = f"the media type {media}" if media else "no media type"
        message = f"answer {status} has {said}, which is not declared; declared are {known}"
        return Sighting("seen.media-type.undeclared", "breaking", message, place, media, answer, known, media)
    place = place_of(operation, f"response {status} header {name}", status=key)
    if deviation.keyword == "required" and answer.response.header(name.lower()) is None:
        message = f"header {name} of answer {status} is declared to be there, and is missing"
        return Sighting("seen.header.missing", "breaking", message, place, name, answer, name, "")
    value = answer.response.header(name.lower()) or ""
    message = f"header {name} of answer {status}: {deviation.message}"
    return Sighting(
        "seen.header.unfit", "breaking", message, place, deviation.keyword, answer, "", short(value)
    )


def _of_body(
    answer: Told, deviation: Deviation, place: Place, schemas: Schemas, schema: Schema | None
) -> Sighting:
    at, keyword = deviation.pointer, deviation.keyword
    found = part_of(answer.value, at) if answer.value is not MISSING else None
    value, where = short(found), place.value or "the body"
    node = _at(schemas, schema, answer.value, at) if schema is not None else {}
    declared = {name: node[name] for name in (keyword, "format") if name in node and name != "required"}
    sides = {"old_side": short(declared) if declared else "", "new_side": value}
    name = at.rsplit("/", 1)[-1]
    if keyword == "malformed":
        return Sighting("seen.body.malformed", "breaking", deviation.message, place, "", answer)
    if keyword == "required":
        message = f"{where} is required, and is missing"
        return Sighting("seen.property.missing", "breaking", message, place, name, answer, name, "", at="")
    if keyword == "additionalProperties":
        message = f"{where} is there, and the document says that nothing but what it declares is"
        return Sighting("seen.property.refused", "risky", message, place, name, answer, "", value, at)
    if keyword == "type" and found is None:
        message = f"{where} is null, and is not declared to be nullable"
        return Sighting("seen.null.undeclared", "breaking", message, place, "", answer, **sides, at=at)
    if keyword == "type":
        message = f"{where} is of another type than declared: {deviation.message}"
        return Sighting("seen.type.other", "breaking", message, place, _kind(found), answer, **sides, at=at)
    if keyword in ("enum", "const"):
        message = f"{where} is {value}, which the document does not know"
        return Sighting("seen.enum.undeclared", "breaking", message, place, value, answer, **sides, at=at)
    if keyword == "format":
        level: Level = "breaking" if node.get("format") in _PARSED else "risky"
        message = f"{where} is not in the declared format: {deviation.message}"
        return Sighting("seen.format.other", level, message, place, "", answer, **sides, at=at)
    if keyword in _LIMITS:
        message = f"{where} is beyond what is declared: {deviation.message}"
        return Sighting("seen.limit.passed", "breaking", message, place, keyword, answer, **sides, at=at)
    if keyword == "pattern":
        message = f"{where} does not match the declared pattern: {deviation.message}"
        return Sighting("seen.pattern.other", "risky", message, place, "", answer, **sides, at=at)
    message = f"{where} does not fit: {deviation.message}"
    return Sighting("seen.value.unfit", "breaking", message, place, keyword, answer, **sides, at=at)


class _Undeclared(msgspec.Struct, frozen=True):
    """A member that no part of the schema declares."""

    name: str

    def __call__(self, answer: Told, place: Place, at: str) -> Sighting:
        message = f"{place.value} is there, and the document does not declare it"
        value = short(part_of(answer.value, at))
        return Sighting("seen.property.undeclared", "info", message, place, self.name, answer, "", value, at)


class _Grown(msgspec.Struct, frozen=True):
    """A value that an enumeration which may grow does not list."""

    value: str
    known: str

    def __call__(self, answer: Told, place: Place, at: str) -> Sighting:
        message = f"{place.value or 'the body'} is {self.value}, new in an enumeration that may grow"
        return Sighting(
            "seen.enum.grown", "info", message, place, self.value, answer, self.known, self.value, at
        )


def _beyond(
    schemas: Schemas, schema: Schema, value: object, at: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], _Undeclared | _Grown]]:
    """What a value has though it is valid without being declared."""
    branches = shape.branches(schemas, schema)
    if isinstance(value, dict):
        declared = shape.members(schemas, schema)
        is_open = not declared or any(_names_others(branch) for branch in branches)
        for name, inner in value.items():
            member = shape.member(schemas, schema, name)
            if member is not None:
                yield from _beyond(schemas, member, inner, (*at, name))
            elif not is_open:
                yield (*at, name), _Undeclared(name)
    elif isinstance(value, list):
        item = shape.item(schemas, schema)
        for index, inner in enumerate(value if item else ()):
            yield from _beyond(schemas, item, inner, (*at, str(index)))
    else:
        for branch in branches:
            known = branch.get("x-extensible-enum")
            if isinstance(known, list) and value is not None and value not in known:
                yield at, _Grown(short(value), short(known))


def _names_others(branch: Schema) -> bool:
    """Does the schema speak of members beside those that it declares, but to forbid them?"""
    more = branch.get("additionalProperties", branch.get("unevaluatedProperties"))
    return more is True or isinstance(more, dict) or bool(branch.get("patternProperties"))


def _of_lifecycle(operation: Operation, answer: Told) -> Iterator[Sighting]:
    for news in lifecycle_headers.news(answer.exchange, deprecated=operation.deprecated):
        place = place_of(operation, f"response {answer.status} header {news.header}")
        message = f"{operation.name} {news.message}"
        yield Sighting(news.rule, news.level, message, place, news.value, answer, "", news.value)


def _general(at: str, value: object, schemas: Schemas, schema: Schema | None) -> str:
    """The pointer with `*` for each item, and for names that are of somebody's choice."""
    tokens = []
    for token in at.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            tokens.append("*")
            schema = shape.item(schemas, schema) if schema is not None else None
            value = value[int(name)] if name.isdigit() and int(name) < len(value) else None
            continue
        members = shape.members(schemas, schema) if schema is not None else {}
        known = shape.member(schemas, schema, name) if schema is not None else None
        tokens.append("*" if known is not None and name not in members else escaped(name))
        schema, value = known, value.get(name) if isinstance(value, dict) else None
    return "".join(f"/{token}" for token in tokens)


def _at(schemas: Schemas, schema: Schema, value: object, at: str) -> Schema:
    """The schema of the value at a pointer, as far as it can be told, its references resolved."""
    for token in at.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            schema = shape.item(schemas, schema)
            value = value[int(name)] if name.isdigit() and int(name) < len(value) else None
        else:
            schema = shape.member(schemas, schema, name) or {}
            value = value.get(name) if isinstance(value, dict) else None
    return schemas.resolve(schema)


def _kind(value: object) -> str:
    kinds = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    return kinds.get(type(value), "null")
