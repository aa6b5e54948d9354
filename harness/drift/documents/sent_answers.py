"""Answers to what the provider sends by itself. They are the client's own: what is no longer taken breaks one."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from harness.contract.body import Media
from harness.contract.encode import content_type, encode
from harness.contract.yaml import pointer
from harness.drift.documents.comparing import Comparing
from harness.drift.documents.finding import Found, found
from harness.drift.documents.media import covers, is_akin, same_media
from harness.drift.documents.message import shown_answer
from harness.drift.documents.sent import Sent
from harness.drift.documents.within import Finding, Meant, Prover, within
from harness.drift.documents.witness import first_refusal
from harness.model.change import Place, Witness
from harness.model.message import Response


def answers(comparing: Comparing, old: Sent, new: Sent, here: Place) -> Iterator[Finding]:
    """All that changed in them."""
    yield from _statuses(old, new, here)
    ours, theirs = old.compiled.responses, new.compiled.responses
    for status, node in ours.items():
        if status in theirs and comparing.touched.may_differ(node, theirs[status]):
            part = " ".join(word for word in (here.part, f"answer {status}") if word)
            place = msgspec.structs.replace(here, part=part)
            yield from _bodies(comparing, old, new, place, status)


def _statuses(old: Sent, new: Sent, here: Place) -> Iterator[Found]:
    ours, theirs = old.compiled.responses, new.compiled.responses
    if not ours or not theirs:
        return
    for status in dict.fromkeys((*ours, *theirs)):
        if status not in theirs and "default" not in theirs:
            yield found("webhook.answer.removed", here, status=status)
        elif status not in ours and "default" not in ours:
            yield found("webhook.answer.added", here, status=status)


def _bodies(comparing: Comparing, old: Sent, new: Sent, place: Place, status: str) -> Iterator[Finding]:
    number = int(status.upper().replace("X", "0")) if status[:1].isdecimal() else 599
    answered = [side.compiled.answer(number) for side in (old, new)]
    ours, theirs = (each.media if each is not None else () for each in answered)
    if not ours and theirs:
        yield found("webhook.answer.body.added", place, status=status)
    elif ours and not theirs:
        yield found("webhook.answer.body.removed", place, status=status)
    for media in ours if theirs else ():
        other = same_media(media, theirs)
        here = msgspec.structs.replace(place, part=f"{place.part} {media.type}")
        if other is None or not (covers(other, media) or is_akin(media, other)):
            yield found("webhook.answer.media-type.removed", here, status=status, name=media.type)
        elif comparing.touched.may_differ(media.node, other.node):
            yield within(
                comparing,
                Meant(old.contract, media.schema, _schema_at(old, status, media)),
                Meant(new.contract, other.schema, _schema_at(new, status, other)),
                direction="request",
                prefix="request.",
                place=here,
                prove=_saying(old, new, number, media, other),
            )
    for media in theirs if ours else ():
        if not any(covers(each, media) or is_akin(each, media) for each in ours):
            here = msgspec.structs.replace(place, part=f"{place.part} {media.type}")
            yield found("webhook.answer.media-type.added", here, status=status, name=media.type)


def _schema_at(sent: Sent, status: str, media: Media) -> str:
    raw = sent.compiled.responses[status]
    ref = raw.get("$ref") if isinstance(raw, dict) else None
    above = ref[1:] if isinstance(ref, str) else sent.at + pointer(["responses", status])
    return above + pointer(["content", media.type, "schema"])


def _saying(old: Sent, new: Sent, status: int, media: Media, other: Media) -> Prover:
    """Answers of the client whose body says that value."""

    def prove(value: object) -> Witness | str:
        inward = old.contract.schemas("request"), new.contract.schemas("request")
        if first_refusal(inward[0], media.schema, value):
            return "no body was made that the old document takes"
        refusal = first_refusal(inward[1], other.schema, value)
        if not refusal:
            return "the validator of the new document takes what was tried"
        typed = (("content-type", content_type(media.type)),)
        text = shown_answer(Response(status, typed, encode(inward[0], media, value)))
        return Witness("answer", text, value, True, False, refusal=refusal)

    return prove
