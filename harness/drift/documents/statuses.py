"""Statuses of answers: which both documents tell of, and under which key; which may come now, and which no longer.

What a document says of a status by its own number, by its range or by `default` is one promise: where a number is
taken out and the default stays, what is compared is the answer of before with the default.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from harness.contract.body import Media
from harness.contract.parameters import Parameter
from harness.contract.yaml import pointer
from harness.drift.documents.comparing import Comparing, brief
from harness.drift.documents.finding import Found, found
from harness.drift.documents.pair import Pair, Side
from harness.drift.documents.witness import unexpected
from harness.model.change import Witness

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


def statuses(comparing: Comparing, pair: Pair) -> Iterator[Found]:
    """The statuses that may come now and could not before, and those that no longer do."""
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
