"""Error answers in the provider's own shape: as behaviour words them, else as the contract declares them, else
RFC 9457. The mock and the faults both speak through this file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import formatdate
from http import HTTPStatus
from typing import Literal

import msgspec

from harness.contract import xml
from harness.contract.behaviour import Behaviour, Quota, RateLimit, Template
from harness.contract.body import is_xml
from harness.contract.contract import USUAL, Choice, Contract, Operation
from harness.contract.template import filled, filled_headers
from harness.model.clock import Rng
from harness.model.message import Response

Form = Literal["provider", "seconds", "date", "reset", "none"]

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MESSAGE_FIELDS = (
    "message", "detail", "error_description", "errorDescription", "error_message", "errorMessage", "msg",
    "description", "title", "error", "reason",
)  # fmt: skip
_CHALLENGES = {
    "bearer": 'Bearer realm="api"',
    "token": 'Bearer realm="api"',
    "oauth2": 'Bearer realm="api"',
    "openid": 'Bearer realm="api"',
    "basic": 'Basic realm="api"',
    "basic_username": 'Basic realm="api"',
    "digest": 'Digest realm="api", qop="auth", nonce="api"',  # RFC 7616 section 3.3 wants a nonce
}


def error_answer(
    contract: Contract,
    behaviour: Behaviour,
    operation: Operation | None,
    status: int,
    *,
    rng: Rng,
    now_s: float,
    message: str = "",
    param: str = "",
    code: str = "",
    template: Template | None = None,
    fill: Mapping[str, object] | None = None,
    choice: Choice = USUAL,
) -> Response:
    """The provider's answer with `status`, its standing headers included. `now_s` is the epoch second.

    `choice`: which form of the declared answer, where there is one. `template` overrides the provider's template for
    the status; `fill` overrides and adds placeholders.
    A 401 always carries a challenge (RFC 9110 section 15.5.2).
    """
    said = {
        "status": status,
        "message": message or phrase(status),
        "param": param,
        "code": code,
        **(fill or {}),
    }
    known = Facts(behaviour, said, rng=rng, now_s=now_s)
    worded = template or template_for(behaviour, status)
    if worded is not None and worded.body is not None:
        body = msgspec.json.encode(filled(worded.body, known))
        answer = Response(status, (("content-type", worded.media_type),), body)
    else:
        text = str(known["message"])
        declared = _as_declared(contract, operation, status, text, code, rng, now_s, choice)
        answer = declared or _problem(contract, operation, status, text)
    if worded is not None:
        answer = answer.with_headers(*filled_headers(worded.headers, known))
    if status == 401 and answer.header("www-authenticate") is None:
        answer = answer.with_headers(("www-authenticate", challenge(contract, behaviour, operation)))
    return with_standing_headers(answer, behaviour, known)


def rate_limit_answer(
    contract: Contract,
    behaviour: Behaviour,
    operation: Operation | None,
    *,
    form: Form,
    wait_s: float,
    status: int = 0,
    rng: Rng,
    now_s: float,
) -> Response:
    """The provider's refusal of one request too many, asking for `wait_s` in the given form.

    `provider`: the first documented answer with its own headers; Retry-After in seconds where no limit is known.
    `seconds`, `date`: Retry-After alone. `reset`: the provider's reset header alone (`x-ratelimit-reset` in
    epoch seconds where none is known). `none`: not told. `status` 0 is the provider's own, 429 where none is known.
    Whole seconds are rounded up, so that a client which obeys is never early.
    """
    limits = behaviour.rate_limit
    template = _exceeded(limits, status)
    epoch_s, delta_s = math.ceil(now_s + wait_s), math.ceil(wait_s)
    spent: dict[str, object] = {"remaining": 0, "reset_epoch_s": epoch_s, "reset_s": delta_s}
    if limits and limits.quotas:
        spent["used"] = limits.quotas[0].requests
    answer = error_answer(
        contract,
        behaviour,
        operation,
        status or (template.status if template else 429),
        rng=rng,
        now_s=now_s,
        template=template,
        fill=spent,
    )
    header = (limits.reset_header or "").lower() if limits else ""
    unit = limits.reset_unit if limits and header else "epoch_s"
    reset = (
        header or "x-ratelimit-reset",
        {
            "epoch_s": str(epoch_s),
            "delta_s": str(delta_s),
            "http_date": formatdate(epoch_s, usegmt=True),
        }[unit],
    )
    if form == "provider":
        return _as_documented(answer, limits, template, reset, delta_s)
    untold = _without_waits(answer, header)
    match form:
        case "seconds":
            return untold.with_headers(("retry-after", str(delta_s)))
        case "date":
            return untold.with_headers(("retry-after", formatdate(epoch_s, usegmt=True)))
        case "reset":
            return untold.with_headers(reset)
        case "none":
            return untold


def with_standing_headers(response: Response, behaviour: Behaviour, known: Mapping[str, object]) -> Response:
    """The answer with the headers that stand on every answer of this provider; those already there are kept."""
    standing = behaviour.standing.all
    if not standing:
        return response
    there = {name for name, _ in response.headers}
    more = tuple(pair for pair in standing.filled(known) if pair[0] not in there)
    return Response(response.status, (*response.headers, *more), response.body) if more else response


class Facts(Mapping[str, object]):
    """What any template may mention: what is `said`, else a request id, the time, and the first quota untouched.

    Each is found out when a template first asks: most answers mention few, and luck and dates are dear.
    """

    def __init__(self, behaviour: Behaviour, said: Mapping[str, object], *, rng: Rng, now_s: float) -> None:
        self._behaviour = behaviour
        self._rng = rng
        self._now_s = now_s
        self._known = dict(said)
        self._complete = False

    def __getitem__(self, name: str) -> object:
        if name not in self._known:
            if name == "request_id":
                self._known[name] = token(self._rng, 14)
            else:
                self._complete_known()
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        self._complete_known()
        return iter({"request_id": None, **self._known})

    def __len__(self) -> int:
        self._complete_known()
        return len({"request_id": None, **self._known})

    def _complete_known(self) -> None:
        """With the time, and the first quota as it stands before anybody asked."""
        if not self._complete:
            self._complete = True
            limits = self._behaviour.rate_limit
            quota = _untouched(limits.quotas[0], self._now_s) if limits and limits.quotas else {}
            self._known = {**_times(self._now_s), **quota, **self._known}


def template_for(behaviour: Behaviour, status: int) -> Template | None:
    """The provider's wording of a status: its own, else that of its class (`5xx`), else the default one."""
    errors = behaviour.errors
    if errors is None:
        return None
    named = errors.statuses.get(str(status)) or errors.statuses.get(f"{status // 100}xx")
    return named or errors.default


def challenge(contract: Contract, behaviour: Behaviour, operation: Operation | None) -> str:
    """A WWW-Authenticate value that names the ways in which a credential may be sent."""
    ways: list[str] = []
    if behaviour.authentication:
        ways = [str(way) for way in behaviour.authentication.accepts]
    elif operation is not None:
        ways = [scheme.kind for every in contract.security(operation) for scheme in every]
    named = dict.fromkeys(_CHALLENGES.get(way, 'ApiKey realm="api"') for way in ways)
    return ", ".join(named) or 'Bearer realm="api"'


def problem(status: int, message: str) -> Response:
    """An error answer of nobody's shape in particular: RFC 9457."""
    said = {"type": "about:blank", "title": phrase(status), "status": status, "detail": message}
    return Response(status, (("content-type", "application/problem+json"),), msgspec.json.encode(said))


def _problem(contract: Contract, operation: Operation | None, status: int, message: str) -> Response:
    """The same, in XML for who is answered in XML: RFC 9457 appendix B."""
    speaks = contract.media_type(operation, contract.success(operation)) if operation is not None else None
    if speaks is None or not is_xml(speaks):
        return problem(status, message)
    said = {"type": "about:blank", "title": phrase(status), "status": status, "detail": message}
    within = "".join(f"<{name}>{xml.escaped(str(value))}</{name}>" for name, value in said.items())
    body = f'{xml.PROLOG}<problem xmlns="urn:ietf:rfc:7807">{within}</problem>'
    return Response(status, (("content-type", "application/problem+xml"),), body.encode())


def phrase(status: int) -> str:
    """The reason phrase of a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def token(rng: Rng, length: int) -> str:
    """Letters and digits, as providers make their ids of."""
    return "".join(_LETTERS[rng.randrange(0, len(_LETTERS))] for _ in range(length))


def iso(now_s: float) -> str:
    """RFC 3339, whole seconds, UTC."""
    return datetime.fromtimestamp(int(now_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _times(now_s: float) -> dict[str, object]:
    return {"now": int(now_s), "now_iso": iso(now_s)}


def _untouched(quota: Quota, now_s: float) -> dict[str, object]:
    return {
        "limit": quota.requests,
        "remaining": quota.requests - 1,
        "used": 1,
        "reset_epoch_s": math.ceil(now_s + quota.window_s),
        "reset_s": math.ceil(quota.window_s),
    }


def _exceeded(limits: RateLimit | None, status: int) -> Template | None:
    if limits is None or not limits.exceeded:
        return None
    return next((each for each in limits.exceeded if each.status == status), limits.exceeded[0])


def _as_documented(
    answer: Response,
    limits: RateLimit | None,
    template: Template | None,
    reset: tuple[str, str],
    delta_s: int,
) -> Response:
    if limits is None:
        return _without_waits(answer, "").with_headers(("retry-after", str(delta_s)))
    told = {name.lower() for name in template.headers} if template else set()
    if answer.header("retry-after") is not None and "retry-after" not in told:
        # The contract wants one, and what was sampled for it is no one's wait.
        answer = answer.with_headers(("retry-after", str(delta_s)))
    if limits.reset_header and not told & {reset[0], "retry-after"}:
        return answer.with_headers(reset)
    return answer


def _without_waits(answer: Response, reset_header: str) -> Response:
    kept = tuple(
        (name, value)
        for name, value in answer.headers
        if name not in ("retry-after", "ratelimit", reset_header) and not name.endswith("ratelimit-reset")
    )
    return Response(answer.status, kept, answer.body)


def _as_declared(
    contract: Contract,
    operation: Operation | None,
    status: int,
    message: str,
    code: str,
    rng: Rng,
    now_s: float,
    choice: Choice,
) -> Response | None:
    """The body that the contract declares for the status, with our words in it where they fit its schema."""
    if operation is None or contract.media_type(operation, status) is None:
        return None
    answer = contract.answer(operation, status, rng=rng, now_s=now_s, choice=choice)
    if choice.example:
        return answer
    try:
        body = msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        return answer
    if not isinstance(body, dict):
        return answer
    words = {"status": status, "title": phrase(status), "code": code}
    for exact in (words, {"status": status}, {}):
        body = msgspec.json.decode(answer.body)
        _word(body, message, {name: value for name, value in exact.items() if value})
        spoken = Response(answer.status, answer.headers, msgspec.json.encode(body))
        if not contract.deviations(operation, spoken):
            return spoken
    return answer


def _word(body: object, message: str, exact: Mapping[str, object], *, depth: int = 0) -> bool:
    """Put the message into the first place for one, from the outside in. True when there was one."""
    if isinstance(body, list):
        return bool(body) and _word(body[0], message, exact, depth=depth + 1)
    if not isinstance(body, dict) or depth > 3:
        return False
    for name, value in exact.items():
        if name in body and type(body[name]) is type(value):
            body[name] = value
    for name in _MESSAGE_FIELDS:
        if isinstance(body.get(name), str):
            body[name] = message
            return True
    inner = sorted(body, key=lambda name: not name.startswith("err"))
    return any(_word(body[name], message, exact, depth=depth + 1) for name in inner)
