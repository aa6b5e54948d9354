"""Values of parameters as texts, in the styles of OpenAPI's "Style Examples" table: `contract/style.py` undone."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import msgspec

from harness.contract.parameters import Parameter

_BETWEEN = {"spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}


_STRUCTURES = frozenset(("array", "object"))


def serialization(parameter: Parameter) -> str:
    """How a parameter is written, in words."""
    if parameter.media:
        return parameter.media
    # A deepObject has but one form: "Style Examples" of OpenAPI has none that is not exploded.
    exploded = parameter.explode and parameter.style != "deepObject"
    return f"{parameter.style}{', exploded' if exploded else ''}"


def is_written_otherwise(old: Parameter, new: Parameter) -> bool:
    """Is some value that both may have another text now?"""
    if old.media or new.media:
        return old.media != new.media
    shapes = _shapes(old) & _shapes(new) or _shapes(old)
    return any(_manner(old, shape) != _manner(new, shape) for shape in shapes)


def _shapes(parameter: Parameter) -> frozenset[str]:
    """Which of `array`, `object` and `scalar` its values may be."""
    scalar = frozenset(("scalar",)) if parameter.kinds - _STRUCTURES - {"null"} else frozenset()
    return (parameter.kinds & _STRUCTURES) | scalar


def _manner(parameter: Parameter, shape: str) -> tuple[str, bool]:
    """What "Style Examples" of OpenAPI makes depend on: the style, and whether it is exploded, where that matters."""
    style, explode = parameter.style, parameter.explode
    if style == "deepObject":
        return (style, True) if shape == "object" else ("form", True)
    if shape == "scalar":
        return (style if style in ("label", "matrix") else ""), False
    if shape == "array" and (style == "simple" or (explode and style in _BETWEEN)):
        return ("simple", False) if style == "simple" else ("form", True)
    return style, explode


def longer(value: object) -> object:
    """A list of one item with that item twice: one alone is often written in the same way in every style."""
    return [*value, *value] if isinstance(value, list) and len(value) == 1 else value


def text_of(value: object) -> str:
    """A value that is no list and no object as a text; null is an empty one."""
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def in_path(parameter: Parameter, value: object) -> str:
    """The segment of a path, percent-encoded."""
    return _joined(parameter, value, quoted=True)


def in_header(parameter: Parameter, value: object) -> str:
    """The value of a header."""
    return _joined(parameter, value, quoted=False)


def in_query(parameter: Parameter, value: object) -> Iterator[str]:
    """The pairs of a query, percent-encoded, `&` to be put between them."""
    name = _quote(parameter.name)
    if parameter.media or not isinstance(value, dict | list):
        yield f"{name}={_quote(_json(value) if parameter.media else text_of(value))}"
    elif parameter.style == "deepObject":
        yield from _deep(parameter.name, value)
    elif parameter.explode and parameter.style in ("form", "cookie"):
        items = value.items() if isinstance(value, dict) else ((parameter.name, item) for item in value)
        yield from (f"{_quote(str(key))}={_quote(_inner(item))}" for key, item in items)
    else:
        yield f"{name}={_BETWEEN.get(parameter.style, ',').join(_flat(value))}"


def in_cookie(parameter: Parameter, value: object) -> str:
    """The pairs of a Cookie header."""
    return "; ".join(in_query(parameter, value))


def _joined(parameter: Parameter, value: object, *, quoted: bool) -> str:
    """What stands in a path or a header: `simple`, `label` or `matrix`."""
    plain = _quote if quoted else str
    if parameter.media:
        return plain(_json(value))
    style, name = parameter.style, parameter.name
    head = {"label": ".", "matrix": f";{name}="}.get(style, "")
    if not isinstance(value, dict | list):
        return head + plain(text_of(value))
    between = ","
    if parameter.explode and style == "label":
        between = "."
    if isinstance(value, dict) and parameter.explode:
        parts = [f"{plain(str(key))}={plain(_inner(item))}" for key, item in value.items()]
        return ";" + ";".join(parts) if style == "matrix" else head + between.join(parts)
    parts = [plain(_inner(item)) for item in _in_turn(value)]
    if parameter.explode and style == "matrix":
        return "".join(f"{head}{part}" for part in parts)
    return head + between.join(parts)


def _in_turn(value: object) -> Iterator[object]:
    """The items of a list; names and values of an object in turn."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from (str(key), item)
    elif isinstance(value, list):
        yield from value


def _flat(value: object) -> Iterator[str]:
    return (_quote(_inner(item)) for item in _in_turn(value))


def _deep(name: str, value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _deep(f"{name}[{key}]", item)
    elif isinstance(value, list):
        for item in value:
            yield from _deep(f"{name}[]" if isinstance(item, dict | list) else name, item)
    else:
        yield f"{quote(name, safe='[]')}={_quote(text_of(value))}"


def _inner(value: object) -> str:
    return _json(value) if isinstance(value, dict | list) else text_of(value)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _quote(text: str) -> str:
    return quote(text, safe="")
