"""What may be played to a client: its normal answer, the ways to vary and to break it, and every declared status."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from harness.contract import realistic
from harness.contract.contract import USUAL, Operation
from harness.contract.declared import declared_answer
from harness.contract.provider import Provider
from harness.contract.schema import Schema
from harness.model.clock import Rng
from harness.model.message import Response
from harness.tolerance.places import enums, places
from harness.tolerance.spoil import spoilings
from harness.tolerance.variation import Base, Variation, put, varied
from harness.tolerance.vary import key, short_enough, variations

MOST = 4_000
"""Ways to differ that are looked at, of one answer."""


class Pools:
    """The answers of one operation. `now_s`: the epoch second that dates are near to."""

    def __init__(self, provider: Provider, operation: Operation, rng: Rng, now_s: float) -> None:
        self._provider, self._contract = provider, provider.contract
        self.operation = operation
        self._rng, self._now_s = rng, now_s
        self._luck = realistic.Luck(rng, now_s)
        self.invalid = 0
        """Ways to differ that were thought of and do not fit the contract, or do not break it."""

    def base(self, response: Response) -> Base:
        """An answer with the value of its body, if it is JSON."""
        kind = response.header("content-type") or ""
        if "json" not in kind or not response.body:
            return Base(response)
        try:
            return Base(response, msgspec.json.decode(response.body), is_json=True)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Base(response)

    def fits(self, response: Response) -> bool:
        """Does the contract allow the answer?"""
        return not self._contract.deviations(self.operation, response)

    def fuller(self, base: Base) -> Iterator[Base]:
        """The answer with as much in it as the contract has names for, then with an item in each empty list alone."""
        declared = self._contract.headers(
            self.operation, base.response.status, rng=self._rng, now_s=self._now_s
        )
        # An address would lead the client elsewhere.
        more = tuple(
            (name, value)
            for name, value in declared
            if base.response.header(name) is None and "://" not in value
        )
        if more:
            with_headers = base.response.with_headers(*more)
            headed = msgspec.structs.replace(base, response=with_headers)
            if self.fits(with_headers):
                yield from self._fuller_body(headed)
                yield headed
        yield from self._fuller_body(base)

    def _fuller_body(self, base: Base) -> Iterator[Base]:
        schema = self._contract.schema(self.operation, base.response.status)
        if schema is None:
            return
        items = list(self._items(schema, base))
        members = list(self._members(schema, base))
        for more in ([*items, *members], items):
            value = copy.deepcopy(base.value)
            added = False
            for one in more:
                other = put(copy.deepcopy(value), one)
                if self._contract.fits(self.operation, base.response.status, other):
                    value, added = other, True
            body = msgspec.json.encode(value)
            full = Base(msgspec.structs.replace(base.response, body=body), value, is_json=True)
            if added and self.fits(full.response):
                yield full

    def _items(self, schema: Schema, base: Base) -> Iterator[Variation]:
        sampler = self._contract.sampler
        for place in places(sampler, schema, base.value):
            items = place.holds.get("items")
            if place.value == [] and isinstance(items, dict) and len(place.pointer) <= 2:
                item, valid = sampler.valid_value(items, self._luck, name=place.name)
                if valid:
                    yield Variation("many", place.pointer, [item])
            entries = place.holds.get("additionalProperties")
            if place.value == {} and isinstance(entries, dict) and len(place.pointer) <= 2:
                entry, valid = sampler.valid_value(entries, self._luck, name=place.name)
                if valid:
                    yield Variation("present", (*place.pointer, self._luck.words(1)), entry)

    def _members(self, schema: Schema, base: Base) -> Iterator[Variation]:
        """Members that are not there, but for flags and words: those may say that all is different."""
        sampler = self._contract.sampler
        for place in places(sampler, schema, base.value):
            declared = place.holds.get("properties", {}) if isinstance(place.value, dict) else {}
            for name, member in declared.items() if len(place.pointer) <= 2 else ():
                if name in place.value or not isinstance(member, dict):
                    continue
                value, valid = sampler.valid_value(member, self._luck, name=name)
                is_word = isinstance(value, bool) or value is None or value in enums(sampler, member)
                if valid and not is_word and "const" not in sampler.merger.merged(member):
                    yield Variation("present", (*place.pointer, name), value)

    def allowed(self, base: Base, *, sent_back: frozenset[str] = frozenset()) -> list[Variation]:
        """Each way to differ that the contract allows, but for texts that the client is known to send back."""
        schema = self._contract.schema(self.operation, base.response.status)
        made = variations(self._contract.sampler, schema, base, self._luck)
        return list(self._kept(base, made, fit=True, sent_back=sent_back))

    def broken(self, base: Base) -> list[Variation]:
        """Each way to be broken in one place."""
        schema = self._contract.schema(self.operation, base.response.status)
        return list(self._kept(base, spoilings(self._contract.sampler, schema, base), fit=False))

    def statuses(self, normal: int, *, errors: bool = True) -> list[Response]:
        """An answer with each declared status but the normal one; redirects lead elsewhere, so they are left out.

        `errors`: those of 400 and above, too.
        """
        found: dict[int, None] = {}
        for text in self._contract.statuses(self.operation):
            if text.isdecimal():
                found[int(text)] = None
            elif re.fullmatch(r"[245]xx", text.lower()):
                found[int(text[0]) * 100] = None
            elif text == "default":
                found |= {400: None, 500: None}
        wanted = (s for s in sorted(found) if s != normal and (200 <= s < 300 or (errors and s >= 400)))
        answers = (self.declared(status) for status in wanted)
        return [answer for answer in answers if self.fits(answer)]

    def declared(self, status: int) -> Response:
        """The answer of that status as the provider gives it."""
        return declared_answer(
            self._contract,
            self._provider.behaviour,
            self.operation,
            status,
            choice=USUAL,
            rng=self._rng,
            now_s=self._now_s,
        )

    def _kept(
        self, base: Base, made: Iterator[Variation], *, fit: bool, sent_back: frozenset[str] = frozenset()
    ) -> Iterator[Variation]:
        seen: set[str] = set()
        for one in made:
            if len(seen) >= MOST:
                return
            name = key(one)
            if name in seen or (sent_back and _value_at(base.value, one) in sent_back):
                continue
            seen.add(name)
            if fit and not short_enough(base, one):
                continue
            if self.fits(varied(base, (one,))) is fit:
                yield one
            else:
                self.invalid += 1


def _value_at(value: Any, one: Variation) -> object:
    for token in one.pointer if one.where == "body" else ():
        try:
            value = value[token]
        except (KeyError, IndexError, TypeError):
            return None
    return value if isinstance(value, str) else None
