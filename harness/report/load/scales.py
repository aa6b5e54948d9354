"""Numbers to places on a page: scales, linear or by powers of ten, the marks beside them, and buckets of a series
that has more points than there is room."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import msgspec

Value = float | None
"""One point of a series; None where nothing was seen."""

STEPS = (1.0, 2.0, 5.0)
WIDE = 50.0
"""Durations that lie so many times apart are told apart on a scale of powers only."""


class Scale(msgspec.Struct, frozen=True):
    """From `low` to `high`. `by_powers`: each power of ten has the same room; `low` is above 0 then."""

    low: float
    high: float
    by_powers: bool = False

    def share(self, value: float) -> float:
        """Where a value lies, from 0 (`low`) to 1 (`high`); what lies outside is put on the edge."""
        if self.by_powers:
            value, low, high = (math.log10(max(part, self.low)) for part in (value, self.low, self.high))
        else:
            low, high = self.low, self.high
        return min(max((value - low) / (high - low), 0.0), 1.0)

    def marks(self, most: int) -> tuple[float, ...]:
        """Round values to be written beside it: about `most` of them, `low` and `high` among them where round."""
        if not self.by_powers:
            step = step_of(self.high - self.low, most)
            first = math.ceil(self.low / step - 1e-9)
            last = math.floor(self.high / step + 1e-9)
            return tuple(number * step for number in range(first, last + 1))
        powers = range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)
        every = math.ceil(len(powers) / max(most, 1))
        return tuple(10.0**power for power in powers if (power - powers[0]) % every == 0)


def step_of(long: float, most: int) -> float:
    """The smallest round step by which `long` has at most `most` steps."""
    rough = long / max(most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return next((base * power for base in STEPS if base * power >= rough * (1 - 1e-9)), 10 * power)


def from_nothing(values: Sequence[Value], *, least: float = 1.0) -> Scale:
    """A scale from 0 to a round value above all; to `least` where all is 0 or nothing is known."""
    highest = max((value for value in values if value is not None), default=0.0)
    highest = max(highest, least)
    step = step_of(highest, 5)
    return Scale(0.0, step * math.ceil(highest / step - 1e-9))


def of_durations(values: Sequence[Value]) -> Scale:
    """A scale for seconds: linear from 0, or by powers where they lie far apart."""
    known = sorted(value for value in values if value is not None and value > 0)
    if not known:
        return Scale(0.0, 1.0)
    if known[-1] / known[len(known) // 10] < WIDE:
        return from_nothing(known, least=1e-6)
    low = 10.0 ** math.floor(math.log10(known[0]))
    return Scale(max(low, 1e-6), 10.0 ** math.ceil(math.log10(known[-1])), by_powers=True)


def buckets(values: Sequence[Value], number: int) -> Iterator[tuple[Value, Value]]:
    """The series in `number` parts of equal length: the mean and the highest of each; None where nothing was seen.
    A series with fewer points than parts is drawn out."""
    for place in range(number):
        start = place * len(values) // number
        stop = max((place + 1) * len(values) // number, start + 1)
        known = [value for value in values[start:stop] if value is not None]
        yield (sum(known) / len(known), max(known)) if known else (None, None)
