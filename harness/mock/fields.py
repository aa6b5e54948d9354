"""The fields of one resource: laying new values over old ones so that the contract still holds."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import msgspec

from harness.contract.contract import Contract, Operation
from harness.model.message import Response

Fields = dict[str, Any]


class Names(dict[str, object]):
    """What a resource's templates may mention: given names first, else the resource's own fields, dotted where
    nested. A name that nobody has says nothing."""

    def __init__(self, given: Mapping[str, object], fields: Fields) -> None:
        super().__init__(given)
        self._fields = fields

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> object:
        return dig(self._fields, name)

    def get(self, name: str, default: object = None) -> object:
        """The value of that name, else `default`."""
        value = self[name]
        return default if value is None else value


def dig(fields: Fields, dotted: str) -> Any:
    """The value of `owner.login`; None where there is none."""
    value: Any = fields
    for part in dotted.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def put(fields: Fields, dotted: str, value: object) -> None:
    """Set `owner.login`, making objects on the way."""
    *way, last = dotted.split(".")
    for part in way:
        inner = fields.get(part)
        if not isinstance(inner, dict):
            inner = fields[part] = {}
        fields = inner
    fields[last] = value


def laid(under: Any, over: Any) -> Any:
    """Objects merged key by key, anything else replaced; by an empty object too, since it says "nothing"."""
    if isinstance(under, dict) and isinstance(over, dict) and over:
        return {**under, **{name: laid(under.get(name), value) for name, value in over.items()}}
    return deepcopy(over)


def suited(current: Any, given: Any, *, items: str) -> Any:
    """What was given, in the shape that the answer has for it.

    An array for a list envelope (`items` names its array) becomes the envelope's items, each laid over a sample of
    one; a string for an object that has an id names that object; anything else stays itself.
    """
    if isinstance(given, list) and isinstance(current, dict) and isinstance(current.get(items), list):
        sample = current[items][0] if current[items] else {}
        return {**current, items: [_over(sample, each, items=items) for each in given]}
    if isinstance(given, str) and isinstance(current, dict) and "id" in current:
        return {**current, "id": given}
    return deepcopy(given)


def _over(sample: Any, given: Any, *, items: str) -> Any:
    if isinstance(given, dict) and isinstance(sample, dict):
        return {
            **sample,
            **{name: suited(sample.get(name), each, items=items) for name, each in given.items()},
        }
    return suited(sample, given, items=items)


def settled(contract: Contract, operation: Operation, status: int, before: Fields, wanted: Fields) -> Fields:
    """`before` with as much of `wanted` as the answer's schema allows, field by field where not all at once."""
    found = _deviations(contract, operation, status, wanted)
    if not found or found <= (allowed := _deviations(contract, operation, status, before)):
        return wanted
    now = dict(before)
    for name, value in wanted.items():
        if name in before and msgspec.json.encode(value) == msgspec.json.encode(before[name]):
            continue
        # An object that lacks what the schema requires may hold once it is laid over the one before.
        for candidate in (value, laid(before.get(name), value)):
            tried = {**now, name: candidate}
            if _deviations(contract, operation, status, tried) <= allowed:
                now = tried
                break
    return now


def _deviations(contract: Contract, operation: Operation, status: int, fields: Fields) -> int:
    declared = contract.media_type(operation, status) or "*/*"
    media_type = "application/json" if "*" in declared else declared
    answer = Response(status, (("content-type", media_type),), msgspec.json.encode(fields))
    return sum(deviation.where == "body" for deviation in contract.deviations(operation, answer))
