"""What every part of a comparison has in hand: both contracts, what may differ, who makes messages of them."""

from __future__ import annotations

from typing import Any

import msgspec

from harness.contract.contract import Contract
from harness.drift.documents.message import Speaker
from harness.drift.documents.pair import Pair, Side
from harness.drift.documents.touched import Touched
from harness.drift.schemas.compare import Memo
from harness.model.change import Place


class Comparing:
    """One comparison of two documents."""

    def __init__(self, old: Contract, new: Contract) -> None:
        self.old, self.new = old, new
        self.touched = Touched(old.document, new.document)
        self.memo = Memo()
        self.old_says, self.new_says = Speaker(old), Speaker(new)

    def place(self, pair: Pair, part: str = "", *, value: str = "", old: str = "", new: str = "") -> Place:
        """A place in an operation that both have. `old`, `new`: pointers into both roots."""
        side = pair.old
        return Place(
            side.operation.name,
            side.operation.id,
            part,
            value,
            self.old.document.origin(old),
            self.new.document.origin(new),
        )

    def place_of(self, side: Side, *, is_new: bool) -> Place:
        """The place of an operation that only one of them has."""
        at = side.contract.document.origin(side.at)
        return Place(
            side.operation.name, side.operation.id, old="" if is_new else at, new=at if is_new else ""
        )


def brief(node: Any, longest: int = 2000) -> str:
    """A part of a document as a short text, to be laid beside another."""
    text = msgspec.json.format(msgspec.json.encode(node), indent=2).decode()
    return text if len(text) <= longest else text[:longest] + "\n..."
