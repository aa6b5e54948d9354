"""Runs made by hand: a few columns said, the rest as nothing happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.load.columns import UNKNOWN, Attempts, Calls, Connections, Run


def calls(
    began_s: Sequence[float] | Any,
    lasted_s: float | Sequence[float] | Any = 0.05,
    ok: bool | Sequence[bool] | Any = True,
    *,
    late_s: float | Any = 0.0,
    name: int | Any = 0,
    user: int | Any = 0,
    worker: int | Any = 0,
    names: tuple[str, ...] = ("read",),
) -> Calls:
    """Calls that begin at these moments, `late_s` after they should have."""
    began = np.asarray(began_s, dtype=np.float64)

    def whole(value: Any) -> Any:
        return np.broadcast_to(np.asarray(value, dtype=np.int32), began.shape).copy()

    good = np.broadcast_to(np.asarray(ok, dtype=np.bool_), began.shape).copy()
    return Calls(
        began - late_s,
        began,
        began + np.asarray(lasted_s, dtype=np.float64),
        good,
        np.zeros(len(began), np.bool_),
        whole(name),
        np.where(good, UNKNOWN, 0).astype(np.int32),
        whole(user),
        whole(worker),
        names,
        ("ProviderError",),
    )


def attempts(
    at_s: Sequence[float] | Any,
    lasted_s: float | Any = 0.02,
    status: int | Any = 200,
    *,
    call: int | Any = UNKNOWN,
    connection: int | Any = 0,
    operation: int | Any = 0,
    served_s: float | Any = 0.0002,
    operations: tuple[str, ...] = ("Read",),
    retry_after_s: Any = None,
) -> Attempts:
    """Attempts that arrive at these moments."""
    at = np.asarray(at_s, dtype=np.float64)

    def whole(value: Any) -> Any:
        return np.broadcast_to(np.asarray(value, dtype=np.int32), at.shape).copy()

    def number(value: Any) -> Any:
        return np.broadcast_to(np.asarray(value, dtype=np.float64), at.shape).copy()

    return Attempts(
        at,
        at + number(lasted_s),
        whole(status),
        number(served_s),
        whole(operation),
        np.where(whole(status) >= 500, 0, UNKNOWN).astype(np.int32),
        whole(connection),
        whole(call),
        operations,
        ("status.error",),
        None if retry_after_s is None else number(retry_after_s),
    )


def run(
    of_calls: Calls | None = None,
    of_attempts: Attempts | None = None,
    *,
    connections: tuple[Any, Any] = ((), ()),
    duration_s: float = 60.0,
    **rest: Any,
) -> Run:
    """A run of these. `connections`: when they were opened and closed."""
    opened, closed = (np.asarray(each, dtype=np.float64) for each in connections)
    other: dict[str, Any] = {"windows": (), "processes": (), "offered": (), "duration_s": duration_s}
    return Run(
        of_calls if of_calls is not None else calls(()),
        of_attempts if of_attempts is not None else attempts(()),
        Connections(opened, closed, np.ones(len(opened), np.int32)),
        **(other | rest),
    )
