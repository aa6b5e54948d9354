"""What the provider sends by itself: webhooks and callbacks. Its requests are read as its answers are: who gets them
is the client, so what breaks a client is what may come that could not come before."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec

from harness.contract.body import Media, choose
from harness.contract.encode import content_type, encode
from harness.contract.judge import Judge
from harness.contract.parameters import Parameter
from harness.drift.documents.comparing import Comparing, brief
from harness.drift.documents.finding import Found, Proof, found
from harness.drift.documents.headers import compared
from harness.drift.documents.media import became, same_media, under
from harness.drift.documents.pair import Pair
from harness.drift.documents.sent import Callback, Sent, callbacks_of, header_at, schema_at, webhooks_of
from harness.drift.documents.within import Finding, Meant, Prover, within
from harness.drift.documents.witness import first_refusal
from harness.drift.documents.written import in_header
from harness.model.change import Place, Witness
from harness.model.message import Response


def webhooks(comparing: Comparing) -> Iterator[Finding]:
    """What changed in the webhooks of the document."""
    old, new = webhooks_of(comparing.old), webhooks_of(comparing.new)
    for name in dict.fromkeys((*old, *new)):
        place = Place(f"webhook {name}")
        yield from _compared(comparing, old.get(name, {}), new.get(name, {}), place)


def callbacks(comparing: Comparing, pair: Pair) -> Iterator[Finding]:
    """What changed in the callbacks of an operation."""
    old = callbacks_of(comparing.old, pair.old.node, pair.old.at)
    new = callbacks_of(comparing.new, pair.new.node, pair.new.at)
    for name in dict.fromkeys((*old, *new)):
        place = Place(pair.old.operation.name, pair.old.operation.id, f"callback {name}")
        yield from _by_address(comparing, old.get(name, {}), new.get(name, {}), place)


def _by_address(comparing: Comparing, old: Callback, new: Callback, place: Place) -> Iterator[Finding]:
    """The requests of one callback by the expressions that say where they go."""
    gone, come = ([each for each in one if each not in other] for one, other in ((old, new), (new, old)))
    moved = dict(zip(gone, come, strict=True)) if len(gone) == len(come) == 1 else {}
    for expression in dict.fromkeys((*old, *(each for each in new if each not in moved.values()))):
        here = place
        if len(old) > 1 or len(new) > 1:
            here = msgspec.structs.replace(place, part=f"{place.part} {expression}")
        before, after = old.get(expression, {}), new.get(moved.get(expression, expression), {})
        if expression in moved and before and after:
            yield found(
                "webhook.address.changed",
                _placed(comparing, here, next(iter(before.values())), next(iter(after.values()))),
                old=expression,
                new=moved[expression],
            )
        yield from _compared(comparing, before, after, here)


def _compared(
    comparing: Comparing, old: dict[str, Sent], new: dict[str, Sent], place: Place
) -> Iterator[Finding]:
    """The requests of one webhook by their methods."""
    gone = [sent for method, sent in old.items() if method not in new]
    come = [sent for method, sent in new.items() if method not in old]
    while gone and come:
        before, after = gone.pop(0), come.pop(0)
        here = _placed(comparing, place, before, after)
        yield found(
            "webhook.method.changed",
            here,
            proof=lambda: "the old document tells nothing of such a request",
            old=before.method,
            new=after.method,
        )
        yield from _changed(comparing, before, after, place)
    for sent in gone:
        yield found(
            "webhook.removed",
            _placed(comparing, place, sent, None),
            proof=lambda: "that something is not sent, no message shows",
            old_side=brief(_outline(sent)),
        )
    for sent in come:
        here = _placed(comparing, place, None, sent)
        yield found("webhook.added", here, new_side=brief(_outline(sent)))
    for method, sent in old.items():
        if method in new and comparing.touched.may_differ(sent.node, new[method].node):
            yield from _changed(comparing, sent, new[method], place)


def _changed(comparing: Comparing, old: Sent, new: Sent, place: Place) -> Iterator[Finding]:
    here = _placed(comparing, place, old, new)
    yield from _answers(old, new, here)
    yield from _headers(comparing, old, new, here)
    yield from _presence(old, new, here)
    ours, theirs = old.compiled.body, new.compiled.body
    sides: dict[str, Any] = {
        "old_side": brief([each.type for each in ours]),
        "new_side": brief([each.type for each in theirs]),
    }
    for media in ours:
        action, other = became(media, theirs, ours), same_media(media, theirs)
        part = " ".join(word for word in (place.part, "request body", media.type) if word)
        within_body = msgspec.structs.replace(here, part=part)
        if other is None:
            yield found(
                "response.media-type.removed",
                within_body,
                proof=_instead(old, new),
                status="it",
                name=media.type,
                **sides,
            )
            continue
        if action:
            yield found(
                f"response.media-type.{action}",
                within_body,
                proof=_of_another(old, new, other),
                status="it",
                old=media.type,
                new=other.type,
                **sides,
            )
        if comparing.touched.may_differ(media.node, other.node):
            yield within(
                comparing,
                Meant(old.contract, media.schema, schema_at(old, media)),
                Meant(new.contract, other.schema, schema_at(new, other)),
                direction="response",
                prefix="response.",
                place=within_body,
                prove=_saying(old, new, media, other),
            )


def _presence(old: Sent, new: Sent, here: Place) -> Iterator[Found]:
    """Does its body always come?"""
    ours, theirs = old.compiled, new.compiled
    if not ours.body and theirs.body:
        yield found("webhook.body.added", here)
    elif ours.body and theirs.body and ours.body_required and not theirs.body_required:
        bare = Witness("answer", _bare(new), None, False, True, refusal="a body must come, and none does")
        yield found("webhook.body.became-optional", here, proof=lambda: bare)
    elif ours.body and theirs.body_required and not ours.body_required:
        yield found("webhook.body.became-required", here)


def _answers(old: Sent, new: Sent, here: Place) -> Iterator[Found]:
    ours, theirs = old.compiled.responses, new.compiled.responses
    if not ours or not theirs:
        return
    for status in dict.fromkeys((*ours, *theirs)):
        if status not in theirs and "default" not in theirs:
            yield found("webhook.answer.removed", here, status=status)
        elif status not in ours and "default" not in ours:
            yield found("webhook.answer.added", here, status=status)


def _headers(comparing: Comparing, old: Sent, new: Sent, here: Place) -> Iterator[Finding]:
    ours, theirs = _declared(old), _declared(new)
    for name in dict.fromkeys((*ours, *theirs)):
        yield from compared(
            comparing,
            msgspec.structs.replace(here, part=f"{here.part} header {name}".strip()),
            f"the header {name} of it",
            (ours.get(name), theirs.get(name)),
            at=(header_at(old, name), header_at(new, name)),
            lacking=_unheard,
            saying=partial(_heading, old, new),
        )


def _heading(old: Sent, new: Sent, before: Parameter, after: Parameter) -> Prover:
    """Requests of the provider with a header that says that value."""

    def prove(value: object) -> Witness | str:
        text = in_header(after, value)
        if _refusal(new, after, text):
            return "no header was made that the new document allows"
        refusal = _refusal(old, before, text)
        if not refusal:
            return "the validator of the old document allows what was tried"
        shown = f"{_bare(new)}\n{after.name}: {text}"
        return Witness("answer", shown, value, False, True, refusal=refusal)

    return prove


def _refusal(sent: Sent, header: Parameter, text: str) -> str:
    outward = sent.contract.schemas("response")
    judge = Judge(outward, outward, in_query=frozenset())
    wrong = judge.answer_headers((header,), Response(200, ((header.name, text),)))
    return wrong[0].message if wrong else ""


def _unheard() -> str:
    return "headers of what a provider sends by itself are not judged"


def _declared(sent: Sent) -> dict[str, Parameter]:
    """The header parameters by lower case name."""
    return {each.name: each for each in sent.compiled.parameters["header"]}


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


def _instead(old: Sent, new: Sent) -> Proof:
    """The body in the media type that comes instead."""

    def proof() -> Witness | str:
        if not new.compiled.body:
            return Witness(
                "answer", _bare(new), None, False, True, refusal="a body is declared, and none comes"
            )
        media = new.compiled.body[0]
        names = ", ".join(each.type for each in old.compiled.body)
        refusal = f"content type {media.type!r}; declared are {names}"
        return Witness("answer", _shown(new, media, {}), {}, False, True, refusal=refusal)

    return proof


def _of_another(old: Sent, new: Sent, media: Media) -> Proof:
    """A body of a media type that only the new document's range has."""

    def proof() -> Witness:
        kind, body = next(each for each in under(media) if choose(old.compiled.body, each[0]) is None)
        names = ", ".join(each.type for each in old.compiled.body)
        text = f"{_bare(new)}\ncontent-type: {kind}\n\n{body.decode(errors='replace')}"
        return Witness(
            "answer", text, None, False, True, refusal=f"content type {kind!r}; declared are {names}"
        )

    return proof


def _bare(sent: Sent) -> str:
    return f"{sent.method} /your-receiver HTTP/1.1"


def _shown(sent: Sent, media: Media, value: object) -> str:
    body = encode(sent.contract.schemas("response"), media, value).decode(errors="replace")
    return f"{_bare(sent)}\ncontent-type: {content_type(media.type)}\n\n{body}"


def _placed(comparing: Comparing, place: Place, old: Sent | None, new: Sent | None) -> Place:
    return msgspec.structs.replace(
        place,
        old=comparing.old.document.origin(old.at) if old is not None else "",
        new=comparing.new.document.origin(new.at) if new is not None else "",
    )


def _outline(sent: Sent) -> dict[str, Any]:
    return {"method": sent.method, "summary": str(sent.node.get("summary", ""))}
