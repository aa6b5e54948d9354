"""A run under load as columns: every call that users asked for, every attempt that reached the provider.

All times are seconds on one clock, the plan's: 0 is when the plan was set. A column is a numpy array; all columns of
one table have the same length, and rows stand in order of `began_s` or `at_s`.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

Seconds: TypeAlias = "NDArray[np.float64]"
Number: TypeAlias = "NDArray[np.int32]"
Flag: TypeAlias = "NDArray[np.bool_]"

UNKNOWN = -1
"""In a column of numbers: nothing is known."""


class Calls(msgspec.Struct, frozen=True):
    """What users asked of the client.

    `intended_s`: when the call should have begun by the shape of the load; `began_s`: when it did, later where the
    generator or the client was behind (coordinated omission). `ended_s`: NaN while it goes on. `ok`: it succeeded,
    with `fallback` by a declared fallback. `name`, `error`: indices into `names` and `errors` (UNKNOWN: none).
    `user`: who asked; `worker`: in which process of the generator.
    """

    intended_s: Seconds
    began_s: Seconds
    ended_s: Seconds
    ok: Flag
    fallback: Flag
    name: Number
    error: Number
    user: Number
    worker: Number
    names: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.began_s)


class Attempts(msgspec.Struct, frozen=True):
    """What reached the provider, from its journal.

    `ended_s`: NaN while it goes on. `status`: 0 where no status line was sent. `served_s`: the mock's own time, from
    the whole request to the first byte ready, waits of the plan left out. `operation`, `fault`: indices into
    `operations` and `faults` (UNKNOWN: none). `connection`: the row in `Connections`. `call`: the row of the call in
    `Calls` that it belongs to; UNKNOWN where that cannot be told. `retry_after_s`: how long the answer asked to wait;
    NaN where it did not, no column where nobody noted it.
    """

    at_s: Seconds
    ended_s: Seconds
    status: Number
    served_s: Seconds
    operation: Number
    fault: Number
    connection: Number
    call: Number
    operations: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    retry_after_s: Seconds | None = None

    def __len__(self) -> int:
        return len(self.at_s)


class Connections(msgspec.Struct, frozen=True):
    """The connections that the provider saw. `closed_s`: NaN while open. `requests`: how many came over each."""

    opened_s: Seconds
    closed_s: Seconds
    requests: Number


class Window(msgspec.Struct, frozen=True):
    """When the provider was made to fail: `outage` from 30 s to 60 s. After `to_s` it is healthy again.

    `operations`: those that fail; empty: all. `seen`: attempts in it reach the journal; not so where connections are
    refused, so that a call without an attempt says nothing of a breaker.
    """

    name: str
    from_s: float
    to_s: float
    operations: tuple[str, ...] = ()
    seen: bool = True


class QuotaWindow(msgspec.Struct, frozen=True):
    """What the provider grants: `requests` in each `window_s`; from `from_s` to `to_s`, where it changes in mid-run.
    `operations`: those that count; empty: all together."""

    requests: int
    window_s: float
    operations: tuple[str, ...] = ()
    from_s: float = float("-inf")
    to_s: float = float("inf")
    name: str = ""

    @property
    def is_for_a_time(self) -> bool:
        """Does the provider grant it only for a part of the run, so that clients learn of it by its answers?"""
        return self.from_s != float("-inf")


class Process(msgspec.Struct, frozen=True):
    """One process of the run. `role`: `generator`, `client`, `mock`, or `master` (of the generators). `cpu`: the part
    of a core that it used, each second; `waited`: the part of each second for which it had work and no core to do it;
    empty where nobody knows. `gone_s`: when it died before its time; None where it did not."""

    role: str
    name: str
    cpu: tuple[float, ...] = ()
    gone_s: float | None = None
    waited: tuple[float, ...] = ()


class Run(msgspec.Struct, frozen=True):
    """All that a run under load left behind. `offered`: users over time, as (second, users). `quotas`: of the
    provider's behaviour and the plan. `token_operations`: those that give out tokens. `expiries_s`: when all tokens
    given out before ceased to be good. `clients`: how many clients with a state of their own (pool, breaker, budget)
    there were; 0: one in each worker. `facts`: what else is to be known of it, as plain data: `harness`, `client`,
    `provider`, `scenario`, `seed`, `again`, `overhead_s` (the harness's own time a call), versions, flags.
    """

    calls: Calls
    attempts: Attempts
    connections: Connections
    windows: tuple[Window, ...]
    processes: tuple[Process, ...]
    offered: tuple[tuple[float, int], ...]
    duration_s: float
    quotas: tuple[QuotaWindow, ...] = ()
    token_operations: tuple[str, ...] = ()
    expiries_s: tuple[float, ...] = ()
    clients: int = 0
    facts: dict[str, Any] = {}
