"""What a client uses of a provider, from the exchanges that it had: operations, what it sends, what it was answered.

A field that came in an answer may be read or not: nothing in an exchange tells. It counts as used. So does what
nobody can tell: a list that was always empty has items of which nothing is known, and an operation that never
answered well has answers of which nothing is known. A field that never came, or within one that was always null, a
parameter that was never sent, and a status other than 2xx that was never met count as unused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from harness.contract import body as bodies
from harness.contract.contract import Contract, Match, Operation
from harness.contract.schema import Schema
from harness.drift.nights.components import met_of
from harness.drift.seen.met import Met
from harness.model.exchange import Exchange
from harness.model.message import Headers, Request, first


class Used(msgspec.Struct):
    """What is known of one operation. `parts`: what was met of each part, as `Place.part` names it, media types in
    lower case and without parameters, names of headers in lower case. `statuses`: how often each answer came, by
    its status and by the key under which it is declared (`200`, `4XX`, `default`). `components`: what was met of
    each component in each part, wherever it stood there. `detailed`: are the messages themselves known?"""

    times: int = 0
    parts: dict[str, Met] = msgspec.field(default_factory=dict)
    components: dict[str, dict[str, Met]] = msgspec.field(default_factory=dict)
    statuses: dict[str, int] = msgspec.field(default_factory=dict)
    detailed: bool = False

    def see(self, part: str, value: object) -> None:
        """A value of a part."""
        self.parts.setdefault(part, Met()).see(value)

    def see_in(self, part: str, inside: Iterable[tuple[str, object]]) -> None:
        """What a part has of components: their pointers, and values."""
        components = self.components.setdefault(part, {})
        for pointer, value in inside:
            components.setdefault(pointer, Met()).see(value)


class Usage(msgspec.Struct, frozen=True):
    """What is known of a client. `operations`: by name, as `POST /v1/charges`. `sources`: what tells it. `strays`:
    how many requests were for no operation of the contract."""

    operations: Mapping[str, Used]
    sources: tuple[str, ...] = ()
    strays: int = 0


def usage(
    contract: Contract,
    exchanges: Iterable[Exchange],
    *,
    asked: Iterable[str] = (),
    sources: Iterable[str] = (),
) -> Usage:
    """What a client uses. `asked`: operations of which no more is known than that they were asked, by id or by name;
    those that the contract does not have are passed over."""
    operations: dict[str, Used] = {}
    strays = 0
    for exchange in exchanges:
        if exchange.method is None or exchange.path is None:
            continue
        request = _request(exchange)
        match = contract.asked(request)
        if not isinstance(match, Match):
            strays += 1
            continue
        used = operations.setdefault(match.operation.name, Used())
        used.times += 1
        used.detailed = True
        _sent(used, contract, match, request)
        _answered(used, contract, match.operation, exchange)
    by_name = {name: each for each in contract.operations.values() for name in (each.id, each.name)}
    for name in asked:
        if name in by_name:
            operations.setdefault(by_name[name].name, Used()).times += 1
        else:
            strays += 1
    return Usage(operations, tuple(sources), strays)


def _request(exchange: Exchange) -> Request:
    path = exchange.path or "/"
    target = f"{path}?{exchange.query}" if exchange.query else path
    return Request(
        exchange.method or "", target, path, exchange.query, exchange.request_headers, exchange.request_body
    )


def _sent(used: Used, contract: Contract, match: Match, request: Request) -> None:
    judged = contract.judge(match, request)
    headers = {name.lower(): value for name, value in judged.headers.items()}
    for where, values in (
        ("path", judged.path),
        ("query", judged.query),
        ("header", headers),
        ("cookie", judged.cookies),
    ):
        for name, value in values.items():
            used.see(f"{where} parameter {name}", value)
    if request.body:
        media_type = bodies.essence(first(request.headers, "content-type") or "")
        schema = _schema(contract.compiled(match.operation).body, media_type)
        inside = list(met_of(contract.schemas("request"), schema, judged.body))
        for part in ("request body", f"request body {media_type}"):
            used.see(part, judged.body)
            used.see_in(part, inside)


def _answered(used: Used, contract: Contract, operation: Operation, exchange: Exchange) -> None:
    if exchange.status is None or exchange.faults:
        return
    media_type = _media_type(exchange.response_headers)
    body = exchange.response_body
    value = _json(body) if bodies.is_json(media_type) else body
    answers = contract.compiled(operation).answer(exchange.status)
    schema = _schema(answers.media if answers is not None else (), media_type)
    inside = list(met_of(contract.schemas("response"), schema, value))
    # What documents say of it is told by the declared key, what answers show by the status itself.
    for key in {declared(contract.statuses(operation), exchange.status), str(exchange.status)}:
        used.statuses[key] = used.statuses.get(key, 0) + 1
        answer = f"response {key}"
        for name, text in exchange.response_headers:
            used.see(f"{answer} header {name}", text)
        if body:
            for part in (answer, f"{answer} {media_type}"):
                used.see(part, value)
                used.see_in(part, inside)


def declared(statuses: Iterable[str], status: int) -> str:
    """The key of the declared answer that a status falls under; the status itself where there is none."""
    known = {key.upper(): key for key in statuses}
    for key in (str(status), f"{status // 100}XX", "DEFAULT"):
        if key in known:
            return known[key]
    return str(status)


def _schema(declared: Iterable[bodies.Media], media_type: str) -> Schema:
    """What is declared of a body in that media type; of one that is not declared nothing is."""
    known = {bodies.essence(each.type): each for each in declared}
    named = known.get(media_type) or next(
        (each for each in known.values() if bodies.is_open(each.type)), None
    )
    return (named.schema if named is not None else None) or {}


def _media_type(headers: Headers) -> str:
    return bodies.essence(first(headers, "content-type") or "")


def _json(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return body
