"""Calls that fail one after another, and whether they go on to be sent."""

from __future__ import annotations

import msgspec
import numpy as np

from harness.load.columns import Flag, Window
from harness.load.evidence import Evidence
from harness.load.say import count

GOES_ON = 20
"""Calls in a row that fail, each begun when more than enough had failed: no breaker counts to that."""

NEARLY_ALL = 0.9
"""Where fewer calls than this part fail, a breaker that counts those in a row may stay shut."""

ANSWERED = (401, 409, 425, 429)
"""The provider is well, and asks for something else or for patience: a breaker need not count it."""


class Row(msgspec.Struct, frozen=True):
    """Calls of one name in one process while the provider fails: the longest row of failures. `later`: how many of
    them began only after enough others of the row had failed."""

    worker: int
    name: int
    failures: int
    later: int


def rows_of_failures(evidence: Evidence, window: Window, enough: int) -> tuple[Row, ...]:
    """For every process and name the longest row of failed calls, if it is `enough` at least. Calls that the provider
    answered so are neither failures nor successes."""
    calls, found = evidence.calls, []
    chosen = _counted(evidence, window)
    for worker in np.unique(calls.worker[chosen]):
        for name in np.unique(calls.name[chosen & (calls.worker == worker)]):
            rows = np.flatnonzero(chosen & (calls.worker == worker) & (calls.name == name))
            rows = rows[np.argsort(calls.ended_s[rows], kind="stable")]
            bad = ~calls.ok[rows] | calls.fallback[rows]
            ends = np.flatnonzero(np.diff(np.concatenate(([0], bad.astype(np.int8), [0]))))
            if not len(ends):
                continue
            lengths = ends[1::2] - ends[::2]
            best = int(np.argmax(lengths))
            if lengths[best] < enough:
                continue
            row = rows[ends[2 * best] : ends[2 * best + 1]]
            opens_s = calls.ended_s[row[enough - 1]]
            later = int(np.count_nonzero(calls.began_s[row] > opens_s))
            found.append(Row(int(worker), int(name), int(lengths[best]), later))
    return tuple(found)


def never_in_a_row(evidence: Evidence, window: Window, enough: int) -> str:
    """What is to be said where nearly all calls fail, enough for a breaker, but too few one after another in any
    process; empty where that is not so."""
    calls = evidence.calls
    chosen = _counted(evidence, window) & evidence.inside(calls.ended_s, window)
    number = int(np.count_nonzero(chosen))
    bad = int(np.count_nonzero(chosen & (~calls.ok | calls.fallback)))
    if bad < max(enough, NEARLY_ALL * number):
        return ""
    processes = count(len(np.unique(calls.worker[chosen])), "process", "processes")
    return (
        f"{count(bad, 'call')} of {processes} failed in {window.name}, in none {enough} of one name in a row"
    )


def gone_on(evidence: Evidence) -> float:
    """So many calls that begin after enough have failed tell that none is stopped, however many clients of a process
    have a breaker of their own."""
    return GOES_ON * max(1.0, evidence.clients / max(1, len(np.unique(evidence.calls.worker))))


def only_answered(evidence: Evidence, window: Window) -> bool:
    """Did calls fail in the window, as many as should open a breaker, but by such answers alone?"""
    bad = evidence.inside(evidence.calls.began_s, window) & evidence.done & ~evidence.calls.ok
    number = int(np.count_nonzero(bad))
    return number >= evidence.targets.breaker_failures and bool(_answered(evidence)[bad].all())


def _counted(evidence: Evidence, window: Window) -> Flag:
    """The calls that were sent in the window and ended, but not with an answer that a breaker need not count."""
    calls = evidence.calls
    chosen = evidence.inside(calls.began_s, window) & evidence.done & ~evidence.refused & ~_answered(evidence)
    if window.seen and evidence.tells_calls:
        chosen &= evidence.made > 0
    return chosen


def _answered(evidence: Evidence) -> Flag:
    """The calls that failed, and whose last attempt got such an answer."""
    attempts = evidence.run.attempts
    found = np.zeros(len(evidence.calls), dtype=np.bool_)
    known = np.flatnonzero(attempts.call >= 0)
    # The last attempt of a call is written last.
    found[attempts.call[known]] = np.isin(attempts.status[known], ANSWERED)
    return found & ~evidence.calls.ok
