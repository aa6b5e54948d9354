"""Answers: which statuses may come, in which media types, with which headers and links.

What a document says of a status by its own number, by its range or by `default` is one promise: where a number is
taken out and the default stays, what is compared is the answer of before with the default.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from harness.contract.body import Media, essence, is_json
from harness.contract.encode import content_type, encode
from harness.contract.parameters import Parameter
from harness.contract.yaml import pointer
from harness.drift.comparing import Comparing, brief
from harness.drift.finding import Found, found
from harness.drift.media import is_kept, is_special, same_media
from harness.drift.message import shown_answer, shown_request
from harness.drift.pair import Pair, Side
from harness.drift.within import Meant, Prover, within
from harness.drift.witness import concerns, first_refusal, unexpected
from harness.drift.written import in_header
from harness.model.change import Witness
from harness.model.message import Response

_FREE = (500, 400, 503, 404, 409, 422, 502, 599, 499)
_BODILESS = frozenset((204, 205, 304))
"""Statuses without a body, whatever a document says: RFC 9110 section 15."""


class Answered(msgspec.Struct, frozen=True):
    """The answer of both documents for one status: under which key each has it, and a status that means them both."""

    pair: Pair
    old: str
    new: str
    status: int

    @property
    def named(self) -> str:
        """`200`, `4XX`, `default`: the narrower of the two keys."""
        return self.old if self.new == "default" else self.new

    def at(self, *, is_new: bool) -> str:
        """Where the answer is written."""
        side, key = (self.pair.new, self.new) if is_new else (self.pair.old, self.old)
        raw = side.compiled.responses[key]
        ref = raw.get("$ref") if isinstance(raw, dict) else None
        return ref[1:] if isinstance(ref, str) else side.at + pointer(["responses", key])

    def node(self, *, is_new: bool) -> dict[str, Any]:
        """The answer as it is written."""
        side, key = (self.pair.new, self.new) if is_new else (self.pair.old, self.old)
        return side.contract.document.follow(side.compiled.responses[key])

    def media(self, *, is_new: bool) -> tuple[Media, ...]:
        """Its media types; none where no body ever comes."""
        side = self.pair.new if is_new else self.pair.old
        if self.status in _BODILESS or side.operation.method == "HEAD":
            return ()
        answer = side.compiled.answer(self.status)
        return answer.media if answer is not None else ()

    def headers(self, *, is_new: bool) -> dict[str, Parameter]:
        """Its headers as they are read, by lower case name."""
        side = self.pair.new if is_new else self.pair.old
        return {each.name: each for each in side.compiled.answer_headers(self.status)}


def answers(comparing: Comparing, pair: Pair) -> Iterator[Found]:
    """All that changed in an operation's answers, but for the schemas of bodies and headers."""
    yield from _statuses(comparing, pair)
    for answered in answered_by_both(pair):
        if is_touched(comparing, answered):
            yield from _media_types(comparing, answered)
            yield from _schemas(comparing, answered)
            yield from _headers(comparing, answered)
            yield from _links(comparing, answered)


def is_touched(comparing: Comparing, answered: Answered) -> bool:
    """May the two answers differ?"""
    nodes = (
        answered.pair.old.compiled.responses[answered.old],
        answered.pair.new.compiled.responses[answered.new],
    )
    return comparing.touched.may_differ(*nodes)


def answered_by_both(pair: Pair) -> Iterator[Answered]:
    """The statuses that both documents tell of, each in its own way."""
    old, new = _keys(pair.old), _keys(pair.new)
    for key in dict.fromkeys((*old, *new)):
        ours, theirs = _telling(old, key), _telling(new, key)
        if ours is None or theirs is None:
            continue
        if _is_other(ours, old) != _is_other(theirs, new) and not _is_refinement(pair, old, new, key):
            continue
        status = _status(key, old, new)
        if status is not None:
            yield Answered(pair, old[ours], new[theirs], status)


def _is_other(telling: str, keys: dict[str, str]) -> bool:
    """Is it the default, beside successes that are told of? Alone, the default is the success."""
    return telling == "default" and any(_is_success(key) for key in keys)


def _is_refinement(pair: Pair, old: dict[str, str], new: dict[str, str], key: str) -> bool:
    """Is it an error that one document has by itself and the other by its default, with a body in both?

    A success is no matter of the default, and an error that is only named says nothing of its body.
    """
    if _is_success(key):
        return False
    return all(
        side.contract.document.follow(side.compiled.responses[keys[_telling(keys, key) or ""]]).get("content")
        for side, keys in ((pair.old, old), (pair.new, new))
    )


def _keys(side: Side) -> dict[str, str]:
    """The keys of an operation's answers as they are written, by what they mean: `4XX`, `default`."""
    found = side.compiled.responses
    return {key.upper() if len(key) == 3 else key: key for key in found if not key.startswith("x-")}


def _telling(keys: dict[str, str], key: str) -> str | None:
    """The key under which a document tells of a status; None where it does not."""
    return next((each for each in (key, f"{key[0]}XX", "default") if each in keys), None)


def _status(key: str, old: dict[str, str], new: dict[str, str]) -> int | None:
    """A status that has its answer under that key in both documents; None where there is none."""
    if key.isdecimal():
        return int(key)
    start = int(key[0]) * 100 if key[0].isdecimal() else None
    options = _FREE if start is None else range(start, start + 100)
    for status in options:
        names = (str(status),) if start else (str(status), f"{status // 100}XX")
        if not any(name in keys for name in names for keys in (old, new)):
            return status
    return None


def _is_narrowed(key: str, old: dict[str, str], new: dict[str, str]) -> bool:
    """Is what is gone a range of which some statuses are left, or a default that was all there was?"""
    if key.endswith("XX"):
        return any(other[0] == key[0] for other in new)
    return key == "default" and not _is_other(key, old)


def _is_success(key: str) -> bool:
    return key[0] in "23"


def _statuses(comparing: Comparing, pair: Pair) -> Iterator[Found]:
    old, new = _keys(pair.old), _keys(pair.new)
    if not old or not new:
        return
    left = [key for key in old if _is_success(key) and key in new]
    for key in old:
        cover = _telling(new, key)
        if cover is not None and not (_is_success(key) and _is_other(cover, new)):
            continue
        if _is_narrowed(key, old, new):
            continue
        place = comparing.place(
            pair,
            f"response {key}",
            old=pair.old.at + pointer(["responses", old[key]]),
            new=pair.new.at + "/responses",
        )
        side = brief(list(old.values())), brief(list(new.values()))
        if not _is_success(key):
            yield found(
                "response.error-status.removed", place, old_side=side[0], new_side=side[1], status=key
            )
            continue
        yield found(
            "response.status.removed",
            place,
            proof=lambda: _another_success(comparing, pair),
            level="risky" if left else "breaking",
            old_side=side[0],
            new_side=side[1],
            status=key,
        )
    for key in new:
        cover = _telling(old, key)
        if cover is not None and not (_is_success(key) and _is_other(cover, old)):
            continue
        rule = "response.status.added" if _is_success(key) else "response.error-status.added"
        place = comparing.place(
            pair,
            f"response {key}",
            old=pair.old.at + "/responses",
            new=pair.new.at + pointer(["responses", new[key]]),
        )
        yield found(
            rule, place, old_side=brief(list(old.values())), new_side=brief(list(new.values())), status=key
        )


def _another_success(comparing: Comparing, pair: Pair) -> Witness | str:
    """An answer of a status that the old document does not tell of."""
    successes = [int(key) for key in _keys(pair.new) if key.isdecimal() and _is_success(key)]
    if not successes:
        return "the new document tells of no success at all"
    if "default" in _keys(pair.old):
        return "the default of the old document may be of any status"
    made = (comparing.new_says.answer(pair.new, status) for status in successes)
    return unexpected(pair, made, lambda deviation: deviation.where == "status")


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
        other = same_media(media, new)
        if other is not None and is_kept(media, other):
            continue
        place = comparing.place(
            answered.pair,
            f"response {answered.named} {media.type}",
            old=ours + pointer(["content", media.type]),
            new=theirs,
        )
        if (
            other is not None
            and is_special(media, other)
            and not any(each.type == other.type for each in old)
        ):
            yield found(
                "response.media-type.specialized",
                place,
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
        if any(is_kept(media, each) or is_special(each, media) for each in old):
            continue
        place = comparing.place(
            answered.pair,
            f"response {answered.named} {media.type}",
            old=ours,
            new=theirs + pointer(["content", media.type]),
        )
        yield found("response.media-type.added", place, status=answered.named, name=media.type, **names)


def _unreadable(comparing: Comparing, answered: Answered, media: Media) -> Any:
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


def _schemas(comparing: Comparing, answered: Answered) -> Iterator[Found]:
    """What changed inside the bodies of both."""
    for media in answered.media(is_new=False):
        other = same_media(media, answered.media(is_new=True))
        if other is None or not comparing.touched.may_differ(media.node, other.node):
            continue
        at = [
            answered.at(is_new=is_new) + pointer(["content", each.type, "schema"])
            for is_new, each in ((False, media), (True, other))
        ]
        yield from within(
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


def _headers(comparing: Comparing, answered: Answered) -> Iterator[Found]:
    old, new = answered.headers(is_new=False), answered.headers(is_new=True)
    for name in dict.fromkeys((*old, *new)):
        ours, theirs = old.get(name), new.get(name)
        place = comparing.place(
            answered.pair,
            f"response {answered.named} header {name}",
            old=header_at(answered, name, is_new=False),
            new=header_at(answered, name, is_new=True),
        )
        part = f"the header {name} of {answered.named}"
        if ours is None:
            yield found("response.header.added", place, part=part)
        elif theirs is None or (ours.required and not theirs.required):
            rule = "response.header.became-optional"
            if theirs is None:
                rule = "response.header.removed" if ours.required else "response.header.removed-optional"
            yield found(rule, place, proof=_headerless(comparing, answered, name), part=part)
        elif theirs.required and not ours.required:
            yield found("response.header.became-required", place, part=part)
        if ours is not None and theirs is not None:
            yield from within(
                comparing,
                Meant(comparing.old, ours.schema, schema_at(place.old, ours)),
                Meant(comparing.new, theirs.schema, schema_at(place.new, theirs)),
                direction="response",
                prefix="response.header.",
                place=place,
                prove=_with_header(comparing, answered, theirs),
                as_texts=not theirs.media,
            )
            was, now = (
                header_node(answered, name, is_new=each).get("deprecated") is True for each in (False, True)
            )
            if was != now:
                rule = "response.header.deprecated" if now else "response.header.reactivated"
                yield found(rule, place, part=part)


def header_at(answered: Answered, name: str, *, is_new: bool) -> str:
    """Where a header is written; where the answer is, if it has none of that name."""
    above = answered.at(is_new=is_new)
    headers = answered.node(is_new=is_new).get("headers")
    for written, node in headers.items() if isinstance(headers, dict) else ():
        if written.lower() == name:
            ref = node.get("$ref") if isinstance(node, dict) else None
            return ref[1:] if isinstance(ref, str) else above + pointer(["headers", written])
    return above


def schema_at(above: str, parameter: Parameter) -> str:
    """Where the schema of a parameter or header is written."""
    return above + (pointer(["content", parameter.media, "schema"]) if parameter.media else "/schema")


def header_node(answered: Answered, name: str, *, is_new: bool) -> dict[str, Any]:
    """A header as it is written."""
    side = answered.pair.new if is_new else answered.pair.old
    headers = answered.node(is_new=is_new).get("headers")
    for written, node in headers.items() if isinstance(headers, dict) else ():
        if written.lower() == name:
            return side.contract.document.follow(node)
    return {}


def _with_header(comparing: Comparing, answered: Answered, header: Parameter) -> Prover:
    def prove(value: object) -> Witness | str:
        sent = ((header.name, in_header(header, value)),)
        made = comparing.new_says.answer(answered.pair.new, answered.status, headers=sent)
        return unexpected(answered.pair, (made,), concerns("header", header.name))

    return prove


def _headerless(comparing: Comparing, answered: Answered, name: str) -> Any:
    def proof() -> Witness | str:
        made = comparing.new_says.answer(answered.pair.new, answered.status, without=(name,))
        return unexpected(answered.pair, (made,), concerns("header", name))

    return proof


def _links(comparing: Comparing, answered: Answered) -> Iterator[Found]:
    old, new = (answered.node(is_new=each).get("links") for each in (False, True))
    old, new = (each if isinstance(each, dict) else {} for each in (old, new))
    for name in dict.fromkeys((*old, *new)):
        if (name in old) != (name in new):
            rule = "response.link.removed" if name in old else "response.link.added"
            place = comparing.place(
                answered.pair,
                f"response {answered.named}",
                old=answered.at(is_new=False) + (pointer(["links", name]) if name in old else ""),
                new=answered.at(is_new=True) + (pointer(["links", name]) if name in new else ""),
            )
            yield found(rule, place, status=answered.named, name=name)
