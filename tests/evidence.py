"""Builders that make a test of a check read as a sentence.

    evidence(call(503, 0.5, 503, 1.0, 200))

is one call of three attempts: a 503, half a second later another, a second later a good answer. An `int` is an
answered status, a `str` is a fault, a `float` is the wait before the next attempt, `attempt(...)` says more.
"""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import formatdate
from typing import Any

import msgspec

from harness.checks.all import CHECKS
from harness.checks.registry import Evidence
from harness.model.call import Call, Ending, Outcome
from harness.model.exchange import Deviation, Exchange, Fired
from harness.model.finding import Finding

KEY = "sk_test_canary_4f1d9c27ab"
EPOCH = 1_700_000_000.25
"""The epoch second at which the lane's clock stands at 0, in `Date` headers. A quarter past, as in life."""

_OUTCOMES = {
    "timing.hung": ("open", None),
    "timing.stalled": ("open", 200),
    "timing.dribbled": ("sent", 200),
    "timing.late": ("sent", 200),
    "connection.refused": ("reset", None),
    "connection.reset_on_accept": ("reset", None),
    "connection.reset_before_answer": ("reset", None),
    "connection.reset_in_answer": ("reset", 200),
    "connection.closed": ("closed", None),
    "connection.lost_answer": ("reset", None),
    "tls.expired": ("gone", None),
    "tls.wrong_host": ("gone", None),
    "tls.tls_1_0": ("closed", None),
    "tls.client_certificate_required": ("closed", None),
    "body.truncated": ("closed", 200),
    "body.malformed": ("sent", 200),
    "body.empty": ("sent", 200),
}


class Attempt(msgspec.Struct, frozen=True):
    """What a test says of one attempt; `call` gives it its time."""

    status: int | None
    fault: str | None
    took_s: float | None
    fields: dict[str, Any]
    request: dict[str, str]
    response: dict[str, str]


def attempt(
    what: int | str = 200,
    *,
    took_s: float | None = 0.004,
    fault: str | None = None,
    request: dict[str, str] | None = None,
    response: dict[str, str] | None = None,
    **fields: Any,
) -> Attempt:
    """One attempt: a status or a fault. `took_s=None` is one that never ended; `fields` are those of Exchange.

    A negative wait after one that took long makes the next come before its end."""
    outcome, status = ("sent", what) if isinstance(what, int) else _OUTCOMES[what]
    played = what if isinstance(what, str) else fault or ("status.error" if what >= 400 else None)
    return Attempt(status, played, took_s, {"outcome": outcome, **fields}, request or {}, response or {})


def given_up(after_s: float = 5.0, fault: str = "timing.hung", **fields: Any) -> Attempt:
    """A silent attempt that the client closed."""
    return attempt(fault, took_s=after_s, outcome="gone", **fields)


def exchange(number: int = 1, at_s: float = 0.0, what: int | str | Attempt = 200, **fields: Any) -> Exchange:
    """One exchange as the journal holds it: `GET /v1/items/1` with the canary credential."""
    made = what if isinstance(what, Attempt) else attempt(what)
    early = {"connection.refused": "connect", "connection.reset_on_accept": "accept"}
    fault = made.fault or ""
    stage = "handshake" if fault.startswith("tls.") else early.get(fault, "request")
    asked: dict[str, Any] = {
        "operation": "GetItem",
        "method": "GET",
        "path": "/v1/items/1",
        "request_headers": tuple({"authorization": f"Bearer {KEY}", **made.request}.items()),
        "received_s": at_s,
    }
    date = formatdate(int(EPOCH + at_s), usegmt=True)
    answered = {"response_headers": tuple({"date": date, **made.response}.items())} if made.status else {}
    return Exchange(
        **{
            "number": number,
            "connection": number,
            "at_s": at_s,
            "stage": stage,
            "ended_s": None if made.took_s is None else at_s + made.took_s,
            "status": made.status,
            "faults": (Fired(made.fault),) if made.fault else (),
            **(asked if stage == "request" else {}),
            **answered,
            **(fields if stage == "request" else {}),
            **made.fields,
        }
    )


def call(
    *parts: int | float | str | Attempt,
    ok: bool | None = None,
    error: str | None = None,
    ending: Ending = "ended",
    began_s: float = 0.0,
    ended_s: float | None = None,
    stdout: str = "",
    stderr: str = "",
    name: str = "read",
    fallback: bool = False,
    **fields: Any,
) -> Call:
    """One call. Without `ok`, it succeeded if its last answer was a good one. `fields` go to every attempt."""
    attempts: list[Exchange] = []
    now_s = began_s + 0.01
    for part in parts:
        if isinstance(part, float):
            now_s += part
            continue
        made = part if isinstance(part, Attempt) else attempt(part)
        attempts.append(exchange(len(attempts) + 1, now_s, made, **fields))
        now_s += made.took_s or 0.0
    last = attempts[-1] if attempts else None
    good = last is not None and (last.status or 500) < 400 and last.outcome == "sent"
    success = (good if ok is None else ok) and ending == "ended"
    ends_s = now_s + 0.01 if ended_s is None else ended_s
    failure = None if success else error or "ClientError: it did not work"
    outcome = Outcome(success, began_s, ends_s, failure, None, ending, stdout, stderr, fallback)
    return Call(name, outcome, tuple(attempts))


def write(
    *parts: int | float | str | Attempt, key: str | None = None, body: bytes = b'{"name":"a"}', **more: Any
) -> Call:
    """A call that posts, with or without an idempotency key."""
    fields = {
        "method": "POST",
        "path": "/v1/items",
        "operation": "PostItems",
        "request_body": body,
        "idempotency_key": key,
    }
    return call(*parts, **{"name": "create", **fields, **more})


def evidence(*calls: Call, **fields: Any) -> Evidence:
    """All calls of one scenario, with the exchanges numbered through."""
    numbered: list[Call] = []
    number = 0
    for each in calls:
        attempts = []
        for entry in each.attempts:
            number += 1
            attempts.append(msgspec.structs.replace(entry, number=number, connection=number))
        numbered.append(msgspec.structs.replace(each, attempts=tuple(attempts)))
    asked = next((e for each in numbered for e in each.attempts if e.method), None)
    writes = any(each.name == "create" for each in numbered)
    known: dict[str, Any] = {
        "operation": asked.operation if asked else "PostItems" if writes else "GetItem",
        "method": asked.method if asked else "POST" if writes else "GET",
        "kind": "write" if writes else "read",
        "secrets": (KEY,),
        "journal": tuple(e for each in numbered for e in each.attempts),
    }
    return Evidence(**{"calls": tuple(numbered), **known, **fields})


def row(pattern: str, *, pace_s: float = 0.2, heals_at: int | None = None, **fields: Any) -> Evidence:
    """A row of calls at a provider that answers 503: `1` sent one request, `.` none.

    `heals_at`: from which call on it answers well, counted from 0."""
    calls = []
    for index, letter in enumerate(pattern):
        began_s = index * pace_s
        well = heals_at is not None and index >= heals_at
        parts = () if letter == "." else (200,) if well else (503,)
        calls.append(call(*parts, began_s=began_s, ended_s=began_s + 0.03))
    healed_s = None if heals_at is None else heals_at * pace_s - 0.05
    return evidence(*calls, healed_s=healed_s, faults_planned=("status.error",), **fields)


def deviation(
    message: str = "expected an integer",
    *,
    where: str = "query",
    pointer: str = "/limit",
    keyword: str = "type",
) -> Deviation:
    """One way in which a request does not fit."""
    return Deviation(where, pointer, message, keyword)


def http_date(at_s: float) -> str:
    """The HTTP-date of a time on the lane's clock, its second."""
    return formatdate(int(EPOCH + at_s), usegmt=True)


def findings(check: str, seen: Evidence, **parameters: object) -> tuple[Finding, ...]:
    """What a check sees."""
    return tuple(CHECKS[check].function(seen, **parameters))


def sights(check: str, seen: Evidence, **parameters: object) -> list[str]:
    """What a check sees, in one word each."""
    return [finding.sight for finding in findings(check, seen, **parameters)]


def only(found: Iterable[Finding]) -> Finding:
    """The one finding that there is."""
    (finding,) = found
    return finding
