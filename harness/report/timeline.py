"""The attempts of a call, told in one line: `0.00 GET 503 | +0.40 GET 503 | +0.81 GET 200 -> ok`.

The first time is seconds since the call began; `+` is the wait since the attempt before it ended. A run of many
calls is told as a pattern with one character per call: how many attempts it made, `.` for none.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from harness.model.finding import Verdict
from harness.model.report import Attempt, CallReport, ScenarioReport
from harness.report.clean import one_line
from harness.report.words import seconds

NOTABLE_S = 0.1
"""An attempt that took at least this long has its duration told."""

SAID_CHARACTERS = 80
"""So much of the words of a refusal is told."""

MANY_CALLS = 3
"""A run of more calls than this is told as a pattern first."""


def told(call: CallReport, *, most: int = 8) -> str:
    """The whole call in one line; of more than `most` attempts the middle ones are left out."""
    steps: list[str] = []
    before: Attempt | None = None
    for attempt in call.attempts:
        steps.append(f"{_when(attempt, before, call)} {_request(attempt)} {answer(attempt)}{_took(attempt)}")
        before = attempt
    steps = [f"{step}, {times} times" if times > 1 else step for step, times in _runs(steps)]
    if len(steps) > most:
        left_out = len(steps) - most
        steps[most // 2 : -(most - most // 2)] = [f"({left_out} more)"]
    return f"{' | '.join(steps) or 'no attempt'} -> {end(call)}"


def answer(attempt: Attempt) -> str:
    """What the client got: the status, or that there was none; the words of a refusal; and the fault, unless the
    status says it."""
    if attempt.status is None:
        return f"no status ({attempt.fault or attempt.outcome})"
    if attempt.said:
        said = one_line(attempt.said)
        return f"{attempt.status} {said if len(said) <= SAID_CHARACTERS else said[: SAID_CHARACTERS - 3] + '...'}"
    if attempt.fault is None or attempt.fault.startswith("status."):
        return str(attempt.status)
    return f"{attempt.status} ({attempt.fault})"


def end(call: CallReport) -> str:
    """How the call came out, in the driver's word; how the driver ended, where it gave none."""
    if call.ending != "ended":
        return {
            "cut": "cut: still running at the time limit",
            "died": "the driver died without an outcome",
            "garbage": "the driver printed no outcome",
            "unseen": "nobody told how the call ended",
        }.get(call.ending, call.ending)
    if call.ok:
        return "ok"
    return f"failed: {one_line(call.error)}" if call.error else "failed"


def pattern(run: ScenarioReport) -> str:
    """One character per call: its number of attempts, `.` for none, `+` for more than nine."""
    return "".join("." if not (n := len(call.attempts)) else str(n) if n < 10 else "+" for call in run.calls)


def lines(run: ScenarioReport, verdict: Verdict | None = None) -> tuple[str, ...]:
    """The run told in a few lines: the calls that the verdict points at, else the first ones."""
    calls = [call for call in run.calls if verdict is not None and _shows(call, verdict)] or list(run.calls)
    if len(run.calls) <= MANY_CALLS:
        return tuple(told(call) for call in calls[:MANY_CALLS])
    return (f"{len(run.calls)} calls, attempts of each: {pattern(run)}", told(calls[0]))


def _runs(steps: list[str]) -> Iterator[tuple[str, int]]:
    for step, same in groupby(steps):
        yield step, len(list(same))


def _shows(call: CallReport, verdict: Verdict) -> bool:
    return any(attempt.number and attempt.number in verdict.attempts for attempt in call.attempts)


def _when(attempt: Attempt, before: Attempt | None, call: CallReport) -> str:
    if before is None:
        return seconds(max(attempt.at_s - call.began_s, 0.0))
    waited_s = attempt.at_s - (before.at_s if before.ended_s is None else before.ended_s)
    return f"+{seconds(max(waited_s, 0.0))}"


def _request(attempt: Attempt) -> str:
    if attempt.method is None:
        return "handshake" if (attempt.fault or "").startswith("tls.") else "connect"
    return attempt.method


def _took(attempt: Attempt) -> str:
    if attempt.ended_s is None:
        return ", never ended"
    took_s = attempt.ended_s - attempt.at_s
    return f" after {seconds(took_s)} s" if took_s >= NOTABLE_S else ""
