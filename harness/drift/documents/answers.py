"""Answers: in which media types they may come, what their bodies may say, and where they link to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec

from harness.contract import xml
from harness.contract.body import Media, essence, is_json
from harness.contract.encode import content_type, encode
from harness.contract.yaml import pointer
from harness.drift.documents.as_xml import UNREAD_ELEMENTS, written_otherwise
from harness.drift.documents.comparing import Comparing, brief
from harness.drift.documents.finding import Found, Harmless, Proof, found
from harness.drift.documents.headers import headers
from harness.drift.documents.media import UNREAD, altered, became, is_akin, is_kept, same_media, under
from harness.drift.documents.message import shown_answer, shown_request
from harness.drift.documents.pair import Pair
from harness.drift.documents.statuses import Answered, answered_by_both, statuses
from harness.drift.documents.within import Finding, Meant, Prover, within
from harness.drift.documents.witness import concerns, first_refusal, unexpected
from harness.model.change import Place, Witness
from harness.model.message import Headers, Response


def answers(comparing: Comparing, pair: Pair) -> Iterator[Finding]:
    """All that changed in an operation's answers."""
    yield from statuses(comparing, pair)
    for answered in answered_by_both(pair):
        if _is_touched(comparing, answered):
            yield from _media_types(comparing, answered)
            yield from _schemas(comparing, answered)
            yield from headers(comparing, answered)
            yield from _links(comparing, answered)


def _is_touched(comparing: Comparing, answered: Answered) -> bool:
    """May the two answers differ?"""
    nodes = (
        answered.pair.old.compiled.responses[answered.old],
        answered.pair.new.compiled.responses[answered.new],
    )
    return comparing.touched.may_differ(*nodes)


def _media_types(comparing: Comparing, answered: Answered) -> Iterator[Found]:
    old, new = answered.media(is_new=False), answered.media(is_new=True)
    if not old and not new:
        return
    names: dict[str, Any] = {
        "old_side": brief([each.type for each in old]),
        "new_side": brief([each.type for each in new]),
    }
    ours, theirs = answered.at(is_new=False), answered.at(is_new=True)
    for media in old:
        action, other = became(media, new, old), same_media(media, new)
        if other is not None:
            here = comparing.place(
                answered.pair,
                f"response {answered.named} {media.type}",
                old=ours + pointer(["content", media.type]),
                new=theirs + pointer(["content", other.type]),
            )
            yield from type_parameters(here, answered.named, media, other)
        if not action:
            continue
        place = comparing.place(
            answered.pair,
            f"response {answered.named} {media.type}",
            old=ours + pointer(["content", media.type]),
            new=theirs,
        )
        if other is not None:
            yield found(
                f"response.media-type.{action}",
                place,
                proof=_of_another(comparing, answered, other) if action == "generalized" else None,
                status=answered.named,
                old=media.type,
                new=other.type,
                **names,
            )
            continue
        yield found(
            "response.media-type.removed",
            place,
            proof=_unreadable(comparing, answered, media),
            status=answered.named,
            name=media.type,
            **names,
        )
    for media in new:
        if any(is_kept(media, each) or is_akin(each, media) for each in old):
            continue
        place = comparing.place(
            answered.pair,
            f"response {answered.named} {media.type}",
            old=ours,
            new=theirs + pointer(["content", media.type]),
        )
        yield found("response.media-type.added", place, status=answered.named, name=media.type, **names)


def type_parameters(place: Place, status: str, media: Media, other: Media) -> Iterator[Found]:
    """What became of the parameters of a media type in which the provider sends."""
    for action, name, before, after in altered(media, other):
        rule = f"response.media-type.parameter.{action}"
        yield found(
            rule,
            place,
            proof=lambda: UNREAD,
            # Who says nothing of it sends UTF-8 most of the time.
            level="risky" if action == "removed" and before == "utf-8" else None,
            status=status,
            name=name,
            old=before,
            new=after,
            old_side=media.type,
            new_side=other.type,
        )


def _of_another(comparing: Comparing, answered: Answered, media: Media) -> Proof:
    """An answer of a media type that only the new document's range has."""

    def proof() -> Witness | str:
        pair, status = answered.pair, answered.status
        made = comparing.new_says.answer(pair.new, status)
        kept = tuple(each for each in made.headers if each[0] != "content-type")
        tries = (Response(status, (*kept, ("content-type", kind)), body) for kind, body in under(media))
        return unexpected(pair, tries, lambda deviation: deviation.pointer == "/content-type")

    return proof


def _unreadable(comparing: Comparing, answered: Answered, media: Media) -> Proof:
    pair, status = answered.pair, answered.status

    def proof() -> Witness | str:
        made = (comparing.new_says.answer(pair.new, status),)
        outcome = unexpected(pair, made, lambda deviation: deviation.pointer == "/content-type")
        return _unacceptable(comparing, answered, media) if isinstance(outcome, str) else outcome

    return proof


def _unacceptable(comparing: Comparing, answered: Answered, media: Media) -> Witness | str:
    """A request that asks for a media type that can no longer be had."""
    pair, status = answered.pair, answered.status
    accept = essence(media.type)
    fits = [side.contract.acceptable(side.operation, status, accept) for side in (pair.old, pair.new)]
    if fits != [True, False]:
        return "what comes instead can be read as the same"
    asked = comparing.old_says.asked(pair.old).to(pair.old)
    request = msgspec.structs.replace(asked, headers=(*asked.headers, ("accept", accept)))
    offered = ", ".join(each.type for each in answered.media(is_new=True)) or "none"
    return Witness(
        "request",
        shown_request(pair.old, request),
        None,
        True,
        False,
        refusal=f"{accept} cannot be had of {answered.named}; offered are {offered}",
    )


def _schemas(comparing: Comparing, answered: Answered) -> Iterator[Finding]:
    """What changed inside the bodies of both."""
    for media in answered.media(is_new=False):
        other = same_media(media, answered.media(is_new=True))
        if other is None or not comparing.touched.may_differ(media.node, other.node):
            continue
        at = [
            answered.at(is_new=is_new) + pointer(["content", each.type, "schema"])
            for is_new, each in ((False, media), (True, other))
        ]
        yield within(
            comparing,
            Meant(comparing.old, media.schema, at[0]),
            Meant(comparing.new, other.schema, at[1]),
            direction="response",
            prefix="response.",
            place=comparing.place(
                answered.pair, f"response {answered.named} {media.type}", old=at[0], new=at[1]
            ),
            prove=_saying(comparing, answered, media, other),
        )
        typed = (("content-type", content_type(other.type)),)
        yield from otherwise_in_xml(
            comparing,
            comparing.place(answered.pair, f"response {answered.named} {media.type}", old=at[0], new=at[1]),
            answered.named,
            media,
            other,
            partial(_shown, answered.status, typed),
        )


def _shown(status: int, headers: Headers, body: bytes) -> str:
    return shown_answer(Response(status, headers, body))


def _saying(comparing: Comparing, answered: Answered, media: Media, other: Media) -> Prover:
    """Answers whose body says that value."""
    pair, status = answered.pair, answered.status

    def prove(value: object) -> Witness | str:
        if is_json(content_type(other.type)):
            made = comparing.new_says.answer(pair.new, status, media=other, value=value)
            return unexpected(pair, (made,), concerns("body"))
        # The validators of whole answers read JSON: of other forms, the value is judged alone.
        outward = comparing.new.schemas("response")
        refusal = first_refusal(comparing.old.schemas("response"), media.schema, value)
        if not refusal or first_refusal(outward, other.schema, value):
            return "the two validators agree on what was tried"
        typed = (("content-type", content_type(other.type)),)
        text = shown_answer(Response(status, typed, encode(outward, other, value)))
        return Witness("answer", text, value, False, True, refusal=refusal)

    return prove


def otherwise_in_xml(
    comparing: Comparing,
    place: Place,
    status: str,
    media: Media,
    other: Media,
    shown: Callable[[bytes], str],
) -> Iterator[Found]:
    """How the same value is written in XML by the provider. `shown`: a message with that body."""
    texts = written_otherwise(comparing.old, comparing.new, media, other, "response")
    if texts is None:
        return
    before, after, value = texts

    def proof() -> Witness | Harmless:
        outward = comparing.old.schemas("response")
        refusal = first_refusal(outward, media.schema, xml.read(outward, media.schema or {}, after))
        text = shown(after.encode())
        return Witness("answer", text, value, False, True, refusal=refusal) if refusal else UNREAD_ELEMENTS

    yield found("response.xml.changed", place, proof=proof, status=status, old_side=before, new_side=after)


def _links(comparing: Comparing, answered: Answered) -> Iterator[Found]:
    old, new = (answered.node(is_new=each).get("links") for each in (False, True))
    old, new = (each if isinstance(each, dict) else {} for each in (old, new))
    for name in dict.fromkeys((*old, *new)):
        led = [_led(comparing, each.get(name), is_new=is_new) for is_new, each in ((False, old), (True, new))]
        if led[0] == led[1]:
            continue
        action = "removed" if name not in new else "added" if name not in old else "changed"
        place = comparing.place(
            answered.pair,
            f"response {answered.named}",
            old=answered.at(is_new=False) + (pointer(["links", name]) if name in old else ""),
            new=answered.at(is_new=True) + (pointer(["links", name]) if name in new else ""),
        )
        yield found(
            f"response.link.{action}",
            place,
            status=answered.named,
            name=name,
            old_side=brief(led[0]) if led[0] is not None else "",
            new_side=brief(led[1]) if led[1] is not None else "",
        )


def _led(comparing: Comparing, link: Any, *, is_new: bool) -> dict[str, Any] | None:
    """Where a link leads and with what; None where there is none."""
    if link is None:
        return None
    document = (comparing.new if is_new else comparing.old).document
    return {word: value for word, value in document.follow(link).items() if word != "description"}
