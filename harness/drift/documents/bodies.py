"""Bodies of requests: whether one is taken or needed, in which media types, and how forms are written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from harness.contract.body import Media, essence
from harness.contract.encode import encode, numbered
from harness.contract.yaml import pointer
from harness.drift.documents.as_xml import UNREAD_ELEMENTS, written_otherwise
from harness.drift.documents.comparing import Comparing, brief
from harness.drift.documents.encoding import encoding
from harness.drift.documents.finding import Found, Harmless, found
from harness.drift.documents.listed import as_lists, singled, told
from harness.drift.documents.media import UNREAD, altered, covers, is_akin, is_form, same_media, under
from harness.drift.documents.pair import Pair, Side, at_body
from harness.drift.documents.within import Finding, Meant, Prover, within
from harness.drift.documents.witness import concerns, refused
from harness.model.change import Place, Witness
from harness.model.exchange import Deviation


def bodies(comparing: Comparing, pair: Pair) -> Iterator[Finding]:
    """All that changed in an operation's request body, but for its schemas."""
    old, new = pair.old.compiled, pair.new.compiled
    ours, theirs = at_body(pair.old), at_body(pair.new)
    nodes = pair.old.node.get("requestBody"), pair.new.node.get("requestBody")
    if not comparing.touched.may_differ(*nodes):
        return
    sides: dict[str, Any] = {"old_side": _side(pair.old), "new_side": _side(pair.new)}
    place = comparing.place(pair, "request body", old=ours or pair.old.at, new=theirs or pair.new.at)

    def bodiless() -> Any:
        asked = comparing.old_says.asked(pair.old, bodiless=True)
        return refused(pair, (asked,), concerns("body"))

    if not old.body and not new.body:
        return
    if not old.body:
        rule = "request.body.added-required" if new.body_required else "request.body.added"
        yield found(rule, place, proof=bodiless, **sides)
        return
    if not new.body:
        yield found(
            "request.body.removed",
            place,
            level="risky" if _says_nothing(pair.old) else None,
            proof=lambda: refused(
                pair, (comparing.old_says.asked(pair.old, media=old.body[0]),), _about_content
            ),
            **sides,
        )
        return
    if new.body_required and not old.body_required:
        yield found("request.body.became-required", place, proof=bodiless, **sides)
    elif old.body_required and not new.body_required:
        yield found("request.body.became-optional", place, **sides)
    yield from _media_types(comparing, pair)


def _says_nothing(side: Side) -> bool:
    """Can a body only be empty, and be left out? Converters of documents give such forms to what takes none."""
    said = [media.schema or {} for media in side.compiled.body]
    return not side.compiled.body_required and all(
        schema.get("additionalProperties") is False and not schema.get("properties") for schema in said
    )


def _media_types(comparing: Comparing, pair: Pair) -> Iterator[Finding]:
    old, new = pair.old.compiled.body, pair.new.compiled.body
    for media in old:
        place = comparing.place(
            pair,
            f"request body {media.type}",
            old=at_body(pair.old) + pointer(["content", media.type]),
            new=at_body(pair.new) + "/content",
        )
        other = same_media(media, new)
        sides: dict[str, Any] = {
            "old_side": brief(media.type),
            "new_side": brief([each.type for each in new]),
        }
        if other is not None and not covers(other, media) and is_akin(media, other):
            yield found("request.media-type.renamed", place, old=media.type, new=other.type, **sides)
        elif other is None or not covers(other, media):
            yield found(
                "request.media-type.removed",
                place,
                proof=_sent(comparing, pair, media),
                name=media.type,
                **sides,
            )
        for action, name, before, after in altered(media, other) if other is not None else ():
            rule = f"request.media-type.parameter.{action}"
            yield found(rule, place, proof=lambda: UNREAD, name=name, old=before, new=after, **sides)
        if other is not None:
            yield from encoding(comparing, pair, media, other)
            if comparing.touched.may_differ(media.node, other.node):
                yield from _inside(comparing, pair, media, other, place)
                yield from _xml(comparing, pair, media, other, place)
    for media in new:
        if not any(covers(each, media) or is_akin(each, media) for each in old):
            place = comparing.place(
                pair,
                f"request body {media.type}",
                old=at_body(pair.old) + "/content",
                new=at_body(pair.new) + pointer(["content", media.type]),
            )
            yield found("request.media-type.added", place, new_side=brief(media.type), name=media.type)


def _inside(comparing: Comparing, pair: Pair, old: Media, new: Media, place: Place) -> Iterator[Finding]:
    """What changed inside the schema. Of a form, single values that are lists now are compared as such."""
    was, lists = old.schema, dict[str, bool]()
    if is_form(old) and is_form(new):
        inward = comparing.old.schemas("request"), comparing.new.schemas("request")
        was, lists = as_lists(inward, old, new)
    for name, is_parted in lists.items():
        there = msgspec.structs.replace(place, value=pointer([name]))
        yield told("request.type.changed", there, is_parted=is_parted)
    yield within(
        comparing,
        Meant(pair.old.contract, was, place.old + "/schema"),
        Meant(pair.new.contract, new.schema, at_body(pair.new) + pointer(["content", new.type, "schema"])),
        direction="request",
        prefix="request.",
        place=place,
        prove=_saying(comparing, pair, old, lists),
        as_texts=is_form(old),
    )


def _sent(comparing: Comparing, pair: Pair, media: Media) -> Any:
    ways: list[tuple[Media, bytes | None]] = [*_of_range(media)] or [(media, None)]

    def proof() -> Any:
        tries = (comparing.old_says.asked(pair.old, media=each, body=body) for each, body in ways)
        return refused(pair, tries, _about_content)

    return proof


def _of_range(media: Media) -> Iterator[tuple[Media, bytes]]:
    """What falls under a range, each with a body; nothing of what is no range."""
    for kind, body in under(media) if "*" in media.type else ():
        yield msgspec.structs.replace(media, type=kind), body


def _saying(comparing: Comparing, pair: Pair, media: Media, lists: Collection[str]) -> Prover:
    """Requests whose body says that value. `lists`: members that were a single value before."""

    def prove(value: object) -> Witness | str:
        value = singled(value, lists)
        bodies = [encode(pair.old.contract.schemas("request"), media, value)]
        if essence(media.type) == "application/x-www-form-urlencoded" and isinstance(value, dict):
            bodies.append(numbered(value))
        tries = (comparing.old_says.asked(pair.old, media=media, body=body) for body in bodies)
        return refused(pair, tries, concerns("body"), value=value)

    return prove


def _xml(comparing: Comparing, pair: Pair, media: Media, other: Media, place: Place) -> Iterator[Found]:
    """How the same value is written in XML."""
    texts = written_otherwise(comparing.old, comparing.new, media, other, "request")
    if texts is None:
        return
    before, after, value = texts

    def proof() -> Witness | Harmless:
        asked = comparing.old_says.asked(pair.old, media=media, body=before.encode())
        outcome = refused(pair, (asked,), concerns("body"), value=value)
        return outcome if isinstance(outcome, Witness) else UNREAD_ELEMENTS

    yield found("request.xml.changed", place, proof=proof, media=media.type, old_side=before, new_side=after)


def _about_content(deviation: Deviation) -> bool:
    return deviation.pointer == "/content-type"


def _side(side: Side) -> str:
    node = side.contract.document.follow(side.node.get("requestBody"))
    content = node.get("content") or ()
    return brief({"required": node.get("required") is True, "content": [*content]}) if node else ""
