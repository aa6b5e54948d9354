"""One way in which a schema can change, as it is written down, and the usual reasons for its levels."""

from __future__ import annotations

from typing import Literal

import msgspec

from harness.model.change import Level

Judged = tuple[Level, str]
"""A level, and why."""


class SchemaRow(msgspec.Struct, frozen=True):
    """One way in which a schema can change. `request`, `response`: the usual level there and why, None where there is
    no such change. `message` is what its findings have in common."""

    name: str
    kind: str
    action: str
    request: Judged | None
    response: Judged | None
    message: str


REFUSED: Judged = ("breaking", "A value that was taken is refused.")
TAKEN: Judged = ("info", "All that was taken still is.")
STRANGE: Judged = ("breaking", "A value may come that could not come before.")
KNOWN: Judged = ("info", "All that comes could come before.")
NOTED: Judged = ("info", "It says nothing of what is valid.")

Effect = Literal["tighter", "looser", "either"]


def row(name: str, kind: str, action: str, effect: Effect, message: str) -> SchemaRow:
    """A row of what makes a schema tighter, looser, or something of both."""
    request = TAKEN if effect == "looser" else REFUSED
    response = KNOWN if effect == "tighter" else STRANGE
    return SchemaRow(name, kind, action, request, response, message)
