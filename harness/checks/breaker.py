"""Promises about a circuit breaker, from a row of calls against a provider that fails and then heals.

A call that sends nothing, after others that did and failed, was stopped by the breaker. Clients that do not live on
from call to call, and calls made at once, tell nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from harness.checks.chains import attempts_of, failures_of
from harness.checks.registry import Evidence, check
from harness.checks.sources import policy
from harness.model.call import Call
from harness.model.finding import Finding, broken, kept, short

State = Literal["failed", "blocked", "passed", "other"]


class _Seen(msgspec.Struct, frozen=True):
    """One call of the row. `failed`: it reached a failing provider, whatever it gave in its place. `blocked`: it sent
    nothing. `passed`: it reached the provider and succeeded. `other`: tells nothing (a 4xx, or cut short). `place`
    counts from 1."""

    place: int
    call: Call
    state: State
    healed: bool

    @property
    def reached(self) -> bool:
        return self.state != "blocked"

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(e.number for e in self.call.attempts)


@check(source=policy("breaker"))
def opens(evidence: Evidence) -> Iterator[Finding]:
    """After `breaker.failures` calls in a row have failed, calls send nothing. Opening sooner is not judged."""
    rules = evidence.policy.breaker
    row = [seen for seen in _row(evidence) if not seen.healed]
    if not any(seen.state == "failed" for seen in row):
        return
    opened = _opened(row)
    failures = _streak(row if opened is None else row[:opened])
    expected = f"calls that send nothing after {rules.failures} failed calls in a row"
    numbers = tuple(n for seen in row[:opened] for n in seen.numbers)
    if opened is not None and failures <= rules.failures:
        yield kept(
            f"call {row[opened].place} sent nothing, after {_calls(failures)} had failed",
            expected,
            attempts=numbers,
        )
    elif not rules.required:
        return
    elif opened is not None:
        seen = f"calls went on for {failures} failures, until call {row[opened].place} sent nothing"
        yield broken(seen, expected, source=policy("breaker.failures"), attempts=numbers)
    elif failures >= 2 * rules.failures:
        yield broken(
            f"{_calls(failures)} in a row failed, and each reached the provider", expected, attempts=numbers
        )
    elif failures < rules.failures:
        yield short(f"saw {_failures(failures)}, needs {rules.failures}", expected)
    else:
        yield short(f"saw {_failures(failures)} in a row; {2 * rules.failures} would tell", expected)


@check(source=policy("breaker"))
def fails_fast(evidence: Evidence, *, limit_s: float = 0.5) -> Iterator[Finding]:
    """While the breaker is open, calls fail at once: half of them within `limit_s`."""
    row = _row(evidence)
    lasted = sorted(seen.call.duration_s for seen in _while_open(row))
    if not lasted:
        return
    middle_s = lasted[(len(lasted) - 1) // 2]
    make = kept if middle_s <= limit_s else broken
    seen = f"{_calls(len(lasted))} without a request took {middle_s:.3f} s in the middle"
    yield make(seen, f"at most {limit_s:g} s")


@check(source=policy("breaker"))
def probes(evidence: Evidence) -> Iterator[Finding]:
    """An open breaker lets a call through after a while, to see whether the provider is well; not all of them.

    Where the policy sets `breaker.open_s`, the first one comes no sooner.
    """
    rules = evidence.policy.breaker
    row = _row(evidence)
    opened = _opened(row)
    if opened is None:
        return
    expected = f"{rules.probes} at a time let through after a while"
    runs = _runs(row, opened)
    if not runs:
        last_s = row[-1].call.outcome.ended_s - row[opened].call.outcome.began_s
        yield short(f"no probe in the {last_s:.1f} s that it was open", expected)
        return
    yield from _open_long_enough(evidence, row, opened, runs[0][0])
    for run in runs:
        failing = _streak(run)
        numbers = tuple(n for seen in run for n in seen.numbers)
        if failing >= max(rules.failures, rules.probes + 1):
            seen = f"from call {run[0].place} on {failing} calls in a row reached the failing provider again"
            yield broken(seen, expected, attempts=numbers)
            return
    first = runs[0]
    numbers = tuple(n for seen in first for n in seen.numbers)
    waited_s = first[0].call.outcome.began_s - row[opened].call.outcome.began_s
    failing = _streak(first)
    if first[0].state == "passed" or (failing <= rules.probes and first[-1].place < row[-1].place):
        came = "succeeded" if first[0].state == "passed" else "failed, and closed the way again"
        yield kept(
            f"call {first[0].place} was let through {waited_s:.1f} s after it opened, {came}",
            expected,
            attempts=numbers,
        )
    elif failing <= rules.probes:
        yield short(
            f"call {first[0].place} was let through, and was the last one", expected, attempts=numbers
        )
    else:
        yield short(f"{failing} calls were let through one after another", expected, attempts=numbers)


@check(source=policy("breaker"))
def closes(evidence: Evidence) -> Iterator[Finding]:
    """Once the provider is well again and a probe has seen it, calls go through as before."""
    row = _row(evidence)
    opened = _opened([seen for seen in row if not seen.healed])
    if opened is None:
        return
    expected = "calls that go through once a probe has succeeded"
    if evidence.healed_s is None:
        yield short("the provider never healed", expected)
        return
    after = [seen for seen in row if seen.healed]
    probe = next((index for index, seen in enumerate(after) if seen.state == "passed"), None)
    if probe is None:
        made = f"{_calls(len(after))} after the provider healed"
        yield short(f"no probe succeeded in {made}", expected)
        return
    later = after[probe + 1 :]
    blocked = [seen for seen in later if seen.state == "blocked"]
    passed = [seen for seen in later if seen.state == "passed"]
    if passed:
        seen = f"call {after[probe].place} succeeded as a probe, and so did {_calls(len(passed))} after it"
        yield kept(seen, expected, attempts=passed[0].numbers)
    elif len(blocked) >= evidence.policy.breaker.failures:
        seen = f"call {after[probe].place} succeeded as a probe, but {_calls(len(blocked))} after it sent nothing"
        yield broken(seen, expected, attempts=after[probe].numbers)
    else:
        yield short(f"call {after[probe].place} succeeded as a probe; too few calls followed", expected)


def _row(evidence: Evidence) -> tuple[_Seen, ...]:
    """The calls in order; none where they tell nothing of a breaker."""
    if not evidence.keeps_state or evidence.parallel or len(evidence.calls) < 2 or _blind(evidence):
        return ()
    healed_s = float("inf") if evidence.healed_s is None else evidence.healed_s
    return tuple(
        _Seen(place, call, _state(evidence, call), call.outcome.began_s >= healed_s)
        for place, call in enumerate(evidence.calls, 1)
    )


def _blind(evidence: Evidence) -> bool:
    """Are attempts at a closed port not seen, so that a call without one proves nothing?"""
    seen = any(e.stage == "connect" for call in evidence.calls for e in call.attempts)
    return "connection.refused" in evidence.faults_planned and not seen


def _state(evidence: Evidence, call: Call) -> State:
    attempts, failures = attempts_of(evidence, call), failures_of(evidence, call)
    if call.outcome.ending != "ended":
        return "other"
    if not call.attempts:
        return "blocked"
    if not attempts:
        return "other"
    if failures[-1] is None:
        return "passed" if call.outcome.ok else "other"
    status = attempts[-1].status if failures[-1] == "status" else None
    return "failed" if status is None or status >= 500 else "other"


def _opened(row: list[_Seen] | tuple[_Seen, ...]) -> int | None:
    """The index of the first call that the breaker stopped."""
    failed = False
    for index, seen in enumerate(row):
        failed = failed or seen.state == "failed"
        if failed and seen.state == "blocked":
            return index
    return None


def _streak(row: list[_Seen] | tuple[_Seen, ...]) -> int:
    """The most failed calls in a row."""
    most = now = 0
    for seen in row:
        now = now + 1 if seen.state == "failed" else 0
        most = max(most, now)
    return most


def _while_open(row: tuple[_Seen, ...]) -> list[_Seen]:
    opened = _opened(row)
    return [] if opened is None else [seen for seen in row[opened:] if seen.state == "blocked"]


def _runs(row: tuple[_Seen, ...], opened: int) -> list[list[_Seen]]:
    """Calls that got through after the breaker had opened, each run without a stopped call in between."""
    runs: list[list[_Seen]] = []
    for before, seen in zip(row[opened:], row[opened + 1 :], strict=False):
        if seen.reached and not before.reached:
            runs.append([])
        if seen.reached:
            runs[-1].append(seen)
    return runs


def _open_long_enough(
    evidence: Evidence, row: tuple[_Seen, ...], opened: int, probe: _Seen
) -> Iterator[Finding]:
    open_s = evidence.policy.breaker.open_s
    last = next((seen for seen in reversed(row[:opened]) if seen.state == "failed"), None)
    if open_s is None or last is None:
        return
    # From the beginning of the last failed call: the breaker cannot have opened before.
    waited_s = probe.call.attempts[0].at_s - last.call.outcome.began_s
    expected = f"no probe within {open_s:g} s"
    make = broken if waited_s < open_s - 0.05 else kept
    yield make(f"the first probe came after {waited_s:.1f} s", expected, source=policy("breaker.open_s"))


def _calls(number: int) -> str:
    return f"{number} call{'' if number == 1 else 's'}"


def _failures(number: int) -> str:
    return f"{number} failure{'' if number == 1 else 's'}"
