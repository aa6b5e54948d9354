"""What a request asks for, whatever the bytes that say so; and in what two requests differ."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from harness.contract.contract import Contract, Miss
from harness.contract.tree import escaped
from harness.model.message import Request, first
from harness.redaction import fields
from harness.redaction.looks import MARK
from harness.redaction.names import announced, words_of

NEAR_S = 86400.0
"""Two times that are each as near as this to the moment of their request both mean that moment."""

_VOLATILE = frozenset({"nonce", "timestamp", "ts", "signature", "sig", "salt"})
_VOLATILE_PAIRS = frozenset(
    {("idempotency", "key"), ("request", "id"), ("correlation", "id"), ("trace", "id"), ("amz", "date")}
    | {("idempotence", "key"), ("client", "token"), ("request", "token")}
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_EPOCH = re.compile(r"\d{10}(\.\d{1,9})?|\d{13}")
_MISSING = object()


class Meaning(msgspec.Struct, frozen=True):
    """What is asked. `operation`: its id, or method and path where the contract has none. `query`, `body`: of the
    contract's types where it declares them. `defaults`: what is meant where nothing is said, by place and name."""

    operation: str
    path: dict[str, object] = {}
    query: dict[str, object] = {}
    body: object = None
    defaults: dict[str, dict[str, object]] = {}


class Difference(msgspec.Struct, frozen=True):
    """One thing in which two requests differ. `where`: path, query or body; `pointer`: RFC 6901, within it."""

    where: str
    pointer: str
    recorded: str
    asked: str

    def __str__(self) -> str:
        return f"{self.where} {self.pointer or '/'} is {self.asked}, recorded was {self.recorded}"


def meaning(request: Request, contract: Contract | None = None) -> Meaning:
    """What a request asks for, as its contract reads it."""
    query = _pairs(request.query)
    match = contract.asked(request) if contract is not None else Miss()
    if contract is None or isinstance(match, Miss):
        return Meaning(f"{request.method} {request.path}", {}, query, _body(request))
    judged = contract.judge(match, request)
    body = judged.body if judged.body is not None else _body(request)
    defaults = contract.defaults(match.operation)
    return Meaning(match.operation.id, dict(judged.path), {**query, **judged.query}, body, defaults)


def differences(
    recorded: Meaning, asked: Meaning, *, recorded_s: float | None = None, asked_s: float | None = None
) -> Iterator[Difference]:
    """In what a request differs from the one that was recorded. `recorded_s`, `asked_s`: the epoch seconds of both.

    What stands for a secret is like anything. Credentials in a query, and what is made up for each request (nonces,
    timestamps, idempotency keys), are not looked at.
    """
    compare = _Comparison(recorded_s, asked_s)
    for where in ("path", "query", "body"):
        one, other = getattr(recorded, where), getattr(asked, where)
        compare.where, compare.defaults = where, recorded.defaults.get(where, {})
        yield from compare.values(one, other, ())


class _Comparison:
    def __init__(self, recorded_s: float | None, asked_s: float | None) -> None:
        self._recorded_s, self._asked_s = recorded_s, asked_s
        self.where = ""
        self.defaults: dict[str, object] = {}

    def values(self, recorded: object, asked: object, at: tuple[str, ...]) -> Iterator[Difference]:
        if isinstance(recorded, dict) and isinstance(asked, dict):
            for name in {**recorded, **asked}:
                if is_volatile(name) or (self.where == "query" and announced(name)):
                    continue
                default = self.defaults.get(name, _MISSING) if not at else _MISSING
                one, other = recorded.get(name, default), asked.get(name, default)
                yield from self.values(one, other, (*at, name))
        elif isinstance(recorded, list) and isinstance(asked, list) and len(recorded) == len(asked):
            if self.where == "query" and _in_any_order(recorded) == _in_any_order(asked):
                return
            for index, (one, other) in enumerate(zip(recorded, asked, strict=True)):
                yield from self.values(one, other, (*at, str(index)))
        elif not self._alike(recorded, asked):
            pointer = "".join(f"/{escaped(token)}" for token in at)
            yield Difference(self.where, pointer, _shown(recorded), _shown(asked))

    def _alike(self, recorded: object, asked: object) -> bool:
        if recorded is _MISSING or asked is _MISSING:
            return recorded is asked
        if _same(recorded, asked):
            return True
        if isinstance(recorded, str) and MARK.search(recorded):
            pattern = ".+".join(map(re.escape, MARK.split(recorded)))
            return isinstance(asked, str | int | float) and bool(re.fullmatch(pattern, str(asked), re.DOTALL))
        return self._is_now(recorded, self._recorded_s) and self._is_now(asked, self._asked_s)

    def _is_now(self, value: object, now_s: float | None) -> bool:
        said = _epoch_s(value)
        return now_s is not None and said is not None and abs(said - now_s) <= NEAR_S


def is_volatile(name: str) -> bool:
    """Is it made up for each request, by its name?"""
    words = words_of(name)
    return bool(words) and (words[-1] in _VOLATILE or words[-2:] in _VOLATILE_PAIRS)


def epoch_s(text: str) -> float | None:
    """The epoch second of an RFC 3339 time; None where it is none."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else datetime.fromisoformat(text + "+00:00").timestamp()


def _epoch_s(value: object) -> float | None:
    if isinstance(value, str) and not _EPOCH.fullmatch(value):
        return epoch_s(value)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    number = float(value)
    if 1e12 <= number < 1e13:  # milliseconds
        number /= 1000
    return number if 1e9 <= number < 1e10 else None


def _same(one: object, other: object) -> bool:
    if type(one) is type(other):
        return one == other
    if isinstance(one, dict | list) or isinstance(other, dict | list):
        return False
    if isinstance(one, bool) or isinstance(other, bool):
        return _word(one) == _word(other)
    try:
        return Decimal(str(one)) == Decimal(str(other))
    except InvalidOperation:
        return False


def _word(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _in_any_order(values: list[object]) -> Counter[str]:
    return Counter(repr(value) for value in values)


def _pairs(text: str) -> dict[str, object]:
    """A query or a form: a text for each name, or all of them in a list."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _body(request: Request) -> Any:
    """A body that no contract declares."""
    if not request.body:
        return None
    media = (first(request.headers, "content-type") or "").lower()
    text = request.body.decode("utf-8", "surrogateescape")
    if fields.is_json(text):
        return json.loads(text)
    if "x-www-form-urlencoded" in media:
        return _pairs(text)
    boundary = re.search(r'(?i)boundary="?([^";]+)', first(request.headers, "content-type") or "")
    if boundary and "multipart" in media:
        return {field.name: field.value for field in fields.in_multipart(text, boundary[1])}
    return text


def _shown(value: object) -> str:
    if value is _MISSING:
        return "missing"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:77] + "..."
