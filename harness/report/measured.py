"""What the client was seen to do, as rows of short texts: one row per fact, one column per call.

The measuring layer owns the facts; this module only words them, whatever they are: units come from the names
(`timeout_s`), and facts kept per scenario are gathered by what was seen (`4 attempts: error_502, error_503`).
"""

from __future__ import annotations

from collections.abc import Mapping

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
    names = dict.fromkeys(name for measured in report.measured.values() for name in measured)
    return tuple(
        Fact(
            _name(name),
            tuple(
                _worded(name, report.measured[call][name])
                if name in report.measured.get(call, {})
                else NOTHING
                for call in calls
            ),
        )
        for name in names
    )


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
        kept = {str(name): inner for name, inner in value.items()}
        if all(isinstance(inner, Mapping) and "attempts" in inner for inner in kept.values()):
            return _by_attempts(kept)
        return ", ".join(f"{_name(name)} {_worded(name, inner)}" for name, inner in kept.items())
    return str(value)


def _by_attempts(scenarios: Mapping[str, object]) -> str:
    gathered: dict[str, list[str]] = {}
    for scenario, seen in scenarios.items():
        assert isinstance(seen, Mapping)
        attempts = seen["attempts"]
        label = of(attempts, "attempt") if isinstance(attempts, int) else f"{_worded('', attempts)} attempts"
        gathered.setdefault(label, []).append(scenario)
    return "; ".join(f"{label}: {short(names)}" for label, names in gathered.items())
