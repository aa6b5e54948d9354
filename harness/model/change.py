"""What drift found: a difference between two sources of truth on a provider, judged by what it does to a client."""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["breaking", "risky", "info"]
"""`breaking`: a client that keeps to the old side fails on the new one. `risky`: one that relies on more than the
document promised it may. `info`: none can."""

Decider = Literal["algebra", "rule", "observation"]
"""What decided the level: jsonschema-rs's schema algebra, a rule where the algebra cannot tell (recursion, patterns)
or where there is no schema, or answers that were really seen."""

Severity = Literal["fail", "warn", "info"]
"""What a level comes to for one client: `breaking` fails where the client uses what changed, and warns elsewhere."""

Use = Literal["relied", "used", "unused", "unknown"]
"""`relied`: somebody says that the client relies on it. `used`: it was seen in what the client exchanged. `unknown`:
nothing tells."""


class Place(msgspec.Struct, frozen=True):
    """Where something changed.

    `operation`: `POST /v1/charges`, as the old side has it, the new one where it is new; `webhook invoice.paid`;
    empty for what concerns the whole document. `operation_id`: its id in the same document.
    `part`: `query parameter limit`, `request body application/json`, `response 200 application/json`,
    `response 429 header Retry-After`; empty for the operation itself.
    `value`: the RFC 6901 pointer into that part's value, `*` for each item, each name of a map (`/data/*/status`).
    `old`, `new`: RFC 6901 pointers into the two documents as they are written; empty where there is nothing.
    """

    operation: str = ""
    operation_id: str = ""
    part: str = ""
    value: str = ""
    old: str = ""
    new: str = ""


class Witness(msgspec.Struct, frozen=True):
    """An example that proves a change: a message on which the two sides do not agree.

    `kind`: `request`, one that the old side takes and the new one does not; `answer`, one that the new side may send
    and the old one may not. `text`: the message, as HTTP/1.1 shows it. `value`: the JSON value of its body, or of the
    parameter, None without one. `fits_old`, `fits_new`: what each document's own validator said of the message.
    `refusal`: the validator's words where it does not fit.
    """

    kind: Literal["request", "answer"]
    text: str
    value: object = None
    fits_old: bool = False
    fits_new: bool = False
    refusal: str = ""


class Change(msgspec.Struct, frozen=True):
    """One difference. `rule`: an id of the catalogue (`harness explain` knows it). `message`: one sentence.

    `old_side`, `new_side`: what stood and what stands there, as a short text (JSON or YAML) to lay side by side;
    empty where there is nothing. `places`: everywhere it shows; message and witness tell of the first;
    a change in a component shows in every operation that leads to it. `confidence`: how sure an observation is, from
    0 to 1; None where nothing was left to chance.
    """

    rule: str
    level: Level
    message: str
    places: tuple[Place, ...]
    old_side: str = ""
    new_side: str = ""
    decided_by: Decider = "rule"
    witness: Witness | None = None
    confidence: float | None = None

    @property
    def place(self) -> Place:
        """The first place."""
        return self.places[0]
