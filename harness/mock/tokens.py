"""Tokens that the provider gives out: each another one, and known again when it is shown."""

from __future__ import annotations

import msgspec

from harness.contract.error_answer import token
from harness.mock.state import State
from harness.mock.turn import Turn
from harness.model.message import Request, Response

NAMES = ("access_token", "token")
"""Under which name an answer has it: RFC 6749 section 5.1; GitHub's for installations."""

LENGTH = 40

LASTS_S = 3600
"""What is said of how long it lasts, where what was sampled is shorter than a client would take for a lifetime."""

SHORTEST_S = 300

MOST = 100_000
"""So many are known again; of more, the oldest are forgotten."""


def given_out(turn: Turn, response: Response) -> Response:
    """The answer of an operation that gives out tokens, with one that nobody had before, where it has a place for it
    and its schema allows for it."""
    try:
        said = msgspec.json.decode(response.body)
    except msgspec.DecodeError:
        return response
    place = next((name for name in NAMES if isinstance(said, dict) and isinstance(said.get(name), str)), None)
    if place is None or response.status >= 300:
        return response
    said[place] = token(turn.rng, LENGTH)
    lasts_s = said.get("expires_in")
    if isinstance(lasts_s, int | float) and lasts_s < SHORTEST_S:
        said["expires_in"] = LASTS_S
    fresh = Response(response.status, response.headers, msgspec.json.encode(said))
    if turn.contract.deviations(turn.operation, fresh):
        fresh, said = response, msgspec.json.decode(response.body)
    known = turn.state.tokens
    known.pop(said[place], None)
    known[said[place]] = turn.now_s
    if len(known) > MOST:
        del known[next(iter(known))]
    return fresh


def given_out_s(request: Request, state: State) -> float | None:
    """When the token that a request shows was given out, in epoch seconds; None where it shows none that was."""
    if not state.tokens:
        return None
    shown = (state.tokens.get(value.rpartition(" ")[2]) for _, value in request.headers)
    return next((at_s for at_s in shown if at_s is not None), None)
