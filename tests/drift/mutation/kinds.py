"""What a mutation is, and the table of their kinds."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Literal, NamedTuple

from tests.drift.mutation.tree import Direction, Node, Reach, Spot, Tree

Truth = Literal["breaking", "harmless", "silent", "open"]
"""What must be found. `breaking`: that it breaks. `harmless`: anything but that. `silent`: nothing at all.
`open`: either, since a promise is read this way or that."""


class Change(NamedTuple):
    """How a schema is changed at a spot: `there` and `back` say what that means where a value is taken (a request);
    where one is given (an answer), they change places, unless `given` says what it comes to there. `where`: what was
    changed, for people."""

    there: Truth
    back: Truth
    where: str
    given: Truth | None = None


class Done(NamedTuple):
    """A whole document was changed: what that does, and what undoing it does. None: it is not undone."""

    there: Truth
    back: Truth | None
    where: str
    direction: Direction | Literal[""] = ""


class Mutation(NamedTuple):
    """Two documents that differ in one thing. `truth`: by direction, "" where that does not matter."""

    kind: str
    document: str
    seed: int
    old: Node
    new: Node
    truth: dict[str, Truth]
    operation: str
    where: str

    @property
    def again(self) -> str:
        """How to see it again, in one line."""
        return f"{self.kind} in {self.document}, seed {self.seed}: {self.operation} {self.where} {self.truth}"


class Site(NamedTuple):
    """A spot with all that a change of it may need to know."""

    spot: Spot
    tree: Tree
    reach: Reach
    textual: bool
    rng: Random

    @property
    def node(self) -> Node:
        """The schema."""
        return self.spot.node


OfSchema = Callable[[Site], Change | None]
OfDocument = Callable[[Tree, Random], Done | None]

SCHEMAS: dict[str, OfSchema] = {}
DOCUMENTS: dict[str, OfDocument] = {}
COSMETIC: dict[str, OfDocument] = {}


def of_schema(change: OfSchema) -> OfSchema:
    """A kind of change of one schema. None where this schema cannot be changed so; the tree is untouched then."""
    SCHEMAS[change.__name__] = change
    return change


def of_document(change: OfDocument) -> OfDocument:
    """A kind of change of what is around schemas."""
    DOCUMENTS[change.__name__] = change
    return change


def cosmetic(change: OfDocument) -> OfDocument:
    """A kind of rewriting after which a document says what it said."""
    COSMETIC[change.__name__] = change
    return change
