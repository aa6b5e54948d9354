"""One process may make several calls and say when: its exchanges are then told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from harness.model.call import Call, Outcome
from harness.model.exchange import Exchange
from harness.model.grouping import group
from harness.run.drivers.said import reason

EARLY_S = 0.05
"""Some clients read a clock of 10 ms, and a clock that is not quite ours."""


def told_apart(name: str, outcome: Outcome, exchanges: Sequence[Exchange]) -> tuple[Call, ...]:
    """The calls behind one outcome: one, unless its value lists `calls` of `{t0, t1, ok, error_type}`.

    `t0` and `t1` are seconds on the machine's monotonic clock. Calls that overlap are told apart by what their
    requests carry (`model/grouping.py`); where that does not give as many calls, they get no attempts rather
    than those of others.
    """
    parts = _listed(outcome)
    if not parts:
        return (Call(name, outcome, tuple(exchanges)),)
    if _overlap(parts):
        return tuple(_by_content(name, parts, exchanges))
    calls = []
    for index, part in enumerate(parts):
        # What one call leaves behind belongs to it until the next begins.
        begins_s = _border(parts[index - 1], part) if index else float("-inf")
        ends_s = _border(part, parts[index + 1]) if index + 1 < len(parts) else float("inf")
        mine = tuple(exchange for exchange in exchanges if begins_s <= exchange.at_s < ends_s)
        grouping = (
            "between the times that the client told" if len(parts) > 1 else "between the driver's marks"
        )
        calls.append(Call(name, part, mine, grouping))
    return tuple(calls)


def ran_at_once(calls: Sequence[Call]) -> bool:
    """Do any of these calls overlap?"""
    return _overlap([call.outcome for call in calls])


def merged(journals: Iterable[Sequence[Exchange]]) -> tuple[tuple[Exchange, ...], ...]:
    """Exchanges of several lanes, numbered anew in order of arrival over all of them; one tuple for each lane."""
    lanes = [tuple(journal) for journal in journals]
    arrivals = sorted(
        (exchange.at_s, lane, index) for lane, j in enumerate(lanes) for index, exchange in enumerate(j)
    )
    numbers = {(lane, index): number for number, (_, lane, index) in enumerate(arrivals, 1)}
    connections: dict[tuple[int, int], int] = {}
    for _, lane, index in arrivals:
        connections.setdefault((lane, lanes[lane][index].connection), len(connections) + 1)
    return tuple(
        tuple(
            msgspec.structs.replace(
                exchange,
                number=numbers[lane, index],
                connection=connections[lane, exchange.connection],
            )
            for index, exchange in enumerate(journal)
        )
        for lane, journal in enumerate(lanes)
    )


def _listed(outcome: Outcome) -> list[Outcome]:
    """The listed calls in order of beginning; none where the list is not one that we can trust."""
    listed = outcome.value.get("calls") if isinstance(outcome.value, dict) else None
    if not isinstance(listed, list) or not listed:
        return []
    parts = []
    for index, entry in enumerate(listed):
        part = _part(entry, outcome, first=index == 0)
        if part is None or part.began_s < outcome.began_s - 0.5 or part.ended_s > outcome.ended_s + 0.5:
            return []
        parts.append(part)
    return sorted(parts, key=lambda part: part.began_s)


def _overlap(parts: Sequence[Outcome]) -> bool:
    return any(later.began_s < earlier.ended_s - 0.005 for earlier, later in pairwise(parts))


def _border(earlier: Outcome, later: Outcome) -> float:
    """When exchanges begin to be the later call's: a little before it does, but not before the earlier has ended."""
    return max(later.began_s - EARLY_S, min(earlier.ended_s, later.began_s))


def _by_content(name: str, parts: Sequence[Outcome], exchanges: Sequence[Exchange]) -> Iterator[Call]:
    groups = group(exchanges)
    if len(groups) != len(parts):
        yield from (Call(name, part, (), "not told apart: the calls ran at once") for part in parts)
        return
    # Who sent last ended last: the only sign of which of the calls was which.
    ended = sorted(parts, key=lambda part: part.ended_s)
    sent = sorted(groups, key=lambda one: one[1][-1].at_s)
    for part, (how, attempts) in sorted(zip(ended, sent, strict=True), key=lambda pair: pair[0].began_s):
        yield Call(name, part, attempts, how)


def _part(entry: Any, whole: Outcome, *, first: bool) -> Outcome | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("ok"), bool):
        return None
    began_s, ended_s = entry.get("t0"), entry.get("t1")
    if not isinstance(began_s, int | float) or not isinstance(ended_s, int | float) or ended_s < began_s:
        return None
    return Outcome(
        ok=entry["ok"],
        began_s=float(began_s),
        ended_s=float(ended_s),
        error=None if entry["ok"] else reason(entry),
        ending=whole.ending,
        stdout=whole.stdout if first else "",
        stderr=whole.stderr if first else "",
        fallback=entry["ok"] and entry.get("fallback") is True,
    )
