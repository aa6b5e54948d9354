"""The catalogue: every rule that a change can have, on the axes direction, area, kind and action.

An id says where the change is and what became of it: `request.parameter.became-required`. A rule's level is the usual
one; a finding may have a milder one where the context says so (what changed is not sent, or another branch takes it).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from harness.drift.rules import access, answers, operations, requests, webhooks
from harness.drift.rules.schemas import PREFIXES, SCHEMA_ROWS
from harness.drift.rules.sightings import SIGHTINGS
from harness.model.change import Level

Direction = Literal["request", "response", "none"]

_ROWS = (*operations.ROWS, *requests.ROWS, *answers.ROWS, *access.ROWS, *webhooks.ROWS)

ALONE: Mapping[str, str] = {
    **operations.ALONE,
    **requests.ALONE,
    **answers.ALONE,
    **access.ALONE,
    **webhooks.ALONE,
}
"""Why a rule has no counterpart: it is undone by itself, or has no place in the other direction."""


class Rule(msgspec.Struct, frozen=True):
    """One way in which a provider's promise can change.

    `direction`: whose messages it concerns; `none` for the operation or the document as a whole. `area`: what part of
    the document. `kind`: what about it. `action`: what became of that. `message` is the sentence of a finding, with
    names in braces, or of what all its findings have in common. `why` says how the level comes about. `row`: the name
    that it has wherever there are schemas (`property.removed`); empty for what is not about schemas.
    """

    id: str
    direction: Direction
    area: str
    kind: str
    action: str
    level: Level
    message: str
    why: str
    row: str = ""

    def told(self, **facts: object) -> str:
        """The sentence, with these names in it."""
        return self.message.format_map(facts)


def _rows() -> Iterator[Rule]:
    for rule_id, area, kind, action, level, message, why in (*_ROWS, *SIGHTINGS):
        yield Rule(rule_id, _direction(rule_id, area), area, kind, action, level, message, why)
    known = {row[0] for row in _ROWS}
    for prefix, area in PREFIXES.items():
        for row in SCHEMA_ROWS:
            judged = row.request if prefix.startswith("request") else row.response
            rule_id = f"{prefix}{row.name}"
            # A parameter that is deprecated and one whose schema is are the same.
            if judged is None or rule_id in known:
                continue
            level, why = judged
            yield Rule(
                rule_id,
                *(_direction(rule_id), area, row.kind, row.action, level, row.message, why),
                row=row.name,
            )


def _direction(rule_id: str, area: str = "") -> Direction:
    head = rule_id.partition(".")[0]
    if head == "seen":
        # What is seen is seen in answers; a call that is refused is of a request.
        return (
            "response" if area in ("responses", "headers") else "request" if area == "operation" else "none"
        )
    return "request" if head == "request" else "response" if head == "response" else "none"


RULES: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in _rows()})
"""Every rule by its id."""


def family(prefix: str) -> tuple[Rule, ...]:
    """The rules whose ids begin with these words: `response.property`, `drift` for all of them."""
    if prefix == "drift":
        return tuple(RULES.values())
    return tuple(rule for rule in RULES.values() if rule.id.startswith(prefix + "."))
