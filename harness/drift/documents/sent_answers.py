"""Answers to what the provider sends by itself. They are the client's own: what is no longer taken breaks one."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from harness.contract.body import Media
from harness.contract.encode import content_type, encode
from harness.contract.parameters import Parameter, judge_texts
from harness.contract.yaml import pointer
from harness.drift.documents.comparing import Comparing
from harness.drift.documents.finding import Found, found
from harness.drift.documents.media import covers, is_akin, same_media
from harness.drift.documents.message import shown_answer
from harness.drift.documents.sent import Sent
from harness.drift.documents.within import Finding, Meant, Prover, within
from harness.drift.documents.witness import first_refusal
from harness.drift.documents.written import in_header
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
            yield from _headers(comparing, old, new, place, status)


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
    number = _number(status)
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


def _number(status: str) -> int:
    """A status of a range, too; of the default one, that is seldom declared."""
    return int(status.upper().replace("X", "0")) if status[:1].isdecimal() else 599


def _headers(comparing: Comparing, old: Sent, new: Sent, place: Place, status: str) -> Iterator[Finding]:
    number = _number(status)
    ours, theirs = ({each.name: each for each in side.compiled.answer_headers(number)} for side in (old, new))
    for name in dict.fromkeys((*ours, *theirs)):
        before, after = ours.get(name), theirs.get(name)
        here = msgspec.structs.replace(place, part=f"{place.part} header {name}")
        if after is None:
            yield found("webhook.answer.header.removed", here, status=status, name=name)
        elif before is None:
            rule = "added-required" if after.required else "added"
            yield found(f"webhook.answer.header.{rule}", here, status=status, name=name)
        else:
            if before.required != after.required:
                rule = "became-required" if after.required else "became-optional"
                yield found(f"webhook.answer.header.{rule}", here, status=status, name=name)
            yield within(
                comparing,
                Meant(old.contract, before.schema, _answer_at(old, status)),
                Meant(new.contract, after.schema, _answer_at(new, status)),
                direction="request",
                prefix="request.parameter.",
                place=here,
                prove=_heading(old, new, number, before, after),
                as_texts=True,
            )


def _heading(old: Sent, new: Sent, status: int, before: Parameter, after: Parameter) -> Prover:
    """Answers of the client with a header that says that value."""

    def prove(value: object) -> Witness | str:
        text = in_header(before, value)
        sides = (old, before), (new, after)
        wrong = [
            judge_texts(side.contract.schemas("request"), (header,), {header.name: text})[1]
            for side, header in sides
        ]
        if wrong[0] or not wrong[1]:
            return "no header was made that the old document takes and the new one does not"
        shown = shown_answer(Response(status, ((before.name, text),)))
        return Witness("answer", shown, value, True, False, refusal=wrong[1][0].message)

    return prove


def _answer_at(sent: Sent, status: str) -> str:
    raw = sent.compiled.responses[status]
    ref = raw.get("$ref") if isinstance(raw, dict) else None
    return ref[1:] if isinstance(ref, str) else sent.at + pointer(["responses", status])


def _schema_at(sent: Sent, status: str, media: Media) -> str:
    return _answer_at(sent, status) + pointer(["content", media.type, "schema"])


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
