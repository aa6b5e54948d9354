"""What is wrong with a cassette: exchanges that its contract does not allow, secrets, and age."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

from harness.cassette.coding import coding_of
from harness.cassette.meaning import epoch_s
from harness.cassette.recorded import Cassette, Recorded
from harness.cassette.redact import Place, Redactor
from harness.contract.contract import Contract, Match
from harness.contract.second_opinion import SecondOpinion
from harness.model.exchange import Deviation
from harness.redaction.looks import MARK

DAY_S = 86400.0

Level = Literal["error", "warning"]


class Oddity(msgspec.Struct, frozen=True):
    """Something wrong. `exchange`: the number of one, from 1; 0 for the whole file. `at`: where in the file's tree.
    `judge`: who says so, `harness` or `openapi-core`."""

    rule: str
    message: str
    level: Level
    exchange: int
    at: Place
    judge: str = "harness"


def lint(
    cassette: Cassette,
    contract: Contract | None,
    *,
    now_s: float,
    max_age_s: float | None = None,
    names: Iterable[str] = (),
) -> list[Oddity]:
    """What is wrong with a cassette, in the order of its exchanges.

    `contract`: of the provider whom it was recorded from. `now_s`, `max_age_s`: what was recorded longer ago is too
    old. `names`: of headers, parameters and cookies that carry a credential.
    """
    found = [*_secrets(cassette, names), *_ages(cassette, now_s, max_age_s)]
    opinion = SecondOpinion(contract) if contract is not None else None
    for index, recorded in enumerate(cassette.exchanges):
        found += _unreadable(recorded, index)
        if contract is not None and opinion is not None:
            found += _against(recorded, index, contract, opinion)
    return sorted(found, key=lambda oddity: oddity.exchange)


def _secrets(cassette: Cassette, names: Iterable[str]) -> Iterator[Oddity]:
    redactor = Redactor(names=names)
    for index, recorded in enumerate(cassette.exchanges):
        redactor.learn(recorded, index)
    redactor.settle()
    seen: set[tuple[int, Place]] = set()
    for secret in redactor.found:
        if (secret.exchange, secret.place) not in seen:
            seen.add((secret.exchange, secret.place))
            where = _named(secret.place)
            message = f"{where} holds what looks like a secret ({secret.kind}): `harness cassette redact`"
            yield Oddity(
                "secret", message, "error", secret.exchange + 1, _in_tree(secret.exchange, secret.place)
            )


def _ages(cassette: Cassette, now_s: float, max_age_s: float | None) -> Iterator[Oddity]:
    if max_age_s is None:
        return
    times = [epoch_s(each.recorded_at or cassette.facts.recorded_at) for each in cassette.exchanges]
    known = [moment for moment in times if moment is not None]
    limit = f"no more than {max_age_s / DAY_S:g} are allowed"
    if cassette.exchanges and not known:
        yield Oddity("age", f"nobody knows when it was recorded; {limit} days", "warning", 0, ())
    elif known and now_s - min(known) > max_age_s:
        oldest = times.index(min(known))
        days = (now_s - min(known)) / DAY_S
        message = f"recorded {days:.0f} days ago; {limit}: record it anew"
        yield Oddity("age", message, "error", oldest + 1, ("interactions", str(oldest)))


def _unreadable(recorded: Recorded, index: int) -> Iterator[Oddity]:
    for side, headers in (("request", recorded.request.headers), ("response", recorded.response.headers)):
        coding = coding_of(headers)
        if coding:
            message = f"the body of the {side} is compressed by {coding!r}: nobody can say what is in it"
            yield Oddity("unreadable", message, "warning", index + 1, _in_tree(index, (side, "body")))


def _against(recorded: Recorded, index: int, contract: Contract, opinion: SecondOpinion) -> Iterator[Oddity]:
    request, response = recorded.request, recorded.response
    match = contract.asked(request)
    if not isinstance(match, Match):
        nearest = f"; the nearest is {match.nearest[0]}" if match.nearest else ""
        message = f"the contract has no operation {request.method} {request.path}{nearest}"
        yield Oddity("operation", message, "error", index + 1, _in_tree(index, ("request", "uri")))
        return
    name = match.operation.id
    asked = [
        each
        for each in contract.judge(match, request).deviations
        if not _is_marked(recorded, each, "request")
    ]
    answered = [
        each
        for each in contract.deviations(match.operation, response)
        if not _is_marked(recorded, each, "response")
    ]
    for side, deviations in (("request", asked), ("response", answered)):
        for deviation in deviations:
            # What a client did wrong on purpose was refused; the provider has the last word on requests.
            refused = side == "request" and response.status >= 400
            level: Level = "warning" if refused or deviation.is_advice else "error"
            place = (side, *_part(side, deviation))
            message = f"{side} of {name}: {deviation.where} {deviation.pointer or '/'}: {deviation.message}"
            yield Oddity(
                f"{side}.{deviation.keyword or deviation.where}",
                message,
                level,
                index + 1,
                _in_tree(index, place),
            )
    if not _has_marks(recorded, "request") and response.status < 400:
        for said in opinion.of_request(match, request) or ():
            yield _second(index, "request", name, said, "warning" if not asked else "error")
    if not _has_marks(recorded, "response"):
        for said in opinion.of_answer(match.operation, response) or ():
            yield _second(index, "response", name, said, "warning" if not answered else "error")


def _second(index: int, side: str, name: str, said: str, level: Level) -> Oddity:
    """What openapi-core says: a warning where our own validator does not say so, too."""
    place = (side, "uri") if side == "request" else (side,)
    return Oddity(
        f"{side}.openapi-core",
        f"{side} of {name}: {said}",
        level,
        index + 1,
        _in_tree(index, place),
        "openapi-core",
    )


def _has_marks(recorded: Recorded, side: str) -> bool:
    """Does a mark stand where a value of another shape stood?"""
    message = recorded.request if side == "request" else recorded.response
    query = recorded.request.query if side == "request" else ""
    return "%3Credacted" in query or MARK.search(message.body.decode("utf-8", "replace")) is not None


def _is_marked(recorded: Recorded, deviation: Deviation, side: str) -> bool:
    """Is it about a value in whose place a mark stands?"""
    if side == "request" and deviation.where in ("query", "path"):
        return "%3Credacted" in recorded.request.target
    if deviation.where != "body":
        return False
    try:
        value: Any = json.loads((recorded.request if side == "request" else recorded.response).body)
        for token in deviation.pointer.split("/")[1:]:
            value = (
                value[int(token)]
                if isinstance(value, list)
                else value[token.replace("~1", "/").replace("~0", "~")]
            )
    except (ValueError, LookupError, TypeError):
        # A form, maybe: it has no numbers, so a mark is as good as what it stands for.
        return False
    return isinstance(value, str) and MARK.search(value) is not None


def _part(side: str, deviation: Deviation) -> Place:
    if deviation.where == "header":
        return ("headers", deviation.pointer.removeprefix("/").lower())
    if deviation.where == "status":
        return ("status",)
    return ("body",) if deviation.where == "body" else ("uri",) if side == "request" else ()


def _in_tree(index: int, place: Place) -> Place:
    """Where it stands in the file: no deeper than a body, which is one text there."""
    if place[1:2] == ("body",):
        place = (place[0], "body", *(("string",) if place[0] == "response" else ()))
    return ("interactions", str(index), *place)


def _named(place: Place) -> str:
    side, part, *rest = (*place, "")
    what = {"uri": "address", "headers": "header", "body": "body", "status": "status"}.get(part, part)
    pointer = f" {rest[0]}" if part == "headers" else " /" + "/".join(filter(None, rest)) if any(rest) else ""
    return f"{side} {what}{pointer}"
