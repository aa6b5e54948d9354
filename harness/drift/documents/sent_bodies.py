"""Bodies of what the provider sends by itself: it chooses in which media type, so each may come."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec

from harness.contract.body import Media, choose
from harness.contract.encode import content_type, encode
from harness.drift.documents.answers import otherwise_in_xml, type_parameters
from harness.drift.documents.comparing import Comparing, brief
from harness.drift.documents.finding import Found, found
from harness.drift.documents.media import became, same_media, under
from harness.drift.documents.sent import Sent, bare, schema_at
from harness.drift.documents.within import Finding, Meant, Prover, within
from harness.drift.documents.witness import first_refusal
from harness.model.change import Level, Place, Witness


def bodies(comparing: Comparing, old: Sent, new: Sent, here: Place) -> Iterator[Finding]:
    """All that changed in them."""
    yield from _presence(old, new, here)
    ours, theirs = old.compiled.body, new.compiled.body
    if not ours or not theirs:
        return
    sides: dict[str, Any] = {
        "old_side": brief([each.type for each in ours]),
        "new_side": brief([each.type for each in theirs]),
    }
    kept = [same_media(media, theirs) for media in ours]
    fresh = [each for each in theirs if each not in kept and choose(ours, each.type) is None]
    for media, other in zip(ours, kept, strict=True):
        place = _of_body(here, media)
        if other is not None:
            yield from _kept(comparing, old, new, place, media, other, sides)
            continue
        # Where nothing comes instead, the others could come before.
        level: Level | None = None if fresh else "info"
        proof = partial(_instead, old, new, fresh[0]) if fresh else None
        yield found(
            "response.media-type.removed",
            place,
            level=level,
            proof=proof,
            status="it",
            name=media.type,
            **sides,
        )
    for media in fresh if None not in kept else ():
        yield found("webhook.media-type.added", _of_body(here, media), name=media.type, **sides)


def _of_body(here: Place, media: Media) -> Place:
    part = " ".join(word for word in (here.part, "request body", media.type) if word)
    return msgspec.structs.replace(here, part=part)


def _presence(old: Sent, new: Sent, here: Place) -> Iterator[Found]:
    """Does its body always come?"""
    ours, theirs = old.compiled, new.compiled
    bodiless = Witness("answer", bare(new), None, False, True, refusal="a body must come, and none does")
    if not ours.body and theirs.body:
        yield found("webhook.body.added", here)
    elif ours.body and not theirs.body:
        level: Level | None = None if ours.body_required else "risky"
        yield found("webhook.body.removed", here, level=level, proof=lambda: bodiless)
    elif ours.body and ours.body_required and not theirs.body_required:
        yield found("webhook.body.became-optional", here, proof=lambda: bodiless)
    elif ours.body and theirs.body_required and not ours.body_required:
        yield found("webhook.body.became-required", here)


def _kept(
    comparing: Comparing,
    old: Sent,
    new: Sent,
    place: Place,
    media: Media,
    other: Media,
    sides: dict[str, Any],
) -> Iterator[Finding]:
    """What changed in a body of a media type that still comes, as itself or as another."""
    action = became(media, new.compiled.body, old.compiled.body)
    if action:
        yield found(
            f"response.media-type.{action}",
            place,
            proof=partial(_of_another, old, new, other),
            status="it",
            old=media.type,
            new=other.type,
            **sides,
        )
    yield from type_parameters(place, "it", media, other)
    if not comparing.touched.may_differ(media.node, other.node):
        return
    at = schema_at(old, media), schema_at(new, other)
    yield within(
        comparing,
        Meant(old.contract, media.schema, at[0]),
        Meant(new.contract, other.schema, at[1]),
        direction="response",
        prefix="response.",
        place=place,
        prove=_saying(old, new, media, other),
    )
    placed = msgspec.structs.replace(
        place, old=comparing.old.document.origin(at[0]), new=comparing.new.document.origin(at[1])
    )
    yield from otherwise_in_xml(comparing, placed, "it", media, other, partial(_with, new, other.type))


def _saying(old: Sent, new: Sent, media: Media, other: Media) -> Prover:
    """Requests of the provider whose body says that value."""

    def prove(value: object) -> Witness | str:
        outward = old.contract.schemas("response"), new.contract.schemas("response")
        if first_refusal(outward[1], other.schema, value):
            return "no body was made that the new document allows"
        refusal = first_refusal(outward[0], media.schema, value)
        if not refusal:
            return "the validator of the old document allows what was tried"
        return Witness("answer", _shown(new, other, value), value, False, True, refusal=refusal)

    return prove


def _instead(old: Sent, new: Sent, media: Media) -> Witness:
    """The body in a media type that comes instead."""
    text = _with(new, media.type, encode(new.contract.schemas("response"), media, {}))
    return Witness("answer", text, {}, False, True, refusal=_undeclared(old, media.type))


def _of_another(old: Sent, new: Sent, media: Media) -> Witness:
    """A body of a media type that only the new document's range has."""
    kind, body = next(each for each in under(media) if choose(old.compiled.body, each[0]) is None)
    return Witness("answer", _with(new, kind, body), None, False, True, refusal=_undeclared(old, kind))


def _undeclared(old: Sent, kind: str) -> str:
    names = ", ".join(each.type for each in old.compiled.body)
    return f"content type {kind!r}; declared are {names}"


def _shown(sent: Sent, media: Media, value: object) -> str:
    return _with(sent, media.type, encode(sent.contract.schemas("response"), media, value))


def _with(sent: Sent, kind: str, body: bytes) -> str:
    return f"{bare(sent)}\ncontent-type: {content_type(kind)}\n\n{body.decode(errors='replace')}"
