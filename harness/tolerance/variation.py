"""One difference from a normal answer, and an answer with some of them."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from harness.model.message import Headers, Response

Token = str | int
Place = Literal["body", "header", "text", "names"]


class Variation(msgspec.Struct, frozen=True):
    """One difference: at `pointer`, in the body's value or among the headers (`/request-id`), in the bytes of the
    whole body (`text`), or in how the names of headers are written (`names`), which the wire alone shows.

    `kind`: what sort of difference (`left_out`, `null`, `empty_list`, ...). `value`: what stands there instead;
    nothing does where it `drops`. `means`: may it mean something to the client, so that a client may have a word of
    its own for it? Else whoever fails fails at the form alone.
    """

    kind: str
    pointer: tuple[Token, ...] = ()
    value: Any = None
    drops: bool = False
    means: bool = True
    where: Place = "body"

    @property
    def at(self) -> str:
        """The RFC 6901 pointer; empty for the whole body."""
        return "".join(f"/{str(token).replace('~', '~0').replace('/', '~1')}" for token in self.pointer)

    @property
    def family(self) -> tuple[str, Place, tuple[Token, ...]]:
        """What variations have in common that differ in size alone."""
        return self.kind, self.where, self.pointer


class Base(msgspec.Struct, frozen=True):
    """A normal answer, with the JSON value of its body. `is_json`: there is such a value."""

    response: Response
    value: Any = None
    is_json: bool = False


def varied(base: Base, variations: Iterable[Variation]) -> Response:
    """The answer with these differences. One at a place that another has taken away does not show."""
    value, headers, text = base.value, base.response.headers, None
    changed = False
    # What contains comes before what is contained: a list is first made long, then its first item changed.
    for one in sorted(variations, key=lambda one: len(one.pointer)):
        if one.where == "header":
            headers = _with_header(headers, str(one.pointer[0]), None if one.drops else str(one.value))
        elif one.where == "text":
            text = str(one.value)
        elif one.where == "body":
            value = put(value if changed else copy.deepcopy(value), one)
            changed = True
    body = msgspec.json.encode(value) if changed else base.response.body
    if text is not None:
        body = text.encode()
    return Response(base.response.status, headers, body)


def put(value: Any, one: Variation) -> Any:
    """The value with one difference, changed in place but for its root."""
    if not one.pointer:
        return copy.deepcopy(one.value)
    here = value
    for token in one.pointer[:-1]:
        here = _member(here, token)
        if here is _NOWHERE:
            return value
    last = one.pointer[-1]
    if isinstance(here, dict) and isinstance(last, str):
        if one.drops:
            here.pop(last, None)
        else:
            here[last] = copy.deepcopy(one.value)
    elif isinstance(here, list) and isinstance(last, int) and last < len(here):
        if one.drops:
            del here[last]
        else:
            here[last] = copy.deepcopy(one.value)
    return value


_NOWHERE = object()


def found(value: Any, pointer: Iterable[Token]) -> Any:
    """What stands at a place of a value; None where there is no such place."""
    for token in pointer:
        value = _member(value, token)
        if value is _NOWHERE:
            return None
    return value


def _member(value: Any, token: Token) -> Any:
    if isinstance(value, dict) and isinstance(token, str):
        return value.get(token, _NOWHERE)
    if isinstance(value, list) and isinstance(token, int) and 0 <= token < len(value):
        return value[token]
    return _NOWHERE


def _with_header(headers: Headers, name: str, value: str | None) -> Headers:
    if value is None:
        return tuple(pair for pair in headers if pair[0] != name)
    return tuple((key, value if key == name else old) for key, old in headers)
