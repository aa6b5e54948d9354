"""A run over time, in at most 600 steps: what was asked, what arrived, how it went; and distributions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from harness.load.columns import Seconds
from harness.load.evidence import Evidence
from harness.load.pool import open_at
from harness.model.load_report import Distribution, Series, Timeline, Unit

STEPS_S = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
MOST_STEPS = 600

ENOUGH_FOR = {0.5: 5, 0.95: 20, 0.99: 100}
"""So many calls a percentile is taken of at least, so that one of them lies beyond it: of one step, or of as many on
end as it takes."""


def timeline(evidence: Evidence) -> Timeline:
    """Steps of half a second for runs under a minute, else of a second or as long as it takes."""
    began_s = evidence.calls.began_s
    from_s = float(np.floor(min(0.0, began_s.min()))) if len(began_s) else 0.0
    lasted_s = max(evidence.run.duration_s - from_s, 1.0)
    step_s = next(
        (s for s in STEPS_S if lasted_s / s <= MOST_STEPS and (s >= 1 or lasted_s < 60)),
        lasted_s / MOST_STEPS,
    )
    number = max(1, int(np.ceil(lasted_s / step_s)))
    return Timeline(from_s, step_s, tuple(_series(evidence, from_s, step_s, number)))


def _series(evidence: Evidence, from_s: float, step_s: float, number: int) -> Iterator[Series]:
    run, calls = evidence.run, evidence.calls
    # Users go on for a moment after the end: that is no part of the last step.
    to_s = from_s + number * step_s

    def step_of(moments: Seconds) -> NDArray[np.int64]:
        with np.errstate(invalid="ignore"):
            return np.clip(((moments - from_s) / step_s).astype(np.int64), 0, number - 1)

    def rate(moments: Seconds) -> tuple[float, ...]:
        within = moments[moments <= to_s]
        return tuple(np.bincount(step_of(within), minlength=number)[:number] / step_s)

    yield _line("users", "users", "count", _users(evidence, from_s, step_s, number))
    yield _line("calls", "calls asked for", "per_s", rate(calls.intended_s))
    yield _line("attempts", "attempts at the provider", "per_s", rate(run.attempts.at_s))
    yield _line("retries", "of these retries", "per_s", rate(run.attempts.at_s[evidence.retried.attempts]))
    done = evidence.done & (calls.ended_s <= to_s)
    ended = step_of(calls.ended_s[done])
    count = np.bincount(ended, minlength=number)
    good = np.bincount(ended, weights=calls.ok[done], minlength=number)
    yield _line("failed", "calls that failed", "per_s", tuple((count - good) / step_s))
    part = [float(g / c) if c else None for g, c in zip(good, count, strict=True)]
    yield _line("success", "calls that succeed", "ratio", tuple(part))
    edges = [edge for window in evidence.windows for edge in (window.from_s, window.to_s)]
    cuts = {int((edge - from_s) // step_s) for edge in edges}
    yield from _percentiles(ended, evidence.lasted_s[done], number, cuts)
    yield _line("refused", "calls refused by a breaker", "per_s", rate(calls.began_s[evidence.refused]))
    yield _line("breaker_open", "breakers open", "ratio", _open(evidence, from_s, step_s, number))
    if len(run.connections.opened_s):
        moments: Seconds = from_s + step_s * np.arange(1, number + 1, dtype=np.float64)
        open_ = open_at(run.connections.opened_s, run.connections.closed_s, moments)
        yield _line("connections", "connections open", "count", tuple(map(float, open_)))
    for process in run.processes:
        yield _line(
            f"cpu:{process.name}",
            f"core used by {process.name}",
            "ratio",
            _cpu(process.cpu, from_s, step_s, number),
        )


def _line(id: str, label: str, unit: Unit, values: tuple[float | None, ...]) -> Series:
    """Four significant places are enough to draw."""
    return Series(id, label, unit, tuple(None if v is None else float(f"{v:.4g}") for v in values))


def _percentiles(step: NDArray[np.int64], lasted_s: Seconds, number: int, cuts: set[int]) -> Iterator[Series]:
    """Of the calls that ended in each step, or in several on end where one has too few. `cuts`: the steps in which
    the plan changes something, which begin anew."""
    by_step = lasted_s[np.argsort(step, kind="stable")]
    count = np.bincount(step, minlength=number)
    ends = np.cumsum(count)
    for part, enough in ENOUGH_FOR.items():
        values: list[float | None] = [None] * number
        for first, last in _together(count, enough, cuts):
            ordered = np.sort(by_step[ends[first] - count[first] : ends[last]])
            value = float(ordered[int(np.ceil(part * len(ordered))) - 1])
            values[first : last + 1] = [value] * (last + 1 - first)
        name = f"p{part * 100:.0f}"
        yield _line(f"{name}_s", f"{name} duration of a call (of {enough} or more)", "s", tuple(values))


def _together(count: NDArray[np.int64], enough: int, cuts: set[int]) -> Iterator[tuple[int, int]]:
    """The first and last of steps on end that have enough calls together. Those that are left over before a cut
    belong to the ones before; where they are too few and there are none before, nothing is told of them."""
    edges = [0, *sorted(cut for cut in cuts if 0 < cut < len(count)), len(count)]
    for begin, end in pairwise(edges):
        told: list[tuple[int, int]] = []
        first, calls = begin, 0
        for index in range(begin, end):
            if not calls:
                first = index
            calls += int(count[index])
            if calls >= enough:
                told.append((first, index))
                calls = 0
        if calls and told:
            last = max(index for index in range(first, end) if count[index])
            told[-1] = (told[-1][0], last)
        yield from told


def _users(evidence: Evidence, from_s: float, step_s: float, number: int) -> tuple[float | None, ...]:
    offered = evidence.run.offered
    if not offered:
        return (None,) * number
    moments = np.array([second for second, _ in offered])
    users = np.array([0, *(amount for _, amount in offered)])
    ends = from_s + step_s * (np.arange(number) + 1)
    return tuple(map(float, users[np.searchsorted(moments, ends - 1e-9, side="right")]))


def _open(evidence: Evidence, from_s: float, step_s: float, number: int) -> tuple[float, ...]:
    """The part of the breakers that are open at some time of the step."""
    spells = [spell for spell in evidence.spells if spell.failures]
    guards = {(spell.worker, spell.names) for spell in spells}
    open_ = np.zeros((len(guards), number), dtype=np.bool_)
    place = {guard: index for index, guard in enumerate(sorted(guards))}
    for spell in spells:
        until_s = spell.closed_s if spell.closed_s is not None else spell.last_s
        low = int(max(0, (spell.opened_s - from_s) // step_s))
        high = int(max(low, (until_s - from_s) // step_s))
        open_[place[spell.worker, spell.names], low : high + 1] = True
    return tuple(map(float, open_.mean(axis=0))) if guards else (0.0,) * number


def _cpu(cpu: tuple[float, ...], from_s: float, step_s: float, number: int) -> tuple[float | None, ...]:
    """One value for each second from the run's beginning on."""
    values: list[float | None] = []
    for index in range(number):
        low = int(index * step_s)
        part = cpu[low : max(low + 1, int((index + 1) * step_s))]
        values.append(sum(part) / len(part) if part else None)
    return tuple(values)


def distributions(evidence: Evidence) -> tuple[Distribution, ...]:
    """Durations of calls outside and in the windows, corrected and not, and of waits before retries; in buckets that
    grow by a tenth of a decade."""
    calls, found = evidence.calls, []
    lasted_s = evidence.lasted_s
    within = evidence.inside(calls.began_s)
    places = [("outside", evidence.outside, "in normal running")]
    if evidence.windows:
        places.append(("window", within, "while the provider fails"))
    for id_, chosen, where in places:
        found.append(
            _buckets(f"duration:{id_}", f"duration of a call {where}", lasted_s[chosen & evidence.done])
        )
    uncorrected = (calls.ended_s - calls.began_s)[evidence.done]
    found.append(_buckets("service", "duration from when the call did begin", uncorrected))
    waits = evidence.retried.wait_s
    found.append(_buckets("waits", "waits before retries", waits[np.isfinite(waits)]))
    return tuple(each for each in found if each is not None)


def _buckets(id: str, label: str, values_s: Seconds) -> Distribution | None:
    if not len(values_s):
        return None
    shown = np.maximum(values_s, 1e-6)
    low = np.floor(np.log10(shown.min()) * 10) / 10
    high = max(np.ceil(np.log10(shown.max()) * 10 + 1e-9) / 10, low + 0.1)
    edges = 10 ** np.linspace(low, high, round((high - low) * 10) + 1)
    edges[0], edges[-1] = min(edges[0], shown.min()), max(edges[-1], shown.max())
    counts, _ = np.histogram(shown, edges)
    return Distribution(id, label, "s", tuple(float(f"{e:.4g}") for e in edges), tuple(map(int, counts)))
