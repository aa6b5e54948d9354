"""What connections say of a client's pool: how often they are used again, how many are open, whether they pile up."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from harness.load.columns import Attempts, Run, Seconds

IDLE_S = 5.0
"""A connection that nothing went over for so long is idle; pools let go of theirs after 5 to 60 s, or keep them."""

LOOKS = 12
"""How often the idle ones are counted, evenly over the later three quarters of the time that all was well."""

CLIMBS = 50
"""Of the 66 pairs of looks so many more must have risen than fallen (Mann and Kendall's S): by chance less than once
in ten thousand times."""

RISES = 40
"""So many more speak of piling up, not for sure: one busy time, which comes between two looks, makes 36 at most."""

STILL = 0.15
"""In the last quarter of the looks they still grow, by so much of the whole growth: what a busy time left behind does
not."""

GIVEN_UP_S = 30.0
"""A connection that is still open so long after its call ended, in the middle of an answer, is read by nobody."""

FEW = 5
"""So many of these, at the least, are no chance."""

SPARE = 20
"""So many more idle connections than twice those that calls at the same time can have had are not kept by a pool."""


class Pool(msgspec.Struct, frozen=True):
    """`opened`: connections in all; `reuse`: requests a connection; `peak`: open at once; `idle`: how many were open
    and idle at each look (`looks_s`); `needed`: the most attempts that went on at once up to then. `held`: as many as
    calls at the same time, and clients with a pool of their own, can have had in hand. `left_s`: for each connection
    that was open at the end in the middle of an answer, how long before that its call had ended."""

    opened: int
    reuse: float
    peak: int
    looks_s: tuple[float, ...]
    idle: tuple[int, ...]
    needed: tuple[int, ...]
    held: int
    left_s: tuple[float, ...] = ()

    @property
    def grew(self) -> int:
        """By how many the idle ones became more, from the first look to the last."""
        return self.idle[-1] - self.idle[0] if self.idle else 0

    @property
    def rises(self) -> int:
        """How many more pairs of looks rise than fall."""
        seen = np.array(self.idle)
        return int(np.triu(np.sign(seen[None, :] - seen[:, None]), 1).sum())

    @property
    def climbs(self) -> bool:
        """Do later looks see more of them than earlier ones, throughout?"""
        lately = self.idle[-1] - self.idle[-4] if len(self.idle) == LOOKS else 0
        return self.rises >= CLIMBS and lately >= STILL * self.grew

    @property
    def left(self) -> int:
        """Connections that calls left open in the middle of an answer, for good."""
        return sum(each >= GIVEN_UP_S for each in self.left_s)

    @property
    def leaves(self) -> bool:
        """No pool can use these again."""
        return self.left >= FEW

    @property
    def may_leave(self) -> bool:
        """They are few, or somebody may still be reading them."""
        return any(each >= IDLE_S for each in self.left_s) and not self.leaves

    @property
    def leaks(self) -> bool:
        """They pile up steadily, beyond what attempts ever needed at once; or quickly, far beyond what a pool keeps,
        and stay."""
        stay = self.grew > 2 * self.held + SPARE and self.idle[-1] == max(self.idle)
        return stay or (self.climbs and self.grew >= 10 and self.idle[-1] > self.needed[-1])

    @property
    def may_leak(self) -> bool:
        """They pile up steadily, but are not yet more than a pool may keep of its busiest time; or they are more, as
        a pool never keeps, and became so not quite steadily."""
        more = self.rises >= RISES and self.idle[-1] > self.needed[-1]
        return (self.climbs or more) and self.grew >= 5 and not self.leaks


def pool_of(run: Run, well: Sequence[tuple[float, float]], clients: int) -> Pool | None:
    """None where no connection was seen. `well`: the spans in which all was well. `clients`: those with a pool."""
    connections = run.connections
    if not len(connections.opened_s):
        return None
    closed = np.where(np.isfinite(connections.closed_s), connections.closed_s, np.inf)
    used = last_used(run)
    looks = _looks([(max(a, 0.0), min(b, run.duration_s)) for a, b in well])
    idle = tuple(idle_at(connections.opened_s, closed, used, look) for look in looks)
    return Pool(
        len(connections.opened_s),
        float(connections.requests.sum()) / len(connections.opened_s),
        int(_at_once(connections.opened_s, closed)[1].max()),
        tuple(map(float, looks)),
        idle,
        _needed(run.attempts, looks),
        int(_at_once(run.calls.began_s, run.calls.ended_s)[1].max(initial=0)) + clients,
        tuple(map(float, _left(run, closed))),
    )


def _left(run: Run, closed_s: Seconds) -> Seconds:
    """How long before the end the calls ended that left a connection open in the middle of an answer."""
    attempts = run.attempts
    rows = np.flatnonzero((attempts.call >= 0) & (attempts.connection >= 0) & ~np.isfinite(attempts.ended_s))
    rows = rows[closed_s[attempts.connection[rows]] > run.duration_s]
    since_s: Seconds = run.duration_s - run.calls.ended_s[attempts.call[rows]]
    return since_s[since_s >= 0]  # False for NaN


def _looks(spans: list[tuple[float, float]]) -> Seconds:
    """Moments spread evenly over the spans; none where these are too short for anything to be idle."""
    spans = [(a, b) for a, b in spans if b > a]
    whole_s = sum(b - a for a, b in spans)
    if whole_s < 4 * IDLE_S:
        return np.zeros(0)
    ends = np.cumsum([b - a for a, b in spans])
    moments = []
    for spent_s in np.linspace(whole_s / 4, whole_s, LOOKS):
        index = min(int(np.searchsorted(ends, spent_s - 1e-9)), len(spans) - 1)
        moments.append(spans[index][1] - (ends[index] - spent_s))
    return np.array(moments)


def last_used(run: Run) -> tuple[NDArray[np.int32], Seconds, Seconds]:
    """The attempts in order of connection and time: connection, begin and end."""
    attempts = run.attempts
    rows = np.flatnonzero(attempts.connection >= 0)
    order = rows[np.lexsort((attempts.at_s[rows], attempts.connection[rows]))]
    return attempts.connection[order], attempts.at_s[order], attempts.ended_s[order]


def idle_at(
    opened_s: Seconds, closed_s: Seconds, used: tuple[NDArray[np.int32], Seconds, Seconds], at_s: float
) -> int:
    """How many connections are open at that moment, and had nothing go over them for IDLE_S."""
    connection, began, ended = used
    recent = np.zeros(len(opened_s), dtype=np.bool_)
    busy = (began <= at_s) & (~(ended <= at_s - IDLE_S))  # an end that is not known is none
    recent[connection[busy & (connection < len(opened_s))]] = True
    open_ = (opened_s <= at_s - IDLE_S) & (closed_s > at_s)
    return int(np.count_nonzero(open_ & ~recent))


def open_at(opened_s: Seconds, closed_s: Seconds, moments: Seconds) -> NDArray[np.int64]:
    """How many connections are open at each of these moments."""
    closed = np.where(np.isfinite(closed_s), closed_s, np.inf)
    opened = np.searchsorted(np.sort(opened_s), moments, side="right")
    return np.asarray(opened - np.searchsorted(np.sort(closed), moments, side="right"), dtype=np.int64)


def _at_once(began_s: Seconds, ended_s: Seconds) -> tuple[Seconds, NDArray[np.int64]]:
    """The moments at which one of these begins, in order, and how many go on then."""
    begins = np.sort(began_s)
    ends = np.sort(np.where(np.isfinite(ended_s), ended_s, np.inf))
    return begins, np.arange(1, len(begins) + 1) - np.searchsorted(ends, begins, side="right")


def _needed(attempts: Attempts, looks: Seconds) -> tuple[int, ...]:
    """The most attempts at once up to each look."""
    if not len(looks) or not len(attempts):
        return (0,) * len(looks)
    begins, at_once = _at_once(attempts.at_s, attempts.ended_s)
    most = np.concatenate(([0], np.maximum.accumulate(at_once)))
    return tuple(map(int, most[np.searchsorted(begins, looks, side="right")]))
