"""Every number that is measured of a run, whether somebody has a target for it or not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.load.columns import Flag, Seconds, Window
from harness.load.evidence import Evidence
from harness.load.fairness import fairness_of
from harness.load.herd import ENOUGH_S, peak
from harness.load.latency import spread_of_ordered
from harness.load.noise import error_of_percentile, error_of_ratio
from harness.load.outage import amplified, pressure_in
from harness.load.quota import uses
from harness.load.tokens import refreshes
from harness.model.load_report import Better, Figure, Unit


def figures(evidence: Evidence) -> tuple[Figure, ...]:
    """Of calls by place (overall, outside, window and each window), then of attempts, breakers and connections."""
    return (
        *_of_calls(evidence),
        *_of_attempts(evidence),
        *_of_windows(evidence),
        *_of_breakers(evidence),
        *_shared(evidence),
    )


def _places(evidence: Evidence) -> Iterator[tuple[str, Flag]]:
    began_s = evidence.calls.began_s
    yield "overall", np.ones(len(began_s), dtype=np.bool_)
    if not evidence.windows:
        yield "outside", np.ones(len(began_s), dtype=np.bool_)
        return
    yield "outside", evidence.outside
    yield "window", evidence.inside(began_s)
    if len(evidence.windows) > 1:
        for window in evidence.windows:
            yield window.name, evidence.inside(began_s, window)


def _of_calls(evidence: Evidence) -> Iterator[Figure]:
    calls = evidence.calls
    for where, chosen in _places(evidence):
        ended = chosen & evidence.done
        number = int(np.count_nonzero(ended))
        began_s, ok = calls.began_s[ended], calls.ok[ended]
        yield Figure("calls", "calls", "count", where, float(np.count_nonzero(chosen)), None, number)
        part = float(ok.mean()) if number else None
        error = _error_of_part(evidence, began_s, ok)
        yield Figure("success_ratio", "calls that succeed", "ratio", where, part, error, number, "higher")
        yield Figure(
            "error_ratio",
            "calls that end in an error",
            "ratio",
            where,
            None if part is None else 1 - part,
            error,
            number,
            "lower",
        )
        fallback = float(calls.fallback[ended].mean()) if number else None
        yield Figure("fallback_ratio", "calls with a fallback", "ratio", where, fallback, None, number)
        yield from _durations(evidence, where, began_s, evidence.lasted_s[ended], "", "duration of a call")
        uncorrected = calls.ended_s[ended] - began_s
        yield from _durations(
            evidence, where, began_s, uncorrected, "service_", "duration, from when it did begin"
        )


def _durations(
    evidence: Evidence, where: str, began_s: Seconds, lasted_s: Seconds, prefix: str, label: str
) -> Iterator[Figure]:
    """Those from when the call should have begun have an error, and may be better or worse."""
    ordered = np.sort(lasted_s)
    told = spread_of_ordered(ordered)
    error: dict[str, float | None] = {}
    if not prefix:
        blocks = evidence.blocks
        block = blocks.of(began_s)
        error["average"] = error_of_ratio(blocks.sums(block, lasted_s), blocks.sums(block))
        for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
            error[name] = error_of_percentile(ordered, lasted_s, blocks, block, part)
    for name in ("average", "p50", "p95", "p99", "max"):
        yield Figure(
            f"{prefix}{name}_s",
            f"{name} {label}",
            "s",
            where,
            getattr(told, f"{name}_s"),
            error.get(name),
            told.number,
            "neither" if prefix else "lower",
        )


def _of_attempts(evidence: Evidence) -> Iterator[Figure]:
    at_s, duration_s = evidence.run.attempts.at_s, evidence.run.duration_s
    whole = amplified(evidence)
    yield _times(
        "amplification",
        "attempts a call",
        "overall",
        whole.times,
        whole.calls,
        error=_error_of_times(evidence),
    )
    yield _figure("retries", "retries", "count", "overall", float(whole.retries), whole.attempts)
    rate, seconds = evidence.steady_rate(at_s)
    if seconds >= 1:
        error = float(np.sqrt(rate / seconds))
        yield Figure(
            "attempts_per_s", "attempts a second", "per_s", "outside", rate, error, int(rate * seconds)
        )
    began_s = evidence.calls.began_s
    number = int(np.count_nonzero((began_s >= 0) & (began_s < duration_s)))
    if duration_s > 0:
        yield _figure("calls_per_s", "calls a second", "per_s", "overall", number / duration_s, number)


def _of_windows(evidence: Evidence) -> Iterator[Figure]:
    for window, seen in zip(evidence.windows, evidence.recoveries, strict=True):
        told = amplified(evidence, window.from_s, window.to_s)
        lasted_s = min(window.to_s, evidence.run.duration_s) - window.from_s
        if window.seen:
            error = _error_of_times(evidence, window.from_s, window.to_s)
            yield _times("amplification", "attempts a call", window.name, told.times, told.calls, error=error)
            yield _figure("retries", "retries", "count", window.name, float(told.retries), told.attempts)
            yield _figure(
                "attempts_per_s",
                "attempts a second",
                "per_s",
                window.name,
                told.attempts / lasted_s,
                told.attempts,
            )
            ratio, _ = pressure_in(evidence, window)
            yield _times("pressure", "attempts a second, beside the usual", window.name, ratio, told.attempts)
        yield Figure("recovery_s", "recovery", "s", window.name, seen.after_s, None, seen.calls, "lower")
        yield from _herd(evidence, window)


def _herd(evidence: Evidence, window: Window) -> Iterator[Figure]:
    usual, seconds = evidence.steady_rate(evidence.run.attempts.at_s)
    to_s = min(window.to_s + evidence.targets.herd_s, evidence.run.duration_s)
    if seconds >= ENOUGH_S and usual > 0 and to_s - window.to_s >= 1:
        most, _ = peak(evidence.run.attempts.at_s, window.to_s, to_s)
        yield _times(
            "herd",
            "most attempts in a second after healing, beside the usual",
            window.name,
            most / usual,
            most,
        )


def _of_breakers(evidence: Evidence) -> Iterator[Figure]:
    if not evidence.tells_calls:
        return
    stopped = evidence.refused
    for where, chosen in _places(evidence):
        number = int(np.count_nonzero(chosen))
        part = float(np.count_nonzero(stopped & chosen) / number) if number else None
        better: Better = "lower" if where == "outside" else "neither"
        yield Figure(
            "refused_ratio", "calls refused by a breaker", "ratio", where, part, None, number, better
        )
    for index, window in enumerate(evidence.windows):
        mine = [spell for spell in evidence.spells if spell.window == index and spell.failures]
        if not mine:
            continue
        opened = [max(0.0, spell.opened_s - window.from_s) for spell in mine]
        yield _figure(
            "breaker_opened_s",
            "breaker opened, into the window",
            "s",
            window.name,
            float(np.median(opened)),
            len(mine),
        )
        for name, label in (
            ("probes", "calls that open breakers let through"),
            ("let_through", "attempts past open breakers"),
        ):
            total = sum(getattr(spell, name) for spell in mine)
            yield _figure(name, label, "count", window.name, float(total), len(mine))
        closed = [
            s.closed_s - window.to_s for s in mine if s.closed_s is not None and s.closed_s >= window.to_s
        ]
        if closed:
            yield _figure(
                "breaker_closed_s",
                "breaker closed, after healing",
                "s",
                window.name,
                float(np.median(closed)),
                len(closed),
            )


def _shared(evidence: Evidence) -> Iterator[Figure]:
    pool = evidence.pool
    if pool is not None:
        yield _figure(
            "connections", "connections opened", "count", "overall", float(pool.opened), pool.opened
        )
        yield _times("reuse", "requests over a connection", "overall", pool.reuse, pool.opened)
        yield _figure(
            "connections_peak", "connections open at once", "count", "overall", float(pool.peak), pool.opened
        )
        if pool.idle:
            yield _figure(
                "connections_idle",
                "idle connections at the end",
                "count",
                "overall",
                float(pool.idle[-1]),
                pool.opened,
            )
    for use in uses(evidence.run):
        ratio = use.most / use.quota.requests if use.quota.requests else None
        yield Figure(
            "quota_ratio",
            f"use of the quota {use.quota.name}".rstrip(),
            "ratio",
            "overall",
            ratio,
            None,
            use.most,
        )
    told = refreshes(evidence.run)
    if told is not None:
        yield _figure(
            "tokens_at_once",
            "requests for a token at once",
            "count",
            "overall",
            float(told.at_once),
            told.requests,
        )
    fair = fairness_of(evidence.calls)
    if fair is not None:
        yield _figure("fairness", "fairness between users (Jain)", "ratio", "overall", fair.index, fair.users)


def _figure(id: str, label: str, unit: Unit, where: str, value: float | None, number: int) -> Figure:
    return Figure(id, label, unit, where, value, None, number)


def _times(
    id: str, label: str, where: str, value: float | None, number: int, *, error: float | None = None
) -> Figure:
    better: Better = "lower" if id == "amplification" else "neither"
    return Figure(id, label, "times", where, value, error, number, better)


def _error_of_part(evidence: Evidence, began_s: Seconds, ok: Flag) -> float | None:
    blocks = evidence.blocks
    block = blocks.of(began_s)
    return error_of_ratio(blocks.sums(block, ok.astype(np.float64)), blocks.sums(block))


def _error_of_times(
    evidence: Evidence, from_s: float = float("-inf"), to_s: float = float("inf")
) -> float | None:
    """Of attempts a call: a block's attempts beside its calls."""
    blocks, began_s, at_s = evidence.blocks, evidence.calls.began_s, evidence.run.attempts.at_s
    began_s = began_s[(began_s >= from_s) & (began_s < to_s)]
    at_s = at_s[(at_s >= from_s) & (at_s < to_s)]
    return error_of_ratio(blocks.sums(blocks.of(at_s)), blocks.sums(blocks.of(began_s)))
