"""Idempotency keys: the same key and request get the saved answer, and the effect happens once."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from harness.contract.behaviour import Behaviour, Idempotency
from harness.contract.judge import Judged
from harness.mock.state import Saved, State
from harness.model.exchange import Deviation
from harness.model.message import Request, Response

USUAL_HEADER = "idempotency-key"


def key_of(request: Request, behaviour: Behaviour) -> str | None:
    """The key that the client sent, whether or not this provider makes anything of it."""
    return request.header(header_of(behaviour)) or None


def header_of(behaviour: Behaviour) -> str:
    """The lower case name of the header that carries the key."""
    return behaviour.idempotency.header.lower() if behaviour.idempotency else USUAL_HEADER


def missing(request: Request, key: str | None, behaviour: Behaviour) -> Deviation | None:
    """The deviation of a write without a key, where the provider wants one."""
    rules = behaviour.idempotency
    if rules is None or not rules.required or key is not None or request.method not in rules.methods:
        return None
    return Deviation(
        "header", f"/{rules.header.lower()}", f"the header {rules.header} is required", "required"
    )


def digest(request: Request, judged: Judged) -> bytes:
    """What makes two requests the same: method, path, parameters and body, whatever the order of their fields."""
    try:
        body = msgspec.json.encode([judged.query, judged.body], order="sorted", enc_hook=repr)
    except (TypeError, msgspec.MsgspecError):
        body = request.body
    if judged.body is None:
        body += request.body
    return hashlib.sha256(b"\n".join((request.method.encode(), request.path.encode(), body))).digest()


def look_up(
    state: State, rules: Idempotency, key: str, wanted: bytes, now_s: float
) -> Response | Literal["mismatch"] | None:
    """The saved answer, marked as a replay; `mismatch` where the key was another request's; None for a new key."""
    saved = state.saved.get(key)
    if saved is None:
        return None
    if now_s - saved.saved_s >= rules.retention_s:
        del state.saved[key]
        return None
    if saved.digest != wanted:
        return "mismatch"
    if rules.replayed_header:
        name, value = rules.replayed_header
        return saved.response.with_headers((name.lower(), value))
    return saved.response


def save(state: State, rules: Idempotency, key: str, wanted: bytes, response: Response, now_s: float) -> None:
    """Remember the answer, an error only where the provider does so too."""
    if response.status < 400 or rules.saves_errors:
        state.saved[key] = Saved(wanted, response, now_s)
