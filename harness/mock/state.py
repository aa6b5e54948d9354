"""One lane's memory: resources, saved answers, counted windows. The only thing that the mock changes."""

from __future__ import annotations

from typing import Any

import msgspec

from harness.model.clock import Draw
from harness.model.message import Response

Key = tuple[str, ...]


class Kept(msgspec.Struct, frozen=True):
    """One resource. `parents` are the path parameters that stood before it when it was made."""

    id: str
    fields: dict[str, Any]
    parents: dict[str, str] = {}


class Saved(msgspec.Struct, frozen=True):
    """The answer that an idempotency key stands for, and the request that it was given to."""

    digest: bytes
    response: Response
    saved_s: float


class Window(msgspec.Struct, frozen=True):
    """Requests counted since `began_s` (epoch seconds)."""

    began_s: float
    count: int = 0


class Sample(msgspec.Struct, frozen=True):
    """An answer as the contract declares it, and the fields of its JSON object; None where it is none. `is_only`: it
    took no luck, so there is no other.

    `back`: where it has links to the provider, the same answer with links to the mock, by how the client reaches it.
    """

    response: Response
    fields: dict[str, Any] | None
    is_only: bool
    back: dict[str, Sample] | None = None


class Samples(msgspec.Struct):
    """Samples of one answer by their turn, made at an epoch second. `only`: the one that there is."""

    made_s: float
    made: dict[int, Sample] = {}
    only: Sample | None = None


class State:
    """What a lane's provider remembers. Resources keep the order in which they were made.

    By operation id, status and media type (empty: the usual one), `samples` holds answers as the contract declares
    them; by operation id and status, `kinds` the JSON types of their members. `draw` gives the luck that they take.
    `tokens`: those given out, and when (epoch seconds).
    """

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.resources: dict[str, dict[Key, Kept]] = {}
        self.numbers: dict[tuple[str, Key], int] = {}
        self.saved: dict[str, Saved] = {}
        self.windows: dict[tuple[str, str], Window] = {}
        self.tokens: dict[str, float] = {}
        self.samples: dict[tuple[str, int, str], Samples] = {}
        self.kinds: dict[tuple[str, int], dict[str, frozenset[str]]] = {}
        self.effects = 0

    def next_number(self, kind: str, parents: Key) -> int:
        """1, 2, 3, ... within one parent; a number is never given twice."""
        number = self.numbers.get((kind, parents), 0) + 1
        self.numbers[kind, parents] = number
        return number

    def snapshot(self) -> dict[str, object]:
        """What is remembered, as JSON: resources by kind, the count of effects, the idempotency keys in use."""
        return {
            "resources": {
                kind: [dict(kept.fields) for kept in shelf.values()] for kind, shelf in self.resources.items()
            },
            "effects": self.effects,
            "idempotency_keys": list(self.saved),
        }
