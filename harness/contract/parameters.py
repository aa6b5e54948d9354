"""Parameters of an operation: how each is serialised (style, explode, content), read back and judged."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, unquote_plus

import msgspec

from harness.contract import body, shape
from harness.contract.deviate import deviations
from harness.contract.schema import Schema, Schemas
from harness.contract.yaml import pointer
from harness.errors import did_you_mean
from harness.model.exchange import Deviation
from harness.model.message import Headers

_STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form", "querystring": "form"}
PLACES = tuple(_STYLES)
"""Where a parameter may stand; `querystring`, one parameter that is the whole query, since OpenAPI 3.2."""

_NOT_DECLARABLE = ("accept", "content-type", "authorization")
_SEPARATORS = {
    "form": (",", "%2C", "%2c"),
    "spaceDelimited": ("%20", "+", " "),
    "pipeDelimited": ("|", "%7C", "%7c"),
    "tabDelimited": ("%09", "\t"),
}

_SCALARS = frozenset(("string", "integer", "number", "boolean"))

Pairs = list[tuple[str, str]]


class Parameter(msgspec.Struct, frozen=True):
    """One parameter, ready to read. `name` of a header is lower case. `media`: of a `content` that declares it."""

    where: str
    name: str
    required: bool
    schema: Schema
    style: str
    explode: bool
    media: str
    kinds: frozenset[str]
    members: frozenset[str]

    @property
    def json(self) -> bool:
        """Is its value written as JSON?"""
        return "json" in self.media


def compile_parameter(schemas: Schemas, node: dict[str, Any]) -> Parameter | None:
    """A resolved parameter object; None for what OpenAPI says is ignored or what is no parameter at all."""
    where, name = node.get("in"), node.get("name")
    if not isinstance(where, str) or where not in _STYLES or not isinstance(name, str):
        return None
    if where == "header":
        name = name.lower()
        if name in _NOT_DECLARABLE:
            return None
    content = node.get("content")
    media = next(iter(content), "") if isinstance(content, dict) else ""
    raw = content[media].get("schema") if media and isinstance(content, dict) else node.get("schema")
    schema = schemas.convert(raw)
    style = node.get("style")
    style = style if isinstance(style, str) else _STYLES[where]
    explode = node.get("explode")
    explode = explode if isinstance(explode, bool) else style == "form"
    required = node.get("required") is True or where == "path"
    kinds = shape.types(schemas, schema)
    members = frozenset(shape.members(schemas, schema)) if "object" in kinds else frozenset()
    return Parameter(where, name, required, schema, style, explode, media, kinds, members)


def split_query(query: str) -> Pairs:
    """The pairs of a query: names decoded, values as they stood, since only a bare separator separates."""
    pairs = []
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((_decode(name), value))
    return pairs


def judge_path(
    schemas: Schemas, parameters: tuple[Parameter, ...], found: dict[str, str]
) -> tuple[dict[str, object], list[Deviation]]:
    """The path's parameters as values; those that the document does not declare stay text."""
    values: dict[str, object] = dict(found)
    wrong: list[Deviation] = []
    for parameter in parameters:
        text = found.get(parameter.name)
        if text is not None:
            _enter(schemas, parameter, _plain(schemas, parameter, text), values, wrong)
    return values, wrong


def judge_query(
    schemas: Schemas, parameters: tuple[Parameter, ...], query: str, *, others: frozenset[str]
) -> tuple[dict[str, object], list[Deviation]]:
    """The query's parameters as values. One that nobody declares (nor is in `others`) is a deviation."""
    values: dict[str, object] = {}
    wrong: list[Deviation] = []
    if not query and not parameters:
        return values, wrong
    pairs = split_query(query)
    left: dict[str, list[str]] = {}
    for name, raw in pairs:
        left.setdefault(name, []).append(raw)
    rest: Parameter | None = None
    for parameter in parameters:
        if _spread(parameter):
            if not parameter.members:
                rest = parameter
                continue
            own = [(n, _decode(r)) for n in parameter.members if n in left for r in left.pop(n)]
            _finish(schemas, parameter, shape.nest(own) if own else None, values, wrong)
        elif parameter.name in left:
            texts = left.pop(parameter.name)
            _enter(schemas, parameter, _listed(schemas, parameter, texts), values, wrong)
        elif parameter.style == "deepObject":
            names = [n for n in left if n.startswith(parameter.name + "[")]
            own = [(n, _decode(r)) for n, r in pairs if n in names]
            for name in names:
                del left[name]
            _finish(schemas, parameter, shape.nest(own).get(parameter.name), values, wrong)
        elif parameter.required:
            wrong.append(_missing(parameter))
    if rest is not None:
        own = [(n, _decode(r)) for n, raws in left.items() for r in raws]
        left = {}
        _finish(schemas, rest, shape.nest(own) if own else None, values, wrong)
    known = {parameter.name for parameter in parameters}
    for name, raws in left.items():
        values.setdefault(name, _decode(raws[-1]))
        if name not in others:
            hint = f"; {did_you_mean(name, known)}" if known else ""
            message = f"unknown query parameter {name!r}{hint}"
            wrong.append(Deviation("query", pointer([name]), message, "unknown"))
    return values, wrong


def judge_querystring(
    schemas: Schemas, parameter: Parameter, query: str, *, others: frozenset[str]
) -> tuple[dict[str, object], list[Deviation]]:
    """The whole query as one value, without the pairs that are named in `others`."""
    values: dict[str, object] = {}
    wrong: list[Deviation] = []
    parameter = msgspec.structs.replace(parameter, where="query")  # which it is to whoever reads a deviation
    query = "&".join(part for part in query.split("&") if _decode(part.partition("=")[0]) not in others)
    if not query:
        return values, [_missing(parameter)] if parameter.required else []
    is_form = "form-urlencoded" in parameter.media
    try:
        sent = query if is_form else unquote(query)
        value = body.decode(schemas, parameter.schema, parameter.media, sent.encode())
    except body.Malformed as error:
        return values, [Deviation("query", pointer([parameter.name]), str(error), "malformed")]
    _enter(schemas, parameter, value if not isinstance(value, bytes) else value.decode(), values, wrong)
    return values, wrong


def judge_flat(
    schemas: Schemas, parameters: tuple[Parameter, ...], found: dict[str, str]
) -> tuple[dict[str, object], list[Deviation]]:
    """Header or cookie parameters as values, from their texts by name."""
    values: dict[str, object] = {}
    wrong: list[Deviation] = []
    for parameter in parameters:
        text = found.get(parameter.name)
        if text is not None:
            _enter(schemas, parameter, _plain(schemas, parameter, text), values, wrong)
        elif parameter.required:
            wrong.append(_missing(parameter))
    return values, wrong


def _spread(parameter: Parameter) -> bool:
    """Does each member of the parameter stand in the query under its own name?"""
    return (
        parameter.style == "form"
        and parameter.explode
        and not parameter.json
        and parameter.kinds <= {"object", "null"}
        and bool(parameter.kinds)
    )


def _listed(schemas: Schemas, parameter: Parameter, raws: list[str]) -> object:
    """The value of a query parameter from what stood under its name, once or repeated."""
    if parameter.json or not parameter.kinds & {"array", "object"} or len(parameter.kinds) > 5:
        return _plain(schemas, parameter, _decode(raws[-1]))
    if "array" in parameter.kinds:
        if parameter.explode or parameter.style == "deepObject" or len(raws) > 1:
            if len(raws) == 1 and "string" in parameter.kinds:
                return shape.coerce(schemas, parameter.schema, _decode(raws[0]))
            each = shape.item(schemas, parameter.schema)
            return [shape.coerce(schemas, each, _decode(raw)) for raw in raws]
        each = shape.item(schemas, parameter.schema)
        parts = _divide(raws[0], parameter.style)
        return [shape.coerce(schemas, each, _decode(part)) for part in parts]
    if parameter.kinds & _SCALARS or parameter.style == "deepObject":
        return shape.coerce(schemas, parameter.schema, _decode(raws[-1]))
    parts = [_decode(part) for part in _divide(raws[-1], parameter.style)]
    if len(parts) % 2 == 0 and parts:
        return shape.coerce(schemas, parameter.schema, dict(zip(parts[::2], parts[1::2], strict=True)))
    return _decode(raws[-1])


def _divide(raw: str, style: str) -> list[str]:
    if not raw:
        return []
    separators = _SEPARATORS.get(style, (",",))
    # An encoded comma is data in form style; the other two separators may only be sent encoded.
    for separator in separators[1:] if style != "form" else ():
        raw = raw.replace(separator, separators[0])
    return raw.split(separators[0])


def _plain(schemas: Schemas, parameter: Parameter, text: str) -> object:
    """The value of a decoded text in simple, label or matrix style, or of JSON content."""
    if parameter.json:
        try:
            return msgspec.json.decode(text.encode())
        except (msgspec.DecodeError, UnicodeError):
            return text
    if parameter.style == "label":
        text = text.removeprefix(".")
    elif parameter.style == "matrix":
        text = text.removeprefix(f";{parameter.name}=").removeprefix(";")
    kinds = parameter.kinds
    if len(kinds) > 5 or not kinds & {"array", "object"} or "string" in kinds:
        return shape.scalar(kinds, text)
    parts = shape.divide(text, parameter.style)
    if "array" in kinds:
        each = shape.item(schemas, parameter.schema)
        return [shape.coerce(schemas, each, part.strip()) for part in parts]
    if parameter.explode:
        return shape.coerce(schemas, parameter.schema, dict(_pair(part) for part in parts))
    if len(parts) % 2 == 0:
        return shape.coerce(schemas, parameter.schema, dict(zip(parts[::2], parts[1::2], strict=True)))
    return text


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name, value


def _finish(
    schemas: Schemas,
    parameter: Parameter,
    tree: shape.Tree | None,
    values: dict[str, object],
    wrong: list[Deviation],
) -> None:
    if tree is None:
        if parameter.required:
            wrong.append(_missing(parameter))
        return
    _enter(schemas, parameter, shape.coerce(schemas, parameter.schema, tree), values, wrong)


def _enter(
    schemas: Schemas, parameter: Parameter, value: object, values: dict[str, object], wrong: list[Deviation]
) -> None:
    values[parameter.name] = value
    # The members of a spread object have no common name on the wire, so neither in the pointer.
    at = () if parameter.where == "query" and _spread(parameter) else (parameter.name,)
    wrong += deviations(schemas, parameter.schema, value, where=parameter.where, at=at)


def _missing(parameter: Parameter) -> Deviation:
    message = f"{parameter.where} parameter {parameter.name!r} is required"
    return Deviation(parameter.where, pointer([parameter.name]), message, "required")


def _decode(raw: str) -> str:
    return unquote_plus(raw) if "%" in raw or "+" in raw else raw


def headers(parameters: tuple[Parameter, ...], found: Headers) -> dict[str, str]:
    """The texts of the declared headers. A header that stands several times is one list (RFC 9110 section 5.3)."""
    sent: dict[str, str] = {}
    wanted = {parameter.name for parameter in parameters}
    for name, text in found:
        if name in wanted:
            sent[name] = f"{sent[name]}, {text}" if name in sent else text
    return sent


def cookies(parameters: tuple[Parameter, ...], found: Headers) -> dict[str, str]:
    """The texts of the declared cookies, percent-decoded."""
    sent: dict[str, str] = {}
    wanted = {parameter.name for parameter in parameters}
    for header, text in found:
        for part in text.split(";") if header == "cookie" else ():
            name, equals, value = part.strip().partition("=")
            if equals and name in wanted:
                sent[name] = unquote(value)
    return sent
