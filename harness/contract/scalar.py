"""Texts and numbers of a merged schema: what its keywords ask for, as realistic as its name allows."""

from __future__ import annotations

import math

from harness.contract import pattern, realistic
from harness.contract.realistic import Luck
from harness.contract.schema import Schema, Schemas


def text(schemas: Schemas, schema: Schema, name: str, luck: Luck) -> str:
    """A text that fits format, pattern and lengths, and the property's name where those leave it open."""
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    wanted = schema.get("pattern")
    format_ = schema.get("format")
    if wanted is not None:
        for make in (realistic.FORMATS.get(format_ or ""), lambda luck: realistic.by_name(name, luck)):
            made = make(luck) if make is not None else None
            if made is not None and schemas.valid(schema, made):
                return made
        made = pattern.matching(wanted, luck.rng, shortest=least, longest=most)
        if made is not None:
            return made
    if format_ in realistic.FORMATS:
        made = realistic.FORMATS[format_](luck)
        if format_ == "date-time" and len(made) < least:
            # Where 25 characters are the least, the provider writes its zone out; more are fractions.
            made = made[:-1] + ("." + "0" * max(least - 26, 1) if least > 25 else "") + "+00:00"
        if format_ not in ("binary", "byte", "password", "base64"):
            return made
    else:
        made = realistic.by_name(name, luck) or realistic.plain(luck)
    if len(made) < least:
        made += luck.text(least - len(made))
    return made if most is None else made[:most]


def number(schema: Schema, name: str, luck: Luck, *, whole: bool) -> int | float:
    """A number within bounds and a multiple of its step, and one that fits the property's name where it can."""
    low, high = _bounds(schema, whole=whole)
    step = schema.get("multipleOf")
    wanted: float = realistic.integer(name, luck)
    if not whole and step is None and low is None and high is None:
        return wanted if wanted > 1e6 else wanted + 0.5
    if (low is not None and wanted < low) or (high is not None and wanted > high):
        if low is not None and high is not None:
            wanted = low + (high - low) * (luck.rng.random() if high - low < 1e6 else 0.0)
        else:
            wanted = low if low is not None else high if high is not None else 0
    if step:
        wanted = math.ceil(wanted / step) * step if low is not None else math.floor(wanted / step) * step
        if high is not None and wanted > high:
            wanted = math.floor(high / step) * step
    if whole:
        return math.ceil(wanted) if high is None or math.ceil(wanted) <= high else math.floor(wanted)
    return wanted


def _bounds(schema: Schema, *, whole: bool) -> tuple[float | None, float | None]:
    """The least and the greatest number allowed; exclusive bounds are moved inwards a little."""
    nudge = 1 if whole else 0.001
    lows = [schema[k] + add for k, add in (("minimum", 0), ("exclusiveMinimum", nudge)) if k in schema]
    highs = [schema[k] - add for k, add in (("maximum", 0), ("exclusiveMaximum", nudge)) if k in schema]
    return (max(lows) if lows else None), (min(highs) if highs else None)
