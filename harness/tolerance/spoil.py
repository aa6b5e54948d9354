"""The ways in which an answer may be broken in one place, each of them against the contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.contract.sample import Sampler
from harness.contract.schema import Schema
from harness.tolerance.places import Place, enums, places
from harness.tolerance.variation import Base, Variation
from harness.tolerance.vary import NEW_WORD

HTML = "<!DOCTYPE html><html><body><h1>It works!</h1></body></html>"

WHOLE = ("truncated_json", "html", "empty_body")
"""The kinds that leave nothing of the body to be read."""

BY_VALUE = ("not_in_enum", "out_of_bounds", "too_long", "wrong_format")
"""The kinds that leave a value of the right type."""


def spoilings(sampler: Sampler, schema: Schema | None, base: Base) -> Iterator[Variation]:
    """The whole body first, then each place: of another type, left out, null, of no value named, out of bounds."""
    if not base.is_json:
        return
    text = base.response.body.decode("utf-8", "replace")
    yield Variation("truncated_json", value=text[: max(1, len(text) // 2)], where="text")
    yield Variation("html", value=HTML, where="text")
    yield Variation("empty_body", value="", where="text")
    if schema is None:
        return
    for place in places(sampler, schema, base.value):
        yield from _at(sampler, place)


def _at(sampler: Sampler, place: Place) -> Iterator[Variation]:
    pointer, holds = place.pointer, place.holds
    yield Variation("wrong_type", pointer, _other_type(place.value))
    if not pointer:
        return
    if not place.optional and isinstance(pointer[-1], str):
        yield Variation("missing", pointer, drops=True)
    if place.value is not None:
        yield Variation("null_not_allowed", pointer, None)
    if enums(sampler, place.schema) or "const" in holds:
        yield Variation("not_in_enum", pointer, NEW_WORD)
    for name, step in (("minimum", -1), ("maximum", 1)):
        if isinstance(holds.get(name), int | float):
            yield Variation("out_of_bounds", pointer, holds[name] + step)
    if isinstance(holds.get("maxLength"), int) and holds["maxLength"] < 100_000:
        yield Variation("too_long", pointer, "x" * (holds["maxLength"] + 1))
    if holds.get("format") in ("date-time", "date", "uuid", "email", "ipv4", "uri"):
        yield Variation("wrong_format", pointer, "nothing of the kind")


def _other_type(value: Any) -> Any:
    """A value of another JSON type that is easily taken for the right one."""
    if isinstance(value, bool):
        return "yes"
    if isinstance(value, str):
        return 12345
    if isinstance(value, int | float):
        return "12345"
    return [] if isinstance(value, dict) else {"unexpected": True}
