"""The contract that exchanges imply, as an OpenAPI 3.1 document: what was asked and answered, and no value of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from harness.contract.body import Malformed, decode_json, essence, is_json
from harness.contract.contract import Contract, Match, Operation
from harness.contract.shape import nest
from harness.drift.seen.evidence import Evidence
from harness.drift.seen.noise import is_hidden, names_a_thing
from harness.drift.seen.templates import Templates
from harness.drift.seen.told import MISSING, is_whole, media_of, request_of, value_of
from harness.model.exchange import Exchange
from harness.redaction.names import SECRET_HEADERS, announced

_OFTEN = 5
"""An enumeration is told where each of its values was seen so often in the mean."""

_USUAL_REQUEST = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "content-type",
        "content-length",
        "content-encoding",
        "host",
    }
    | {
        "user-agent",
        "connection",
        "transfer-encoding",
        "date",
        "origin",
        "referer",
        "cache-control",
        "pragma",
    }
    | {"traceparent", "tracestate", "expect", "te", "upgrade-insecure-requests", "dnt", "priority"}
)
_USUAL_ANSWER = _USUAL_REQUEST | frozenset(
    {"server", "age", "etag", "expires", "last-modified", "vary", "via", "keep-alive", "alt-svc", "x-cache"}
    | {"strict-transport-security", "content-security-policy", "x-frame-options", "x-content-type-options"}
    | {"x-xss-protection", "referrer-policy", "permissions-policy", "cross-origin-opener-policy", "nel"}
    | {"report-to", "x-powered-by", "x-runtime", "x-served-by", "x-timer", "cf-ray", "cf-cache-status"}
    | {
        "accept-ranges",
        "server-timing",
        "x-amz-cf-id",
        "x-amz-cf-pop",
        "x-varnish",
        "x-envoy-upstream-service-time",
    }
)


class _Seen(msgspec.Struct):
    """The exchanges of one operation."""

    template: str
    method: str
    operation: Operation | None
    exchanges: list[Exchange]


def implied(exchanges: Iterable[Exchange], contract: Contract | None = None) -> dict[str, Any]:
    """The contract that these exchanges imply. With a contract, operations go by its paths and ids.

    A member is required where every object had it, a parameter where every call did. An enumeration is told where few
    values came often. Faults and answers that did not come to their end are left out.
    """
    whole = [exchange for exchange in exchanges if is_whole(exchange)]
    templates, found = Templates(whole), dict[tuple[str, str], _Seen]()
    for exchange in whole:
        match = contract.asked(request_of(exchange)) if contract is not None else None
        operation = match.operation if isinstance(match, Match) else None
        template = operation.template if operation else templates.of(exchange)
        method = (exchange.method or "").lower()
        seen = found.setdefault((template, method), _Seen(template, method, operation, []))
        seen.exchanges.append(exchange)
    paths: dict[str, Any] = {}
    schemes: dict[str, Any] = {}
    for (template, method), seen in sorted(found.items()):
        paths.setdefault(template, {})[method] = _operation(seen, templates, schemes)
    title = contract.document.root.get("info", {}).get("title") if contract is not None else None
    tree: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": f"{title or 'A provider'}, as it was seen", "version": "seen"},
        "paths": paths,
    }
    return {**tree, "components": {"securitySchemes": schemes}} if schemes else tree


def schema_of(seen: Evidence) -> dict[str, Any]:
    """The schema that values imply."""
    kinds = [kind for kind in _KINDS if kind in seen.kinds]
    if "hidden" in seen.kinds or kinds == ["null"]:
        # What stood there, or may stand there, may be of any type.
        return {}
    if "number" in kinds and "integer" in kinds:
        kinds.remove("integer")
    schema: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds} if kinds else {}
    if "string" in kinds and (seen.format and not seen.format.startswith("epoch")):
        schema["format"] = seen.format
    elif kinds and set(kinds) <= {"string", "null"}:
        choices = seen.choices
        if choices and "" not in seen.texts and sum(choices.values()) >= _OFTEN * len(choices):
            schema["enum"] = [*sorted(choices), *([None] if "null" in kinds else [])]
    if "array" in kinds and seen.items is not None:
        schema["items"] = schema_of(seen.items)
    if "object" in kinds and seen.members:
        if seen.is_map:
            schema["additionalProperties"] = schema_of(seen.every)
        else:
            schema["properties"] = {name: schema_of(member) for name, member in sorted(seen.members.items())}
            always = sorted(name for name in seen.members if seen.always_has(name))
            schema |= {"required": always} if always else {}
    return schema


_KINDS = ("object", "array", "string", "integer", "number", "boolean", "null")


def _operation(seen: _Seen, templates: Templates, schemes: dict[str, Any]) -> dict[str, Any]:
    node: dict[str, Any] = {}
    if seen.operation is not None and seen.operation.id != seen.operation.name:
        node["operationId"] = seen.operation.id
    # Who was refused shows what goes wrong, and not what has to be sent.
    good = [each for each in seen.exchanges if (each.status or 0) < 400] or seen.exchanges
    parameters = [*_path(seen, good, templates), *_query(good), *_headers(good)]
    node |= {"parameters": parameters} if parameters else {}
    body = _body(good)
    node |= {"requestBody": body} if body else {}
    node["responses"] = {f"{status}": _answer(status, group) for status, group in _by_status(seen.exchanges)}
    scheme = _scheme(good)
    if scheme:
        name, told = scheme
        schemes[name] = told
        node["security"] = [{name: []}]
    return node


def _by_status(exchanges: list[Exchange]) -> Iterator[tuple[int, list[Exchange]]]:
    for status in sorted({exchange.status or 0 for exchange in exchanges}):
        yield status, [exchange for exchange in exchanges if exchange.status == status]


def _path(seen: _Seen, exchanges: list[Exchange], templates: Templates) -> Iterator[dict[str, Any]]:
    values: dict[str, list[str]] = {}
    for exchange in exchanges:
        if seen.operation is None:
            for name, text in templates.parameters(exchange).items():
                values.setdefault(name, []).append(text)
    names = [part.partition("}")[0] for part in seen.template.split("{")[1:]]
    for name in names:
        yield {"name": name, "in": "path", "required": True, "schema": _of_texts(name, values.get(name, []))}


def _query(exchanges: list[Exchange]) -> Iterator[dict[str, Any]]:
    sent: dict[str, list[str]] = {}
    calls: dict[str, int] = {}
    for exchange in exchanges:
        pairs = parse_qsl(exchange.query, keep_blank_values=True)
        for name, value in pairs:
            sent.setdefault(name, []).append(value)
        for name in {name for name, _ in pairs}:
            calls[name] = calls.get(name, 0) + 1
    for name, values in sorted(sent.items()):
        if announced(name):
            continue
        node: dict[str, Any] = {"name": name, "in": "query"}
        if calls[name] == len(exchanges) and len(exchanges) >= _OFTEN:
            node["required"] = True
        schema = _of_texts(name, values)
        node["schema"] = {"type": "array", "items": schema} if len(values) > calls[name] else schema
        yield node


def _headers(exchanges: list[Exchange]) -> Iterator[dict[str, Any]]:
    sent: dict[str, list[str]] = {}
    for exchange in exchanges:
        for name, value in dict(exchange.request_headers).items():
            if name not in _USUAL_REQUEST | SECRET_HEADERS and not announced(name) and name[:4] != "sec-":
                sent.setdefault(name, []).append(value)
    for name, values in sorted(sent.items()):
        node: dict[str, Any] = {"name": name, "in": "header"}
        if len(values) == len(exchanges) and len(exchanges) >= _OFTEN:
            node["required"] = True
        yield {**node, "schema": _of_texts(name, values)}


def _body(exchanges: list[Exchange]) -> dict[str, Any]:
    with_body = [exchange for exchange in exchanges if exchange.request_body]
    content: dict[str, Evidence] = {}
    for number, exchange in enumerate(with_body):
        kind = exchange.request_header("content-type") or ""
        seen = content.setdefault(essence(kind) or "application/octet-stream", Evidence())
        value = _sent(kind, exchange.request_body)
        if value is not MISSING:
            seen.add(value, number)
    if not content:
        return {}
    body: dict[str, Any] = {"content": {kind: _media(seen) for kind, seen in sorted(content.items())}}
    return {"required": True, **body} if len(with_body) == len(exchanges) else body


def _sent(kind: str, body: bytes) -> object:
    """What a request's body says; of a form, texts. MISSING for media types that nobody looks into."""
    try:
        if is_json(kind):
            return decode_json(body)
        if essence(kind) == "application/x-www-form-urlencoded":
            return nest(parse_qsl(body.decode(), keep_blank_values=True))
    except (Malformed, UnicodeDecodeError):
        return MISSING
    return MISSING


def _answer(status: int, exchanges: list[Exchange]) -> dict[str, Any]:
    content: dict[str, Evidence] = {}
    for number, exchange in enumerate(exchanges):
        media = media_of(exchange)
        if media:
            seen = content.setdefault(media, Evidence())
            value = value_of(exchange)
            if value is not MISSING:
                seen.add(value, number)
    node: dict[str, Any] = {"description": _phrase(status)}
    headers = dict(_answer_headers(exchanges))
    node |= {"headers": headers} if headers else {}
    node |= {"content": {kind: _media(seen) for kind, seen in sorted(content.items())}} if content else {}
    return node


def _answer_headers(exchanges: list[Exchange]) -> Iterator[tuple[str, Any]]:
    came: dict[str, list[str]] = {}
    for exchange in exchanges:
        for name, value in dict(exchange.response_headers).items():
            if (
                name not in _USUAL_ANSWER | SECRET_HEADERS
                and not announced(name)
                and "access-control" not in name
            ):
                came.setdefault(name, []).append(value)
    for name, values in sorted(came.items()):
        node: dict[str, Any] = {"schema": _of_texts(name, values)}
        always = len(values) == len(exchanges) and len(exchanges) >= _OFTEN
        yield name, {"required": True, **node} if always else node


def _media(seen: Evidence) -> Mapping[str, Any]:
    return {"schema": schema_of(seen)} if seen.kinds else {}


def _of_texts(name: str, values: list[str]) -> dict[str, Any]:
    """The schema of a parameter whose values these are."""
    if not values or any(is_hidden(value) for value in values):
        return {"type": "string"}
    if all(value in ("true", "false") for value in values):
        return {"type": "boolean"}
    if all(value.isascii() and value.isdigit() and (value == "0" or value[0] != "0") for value in values):
        return {"type": "integer"}
    seen = Evidence(name)
    for number, value in enumerate(values):
        seen.add(value, number, (number,))
    if any(names_a_thing(value) for value in values) and not seen.format:
        return {"type": "string"}
    return schema_of(seen)


def _scheme(exchanges: list[Exchange]) -> tuple[str, dict[str, Any]] | None:
    """How a client said who it is: the way, never the credential."""
    for exchange in exchanges:
        word = (exchange.request_header("authorization") or "").partition(" ")[0].lower()
        if word in ("bearer", "basic", "digest"):
            return word, {"type": "http", "scheme": word}
        for name, _ in exchange.request_headers:
            if name in SECRET_HEADERS - {"cookie", "set-cookie"} or announced(name) == "key":
                return name, {"type": "apiKey", "in": "header", "name": name}
        for name, _ in parse_qsl(exchange.query):
            if announced(name) == "key":
                return name, {"type": "apiKey", "in": "query", "name": name}
    return None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"status {status}"
