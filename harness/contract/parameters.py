"""Parameters of an operation: how each is serialised (style, explode, content), read back and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, unquote_plus

import msgspec

from harness.contract import body, shape, style
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
_EXPLODED = ("form", "cookie")
"""The styles that are exploded unless the document says otherwise."""

_STRUCTURED = frozenset(("array", "object"))
_ANYTHING = 5
"""A schema of more types than these says nothing of how its value is written: it is a text."""

Pairs = list[tuple[str, str]]
Decode = Callable[[str], str]


class Parameter(msgspec.Struct, frozen=True):
    """One parameter, ready to read. `name` of a header is lower case. `media`: of a `content` that declares it.

    `kinds`: the types that its schema allows; `members`: the names that an object of it may declare. `structured`: is
    it written as more than one text? `spread`: do the members of the object stand under their own names? `bare`: is
    the whole text its value? `once`: does its style write its name no more than once?
    """

    where: str
    name: str
    required: bool
    schema: Schema
    style: str
    explode: bool
    media: str
    kinds: frozenset[str]
    members: frozenset[str]
    may_be_empty: bool = False
    structured: bool = False
    spread: bool = False
    bare: bool = False
    once: bool = False


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
    given = node.get("style")
    written = given if isinstance(given, str) else _STYLES[where]
    explode = node.get("explode")
    explode = explode if isinstance(explode, bool) else written in _EXPLODED
    required = node.get("required") is True or where == "path"
    kinds = shape.types(schemas, schema)
    structured = bool(kinds & _STRUCTURED) and len(kinds) <= _ANYTHING and not media
    is_list = ("array" in kinds or not kinds) and not media and (explode or written == "deepObject")
    return Parameter(
        where,
        name,
        required,
        schema,
        written,
        explode,
        media,
        kinds,
        members=frozenset(shape.members(schemas, schema)) if "object" in kinds else frozenset(),
        may_be_empty=node.get("allowEmptyValue") is True and where == "query",
        structured=structured,
        spread=written in _EXPLODED
        and explode
        and not media
        and where in ("query", "cookie")
        and bool(kinds)
        and kinds <= {"object", "null"},
        bare=written in ("simple", "form") and not (structured or media) and len(kinds) <= _ANYTHING,
        # Of cookies there may be several of one name: RFC 6265 section 5.4.
        once=where == "query" and not is_list,
    )


def split_query(query: str) -> Pairs:
    """The pairs of a query: names decoded, values as they stood, since only a bare separator separates."""
    pairs = []
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((_decode(name), value))
    return pairs


def judge_texts(
    schemas: Schemas,
    parameters: tuple[Parameter, ...],
    found: Mapping[str, str],
    *,
    decode: Decode = str,
) -> tuple[dict[str, object], list[Deviation]]:
    """Parameters that are one text each, of a path or of headers, as values; from their texts by name."""
    values: dict[str, object] = {}
    wrong: list[Deviation] = []
    for parameter in parameters:
        text = found.get(parameter.name)
        if text is not None and not (
            parameter.bare and _is_entered(schemas, parameter, decode(text), values)
        ):
            _enter(schemas, parameter, _readings(schemas, parameter, text, decode), values, wrong)
        elif text is None and parameter.required and parameter.where != "path":
            wrong.append(_missing(parameter))
    return values, wrong


def judge_query(
    schemas: Schemas, parameters: tuple[Parameter, ...], query: str, *, others: frozenset[str]
) -> tuple[dict[str, object], list[Deviation]]:
    """The query's parameters as values. One that nobody declares (nor is in `others`) is a deviation."""
    if not query and not parameters:
        return {}, []
    values, wrong, left = _judge_pairs(schemas, parameters, split_query(query), _decode)
    known = {parameter.name for parameter in parameters}
    for name, raws in left.items():
        values.setdefault(name, _decode(raws[-1]))
        if name not in others:
            hint = f"; {did_you_mean(name, known)}" if known else ""
            message = f"unknown query parameter {name!r}{hint}"
            wrong.append(Deviation("query", pointer([name]), message, "unknown"))
    return values, wrong


def judge_cookies(
    schemas: Schemas, parameters: tuple[Parameter, ...], headers: Headers
) -> tuple[dict[str, object], list[Deviation]]:
    """The cookies' parameters as values; cookies that nobody declares are nobody's business."""
    pairs = []
    for header, text in headers:
        for part in text.split(";") if header == "cookie" else ():
            name, equals, value = part.strip().partition("=")
            if equals:
                pairs.append((name, value))
    values, wrong, _ = _judge_pairs(schemas, parameters, pairs, unquote)
    return values, wrong


def _judge_pairs(
    schemas: Schemas, parameters: tuple[Parameter, ...], pairs: Pairs, decode: Decode
) -> tuple[dict[str, object], list[Deviation], dict[str, list[str]]]:
    """Parameters that stand as pairs of names and texts, as values; and the texts that belong to none."""
    values: dict[str, object] = {}
    wrong: list[Deviation] = []
    left: dict[str, list[str]] = {}
    for name, raw in pairs:
        left.setdefault(name, []).append(raw)
    rest: Parameter | None = None
    for parameter in parameters:
        if parameter.spread:
            if not parameter.members:
                rest = parameter
                continue
            own = [(n, decode(r)) for n in parameter.members if n in left for r in left.pop(n)]
            _finish(schemas, parameter, shape.nest(own) if own else None, values, wrong)
        elif parameter.name in left:
            raws = left.pop(parameter.name)
            if parameter.once and len(raws) > 1:
                wrong.append(_repeats(parameter, len(raws)))
            if parameter.bare and _is_entered(schemas, parameter, decode(raws[-1]), values):
                continue
            readings = _named(schemas, parameter, raws, str if parameter.style == "cookie" else decode)
            _enter(schemas, parameter, readings, values, wrong, unused=raws == [""])
        elif parameter.style == "deepObject":
            declared = {other.name for other in parameters}
            names = {n for n in left if n.startswith(parameter.name + "[") and n not in declared}
            own = [(n, decode(r)) for n, r in pairs if n in names]
            for name in names:
                del left[name]
            _finish(schemas, parameter, shape.nest(own).get(parameter.name), values, wrong)
        elif parameter.required:
            wrong.append(_missing(parameter))
    if rest is not None:
        own = [(n, decode(r)) for n, raws in left.items() for r in raws]
        left = {}
        _finish(schemas, rest, shape.nest(own) if own else None, values, wrong)
    return values, wrong, left


def judge_querystring(
    schemas: Schemas, parameter: Parameter, query: str, *, others: frozenset[str]
) -> tuple[dict[str, object], list[Deviation]]:
    """The whole query as one value, without the pairs that are named in `others`."""
    values: dict[str, object] = {}
    wrong: list[Deviation] = []
    is_form = "form-urlencoded" in parameter.media
    # To whoever reads a deviation it is a query, and the members of a form stand under their own names.
    parameter = msgspec.structs.replace(parameter, where="query", spread=is_form)
    query = "&".join(part for part in query.split("&") if _decode(part.partition("=")[0]) not in others)
    if not query:
        return values, [_missing(parameter)] if parameter.required else []
    try:
        sent = query if is_form else unquote(query)
        value = body.decode(schemas, parameter.schema, parameter.media, sent.encode())
    except body.Malformed as error:
        message = str(error).replace("the body", "the query")
        return values, [Deviation("query", pointer([parameter.name]), message, "malformed")]
    _enter(schemas, parameter, iter((_text(value),)), values, wrong)
    return values, wrong


def _named(schemas: Schemas, parameter: Parameter, raws: list[str], decode: Decode) -> Iterator[object]:
    """What a parameter may mean by what stood under its name, once or repeated."""
    if not parameter.structured or "array" not in parameter.kinds:
        return _readings(schemas, parameter, raws[-1], decode)
    if len(raws) == 1 and not (parameter.explode or parameter.style == "deepObject"):
        return _readings(schemas, parameter, raws[0], decode)
    return _repeated(schemas, parameter, raws, decode)


def _repeated(schemas: Schemas, parameter: Parameter, raws: list[str], decode: Decode) -> Iterator[object]:
    texts = [decode(raw) for raw in raws]
    each = shape.item(schemas, parameter.schema)
    if len(texts) == 1 and "string" in parameter.kinds:
        yield from _scalars(parameter, texts[0])
    yield [shape.coerce(schemas, each, text) for text in texts]
    if texts == [""]:
        yield []
    if len(texts) == 1:
        yield from _scalars(parameter, texts[0])


def _readings(schemas: Schemas, parameter: Parameter, raw: str, decode: Decode) -> Iterator[object]:
    """What a parameter may mean by one text, the likeliest first."""
    if parameter.media:
        yield _text(body.decode(schemas, parameter.schema, parameter.media, decode(raw).encode()))
        return
    text = style.scalar(parameter.style, parameter.name, raw)
    kinds = parameter.kinds
    if text is not None and (not parameter.structured or "string" in kinds):
        yield from _scalars(parameter, decode(text))
    if not parameter.structured:
        return
    yield from _structures(schemas, parameter, raw, decode)
    if "%" in raw and parameter.style not in ("spaceDelimited", "pipeDelimited"):
        # By the letter an encoded separator is data; many encode the whole text, and most servers decode it first.
        yield from _structures(schemas, parameter, decode(raw), str)
    if text is not None and "string" not in kinds:
        yield from _scalars(parameter, decode(text))


def _structures(schemas: Schemas, parameter: Parameter, raw: str, decode: Decode) -> Iterator[object]:
    how = (parameter.style, parameter.explode, parameter.name, raw)
    if "array" in parameter.kinds:
        each = shape.item(schemas, parameter.schema)
        for parts in style.lists(*how):
            # Around the commas of a header there may be spaces (RFC 9110 section 5.6.1).
            texts = [decode(part.strip() if parameter.where == "header" else part) for part in parts]
            yield [shape.coerce(schemas, each, text) for text in texts]
    if "object" in parameter.kinds:
        for members in style.objects(*how):
            if parameter.where == "header":
                members = {name.strip(): text.strip() for name, text in members.items()}
            tree: shape.Tree = {decode(name): decode(text) for name, text in members.items()}
            yield shape.coerce(schemas, parameter.schema, tree)


def _scalars(parameter: Parameter, text: str) -> Iterator[object]:
    kinds = parameter.kinds
    if len(kinds) > _ANYTHING:
        yield text
        return
    if text == "" and parameter.schema.get("enum") == [True]:
        yield True  # a flag that can only be there, like `?acl` of S3
    value = shape.scalar(kinds, text)
    yield value
    if value != text and "string" in kinds:
        yield text


def _text(value: object) -> object:
    """Bytes as text: JSON Schema knows no bytes."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


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
    value = shape.coerce(schemas, parameter.schema, tree)
    _enter(schemas, parameter, iter((value,)), values, wrong)


def _is_entered(schemas: Schemas, parameter: Parameter, text: str, values: dict[str, object]) -> bool:
    """Enter what the whole text says, where that is the value of a scalar and fits."""
    # hot: most parameters are such.
    value = shape.scalar(parameter.kinds, text)
    if not schemas.validator(parameter.schema).is_valid(value):
        return False
    values[parameter.name] = value
    return True


def _enter(
    schemas: Schemas,
    parameter: Parameter,
    readings: Iterator[object],
    values: dict[str, object],
    wrong: list[Deviation],
    *,
    unused: bool = False,
) -> None:
    """Enter the first reading that fits the schema; where none does, the first with what is wrong with it.

    `unused`: nothing was sent under the name, which `allowEmptyValue` lets pass for no parameter at all.
    """
    is_valid = schemas.validator(parameter.schema).is_valid
    first: list[object] = []
    try:
        for value in readings:
            if is_valid(value):
                values[parameter.name] = value
                return
            first = first or [value]
    except body.Malformed as error:
        message = str(error).replace("the body", f"{parameter.where} parameter {parameter.name!r}")
        wrong.append(Deviation(parameter.where, pointer([parameter.name]), message, "malformed"))
        return
    if unused and parameter.may_be_empty:
        return
    if not first:
        message = f"{parameter.where} parameter {parameter.name!r} is not in {parameter.style} style"
        wrong.append(Deviation(parameter.where, pointer([parameter.name]), message, "malformed"))
        return
    values[parameter.name] = first[0]
    # The members of a spread object have no common name on the wire, so neither in the pointer.
    at = () if parameter.spread else (parameter.name,)
    wrong += deviations(schemas, parameter.schema, first[0], where=parameter.where, at=at)


def _missing(parameter: Parameter) -> Deviation:
    message = f"{parameter.where} parameter {parameter.name!r} is required"
    return Deviation(parameter.where, pointer([parameter.name]), message, "required")


def _repeats(parameter: Parameter, times: int) -> Deviation:
    how = "its content" if parameter.media else f"{parameter.style} style"
    if not parameter.media and "array" in parameter.kinds:
        how += " without explode"
    message = f"query parameter {parameter.name!r} stands {times} times; {how} writes it once"
    return Deviation("query", pointer([parameter.name]), message, "malformed")


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
