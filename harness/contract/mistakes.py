"""What msgspec found wrong with data that a person wrote, in our words: where it is, and what would work there."""

from __future__ import annotations

import re
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from harness.errors import did_you_mean

WORDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
"""msgspec's names of types, for people."""


class Mistake(msgspec.Struct, frozen=True):
    """`place`: the keys and indexes that lead to it. `unknown`: the name there that nothing is known by."""

    place: tuple[str, ...]
    message: str
    unknown: str = ""


def explain(error: msgspec.ValidationError, value: object, kind: Any) -> Mistake:
    """Read the error that converting `value` to `kind` gave."""
    message, _, place = str(error).partition(" - at `")
    tokens = _tokens(place.rstrip("`"), value, kind)
    within = _type_at(kind, tokens)
    if unknown := re.match(r"Object contains unknown field `(.*)`$", message):
        name = unknown[1]
        known = {field.encode_name for field in _fields(within)}
        said = f"unknown field {name!r}; {did_you_mean(name, known)}" if known else f"unknown field {name!r}"
        return Mistake(tuple(tokens), said, name)
    if message.startswith("Invalid enum value"):
        options = [str(option) for option in _literals(within)]
        found = _value_at(value, tokens)
        message = f"{found!r} is none of {', '.join(options)}; {did_you_mean(str(found), options)}"
    elif message.startswith("Object missing required field"):
        message = message.replace("Object missing", "missing").replace("`", "'")
    message = re.sub(r"`([a-z]+(?: \| [a-z]+)*)`", lambda types: _in_words(types[1]), message)
    message = message.replace(", got ", ", found ")
    return Mistake(tuple(tokens), message[:1].lower() + message[1:])


def _in_words(types: str) -> str:
    """`int | null` is a whole number: that a setting may be left out is no news to who gave it."""
    names = [name for name in types.split(" | ") if name != "null"] or ["null"]
    return " or ".join(WORDS.get(name, name) for name in names)


def _tokens(place: str, value: object, kind: Any) -> list[str]:
    """msgspec's `$.resources[...].path[0]` as reference tokens. It hides keys of dicts as `[...]`: the first key
    whose value does not convert is the one that is meant."""
    tokens: list[str] = []
    for name, index in re.findall(r"\.([^.\[]+)|\[([^\]]*)\]", place):
        if index == "...":
            index = _wrong_key(_value_at(value, tokens), _type_at(kind, tokens))
            if not index:
                break
        tokens.append(name or index)
    return tokens


def _wrong_key(here: object, kind: Any) -> str:
    arguments = get_args(kind)
    for key, child in here.items() if isinstance(here, dict) and len(arguments) == 2 else ():
        try:
            msgspec.convert(child, arguments[1])
        except msgspec.ValidationError:
            return str(key)
    return ""


def _value_at(value: object, tokens: list[str]) -> object:
    for token in tokens:
        if isinstance(value, dict):
            value = value.get(token)
        elif isinstance(value, list) and token.isdigit() and int(token) < len(value):
            value = value[int(token)]
        else:
            return None
    return value


def _type_at(kind: Any, tokens: list[str]) -> Any:
    """The declared type at these tokens, looking through optional ones."""
    for token in tokens:
        kind = _entered(kind)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            kinds = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
            kind = kinds.get(token, object)
        elif get_origin(kind) is dict:
            kind = get_args(kind)[1]
        elif get_origin(kind) in (tuple, list):
            kind = get_args(kind)[0]
        else:
            return object
    return _plain(kind)


def _entered(kind: Any) -> Any:
    """What a token leads into: of a choice like `Struct | str` the struct."""
    structs = [a for a in get_args(kind) if isinstance(a, type) and issubclass(a, msgspec.Struct)]
    return structs[0] if len(structs) == 1 and get_origin(kind) in (Union, UnionType) else _plain(kind)


def _plain(kind: Any) -> Any:
    arguments = [a for a in get_args(kind) if a is not type(None)]
    if type(None) in get_args(kind) and len(arguments) == 1:
        return arguments[0]
    return kind


def _fields(kind: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return msgspec.structs.fields(kind)
    for argument in get_args(kind):
        if isinstance(argument, type) and issubclass(argument, msgspec.Struct):
            return msgspec.structs.fields(argument)
    return ()


def _literals(kind: Any) -> list[object]:
    found: list[object] = []
    for argument in get_args(kind):
        found += _literals(argument) if get_args(argument) else [argument]
    return [option for option in found if not isinstance(option, type)]
