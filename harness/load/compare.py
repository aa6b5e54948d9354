"""This run beside an earlier one: what is better, what is worse, by how much, and whether that is more than noise."""

from __future__ import annotations

import math

from harness.model.load_report import Compared, Comparison, Figure, LoadReport, Unit, Word

SIGMAS = 4.0
"""A difference counts where it is so many of its standard errors; a whole table of figures is looked at."""

LEAST: dict[Unit, float] = {"s": 0.005, "ratio": 0.002, "times": 0.02, "per_s": 0.5, "count": 1.0}
"""Smaller differences are nobody's concern, and the machine's as often as the client's."""

LEAST_PART = 0.1
"""So is a change of less than a tenth."""


def compared(now: tuple[Figure, ...], before: LoadReport, facts: dict[str, object]) -> Comparison:
    """Every figure that both runs have and that may be better or worse, or has an error."""
    rows = []
    for figure in now:
        earlier = before.figure(figure.id, figure.where)
        if earlier is not None and (figure.better != "neither" or figure.error is not None):
            rows.append(_row(figure, earlier))
    return Comparison(before.again or before.scenario, tuple(rows), _unlike(before, facts))


def _row(now: Figure, before: Figure) -> Compared:
    word: Word = "unknown"
    change, beyond = None, False
    if now.value is not None and before.value is not None:
        difference = now.value - before.value
        change = difference / before.value if before.value else None
        word = "same"
        if now.error is not None and before.error is not None:
            noise = math.hypot(now.error, before.error)
            matters = abs(difference) >= LEAST[now.unit] and (_matters(now, before) or now.unit == "ratio")
            beyond = matters and abs(difference) > SIGMAS * noise
        else:
            word = "unknown" if difference else "same"
    if beyond and now.better != "neither" and now.value is not None and before.value is not None:
        word = "better" if (now.value > before.value) == (now.better == "higher") else "worse"
    return Compared(now.id, now.label, now.unit, now.where, before.value, now.value, change, word, beyond)


def _matters(now: Figure, before: Figure) -> bool:
    assert now.value is not None
    assert before.value is not None
    return abs(now.value - before.value) >= LEAST_PART * abs(before.value)


def _unlike(before: LoadReport, facts: dict[str, object]) -> tuple[str, ...]:
    """What was not the same in the two runs."""
    notes = []
    for name in ("client", "provider", "scenario"):
        old, new = getattr(before, name), str(facts.get(name, ""))
        if old != new:
            notes.append(f"The earlier run was of another {name}: {old or 'none'}, this one {new or 'none'}.")
    if before.honesty.bottleneck:
        notes.append(f"In the earlier run the {before.honesty.bottleneck} was at its limit.")
    return tuple(notes)
