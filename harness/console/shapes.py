"""What the control API takes and gives, as data: the shapes of `openapi.yaml`."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from harness.cassette.credentials import credential_names
from harness.model.call import Call
from harness.model.exchange import Exchange
from harness.model.finding import Verdict
from harness.model.webhook import Sent
from harness.redaction.known import Redaction, by_digest
from harness.run.assemble import outcome_of
from harness.run.told import ToldCall
from harness.server.clerk import KEPT_BODY_BYTES
from harness.server.front import LaneFront

Seed = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class OpenLane(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /lanes`: one of `provider` and `document`. `plan`: a name, or a plan as in a plan file."""

    provider: str | None = None
    document: str | None = None
    plan: str | dict[str, Any] | None = None
    seed: Seed = 0
    webhook_url: str | None = None
    tls: bool = False


class SendWebhooks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /lanes/{id}/webhooks`: one of `type` and `types`; the others as `server/webhooks.py` has them."""

    to: str
    type: str | None = None
    types: tuple[str, ...] = ()
    resource: str | dict[str, Any] | None = None
    way: str = "once"
    attempts: int = 1
    pace: float = 1.0
    delay_s: Annotated[float, msgspec.Meta(ge=0, le=600)] = 0.0
    allow_remote: bool = False


class SetPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`PUT /lanes/{id}/plan`, the long form. The short ones are the plan itself: its name, its object or null."""

    plan: str | dict[str, Any] | None


class Give(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /lanes/{id}/resources`: the provider knows this one from now on."""

    kind: Annotated[str, msgspec.Meta(min_length=1)]
    fields: dict[str, Any] = {}


class BeginCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /lanes/{id}/calls`: the client is now asked for this."""

    name: Annotated[str, msgspec.Meta(min_length=1)]


class EndCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`PATCH /lanes/{id}/calls/{call}`: what became of it. `output`: what the client printed meanwhile."""

    ok: bool
    error: str | None = None
    output: str | None = None


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"with_": "with"}):
    """One expectation with parameters."""

    check: str
    with_: dict[str, Any] = {}


class Expect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /lanes/{id}/verdicts`: ids of checks, names of their families, or either with parameters."""

    expect: Annotated[tuple[str | Asked, ...], msgspec.Meta(min_length=1)]


def redaction_for(lane: LaneFront) -> Redaction:
    """What must not be told of this lane."""
    return Redaction(lane.credentials.values(), mark=by_digest, names=credential_names(lane.provider))


def told_lane(lane: LaneFront) -> dict[str, object]:
    """A lane as it stands, without its credentials: those are given once, to whoever opened it."""
    return {
        "id": lane.id,
        "provider": lane.provider.name,
        "url": lane.url,
        "seed": lane.seed,
        "plan": lane.plan.name if lane.plan else None,
        "healed_s": lane.healed_s,
        "exchanges": lane.seen,
        "sees_refusals": lane.sees_refusals,
    }


def told_call(call: ToldCall) -> dict[str, object]:
    """A call as it stands. What the client printed is not told back."""
    return {
        "id": call.id,
        "name": call.name,
        "began_s": call.began_s,
        "ended_s": call.ended_s,
        "ok": call.ok,
        "error": call.error,
    }


def told_exchange(exchange: Exchange, clean: Redaction) -> dict[str, object]:
    """An exchange as the journal tells it."""
    told: dict[str, object] = msgspec.to_builtins(
        exchange, builtin_types=(bytes,)
    )  # every field, in the order of the struct
    told["fault"] = exchange.fault
    told["path"] = None if exchange.path is None else clean(exchange.path)
    told["query"] = clean.query(exchange.query)
    told["request_headers"] = clean.headers(exchange.request_headers)
    told["response_headers"] = clean.headers(exchange.response_headers)
    told["request_body"] = _body(exchange.request_body, clean)
    told["response_body"] = _body(exchange.response_body, clean)
    for field in ("faults", "deviations", "idempotency_key", "effect"):
        told[field] = clean.data(told[field])
    return told


def told_webhook(sent: Sent, clean: Redaction) -> dict[str, object]:
    """An event that was sent, and its attempts."""
    return {
        "id": sent.event.id,
        "type": sent.event.type,
        "url": clean(sent.url),
        "way": sent.way,
        "taken": sent.taken,
        "body": _body(sent.event.body, clean),
        "attempts": [
            {
                "number": attempt.number,
                "at_s": attempt.at_s,
                "ended_s": attempt.ended_s,
                "status": attempt.status,
                "trouble": attempt.trouble,
                "headers": clean.headers(attempt.headers),
                "answer": _body(attempt.answer, clean),
            }
            for attempt in sent.attempts
        ],
    }


def told_verdicts(calls: Sequence[Call], verdicts: Sequence[Verdict]) -> dict[str, object]:
    """Verdicts, and the calls that they are about."""
    return {
        "outcome": outcome_of(verdicts),
        "verdicts": msgspec.to_builtins(verdicts),
        "calls": [
            {
                "name": call.name,
                "grouping": call.grouping,
                "attempts": [exchange.number for exchange in call.attempts],
            }
            for call in calls
        ],
    }


def _body(octets: bytes, clean: Redaction) -> dict[str, str]:
    try:
        text = octets.decode()
    except UnicodeDecodeError as error:
        # The journal keeps so much of a body and no more, which may end it within a character.
        if len(octets) < KEPT_BODY_BYTES or error.start < len(octets) - 3:
            return {"base64": base64.b64encode(octets).decode()}
        text = octets[: error.start].decode()
    return {"text": clean(text)}
