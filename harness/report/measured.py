"""What the client was seen to do, as rows of short texts: one row per fact, one column per call.

The measuring layer owns the facts; this module only words them, whatever they are. Units come from the names
(`timeout_s`), facts kept per scenario are gathered by what was seen (`4 attempts`: error_{502, 503}), and a fact
that holds lists has a row for each of them (`retried statuses`, `retried network`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from harness.model.report import Report
from harness.report.words import of, seconds, short

NOTHING = "-"


class Fact(msgspec.Struct, frozen=True):
    """One thing measured: its name, and what was seen of each call, in the order of the columns."""

    name: str
    seen: tuple[str, ...]


def facts(report: Report, calls: tuple[str, ...]) -> tuple[Fact, ...]:
    """Every fact measured of any of the calls, in the order of first appearance."""
    keys = dict.fromkeys(key for measured in report.measured.values() for key in measured)
    return tuple(
        fact for key in keys for fact in _facts(key, [report.measured.get(c, {}).get(key) for c in calls])
    )


def _facts(key: str, values: Sequence[object]) -> Iterator[Fact]:
    """The rows of one measured fact, whose value for each call is given; None where a call has none."""
    maps = [value if isinstance(value, Mapping) else {} for value in values]
    if all(isinstance(seen, Mapping) and "attempts" in seen for one in maps for seen in one.values()) and any(
        maps
    ):
        gathered = [_by_attempts(one) for one in maps]
        for number in sorted({number for one in gathered for number in one}):
            yield Fact(number[1], tuple(short(one.get(number, [])) or NOTHING for one in gathered))
    elif any(isinstance(part, list | tuple) for one in maps for part in one.values()):
        for name in dict.fromkeys(name for one in maps for name in one):
            yield Fact(f"{_name(key)} {_name(name)}", tuple(_worded(name, one.get(name)) for one in maps))
    else:
        yield Fact(_name(key), tuple(_worded(key, value) for value in values))


def _by_attempts(scenarios: Mapping[str, Mapping[str, object]]) -> dict[tuple[int, str], list[str]]:
    """Scenarios by how many attempts were seen; calls made at once may have made different numbers."""
    gathered: dict[tuple[int, str], list[str]] = {}
    for scenario, seen in scenarios.items():
        numbers = seen["attempts"] if isinstance(seen["attempts"], list | tuple) else [seen["attempts"]]
        least, most = min(numbers, default=0), max(numbers, default=0)
        label = of(most, "attempt") if least == most else f"{least} to {most} attempts"
        gathered.setdefault((most, label), []).append(scenario)
    return gathered


def _name(key: str) -> str:
    return (key.removesuffix("_s") or key).replace("_", " ")


def _worded(key: str, value: object) -> str:
    if value is None or value in ((), [], {}, ""):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{seconds(value)} s" if key.endswith("_s") else f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(_worded("", inner) for inner in value) + (" s" if key.endswith("_s") else "")
    if isinstance(value, Mapping):
        return ", ".join(f"{_name(str(name))} {_worded(str(name), inner)}" for name, inner in value.items())
    return str(value)
