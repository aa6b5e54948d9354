"""How the members of forms are written: styles, media types and headers of parts, reserved characters."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from harness.contract import shape
from harness.contract.body import Media, essence
from harness.contract.parameters import Parameter
from harness.contract.schema import Schema, Schemas
from harness.contract.yaml import pointer
from harness.drift.documents.comparing import Comparing, brief
from harness.drift.documents.finding import Found, found
from harness.drift.documents.pair import Pair, Side, at_body
from harness.drift.documents.written import is_written_otherwise, serialization
from harness.drift.schemas import compare as schemas_compared
from harness.model.change import Place

_STYLED = ("style", "explode", "allowReserved")
"""With one of these, what is said of the media type is ignored: OpenAPI 3.1, Encoding Object."""


class _Member(msgspec.Struct, frozen=True):
    """A member of a form in one document. `rule`: its encoding, empty where nothing is said of it; `at` leads to
    that."""

    side: Side
    media: Media
    schema: Schema
    rule: dict[str, Any]
    at: str

    @property
    def schemas(self) -> Schemas:
        """Those by which requests are judged."""
        return self.side.contract.schemas("request")

    @property
    def is_part(self) -> bool:
        """Is it a part of its own, of a multipart body?"""
        return essence(self.media.type).startswith("multipart/")

    @property
    def has_style(self) -> bool:
        """Is it written as parameters are? Parts are since OpenAPI 3.1, where they say so."""
        is_styled = any(word in self.rule for word in _STYLED)
        if self.is_part:
            return is_styled and self.side.contract.document.is_modern
        return is_styled or not self.rule.get("contentType")


def encoding(comparing: Comparing, pair: Pair, old: Media, new: Media) -> Iterator[Found]:
    """What changed in how the members are written that a form has before and after."""
    if not (_is_form(old) and _is_form(new) and comparing.touched.may_differ(old.rules, new.rules)):
        return
    ours, theirs = _members(pair.old, old), _members(pair.new, new)
    for name, before in ours.items():
        if name not in theirs:
            continue
        after = theirs[name]
        place = comparing.place(
            pair, f"request body {old.type}", value=pointer([name]), old=before.at, new=after.at
        )
        yield from _written(name, before, after, place)
        yield from _reserved(name, before, after, place)
        if before.is_part and after.is_part:
            yield from _headers(comparing, name, before, after, place)


def _is_form(media: Media) -> bool:
    kind = essence(media.type)
    return kind == "application/x-www-form-urlencoded" or kind.startswith("multipart/")


def _members(side: Side, media: Media) -> dict[str, _Member]:
    above = at_body(side) + pointer(["content", media.type])
    rules = {name: rule for name, rule in media.rules.items() if isinstance(rule, dict)}
    return {
        name: _Member(
            *(side, media, schema, rules.get(name, {})),
            above + (pointer(["encoding", name]) if name in rules else ""),
        )
        for name, schema in shape.members(side.contract.schemas("request"), media.schema or {}).items()
    }


def _written(name: str, old: _Member, new: _Member, place: Place) -> Iterator[Found]:
    if _are_alike(name, old, new):
        return
    had, has = _kinds(old), _kinds(new)
    is_wider = bool(had) and bool(has) and all(_is_among(kind, has) for kind in had)
    before, after = _in_words(name, old), _in_words(name, new)
    yield found(
        "request.encoding.changed",
        place,
        level="info" if is_wider else None,
        old_side=before,
        new_side=after,
        name=name,
        media=old.media.type,
        old=before,
        new=after,
    )


def _are_alike(name: str, old: _Member, new: _Member) -> bool:
    if old.has_style and new.has_style:
        return not is_written_otherwise(_as_parameter(name, old), _as_parameter(name, new))
    if old.has_style != new.has_style and _has_parts(old):
        return False
    had, has = _kinds(old), _kinds(new)
    is_told = bool(had and has)
    return had == has or (not is_told and _usual(old) | _usual(new) >= had | has)


def _in_words(name: str, member: _Member) -> str:
    if member.has_style:
        return serialization(_as_parameter(name, member))
    return ", ".join(sorted(_kinds(member))) or "the usual type"


def _has_parts(member: _Member) -> bool:
    return bool(shape.types(member.schemas, member.schema) & {"array", "object"})


def _as_parameter(name: str, member: _Member) -> Parameter:
    """The parameter that is written in the same way."""
    style = str(member.rule.get("style", "form"))
    explode = member.rule.get("explode", style == "form") is True
    kinds = shape.types(member.schemas, member.schema)
    return Parameter("query", name, False, member.schema, style, explode, "", kinds, frozenset())


def _kinds(member: _Member) -> frozenset[str]:
    """The media types that are declared; none where it is written in the usual one, or in a style."""
    declared = member.rule.get("contentType")
    if member.has_style or not isinstance(declared, str):
        return frozenset()
    return frozenset(essence(kind) for kind in declared.split(",") if kind.strip())


def _usual(member: _Member) -> frozenset[str]:
    """The media types that OpenAPI's versions give a member where nothing is declared."""
    kinds, items = shape.types(member.schemas, member.schema), frozenset[str]()
    if "array" in kinds:
        items = shape.types(member.schemas, shape.item(member.schemas, member.schema))
    known = {"string": ("text/plain", "application/octet-stream"), "array": ("application/json",)}
    known |= {"object": ("application/json",)}
    return frozenset(each for kind in kinds | items for each in known.get(kind, ("text/plain",)))


def _is_among(kind: str, kinds: frozenset[str]) -> bool:
    return any(fnmatchcase(kind, each) for each in kinds)


def _reserved(name: str, old: _Member, new: _Member, place: Place) -> Iterator[Found]:
    """May reserved characters stand as they are?"""
    had, has = (not each.is_part and each.rule.get("allowReserved") is True for each in (old, new))
    if had != has:
        rule = "request.encoding.reserved.refused" if had else "request.encoding.reserved.allowed"
        yield found(rule, place, name=name)


def _headers(comparing: Comparing, name: str, old: _Member, new: _Member, place: Place) -> Iterator[Found]:
    """The headers that go with a part."""
    ours, theirs = _declared(old), _declared(new)
    for header in dict.fromkeys((*ours, *theirs)):
        facts: dict[str, Any] = {"name": name, "header": header}
        had, has = (
            side[header].get("required") is True if header in side else None for side in (ours, theirs)
        )
        if had is None:
            rule = "request.encoding.header.added-required" if has else "request.encoding.header.added"
            yield found(rule, place, new_side=brief(theirs[header]), **facts)
        elif has is None:
            yield found("request.encoding.header.removed", place, old_side=brief(ours[header]), **facts)
        else:
            if had != has:
                action = "became-required" if has else "became-optional"
                yield found(f"request.encoding.header.{action}", place, **facts)
            yield from _values(comparing, (old, ours[header]), (new, theirs[header]), place, facts)


def _values(
    comparing: Comparing,
    old: tuple[_Member, dict[str, Any]],
    new: tuple[_Member, dict[str, Any]],
    place: Place,
    facts: dict[str, Any],
) -> Iterator[Found]:
    """What a header may say."""
    before, after = (
        schemas_compared.Side(member.side.contract, member.schemas.convert(node.get("schema")), member.at)
        for member, node in (old, new)
    )
    changes = schemas_compared.compare(before, after, "request", comparing.memo)
    if changes:
        yield found(
            "request.encoding.header.changed",
            place,
            level="info" if all(change.level == "info" for change in changes) else None,
            old_side=brief(old[1]),
            new_side=brief(new[1]),
            told=changes[0].message,
            **facts,
        )


def _declared(member: _Member) -> dict[str, dict[str, Any]]:
    """By lower-case name; the media type of a part is told elsewhere."""
    headers = member.rule.get("headers")
    follow = member.side.contract.document.follow
    told = headers.items() if isinstance(headers, dict) else ()
    return {name.lower(): follow(node) for name, node in told if name.lower() != "content-type"}
