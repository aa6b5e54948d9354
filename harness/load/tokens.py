"""How clients ask for tokens: all at once, or one for all."""

from __future__ import annotations

import msgspec
import numpy as np

from harness.load.columns import UNKNOWN, Run

REFRESHED_S = 10.0
"""In so many seconds after an expiry tokens are asked for because of it."""


class Refreshes(msgspec.Struct, frozen=True):
    """Requests for a token: how many, and the most at once of one client's process (`worker`, at `at_s`).
    `after_expiry`: the most that one client's process sent in the seconds after all tokens had expired."""

    requests: int
    at_once: int
    worker: int
    at_s: float
    after_expiry: int = 0


def refreshes(run: Run) -> Refreshes | None:
    """None where there were no requests for a token, or nobody knows whose they were."""
    attempts = run.attempts
    tokens = [i for i, name in enumerate(attempts.operations) if name in run.token_operations]
    rows = np.flatnonzero(np.isin(attempts.operation, tokens))
    if not len(rows):
        return None
    rows = rows[attempts.call[rows] >= 0]
    if not len(rows):
        return None
    workers = run.calls.worker[attempts.call[rows]]
    most = Refreshes(len(rows), 0, UNKNOWN, 0.0)
    after_expiry = 0
    for worker in np.unique(workers):
        mine = rows[workers == worker]
        began = np.sort(attempts.at_s[mine])
        ended = np.sort(np.where(np.isfinite(attempts.ended_s[mine]), attempts.ended_s[mine], np.inf))
        at_once = np.arange(1, len(began) + 1) - np.searchsorted(ended, began, side="right")
        for expiry_s in run.expiries_s:
            soon = (began >= expiry_s) & (began < expiry_s + REFRESHED_S)
            after_expiry = max(after_expiry, int(np.count_nonzero(soon)))
        best = int(np.argmax(at_once))
        if at_once[best] > most.at_once:
            most = Refreshes(len(rows), int(at_once[best]), int(worker), float(began[best]))
    return msgspec.structs.replace(most, after_expiry=after_expiry)
