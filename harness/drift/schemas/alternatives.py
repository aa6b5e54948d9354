"""Alternatives of a schema: one kind of value each, with the keywords that count for it, and what a choice makes of
those of its branches."""

from __future__ import annotations

from typing import Any

import msgspec

from harness.contract.schema import Schema
from harness.contract.tree import escaped
from harness.drift.schemas.flat import ANNOTATIONS, assertions
from harness.drift.schemas.kinds import ALL_KINDS, ANY


class Alternative(msgspec.Struct, frozen=True, eq=False):
    """One kind of value that a schema takes.

    `words`: a schema of that kind alone, without choices. `at`: its pointer in the document. `key`: the definition
    that it is, where it is one. `origins`: pointers of keywords and members that came from elsewhere
    (`properties/id`).
    """

    kind: str
    words: Schema
    at: str
    key: str | None
    origins: dict[str, str]

    def origin(self, *tokens: str) -> str:
        """The pointer of a keyword (`items`) or of a member (`properties`, `id`)."""
        token = "/".join(escaped(part) for part in tokens)
        return self.origins.get(token, f"{self.at}/{token}")

    @property
    def is_plain(self) -> bool:
        """Is any value of the kind taken?"""
        return not assertions(self.words) - {"type"}

    def says(self, other: Alternative) -> bool:
        """Do both take the same, and are they the same definition, if any?"""
        return self.kind == other.kind and self.key == other.key and _told(self) == _told(other)


def chosen(branches: list[list[Alternative]], choice: str) -> list[Alternative]:
    """What a choice between these branches takes, without repetition."""
    return _of_one(branches) if choice == "oneOf" else _of_any(branches)


def _of_any(branches: list[list[Alternative]]) -> list[Alternative]:
    """Equal ones are one, plain enumerations of a kind are one, and what says nothing but its type takes the place of
    all others of that type."""
    out: list[Alternative] = []
    for each in (each for branch in branches for each in branch):
        if any(other.says(each) for other in out):
            continue
        same = next((n for n, other in enumerate(out) if _are_enumerations(other, each)), None)
        if same is None:
            out.append(each)
        else:
            known = out[same].words["enum"]
            out[same] = _of_values(out[same], [*known, *(v for v in each.words["enum"] if v not in known)])
    plain = {each.kind: each for each in out if each.is_plain}
    if ANY in plain:
        return [plain[ANY]]
    if "number" in plain:
        plain["integer"] = plain["number"]
    return [each for each in out if each.kind not in plain or each is plain[each.kind]]


def _of_one(branches: list[list[Alternative]]) -> list[Alternative]:
    """What two branches take is taken no more: equal alternatives, values of two plain enumerations."""
    branches = [[kind for each in branch for kind in by_kind(each)] for branch in branches]
    out: list[Alternative] = []
    for number, branch in enumerate(branches):
        others = [each for n, other in enumerate(branches) if n != number for each in other]
        for each in branch:
            if any(other.says(each) for other in others):
                continue
            rivals = [other.words["enum"] for other in others if _are_enumerations(other, each)]
            if rivals:
                values = [v for v in each.words["enum"] if not any(v in rival for rival in rivals)]
                same = next((n for n, other in enumerate(out) if _are_enumerations(other, each)), None)
                if same is not None:
                    out[same] = _of_values(out[same], [*out[same].words["enum"], *values])
                elif values:
                    out.append(_of_values(each, values))
            else:
                out.append(each)
    return out


def by_kind(alternative: Alternative) -> list[Alternative]:
    """The alternative; where it says nothing at all, one of each kind."""
    if alternative.kind != ANY or not alternative.is_plain:
        return [alternative]
    return [Alternative(kind, {"type": kind}, alternative.at, None, {}) for kind in ALL_KINDS]


def _are_enumerations(one: Alternative, other: Alternative) -> bool:
    """Do both say nothing but their type and their values?"""
    return one.kind == other.kind and assertions(one.words) == {"type", "enum"} == assertions(other.words)


def _of_values(alternative: Alternative, values: list[Any]) -> Alternative:
    return msgspec.structs.replace(alternative, words={**alternative.words, "enum": values}, key=None)


def _told(alternative: Alternative) -> Schema:
    """What it says of validity."""
    return {word: value for word, value in alternative.words.items() if word not in ANNOTATIONS}
