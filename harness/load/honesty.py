"""Was it the client that was at its limit, or the generator, or the mock? Only the first tells of the client."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from harness.load.columns import Process, Run
from harness.model.load_report import Bottleneck, ProcessReport

BUSY = 0.9
"""A process that has so much of its core has no room left."""

BUSY_SECONDS = 3
BUSY_PART = 0.1
"""A process was at its limit where it was busy, or starved, for so many seconds, and so much of the run."""

STARVED = 0.4
"""A process that waits for so much of a second for a core is short of them: others on the machine have them. Beside a
dozen busy processes on two cores a generator at 40 percent of one waits half of the time, alone for a twentieth."""

LAG_S = 0.1
"""Calls that begin so much later than they should, while the client waits for nothing, are the generator's fault."""

SERVED_S = 0.05
"""The mock's own time for an answer, at p99, beyond which it slows clients down."""


class Limits(msgspec.Struct, frozen=True):
    """What was at its limit: `why`, as a clause. `processes`: how busy each was. `starved`: others on the machine had
    the processor, which makes all worse and nothing better: what is kept is kept in spite of it."""

    bottleneck: Bottleneck
    why: str
    processes: tuple[ProcessReport, ...]
    lag_p95_s: float | None
    served_p99_s: float | None
    starved: bool = False


def limits_of(run: Run) -> Limits:
    """Processes that were busy first; then answers that took the mock long, calls that began late, and processes that
    waited for a core."""
    processes = tuple(_told(process) for process in run.processes)
    lag_s = _percentile(run.calls.began_s - run.calls.intended_s, 95)
    served_s = _percentile(run.attempts.served_s, 99)
    bottleneck, why = _first(run.processes, {"generator": "generator", "mock": "mock"}, _busy)
    if not bottleneck and served_s is not None and served_s > SERVED_S:
        bottleneck = "mock"
        why = f"the mock took {served_s * 1000:.0f} ms of its own for an answer at p99"
    # A call that comes whatever becomes of those before waits for nobody but the generator.
    on_time = run.facts.get("arrivals") == "open"
    if not bottleneck and lag_s is not None and lag_s > LAG_S and (on_time or _nearly_busy(run.processes)):
        bottleneck = "generator"
        why = f"calls began {lag_s * 1000:.0f} ms late at p95, with the generator short of processor time"
    starved = False
    if not bottleneck:
        # A client that is busy is its own fault, one that is starved is not.
        roles: dict[str, Bottleneck] = {"generator": "generator", "client": "generator", "mock": "mock"}
        bottleneck, why = _first(run.processes, roles, _starved)
        starved = bool(bottleneck)
    return Limits(bottleneck, why, processes, lag_s, served_s, starved)


def busy_seconds(process: Process) -> int:
    """In how many seconds the process had no room left."""
    return sum(cpu > BUSY for cpu in process.cpu)


def _first(
    processes: tuple[Process, ...], roles: dict[str, Bottleneck], why_of: Callable[[Process], str]
) -> tuple[Bottleneck, str]:
    """Of whom it can be said. The generator's word counts more: what it does not send, the mock need not answer."""
    for role, bottleneck in roles.items():
        for process in processes:
            if process.role == role and (why := why_of(process)):
                return bottleneck, why
    return "", ""


def _busy(process: Process) -> str:
    busy = busy_seconds(process)
    if busy < max(BUSY_SECONDS, BUSY_PART * len(process.cpu)):
        return ""
    return f"{process.name} used more than {BUSY:.0%} of its core in {busy} of {len(process.cpu)} seconds"


def _starved(process: Process) -> str:
    starved = sum(waited > STARVED for waited in process.waited)
    if starved < max(BUSY_SECONDS, BUSY_PART * len(process.waited)):
        return ""
    seconds = f"{starved} of {len(process.waited)} seconds"
    return f"{process.name} was starved: it waited for a core for more than {STARVED:.0%} of the time in {seconds}"


def _nearly_busy(processes: tuple[Process, ...]) -> bool:
    """Was a generator at two thirds of its core, so that a greenlet may well wait for its turn?"""
    return any(p.role == "generator" and p.cpu and float(np.mean(p.cpu)) > 0.66 for p in processes)


def _told(process: Process) -> ProcessReport:
    mean = float(np.mean(process.cpu)) if process.cpu else None
    peak = max(process.cpu) if process.cpu else None
    waited = float(np.mean(process.waited)) if process.waited else None
    return ProcessReport(process.role, process.name, mean, peak, process.gone_s, waited)


def _percentile(values: np.ndarray[tuple[int], np.dtype[np.float64]], percent: float) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.percentile(known, percent)) if len(known) else None
