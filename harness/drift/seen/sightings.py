"""What one answer says that its contract does not, thing by thing."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from harness.contract import shape
from harness.contract.contract import Contract, Operation
from harness.contract.schema import Schema, Schemas
from harness.contract.yaml import pointer
from harness.drift.seen import lifecycle_headers
from harness.drift.seen.evidence import kind_of
from harness.drift.seen.shown import part, short
from harness.drift.seen.spots import name_of, place_of, schema_at, spot, status_key
from harness.drift.seen.told import MISSING, Told, media_of
from harness.model.change import Level, Place
from harness.model.exchange import Deviation

_LIMITS = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength"}
    | {"multipleOf", "minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems"}
)
_PARSED = frozenset(("date-time", "date", "time", "uuid", "ipv4", "ipv6"))
"""Formats that clients read into values of their own, so that a text in another one makes them fail."""


class Sighting(msgspec.Struct, frozen=True):
    """One thing in one answer that the contract does not say. `subject`: the value, name or status it is about.

    `at`: where it is in that answer's value; empty for what is not there. `spot`: the place within the component that
    speaks of it, so that a component is told of once; empty where the operation's own schema does.
    """

    rule: str
    level: Level
    message: str
    place: Place
    subject: str
    answer: Told
    old_side: str = ""
    new_side: str = ""
    at: str = ""
    spot: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two sightings the same change."""
        where = self.spot or (self.place.operation, self.place.part, self.place.value)
        return self.rule, where, self.subject


def of_answer(contract: Contract, answer: Told) -> Iterator[Sighting]:
    """All that an answer says and the contract does not."""
    operation, status = answer.operation, answer.status
    key = status_key(contract, operation, status)
    yield from _of_lifecycle(operation, answer)
    if not contract.declares(operation, status):
        if contract.statuses(operation):
            yield _of_status(contract, answer)
        return
    wrong = contract.deviations(operation, answer.response)
    for deviation in (*wrong, *contract.header_deviations(operation, answer.response)):
        if deviation.where == "header":
            yield _of_header(contract, answer, deviation, key)
    schema = contract.schema(operation, status)
    part_of_answer = f"response {status} {media_of(answer.exchange)}".rstrip()
    body = _Body(contract.schemas("response"), schema or {}, answer, part_of_answer, key)
    told_of = set()
    for deviation in wrong:
        if deviation.where == "body":
            told_of.add(deviation.pointer)
            yield body.of(deviation)
    if schema is not None and answer.value is not MISSING:
        yield from (each for each in body.beyond(schema, answer.value, ()) if each.at not in told_of)


def _of_status(contract: Contract, answer: Told) -> Sighting:
    operation, status = answer.operation, answer.status
    known = ", ".join(contract.statuses(operation))
    place = place_of(operation, f"response {status}")
    if status in (404, 405, 410) and (answer.certain or status == 405):
        message = (
            f"{operation.name} answers {status}: the operation is gone, or is not there for this account"
        )
        return Sighting("seen.operation.gone", "breaking", message, place, "", answer, operation.name, "")
    level: Level = "risky" if status >= 400 else "breaking"
    message = f"{operation.name} answers {status}, which is not declared; declared: {known}"
    return Sighting("seen.status.undeclared", level, message, place, str(status), answer, known, str(status))


def _of_header(contract: Contract, answer: Told, deviation: Deviation, key: str) -> Sighting:
    operation, status = answer.operation, answer.status
    name = deviation.pointer.split("/")[1]
    if name == "content-type":
        known, media = ", ".join(contract.media_types(operation, status)), media_of(answer.exchange)
        place = place_of(operation, f"response {status} {media}".rstrip(), status=key)
        said = f"the media type {media}" if media else "no media type"
        message = f"answer {status} has {said}, which is not declared; declared: {known}"
        return Sighting("seen.media-type.undeclared", "breaking", message, place, media, answer, known, media)
    place = place_of(operation, f"response {status} header {name}", status=key)
    found = answer.response.header(name.lower())
    if found is None:
        message = f"header {name} of answer {status} is declared to be there, and is missing"
        return Sighting("seen.header.missing", "breaking", message, place, name, answer, name, "")
    value = short(found, name)
    message = f"header {name} of answer {status} is {value}, which does not fit its schema"
    return Sighting("seen.header.unfit", "breaking", message, place, deviation.keyword, answer, "", value)


def _of_lifecycle(operation: Operation, answer: Told) -> Iterator[Sighting]:
    for news in lifecycle_headers.news(answer.exchange, deprecated=operation.deprecated):
        place = place_of(operation, f"response {answer.status} header {news.header}")
        message = f"{operation.name} {news.message}"
        yield Sighting(news.rule, news.level, message, place, news.value, answer, "", news.value)


class _Body:
    """The body of one answer, beside its schema."""

    def __init__(self, schemas: Schemas, schema: Schema, answer: Told, where: str, key: str) -> None:
        self._schemas, self._schema, self._answer = schemas, schema, answer
        self._where, self._key = where, key

    def of(self, deviation: Deviation) -> Sighting:
        """What the validator has against it."""
        at, keyword = deviation.pointer, deviation.keyword
        if keyword == "malformed":
            return self._seen("seen.body.malformed", "breaking", deviation.message, "", "")
        node, name = self._at(at), name_of(at)
        if keyword in ("required", "additionalProperties"):
            if keyword == "required":
                said = "{} is required, and is missing"
                return self._seen(
                    "seen.property.missing", "breaking", said, at, name, old=name, is_there=False
                )
            said = "{} is there, and the document says that there is nothing beside what it declares"
            return self._seen("seen.property.refused", "risky", said, at, name)
        found = part(self._answer.value, at)
        declared = {key: node[key] for key in (keyword, "format") if key in node}
        limit, value = short(declared) if declared else "", short(found, name)
        rule, subject = "seen.value.unfit", keyword
        level: Level = "breaking"
        said = "{} is " + _braced(value) + ", which does not fit what is declared"
        if keyword == "type" and found is None:
            rule, subject, said = "seen.null.undeclared", "", "{} is null, and is not declared to be nullable"
        elif keyword == "type":
            wanted = node.get("type", "something else")
            wanted = " or ".join(wanted) if isinstance(wanted, list) else wanted
            rule, subject = "seen.type.other", kind_of(found)
            said = f"{{}} is of type {subject}, and declared is {wanted}"
        elif keyword in ("enum", "const"):
            rule, subject = "seen.enum.undeclared", value
            said = "{} is " + _braced(value) + ", which the document does not know"
        elif keyword == "format":
            rule, subject = "seen.format.other", ""
            level = "breaking" if node.get("format") in _PARSED else "risky"
            said = "{} is " + _braced(value) + f", which is not in the declared format {node.get('format')}"
        elif keyword in _LIMITS:
            rule = "seen.limit.passed"
            said = "{} is " + _braced(value) + ", which is beyond what is declared: " + _braced(limit)
        elif keyword == "pattern":
            rule, level = "seen.pattern.other", "risky"
            said = "{} is " + _braced(value) + ", which does not match the declared pattern"
        return self._seen(rule, level, said, at, subject, old=limit)

    def beyond(self, schema: Schema, value: object, at: tuple[str, ...]) -> Iterator[Sighting]:
        """What a value has though it is valid without being declared."""
        schemas = self._schemas
        branches = shape.branches(schemas, schema)
        if isinstance(value, dict):
            declared = shape.members(schemas, schema)
            is_open = not declared or any(_names_others(branch) for branch in branches)
            for name, inner in value.items():
                member = shape.member(schemas, schema, name)
                if member is not None:
                    yield from self.beyond(member, inner, (*at, name))
                elif not is_open:
                    said = "{} is there, and the document does not declare it"
                    yield self._seen("seen.property.undeclared", "info", said, pointer([*at, name]), name)
        elif isinstance(value, list):
            item = shape.item(schemas, schema)
            for index, inner in enumerate(value if item else ()):
                yield from self.beyond(item, inner, (*at, str(index)))
        else:
            for branch in branches:
                known = branch.get("x-extensible-enum")
                if isinstance(known, list) and value is not None and value not in known:
                    new = short(value)
                    said = "{} is " + _braced(new) + ", new in an enumeration that may grow"
                    yield self._seen("seen.enum.grown", "info", said, pointer([*at]), new, old=short(known))

    def _seen(
        self,
        rule: str,
        level: Level,
        said: str,
        at: str,
        subject: str,
        *,
        old: str = "",
        is_there: bool = True,
    ) -> Sighting:
        answer = self._answer
        value, within = spot(at, answer.value, self._schemas, self._schema)
        is_shown = is_there and answer.value is not MISSING
        return Sighting(
            rule,
            level,
            said.format(value or "the body"),
            place_of(answer.operation, self._where, value, status=self._key),
            subject,
            answer,
            old,
            short(part(answer.value, at), name_of(at)) if is_shown else "",
            at if is_there else "",
            within,
        )

    def _at(self, at: str) -> Schema:
        return schema_at(self._schemas, self._schema, self._answer.value, at)


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _names_others(branch: Schema) -> bool:
    """Does the schema speak of members beside those that it declares, but to forbid them?"""
    more = branch.get("additionalProperties", branch.get("unevaluatedProperties"))
    return more is True or isinstance(more, dict) or bool(branch.get("patternProperties"))
