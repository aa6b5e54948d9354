"""What is played, what came of it, and what is asked of the client."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol

import msgspec

from harness.model.call import Call
from harness.model.finding import Finding, weigh
from harness.model.message import Response
from harness.tolerance.variation import Base, Variation, varied

Part = Literal["allowed", "broken"]

CHECK_OF: dict[Part, str] = {
    "allowed": "tolerance.accepts_what_is_allowed",
    "broken": "tolerance.refuses_what_is_broken",
}


class Demands(msgspec.Struct, frozen=True):
    """What is asked of the client, beside that it neither crashes nor hangs.

    `raises`: the types of errors that it declares. `raises_only`: any other is one that it does not. `gets_errors`:
    are error answers played, too? `reads`: it is known to need the body, whatever it gives.
    """

    raises: tuple[str, ...] = ()
    raises_only: bool = False
    gets_errors: bool = True
    reads: bool = False


class Known(Protocol):
    """What failed before, kept from run to run."""

    def fetch(self, part: Part) -> list[tuple[Variation, ...]]: ...

    def keep(self, part: Part, variations: tuple[Variation, ...]) -> None: ...

    def forget(self, part: Part, variations: tuple[Variation, ...]) -> None: ...


class Trial(msgspec.Struct, frozen=True):
    """One answer played, and what is to be said of it. `stands_in`: the call gave something else for what is missing
    in the answer."""

    call: Call
    findings: tuple[Finding, ...]
    stands_in: bool = False

    @property
    def failed(self) -> bool:
        """Is it an intolerance?"""
        return weigh(self.findings) == "fail"

    @property
    def said(self) -> str:
        """What was observed, in a clause."""
        return self.findings[0].observed if self.findings else "the call did not get the answer"


def names_of(variations: Iterable[Variation]) -> str:
    """How the names of headers are to be written; empty as always."""
    return next((str(one.value) for one in variations if one.where == "names"), "")


class Intolerance(msgspec.Struct, frozen=True):
    """The smallest answer that a client does not cope with. `base`: what it differs from; `status` where that is
    another than the normal one's."""

    part: Part
    variations: tuple[Variation, ...]
    base: Base
    trial: Trial
    status: int | None = None

    @property
    def names(self) -> str:
        """How the names of its headers are written; empty as always."""
        return names_of(self.variations)

    @property
    def answer(self) -> Response:
        """As it was played."""
        return varied(self.base, self.variations)
