"""A scenario as data: a plan, the calls made under it, and what is expected of the client."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

import msgspec

from harness.errors import UnknownName
from harness.faults.plan import Plan
from harness.model.call import Kind
from harness.run.judge import Expectation


class Calls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many calls are made.

    `count`: one after another in one lane, `pace_s` from beginning to beginning. `parallel`: at once, each with a
    lane and a driver of its own, so that every attempt is known to be whose; those after the first are made only
    if the first is seen to try again, since they are there to pool its waits.
    """

    count: int = 1
    parallel: int = 1
    pace_s: float = 0.0


class Heal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the provider is healed in mid-run.

    After `times_threshold` x the policy's breaker threshold of failed calls; or, where the client stops sending
    before that, once a probe was let through, or after `probe_wait_s` without one. Then calls go on until the client
    has recovered, or for `recover_wait_s`. Calls are `pace_s` apart; `failing_s` bounds the time before.
    """

    times_threshold: int = 2
    pace_s: float = 0.2
    failing_s: float = 12.0
    probe_wait_s: float = 6.0
    recover_wait_s: float = 8.0


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which the provider goes wrong, and the promises that it puts to the test.

    A rule of the plan that names no operation holds for the call's own (`Plan.at`). `lasts_s`: how long a client
    with long timeouts may take; the longest are started first. `tls`: the provider speaks TLS; played with clients
    that get on with that while all is well. `path` is where it was read; `asked_as` what stands after `--scenario` to
    choose it, where that is not its id.
    """

    id: str
    title: str
    expect: tuple[Expectation, ...]
    plan: Plan | None = None
    kinds: tuple[Kind, ...] = ("read", "write")
    calls: Calls = Calls()
    heal: Heal | None = None
    lasts_s: float = 1.0
    tls: bool = False
    path: str = ""
    asked_as: str = ""


def choose(scenarios: Iterable[Scenario], wanted: Iterable[str]) -> tuple[Scenario, ...]:
    """The scenarios of these ids or globs (`error_*`), in the battery's order; all where none is named.

    Raises UnknownName.
    """
    known = tuple(scenarios)
    globs = tuple(wanted)
    ids = [scenario.id for scenario in known]
    for glob in globs:
        if not any(fnmatchcase(scenario_id, glob) for scenario_id in ids):
            raise UnknownName("scenario", glob, ids)
    return tuple(s for s in known if not globs or any(fnmatchcase(s.id, glob) for glob in globs))
