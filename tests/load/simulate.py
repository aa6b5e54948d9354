"""Clients and a provider in virtual time: runs under load of which everything is known.

A run is played event by event. Calls are coroutines that yield how long they wait; nothing of what they do is taken
from the code under test. `Truth` is what the simulated breakers and the provider themselves counted.
"""

from __future__ import annotations

import contextlib
import heapq
import random
from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from harness.load.columns import (
    UNKNOWN,
    Attempts,
    Calls,
    Connections,
    Number,
    Process,
    QuotaWindow,
    Run,
    Window,
)

Table = NDArray[np.float64]
Wait = Generator[float, None, None]


@dataclass(frozen=True)
class Trouble:
    """The provider fails from `from_s` to `to_s`: answers 503, hangs, refuses connections, is ten times slower or
    stops in the middle of an answer; for a `share` of the requests, and in one operation only where it is named.
    `retry_after_s`: what a 429 asks for; `again_s`: the moment at which it asks all to come back."""

    from_s: float
    to_s: float
    kind: Literal["503", "hang", "refused", "slow", "429", "stall"] = "503"
    share: float = 1.0
    operation: str = ""
    retry_after_s: float | None = None
    again_s: float | None = None
    name: str = "outage"


@dataclass(frozen=True)
class Client:
    """How the client under test behaves. `budget`: retries as AWS standard mode (500 tokens, 5 a retry, 1 back for a
    success, 5 for a retry that succeeds) or gRPC A6 (10 tokens, none below half). `breaker_failures`: 0 for none.
    `breaker_inside`: it guards every attempt, and retries go on around it; else it guards the call with its retries.
    `probes`: how many it lets in at once to see whether the provider is well; 0: any number. `backoff`: `full` and
    `equal` jitter as AWS names them, `a6` 20 percent to either side, `added` up to `base_s` on top as urllib3, `five`
    percent to either side. `spread_s`: what it adds to a wait that it was asked for, at most. `drops_stalled`: it
    takes the head of an answer for all of it, and leaves the rest unread and the connection open."""

    retries: int = 3
    backoff: Literal["full", "equal", "a6", "added", "five", "fixed"] = "full"
    spread_s: float = 0.0
    base_s: float = 0.2
    cap_s: float = 5.0
    timeout_s: float = 2.0
    budget: Literal["", "aws", "a6"] = ""
    breaker_failures: int = 0
    breaker_open_s: float = 5.0
    breaker_inside: bool = False
    probes: int = 1
    shared_breaker: bool = False
    never_closes: bool = False
    leak_every: int = 0
    drops_stalled: bool = False
    obeys_retry_after: bool = True
    unfair_user: int | None = None


@dataclass(frozen=True)
class Machine:
    """What the machine does to everything in a run. It stands still for `stall_s` every `stall_every_s` or so, each
    step of a client takes it `step_s` and waits for those before, and the provider's clock strays by `clock_s`."""

    stall_every_s: float = 0.0
    stall_s: float = 0.05
    step_s: float = 0.0
    clock_s: float = 0.0
    cpu: float = 0.3


QUIET = Machine()
BUSY = Machine(stall_every_s=3.0, stall_s=0.05, step_s=0.002, clock_s=0.001, cpu=0.6)


@dataclass
class Breaker:
    """As pybreaker and opossum have it: failures in a row open it, after a while one call probes. With another number
    of `probes` as purgatory has it: half open it lets others in, too, and the first that ends decides."""

    limit: int
    open_s: float
    never_closes: bool
    probes: int = 1
    failures: int = 0
    opened_s: float | None = None
    probing: int = 0
    history: list[tuple[float, str]] = field(default_factory=list)
    tried: int = 0

    def lets(self, now_s: float) -> bool:
        if not self.limit or self.opened_s is None:
            return True
        if self.never_closes or now_s - self.opened_s < self.open_s:
            return False
        if self.probes and self.probing >= self.probes:
            return False
        self.probing += 1
        self.tried += 1
        return True

    def told(self, now_s: float, ok: bool) -> None:
        if not self.limit:
            return
        if ok:
            if self.opened_s is not None and self.probing:
                self.history.append((now_s, "closed"))
                self.opened_s, self.probing = None, 0
            self.failures = 0
            return
        self.failures += 1
        if self.opened_s is None and self.failures >= self.limit:
            self.history.append((now_s, "opened"))
            self.opened_s = now_s
        elif self.probing:
            self.opened_s, self.probing = now_s, 0


@dataclass
class Budget:
    kind: str
    tokens: float

    def grants(self) -> bool:
        if self.kind == "aws":
            if self.tokens < 5:
                return False
            self.tokens -= 5
        return self.tokens > 5 if self.kind == "a6" else True

    def told(self, ok: bool, retried: bool) -> None:
        if self.kind == "aws" and ok:
            self.tokens = min(500, self.tokens + (5 if retried else 1))
        if self.kind == "a6":
            self.tokens = min(10, self.tokens + 0.1) if ok else max(0, self.tokens - 1)


@dataclass
class Truth:
    """What happened: by the breakers' own word (worker, name) and the provider's counting."""

    breakers: dict[tuple[int, str], Breaker] = field(default_factory=dict)
    calls: int = 0
    attempts: int = 0
    retries: int = 0
    past_open: dict[tuple[int, str], int] = field(default_factory=dict)


class World:
    """One run. `rate_per_s`: Poisson arrivals of calls over all workers; or `users` with `think_s` between calls."""

    def __init__(
        self,
        client: Client,
        troubles: tuple[Trouble, ...] = (),
        *,
        seed: int = 0,
        duration_s: float = 120.0,
        rate_per_s: float = 40.0,
        users: int = 0,
        think_s: float = 1.0,
        workers: int = 2,
        names: tuple[str, ...] = ("read",),
        latency_s: float = 0.05,
        spike: tuple[float, float, float] | None = None,
        quotas: tuple[QuotaWindow, ...] = (),
        machine: Machine = QUIET,
    ) -> None:
        self.client, self.troubles, self.duration_s = client, troubles, duration_s
        self.rate_per_s, self.users, self.think_s = rate_per_s, users, think_s
        self.workers, self.names, self.latency_s, self.spike = workers, names, latency_s, spike
        self.quotas, self.machine = quotas, machine
        self.luck, self.odds = random.Random(seed), random.Random(f"machine {seed}")
        self.now_s, self.number = 0.0, count()
        self.free_s, self.stalls_s = 0.0, self._next_stall(0.0)
        self.agenda: list[tuple[float, int, Wait]] = []
        self.calls: list[list[float]] = []
        self.attempts: list[list[float]] = []
        self.connections: list[list[float]] = []
        self.idle: dict[int, list[int]] = {worker: [] for worker in range(workers)}
        self.budgets = {
            worker: Budget(client.budget, 500 if client.budget == "aws" else 10) for worker in range(workers)
        }
        self.truth = Truth()

    def play(self) -> tuple[Run, Truth]:
        if self.users:
            for user in range(self.users):
                self._plan(self.luck.random() * self.think_s, self._user(user))
        else:
            self._plan(0.0, self._arrivals())
        while self.agenda and self.agenda[0][0] <= self.duration_s:
            due_s, _, going = heapq.heappop(self.agenda)
            self.now_s = self._when(due_s)
            self._step(going)
        return self._run(), self.truth

    def _when(self, due_s: float) -> float:
        """When the machine comes to what is due."""
        at_s = max(due_s, self.free_s)
        while at_s > self.stalls_s + self.machine.stall_s:
            self.stalls_s = self._next_stall(self.stalls_s + self.machine.stall_s)
        if at_s > self.stalls_s:
            at_s = self.stalls_s + self.machine.stall_s
        if self.machine.step_s:
            self.free_s = at_s + self.odds.expovariate(1 / self.machine.step_s)
        return at_s

    def _next_stall(self, after_s: float) -> float:
        every_s = self.machine.stall_every_s
        return after_s + self.odds.expovariate(1 / every_s) if every_s else float("inf")

    def _plan(self, after_s: float, what: Wait) -> None:
        heapq.heappush(self.agenda, (self.now_s + after_s, next(self.number), what))

    def _step(self, going: Wait) -> None:
        with contextlib.suppress(StopIteration):
            self._plan(next(going), going)

    def _arrivals(self) -> Wait:
        due_s = 0.0
        for user in count():
            rate = self.rate_per_s
            if self.spike and self.spike[0] <= due_s < self.spike[1]:
                rate *= self.spike[2]
            due_s += self.luck.expovariate(rate)
            yield max(0.0, due_s - self.now_s)
            self._step(self._call(user % 50, due_s))

    def _user(self, user: int) -> Wait:
        while True:
            yield from self._call(user)
            yield self.luck.expovariate(1 / self.think_s)

    def _breaker(self, worker: int, name: str) -> tuple[tuple[int, str], Breaker]:
        key = (worker, "*" if self.client.shared_breaker else name)
        c = self.client
        made = self.truth.breakers.setdefault(
            key, Breaker(c.breaker_failures, c.breaker_open_s, c.never_closes, c.probes)
        )
        return key, made

    def _call(self, user: int, due_s: float | None = None) -> Wait:
        worker, name = user % self.workers, self.luck.choice(self.names)
        intended_s = self.now_s if due_s is None else due_s
        row: list[float] = [
            self.now_s,
            float("nan"),
            0,
            self.names.index(name),
            UNKNOWN,
            user,
            worker,
            intended_s,
        ]
        index = len(self.calls)
        self.calls.append(row)
        self.truth.calls += 1
        key, breaker = self._breaker(worker, name)
        if user == self.client.unfair_user and self.luck.random() < 0.97:
            yield 0.6
            row[1], row[4] = self.now_s, 1
            return
        inside = self.client.breaker_inside
        if not inside and not breaker.lets(self.now_s):
            yield 0.0002
            row[1], row[4] = self.now_s, 0
            return
        ok = False
        for attempt in range(self.client.retries + 1):
            if inside and not breaker.lets(self.now_s):
                yield 0.0002
                row[1], row[4] = self.now_s, 0
                return
            if attempt:
                self.truth.retries += 1
            outcome: list[float] = []
            yield from self._attempt(index, worker, name, outcome)
            ok, asked_s = outcome[0] == 200, outcome[1]
            if breaker.opened_s is not None:
                self.truth.past_open[key] = self.truth.past_open.get(key, 0) + 1
            if inside:
                breaker.told(self.now_s, ok)
            self.budgets[worker].told(ok, attempt > 0)
            if ok or attempt == self.client.retries or not self.budgets[worker].grants():
                break
            yield self._pause(attempt, asked_s)
        if not inside:
            breaker.told(self.now_s, ok)
        row[1], row[2], row[4] = self.now_s, ok, UNKNOWN if ok else 1

    def _pause(self, attempt: int, asked_s: float) -> float:
        if asked_s >= 0 and self.client.obeys_retry_after:
            return asked_s + self.luck.random() * self.client.spread_s
        wait_s = float(min(self.client.cap_s, self.client.base_s * 2**attempt))
        if self.client.backoff == "full":
            return self.luck.random() * wait_s
        if self.client.backoff == "equal":
            return wait_s * self.luck.uniform(0.5, 1.0)
        if self.client.backoff == "added":
            return wait_s + self.luck.random() * self.client.base_s
        if self.client.backoff in ("a6", "five"):
            part = 0.2 if self.client.backoff == "a6" else 0.05
            return wait_s * self.luck.uniform(1 - part, 1 + part)
        return wait_s + self.luck.expovariate(1 / 0.003)  # the machine's own doing

    def _trouble(self, name: str) -> Trouble | None:
        for trouble in self.troubles:
            within = trouble.from_s <= self.now_s < trouble.to_s
            if within and trouble.operation in ("", name) and self.luck.random() < trouble.share:
                return trouble
        return None

    def _attempt(self, call: int, worker: int, name: str, outcome: list[float]) -> Wait:
        trouble = self._trouble(name)
        if trouble and trouble.kind == "refused":
            yield 0.001
            outcome += [0, -1]
            return
        self.truth.attempts += 1
        connection = self._connect(worker)
        self.connections[connection][2] += 1
        began_s, status, asked_s = self.now_s, 200.0, -1.0
        took_s = self.luck.lognormvariate(0, 0.4) * self.latency_s
        if trouble and trouble.kind == "slow":
            took_s *= 10
        elif trouble and trouble.kind in ("hang", "stall"):
            took_s = 1e9
        elif trouble:
            took_s, status = 0.005, float(trouble.kind)
            asked_s = -1.0 if trouble.retry_after_s is None else trouble.retry_after_s
            if trouble.again_s is not None:
                asked_s = max(0.0, trouble.again_s - self.now_s)
        row = [
            began_s,
            float("nan"),
            0.0,
            self.names.index(name),
            0 if trouble else UNKNOWN,
            connection,
            call,
            asked_s,
        ]
        self.attempts.append(row)
        if trouble and trouble.kind == "stall" and self.client.drops_stalled:
            yield 0.005
            row[2] = 200.0
            outcome += [200.0, -1.0]
            return
        if took_s > self.client.timeout_s:
            yield self.client.timeout_s
            self.connections[connection][1] = row[1] = self.now_s
            outcome += [0, -1]
            return
        yield took_s
        row[1], row[2] = self.now_s, status
        if self.client.leak_every and call % self.client.leak_every == 0:
            pass  # never given back to the pool, never closed
        else:
            self.idle[worker].append(connection)
        outcome += [status, asked_s]

    def _connect(self, worker: int) -> int:
        if self.idle[worker]:
            return self.idle[worker].pop()
        self.connections.append([self.now_s, float("nan"), 0])
        return len(self.connections) - 1

    def _run(self) -> Run:
        calls = np.array(self.calls).T if self.calls else np.zeros((8, 0))
        attempts = self._clocked(np.array(self.attempts).T if self.attempts else np.zeros((8, 0)))
        connections = np.array(self.connections).T if self.connections else np.zeros((3, 0))
        waited = attempts[7]
        return Run(
            Calls(
                calls[7],
                calls[0],
                calls[1],
                calls[2].astype(np.bool_),
                np.zeros(len(calls[0]), np.bool_),
                *_whole(calls, 3, 4, 5, 6),
                self.names,
                ("CircuitBreakerError", "ProviderError"),
            ),
            Attempts(
                attempts[0],
                attempts[1],
                attempts[2].astype(np.int32),
                np.full(len(attempts[0]), 0.0002),
                *_whole(attempts, 3, 4, 5, 6),
                self.names,
                ("fault",),
                np.where(waited < 0, np.nan, waited),
            ),
            Connections(connections[0], connections[1], connections[2].astype(np.int32)),
            tuple(
                Window(t.name, t.from_s, t.to_s, (t.operation,) if t.operation else (), t.kind != "refused")
                for t in self.troubles
            ),
            (Process("generator", "worker 1", (self.machine.cpu,) * int(self.duration_s)),),
            ((0.0, self.users or 50),),
            self.duration_s,
            self.quotas,
            facts={} if self.users else {"arrivals": "open"},
        )

    def _clocked(self, attempts: Table) -> Table:
        """The attempts as a clock tells of them that is not quite the clients' own."""
        if not self.machine.clock_s:
            return attempts
        luck = np.random.default_rng(self.odds.randrange(2**32))
        off_s = luck.normal(0, self.machine.clock_s, len(attempts[0]))
        told = attempts.copy()
        told[0] += off_s
        told[1] = np.maximum(told[1] + off_s, told[0])
        return told[:, np.argsort(told[0], kind="stable")]


def _whole(table: Table, one: int, two: int, three: int, four: int) -> tuple[Number, Number, Number, Number]:
    """Four rows of the table as whole numbers."""
    a, b, c, d = (table[row].astype(np.int32) for row in (one, two, three, four))
    return a, b, c, d


__all__ = ["BUSY", "QUIET", "Breaker", "Client", "Machine", "QuotaWindow", "Trouble", "Truth", "World"]
