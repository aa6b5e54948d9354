"""What all processes of a run must know: client, provider, load, plan. One JSON file in its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from harness.run.callspec import CallSpec
from harness.run.load.scenario import Arrivals, Load, LoadScenario, Point, Span, sized

FILE = "setup.json"
VARIABLE = "HARNESS_LOAD"
"""In the environment of Locust's processes: the folder of the run."""


class Setup(msgspec.Struct, frozen=True):
    """One run. `users` come at `spawn_rate` a second; then, at 0 s, the plan begins. `host`: where the mock listens.
    `provider`: as `harness serve` takes it. `owner`: the process that all end with; 0 for none. `mark`: by which
    client processes are known. `looks`: somebody judges it while it goes on."""

    provider: str
    calls: tuple[CallSpec, ...]
    scenario: str
    says: str
    users: int
    spawn_rate: float
    duration_s: float
    calls_per_s: float
    arrivals: Arrivals
    client: str = ""
    shape: tuple[Point, ...] = ()
    rules: tuple[dict[str, Any], ...] = ()
    windows: tuple[Span, ...] = ()
    targets: dict[str, Any] = {}
    seed: int = 0
    timeout_s: float = 5.0
    host: str = "127.0.0.1"
    workers: int = 0
    owner: int = 0
    again: str = ""
    mark: str = "load"
    looks: bool = False

    @property
    def played_rules(self) -> tuple[dict[str, Any], ...]:
        """The rules with quotas in requests, where they are told by the calls that users make."""
        return sized(self.rules, Load(users=self.users, calls_per_s=self.calls_per_s))

    def resized(self, users: int | None, spawn_rate: float | None) -> Setup:
        """The same run with so many users, who come at that rate; None: as they are."""
        users, spawn_rate = users or self.users, spawn_rate or self.spawn_rate
        more = "" if users == self.users else f" --users {users}"
        more += "" if spawn_rate == self.spawn_rate else f" --spawn-rate {spawn_rate:g}"
        return msgspec.structs.replace(self, users=users, spawn_rate=spawn_rate, again=self.again + more)

    @property
    def most_users(self) -> int:
        """How many users there are at the most at one time."""
        return max([self.users, *(round(self.users * point.users) for point in self.shape)])

    def users_at(self, at_s: float) -> int:
        """How many users the shape wants."""
        factor = 1.0
        for point in self.shape:
            if at_s >= point.from_s:
                factor = point.users
        return max(1, round(self.users * factor))


class Ready(msgspec.Struct, frozen=True):
    """Where the mock is. `doors`: ports of it by which clients can be told apart."""

    url: str
    port: int
    doors: tuple[int, ...]
    credentials: dict[str, str]
    env: dict[str, str]
    pid: int


def setup_of(
    scenario: LoadScenario,
    *,
    provider: str,
    calls: tuple[CallSpec, ...],
    client: str = "",
    users: int | None = None,
    spawn_rate: float | None = None,
    seed: int = 0,
    timeout_s: float = 5.0,
    workers: int = 0,
    host: str = "127.0.0.1",
    owner: int = 0,
    again: str = "",
    mark: str = "load",
    looks: bool = False,
) -> Setup:
    """A run of the scenario with this client; `users` and `spawn_rate` in place of the scenario's own."""
    load = scenario.load
    wanted = users or load.users
    return Setup(
        provider=provider,
        calls=calls,
        scenario=scenario.id,
        says=scenario.says,
        users=wanted,
        spawn_rate=spawn_rate or wanted / max(load.ramp_s, 0.1),
        duration_s=scenario.duration_s,
        calls_per_s=load.calls_per_s,
        arrivals=load.arrivals,
        client=client,
        shape=load.shape,
        rules=scenario.rules,
        windows=scenario.windows,
        targets=scenario.targets,
        seed=seed,
        timeout_s=timeout_s,
        host=host,
        workers=workers,
        owner=owner,
        again=again,
        mark=mark,
        looks=looks,
    )


def write_setup(folder: Path, setup: Setup) -> None:
    """Put it where every process of the run looks."""
    (folder / FILE).write_bytes(msgspec.json.encode(setup))


def read_setup(folder: Path) -> Setup:
    """What `write_setup` wrote."""
    return msgspec.json.decode((folder / FILE).read_bytes(), type=Setup)
